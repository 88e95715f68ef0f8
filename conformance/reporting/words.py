"""The fixed words of the terminal, per language. What a check says itself stays in English."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Words:
    """Every fixed word of a summary."""

    titles: str  # the key of the titles in results.json
    note: str
    conformant: str
    non_conformant: str
    inconclusive: str
    kept: str
    failed_of: str
    open_of: str
    errors_of_suite: str
    cut_short: str
    selection: str
    nothing_seen: str
    failed: str
    warnings: str
    not_observed: str
    errors: str
    report_error: str
    not_checked: str
    clause: str
    expected: str
    actual: str
    not_applicable: str
    not_observable: str
    attested: str
    waived: str
    with_waivers: str
    known: str
    known_issue: str
    unanswered: str
    listed_by: str
    numbers: str
    report: str
    checks: str
    progress: str
    cases: str
    fuzzing: str
    fuzzed: str


ENGLISH = Words(
    titles="en",
    note="",
    conformant="CONFORMANT",
    non_conformant="NON-CONFORMANT",
    inconclusive="INCONCLUSIVE",
    kept="no requirement failed; passed: {count}",
    failed_of="{count} of {total} requirements failed",
    open_of="{count} of {total} requirements could not be observed",
    errors_of_suite="errors of the suite: {count}",
    cut_short="the run was cut short",
    selection="only a selection of the checks was run; nothing in it failed",
    nothing_seen="nothing could be observed",
    failed="FAILED",
    warnings="WARNINGS (recommended, not required)",
    not_observed="NOT OBSERVED: what is missing, and which requirements need it",
    errors="ERRORS OF THE SUITE (not the fault of the target)",
    report_error="Please report them, with the report folder.",
    not_checked="NOT CHECKED",
    clause="clause",
    expected="expected",
    actual="actual",
    not_applicable="not applicable: {count}",
    not_observable="not observable on the wire: {count}",
    attested="attested by the bank: {count}",
    waived="waived: {count}",
    with_waivers="CONFORMANT WITH WAIVERS ({count})",
    known="known issues: {count}",
    known_issue="known issue",
    unanswered="attestations unanswered: {count}",
    listed_by="listed by",
    numbers="checks: {checks}; requests: {requests} (repeated {retries}, 429 {throttled}); {seconds} s; seed {seed}",
    report="report: {folder}",
    checks="checks: {count}",
    progress="{done} of {total} checks; failed {failed}, not observed {open}; {seconds} s",
    cases="cases that failed alike: {count}",
    fuzzing="generated requests",
    fuzzed="generated requests: {cases} to {operations} operations; failures: {failures}",
)

RUSSIAN = Words(
    titles="ru",
    note="",
    conformant="СООТВЕТСТВУЕТ",
    non_conformant="НЕ СООТВЕТСТВУЕТ",
    inconclusive="НЕ УСТАНОВЛЕНО",
    kept="нарушений нет; выполнено требований: {count}",
    failed_of="нарушено требований: {count} из {total}",
    open_of="не удалось проверить требований: {count} из {total}",
    errors_of_suite="ошибок самой программы проверки: {count}",
    cut_short="прогон прерван",
    selection="выполнена только часть проверок; нарушений в ней нет",
    nothing_seen="ничего не удалось проверить",
    failed="НАРУШЕНО",
    warnings="ПРЕДУПРЕЖДЕНИЯ (рекомендации, не обязательные требования)",
    not_observed="НЕ ПРОВЕРЕНО: чего не хватает и для каких требований",
    errors="ОШИБКИ ПРОГРАММЫ ПРОВЕРКИ (не вина проверяемой системы)",
    report_error="Сообщите о них, приложив папку отчёта.",
    not_checked="БЕЗ ПРОВЕРКИ",
    clause="пункт",
    expected="ожидалось",
    actual="получено",
    not_applicable="неприменимо: {count}",
    not_observable="не наблюдается в обмене: {count}",
    attested="подтверждено банком: {count}",
    waived="принято как исключение: {count}",
    with_waivers="СООТВЕТСТВУЕТ С ИСКЛЮЧЕНИЯМИ ({count})",
    known="из них известных: {count}",
    known_issue="известная ошибка",
    unanswered="подтверждений без ответа: {count}",
    listed_by="список",
    numbers="проверок: {checks}; запросов: {requests} (повторов {retries}, 429 {throttled}); {seconds} с; seed {seed}",
    report="отчёт: {folder}",
    checks="проверок: {count}",
    progress="проверок: {done} из {total}; нарушено {failed}, не удалось проверить {open}; {seconds} с",
    cases="случаев с тем же сбоем: {count}",
    fuzzing="порождённые запросы",
    fuzzed="порождённых запросов: {cases}, операций: {operations}; сбоев: {failures}",
)

_KAZAKH_NOTE = "Қазақша мәтіндер әзірге жоқ, орысшасы берілді. (Текстов на казахском пока нет, показаны русские.)"


def words(language: str) -> Words:
    """The words of a language: "en", "ru", or "kk", which has none of its own yet and says so."""
    if language == "kk":
        return replace(RUSSIAN, note=_KAZAKH_NOTE)
    return RUSSIAN if language == "ru" else ENGLISH
