"""What was found in one message: lines for a person, and the same for programs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from conformance.engine.offline import Finding, MessageReport
from conformance.engine.verdict import Verdict, worst
from conformance.reporting.text import visible

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Words:
    wrong: str
    warnings: str
    unknown: str
    right: str
    absent: str
    line: str
    verdict: str
    is_right: str
    is_wrong: str
    is_open: str


_ENGLISH = _Words(
    wrong="WRONG",
    warnings="WARNINGS (recommended, not required)",
    unknown="NOT LOOKED AT: why, or what would show it",
    right="IN ORDER",
    absent="DOES NOT APPLY",
    line="{subject}: expected {expected}; found {actual}",
    verdict="wrong: {wrong}; warnings: {warnings}; not looked at: {unknown}; in order: {right}; "
    "does not apply: {absent}",
    is_right="NOTHING WRONG",
    is_wrong="WRONG",
    is_open="NOTHING WRONG SO FAR, but not everything could be looked at",
)
_RUSSIAN = _Words(
    wrong="НЕВЕРНО",
    warnings="ПРЕДУПРЕЖДЕНИЯ (рекомендации, не обязательные требования)",
    unknown="НЕ ПРОВЕРЕНО: почему, или что позволит проверить",
    right="В ПОРЯДКЕ",
    absent="НЕПРИМЕНИМО",
    line="{subject}: ожидалось {expected}; получено {actual}",
    verdict="неверно: {wrong}; предупреждений: {warnings}; не проверено: {unknown}; в порядке: {right}; "
    "неприменимо: {absent}",
    is_right="ОШИБОК НЕТ",
    is_wrong="НЕВЕРНО",
    is_open="ОШИБОК ПОКА НЕТ, но проверено не всё",
)


def findings_text(report: MessageReport, name: str, lang: str = "en") -> str:
    """All findings, the wrong ones first, each with its requirement and the heading of the source; then the verdict."""
    words = _RUSSIAN if lang == "ru" else _ENGLISH
    verdicts = {name: worst(item.verdict for item in items) for name, items in _by_requirement(report).items()}
    lines = [f"{name}: {report.headline.ru if lang == 'ru' else report.headline.en}"]
    for title, verdict in ((words.wrong, Verdict.FAIL), (words.warnings, Verdict.WARN)):
        for finding in _titled(lines, title, report.of(verdict)):
            lines.append(
                "  " + words.line.format(subject=finding.subject, expected=finding.expected, actual=finding.actual)
            )
            lines.append(f"      {_cited(report, finding.requirement, lang)}")
    groups: dict[tuple[str, str], list[str]] = {}
    for finding in report.of(Verdict.INCONCLUSIVE):
        groups.setdefault((finding.subject, finding.missing), []).append(finding.requirement)
    for (subject, why), names in _titled(lines, words.unknown, list(groups.items())):
        lines += [f"  {subject}: {why}", *(f"      {_cited(report, requirement, lang)}" for requirement in names)]
    in_order = [requirement for requirement, verdict in verdicts.items() if verdict is Verdict.PASS]
    for requirement in _titled(lines, words.right, in_order):
        seen = [f"{item.subject}: {item.actual}" if item.actual else item.subject for item in report.about(requirement)]
        lines += [f"  {_cited(report, requirement, lang)}", f"      {'; '.join(seen)}"]
    absent = [requirement for requirement, verdict in verdicts.items() if verdict is Verdict.NOT_APPLICABLE]
    for why, names in _titled(lines, words.absent, _by_reason(report, absent)):
        lines.append(f"  {why}: {', '.join(names)}")
    for passage in report.passages:
        title = passage.title.ru if lang == "ru" else passage.title.en
        lines += [f"  {visible(line)}" for line in _titled(lines, title, passage.lines)]
    counts = {
        key: sum(found is verdict for found in verdicts.values())
        for key, verdict in (
            ("wrong", Verdict.FAIL),
            ("warnings", Verdict.WARN),
            ("unknown", Verdict.INCONCLUSIVE),
            ("right", Verdict.PASS),
            ("absent", Verdict.NOT_APPLICABLE),
        )
    }
    said = {0: words.is_right, 1: words.is_wrong}.get(report.exit_code, words.is_open)
    broken = [requirement for requirement, verdict in verdicts.items() if verdict is Verdict.FAIL]
    said += f": {', '.join(broken)}" if broken else ""
    return "\n".join([*lines, "", said, words.verdict.format(**counts)])


def findings_json(report: MessageReport, name: str) -> dict[str, Any]:
    """The same for programs; `exit_code` is that of the command."""
    return {
        "file": name,
        "exit_code": report.exit_code,
        "summary": dict(report.summary),
        "findings": [_entry(report, finding) for finding in report.findings],
        "passages": [
            {"title": {"en": passage.title.en, "ru": passage.title.ru}, "lines": list(passage.lines)}
            for passage in report.passages
        ],
    }


def _titled(lines: list[str], title: str, items: Sequence[T]) -> Sequence[T]:
    """The items, after their title was written; nothing for none."""
    if items:
        lines += ["", title]
    return items


def _by_requirement(report: MessageReport) -> dict[str, list[Finding]]:
    found: dict[str, list[Finding]] = {}
    for finding in report.findings:
        found.setdefault(finding.requirement, []).append(finding)
    return found


def _by_reason(report: MessageReport, requirements: Iterable[str]) -> list[tuple[str, list[str]]]:
    reasons: dict[str, list[str]] = {}
    for requirement in requirements:
        finding = report.about(requirement)[0]
        reasons.setdefault(f"{finding.subject}: {finding.missing}", []).append(requirement)
    return list(reasons.items())


def _cited(report: MessageReport, requirement: str, lang: str) -> str:
    asked = report.asked[requirement]
    title = asked.title_ru if lang == "ru" else asked.title_en
    return f"{requirement}, {' / '.join(asked.source)}: {title}"


def _entry(report: MessageReport, finding: Finding) -> dict[str, Any]:
    asked = report.asked[finding.requirement]
    told = {"expected": finding.expected, "actual": finding.actual, "missing": finding.missing}
    return {
        "requirement": finding.requirement,
        "verdict": finding.verdict.value,
        "level": asked.level.value,
        "source": list(asked.source),
        "title": {"en": asked.title_en, "ru": asked.title_ru},
        "subject": finding.subject,
        **{key: value for key, value in told.items() if value},
    }
