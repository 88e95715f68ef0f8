"""What waivers and known issues change in the results of a run: pure functions over results.json.

A waived failure stays in the results with all that was seen; its check and its requirement say `waived`, and the run is
never plainly conformant. A known issue changes no verdict: it is only marked, so that CI can tell it from a new one.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from conformance.engine.verdict import Level, RunVerdict, Verdict, of_run, worst
from conformance.evidence.waivers import Waiver

Document = dict[str, Any]
_BROKEN = (Verdict.FAIL, Verdict.WARN)
_OPEN = (Verdict.FAIL, Verdict.ERROR, Verdict.WARN, Verdict.INCONCLUSIVE)


@dataclass(frozen=True, slots=True)
class Accepted:
    """What is accepted in a run; `signed` is the signed object that the waivers came in."""

    waivers: tuple[Waiver, ...] = ()
    signed: str = ""
    known_issues: tuple[Waiver, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.waivers or self.known_issues)

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Accepted:
        """What had a part in results that were written."""
        waived = document.get("waivers", {"signed": "", "entries": []})
        return cls(
            tuple(map(Waiver.from_json, waived["entries"])),
            waived["signed"],
            tuple(map(Waiver.from_json, document.get("known_issues", ()))),
        )


def with_accepted(document: Document, accepted: Accepted) -> Document:
    """The results as they are with what is accepted; `document` itself stays as it was."""
    if not accepted:
        return document
    document = copy.deepcopy(document)
    used: list[Waiver] = []
    for failure in _failures(document):
        if waivers := [waiver for waiver in accepted.waivers if _covers(waiver, failure)]:
            used += waivers
            if "operation" in failure:
                failure["waived"] = _told(waivers)  # what fuzzing found has no verdict of its own
            else:
                failure["verdict"] = Verdict.WAIVED.value
        elif known := [issue for issue in accepted.known_issues if _covers(issue, failure)]:
            failure["known_issue"] = _told(known)
    for entry in document["requirements"]:
        if entry["verdict"] in _BROKEN:
            _settle(entry, document, used)
    for table in ("requirements", "checks"):
        seen = [entry["verdict"] for entry in document[table]]
        document["counts"][table] = {verdict.value: seen.count(verdict) for verdict in Verdict}
    if used:
        document["verdict"] = _verdict(document).value
        entries = [waiver.as_json() for waiver in accepted.waivers if waiver in used]
        document["waivers"] = {"signed": accepted.signed, "entries": entries}
        if document["verdict"] == RunVerdict.CONFORMANT:
            document["headline"] = f"conformant with {len(entries)} waiver{'' if len(entries) == 1 else 's'}"
    if seen_issues := [issue for issue in accepted.known_issues if _hits(issue, document)]:
        document["known_issues"] = [issue.as_json() for issue in seen_issues]
    return document


def verdict_beside_known(document: Mapping[str, Any]) -> RunVerdict:
    """The verdict of the run without its known issues: what is new since they were written down."""
    return _verdict(document, known_count=False)


def stale(document: Document, accepted: Accepted) -> list[str]:
    """A line for each failure that is accepted and did not occur, although it could have been seen.

    `document` holds the results before or after they were accepted. Where a check could not say anything, or had no
    turn, nothing is known.
    """
    kinds = (("waiver", accepted.waivers), ("known issue", accepted.known_issues))
    return [line for kind, entries in kinds for entry in entries for line in _stale_lines(kind, entry, document)]


def _stale_lines(kind: str, entry: Waiver, document: Document) -> Iterator[str]:
    own = [check for check in document["checks"] if entry.subject in (check["requirement"], check["id"])]
    seen = [failure["fingerprint"] for failure in _failures(document) if _concerns(entry, failure)]
    others = [name for name in seen if name not in entry.failures]
    for name in entry.failures:
        if name in seen or not _could_be_seen(name, own, document):
            continue
        if others:
            yield f"{kind} {entry.subject} ({entry.ticket}): fails in another way ({', '.join(others)}), not as {name}"
        elif own:
            yield f"{kind} {entry.subject} ({entry.ticket}): unused: {name} no longer fails; take it out"
        else:
            yield f"{kind} {entry.subject} ({entry.ticket}): unused: it does not concern this target; take it out"


def _could_be_seen(name: str, own: Sequence[Document], document: Document) -> bool:
    run = document["run"]
    if not run["complete"]:
        return False
    if name.startswith("fuzz:"):
        return run["fuzz"] != "off" and "problem" not in document["fuzz"]
    if not own:
        return "selection" not in run
    return all(check["verdict"] not in (Verdict.INCONCLUSIVE, Verdict.ERROR) for check in own)


def _failures(document: Document) -> Iterator[Document]:
    """Every failure that has a fingerprint: of checks, and of fuzzing."""
    yield from (check for check in document["checks"] if "fingerprint" in check)
    yield from document["fuzz"]["failures"]


def _concerns(waiver: Waiver, failure: Document) -> bool:
    return waiver.subject in (failure["requirement"], failure.get("id"))


def _covers(waiver: Waiver, failure: Document) -> bool:
    return _concerns(waiver, failure) and failure["fingerprint"] in waiver.failures


def _hits(waiver: Waiver, document: Document) -> bool:
    return any("known_issue" in failure and _covers(waiver, failure) for failure in _failures(document))


def _settle(entry: Document, document: Document, used: Sequence[Waiver]) -> None:
    """What a broken requirement comes to, once some of its failures are accepted."""
    checks = [check for check in document["checks"] if check["requirement"] == entry["id"]]
    fuzzed = [failure for failure in document["fuzz"]["failures"] if failure["requirement"] == entry["id"]]
    broken = Verdict.FAIL if entry["level"] == Level.MUST else Verdict.WARN
    accepted = [one for one in (*checks, *fuzzed) if one.get("verdict") == Verdict.WAIVED or "waived" in one]
    left = [one for one in checks if one["verdict"] in _BROKEN]
    left += [one for one in fuzzed if "waived" not in one]
    if accepted:
        waivers = [one for one in dict.fromkeys(used) if any(_covers(one, failure) for failure in accepted)]
        # Where a rule is not kept, other checks of it may find nothing to look at; who waives the rule waives that.
        blocking = _OPEN[:-1] if any(waiver.requirement for waiver in waivers) else _OPEN
        rest = worst([Verdict(check["verdict"]) for check in checks] + [broken for one in fuzzed if one in left])
        entry["verdict"] = rest.value if rest in blocking else Verdict.WAIVED.value
        if entry["verdict"] == Verdict.WAIVED:
            entry["reason"] = _told(waivers)
    if left and all("known_issue" in one for one in left):
        entry["known_issue"] = "; ".join(dict.fromkeys(one["known_issue"] for one in left))


def _told(waivers: Iterable[Waiver]) -> str:
    """In one line, for people: ticket, reason, who, until when."""
    return "; ".join(f"{one.ticket}: {one.reason} ({one.approver}, until {one.expires})" for one in waivers)


def _verdict(document: Mapping[str, Any], *, known_count: bool = True) -> RunVerdict:
    judged = [
        (
            Level(entry["level"]),
            Verdict.WAIVED if "known_issue" in entry and not known_count else Verdict(entry["verdict"]),
        )
        for entry in document["requirements"]
    ]
    run = document["run"]
    return of_run(judged, run["complete"] and "selection" not in run)
