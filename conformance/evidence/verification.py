"""`conformance verify`: whether a sealed bundle is what a trusted sealer sealed, and whether it says what it shows.

It needs the bundle and the keys alone. Each step is one finding; where the signature does not hold, nothing else is
looked at, because nobody vouches for it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jsonschema_rs

from conformance.crypto.compact import BadEnvelope
from conformance.crypto.signing import Signature, Trusted, signature_of
from conformance.data import suite_digest
from conformance.engine.verdict import Verdict
from conformance.errors import BadRecord, NotTrusted
from conformance.evidence.attempts import ENDED, attempts, break_in
from conformance.evidence.bundle import BUNDLE, FULL_EXCHANGES, JUNIT, REPORT, bundle_document, ledger_of, read_bundle
from conformance.evidence.leaks import digest_of_file
from conformance.evidence.record import EXCHANGES, RESULTS, read_exchanges, read_json, read_record
from conformance.evidence.rejudging import Rejudgement, comparable, rejudged
from conformance.evidence.seal import Manifest, difference, digests, read_manifest
from conformance.reporting.allure import FOLDER as ALLURE
from conformance.reporting.allure import MISSING, allure_is_here, allure_results
from conformance.reporting.html import html
from conformance.reporting.junit import junit
from conformance.reporting.results import as_text, results_schema

_CLOCKS_DIFFER = timedelta(minutes=5)
_NOT_JUDGED = ("duration_ms", "reproduce")  # how long a check took, and the line that sends its request again
_SHOWN = 5  # differences, of a kind that may come by the hundred


@dataclass(frozen=True, slots=True)
class Finding:
    """One step: `holds` is None where nothing could be checked. `said` is the reason, or what was found."""

    step: str
    holds: bool | None
    said: str

    def __str__(self) -> str:
        mark = {True: "ok", False: "NO", None: "--"}[self.holds]
        return f"{mark}  {self.step}: {self.said}"


@dataclass(slots=True)
class Verification:
    """What verifying showed. Results and bundle stand here only where every step holds."""

    findings: list[Finding] = field(default_factory=list)
    manifest: Manifest | None = None
    signature: Signature | None = None
    results: dict[str, Any] = field(default_factory=dict)
    bundle: dict[str, Any] = field(default_factory=dict)

    @property
    def holds(self) -> bool:
        """Whether the bundle can be trusted as far as its sealer is."""
        return bool(self.results) and all(finding.holds is not False for finding in self.findings)

    def as_lines(self) -> str:
        """One line for each finding, and what follows from them."""
        end = f"the bundle holds: {self.results['verdict']}" if self.holds else "the bundle is not to be trusted"
        return "\n".join([*map(str, self.findings), end])

    def as_json(self) -> str:
        """The same for programs."""
        findings = [{"step": finding.step, "holds": finding.holds, "said": finding.said} for finding in self.findings]
        document = {"holds": self.holds, "verdict": self.results.get("verdict"), "findings": findings}
        return json.dumps(document, ensure_ascii=False, indent=2)


class _Refused(Exception):
    """A step that does not hold; the message says why."""


def verify(folder: Path, anchors: Sequence[Trusted], now: datetime | None = None) -> Verification:
    """Verify a sealed bundle against trusted keys and certificates, as of `now` (aware)."""
    verification = Verification()
    judged: list[Rejudgement] = []

    def rejudgement() -> str:
        judged.append(_rejudged(folder))
        return _agreement(judged[0])

    def signature() -> str:
        verification.manifest, verification.signature = _signature(folder, anchors, now or datetime.now(UTC))
        signer = verification.signature
        when = verification.manifest.sealed_at.isoformat()
        return f"{signer.alg} by {signer.trusted} (key {signer.thumbprint}), sealed at {when} by the sealer's clock"

    steps: list[tuple[str, Callable[[], str | None]]] = [
        ("signature", signature),
        ("manifest", lambda: _manifest(folder, verification)),
        ("form", lambda: _form(folder)),
        ("re-judgement", rejudgement),
        ("results", lambda: _results(judged[0])),
        ("times", lambda: _times(folder, judged[0], verification)),
        ("bundle", lambda: _bundle(folder, judged[0])),
        (f"{REPORT}, {JUNIT}", lambda: _views(folder, judged[0])),
    ]
    for step, check in steps:
        try:
            said = check()
            verification.findings.append(
                Finding(step, None, "not checked: another version of the suite made it")
                if said is None
                else Finding(step, True, said)
            )
        except (_Refused, BadRecord, NotTrusted, BadEnvelope) as refusal:
            verification.findings.append(Finding(step, False, str(refusal)))
        except Exception as fault:  # a file made to break a reader is a reason not to trust it, no fault of ours
            verification.findings.append(Finding(step, False, f"cannot be judged ({type(fault).__name__}: {fault})"))
        if verification.findings[-1].holds is False:
            left = [name for name, _ in steps[len(verification.findings) :]]
            if left:
                verification.findings.append(
                    Finding(", ".join(left), None, "not checked, since the step before failed")
                )
            return verification
    verification.results, verification.bundle = judged[0].recorded, read_bundle(folder)
    verification.findings += _not_shown(folder)
    return verification


# --- steps ------------------------------------------------------------------------------------------------


def _signature(folder: Path, anchors: Sequence[Trusted], now: datetime) -> tuple[Manifest, Signature]:
    text, manifest = read_manifest(folder)
    signature = signature_of(text, anchors, manifest.sealed_at)
    if manifest.sealed_at > now + _CLOCKS_DIFFER:
        raise _Refused(f"sealed in the future, at {manifest.sealed_at.isoformat()}")
    return manifest, signature


def _manifest(folder: Path, verification: Verification) -> str:
    assert verification.manifest is not None
    if odd := difference(verification.manifest.files, digests(folder)):
        raise _Refused(f"since the seal, {odd}")
    return f"{len(verification.manifest.files)} files, none added, removed or changed"


def _form(folder: Path) -> str:
    """One reading only: no member twice, and all that the schema asks for."""
    for name in (RESULTS, BUNDLE):
        if as_text(read_json(folder / name)) != (folder / name).read_text("utf-8"):
            raise _Refused(f"{name} is not written as a run writes it")
    fault = next(jsonschema_rs.validator_for(results_schema()).iter_errors(read_json(folder / RESULTS)), None)
    if fault is not None:
        raise _Refused(f"{RESULTS}: {'/'.join(map(str, fault.instance_path))}: {fault.message}")
    return f"{RESULTS} keeps its schema"


def _rejudged(folder: Path) -> Rejudgement:
    judgement = rejudged(folder)
    found = [*judgement.departures, *map(str, judgement.differences)]
    if judgement.left_over:
        found.append(f"no check asked for exchange {', '.join(map(str, judgement.left_over[:_SHOWN]))}")
    if found:
        more = f" (and {len(found) - _SHOWN} more)" if len(found) > _SHOWN else ""
        raise _Refused("; ".join(found[:_SHOWN]) + more + _other_suite(judgement))
    return judgement


def _agreement(judgement: Rejudgement) -> str:
    document = judgement.document
    what = f"{len(document['checks'])} checks on {document['run']['requests']} requests on record"
    return f"{what} reach the same verdicts: {document['verdict']}{_other_suite(judgement)}"


def _other_suite(judgement: Rejudgement) -> str:
    recorded = judgement.recorded["suite"]
    if recorded["digest"] == suite_digest(judgement.run.contract.id):
        return ""
    return f" (the run was made by version {recorded['version']}, {recorded['digest']}, which is not this one)"


def _results(judgement: Rejudgement) -> str:
    patterns = judgement.run.contract.privacy(judgement.run.declaration).patterns
    recorded, document = dict(judgement.recorded), dict(judgement.document)
    if _other_suite(judgement):  # what it says of itself is its sealer's word
        document["suite"] = recorded["suite"]
        document["contract"] = {**document["contract"], "spec_digest": recorded["contract"]["spec_digest"]}
    odd = list(_unlike(recorded, document, patterns))
    if odd:
        raise _Refused(f"{RESULTS} says otherwise than the new judgement in {', '.join(odd[:_SHOWN])}")
    return "counts, requirements and readings follow from the checks"


def _unlike(recorded: Any, document: Any, patterns: Any, place: str = "") -> Iterator[str]:
    """The places in which two documents differ, in what is judged."""
    if isinstance(recorded, dict) and isinstance(document, dict):
        # The text of an error of our own names lines and files of an installation.
        skipped = (*_NOT_JUDGED, "actual", "subject") if recorded.get("verdict") == Verdict.ERROR else _NOT_JUDGED
        for name in dict.fromkeys([*recorded, *document]):
            if name not in skipped:
                yield from _unlike(recorded.get(name), document.get(name), patterns, f"{place}/{name}")
    elif isinstance(recorded, list) and isinstance(document, list) and len(recorded) == len(document):
        for number, (old, new) in enumerate(zip(recorded, document, strict=True)):
            yield from _unlike(old, new, patterns, f"{place}/{number}")
    elif (type(recorded), comparable(recorded, patterns)) != (type(document), comparable(document, patterns)):
        yield place


def _times(folder: Path, judgement: Rejudgement, verification: Verification) -> str:
    """A record is of one time: that of its run, and before its seal."""
    assert verification.manifest is not None
    told = judgement.recorded["run"]
    started, finished = (datetime.fromisoformat(told[name]) for name in ("started_at", "finished_at"))
    sealed = verification.manifest.sealed_at
    seen = [exchange.at for exchange in read_exchanges(folder)]
    if read_record(folder).now != started.replace(microsecond=0):
        raise _Refused("the moment by which checks judged is not that at which the run began")
    if not started <= finished <= sealed + _CLOCKS_DIFFER:
        raise _Refused("begin, end and seal do not follow one another")
    if seen and not started - _CLOCKS_DIFFER <= min(seen) <= max(seen) <= finished + _CLOCKS_DIFFER:
        raise _Refused("there are exchanges from before or after the run")
    return f"the run ended at {told['finished_at']}, its exchanges are of its time"


def _bundle(folder: Path, judgement: Rejudgement) -> str:
    bundle, run = read_bundle(folder), judgement.run
    ledger = ledger_of(folder, run.contract, run.declaration)
    lines = bundle["attempts"]
    expected = bundle_document(folder, run, judgement.recorded, ledger, bundle["lang"], lines, {})
    if odd := [name for name in {**expected, **bundle} if expected.get(name) != bundle.get(name)]:
        raise _Refused(f"{BUNDLE} does not fit the other files: {', '.join(odd)}")
    if fault := break_in(lines):
        raise _Refused(fault)
    if any(json.loads(line)["target"] != ledger.target for line in lines):
        raise _Refused("an attempt is at another target")
    told = attempts(lines)
    last = json.loads(lines[-1]) if lines else {}
    due = (ENDED, judgement.recorded["run"]["id"], judgement.recorded["verdict"], digest_of_file(folder / RESULTS))
    if tuple(last.get(name) for name in ("event", "run", "verdict", "results")) != due:
        raise _Refused("the last attempt is not this run")
    left_out = len(bundle["not_run"])
    return f"attempt {len(told)} at this target by its ledger; {left_out} checks not run; the run saw no leak"


def _views(folder: Path, judgement: Rejudgement) -> str | None:
    """The views, made anew; None where another version of the suite made them, and may have made them otherwise."""
    if _other_suite(judgement):
        return None
    recorded, lang, reason = judgement.recorded, read_bundle(folder)["lang"], judgement.outcome.stop_reason
    exchanges = map(json.loads, (folder / EXCHANGES).read_text("utf-8").splitlines())
    page = html(recorded, judgement.run.contract, exchanges, lang=lang, stop_reason=reason)
    views = {REPORT: page, JUNIT: junit(recorded), **_allure_view(folder, recorded)}
    if odd := [name for name, text in views.items() if text.encode("utf-8") != (folder / name).read_bytes()]:
        raise _Refused(f"{', '.join(odd)} does not show {RESULTS}")
    return f"show {RESULTS} and nothing else"


def _allure_view(folder: Path, recorded: dict[str, Any]) -> dict[str, str]:
    """Allure results, where the bundle has them and the library for them is installed."""
    if not ((folder / ALLURE).is_dir() and allure_is_here()):
        return {}
    lines = (folder / EXCHANGES).read_text("utf-8").splitlines()
    made = allure_results(recorded, map(json.loads, lines))
    if odd := {path.name for path in (folder / ALLURE).glob("*")} ^ made.keys():
        raise _Refused(f"{ALLURE} does not show {RESULTS}: {', '.join(sorted(odd)[:_SHOWN])}")
    return {f"{ALLURE}/{name}": text for name, text in made.items()}


def _not_shown(folder: Path) -> list[Finding]:
    """What no verification of a bundle can show; a person has to know."""
    found = [Finding("durations and curl lines", None, "not checked: they are no part of a judgement")]
    if (folder / FULL_EXCHANGES).is_file():
        found.append(Finding(FULL_EXCHANGES, None, "not checked: only the operator's key opens it"))
    if (folder / ALLURE).is_dir() and not allure_is_here():
        found.append(Finding(ALLURE, None, f"not checked: {MISSING}"))
    return [*found, Finding("origin", None, "not shown: that the target gave these answers, the sealer vouches for")]
