"""`conformance gate`: an operator's policy, as data, over a sealed bundle: each rule is met, or not, in one line."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError

from conformance.config import Table, first_fault
from conformance.contracts import contract
from conformance.crypto.signing import Trusted, trusted
from conformance.data import suite_digest
from conformance.engine.verdict import RunVerdict, Verdict
from conformance.errors import UnacceptableWaiver, UsageError
from conformance.evidence.attempts import attempts
from conformance.evidence.seal import text_of
from conformance.evidence.verification import Verification, verify
from conformance.evidence.waivers import checked, verified

_Digest = Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]
_SHOWN = (Verdict.PASS, Verdict.ATTESTED)  # what was left out of a declaration is not shown


class Policy(Table):
    """What an operator asks of a bundle; what is left out is not asked.

    Always asked: the seal of a trusted key, all verdicts judged again, the contract, and that it is conformant as a
    whole. `trust` names PEM files relative to the policy, or env:NAME. `target` is a base URL. `waivers` and
    `inconclusive` are requirements that may be waived, or may stay open; `max_waivers` is how many may be waived, and
    `waiver_trust` names, like `trust`, the keys of who may waive: without them nobody may.
    `requirements` must have been shown, `attestations` attested. Ages are days.
    """

    trust: list[str] = Field(min_length=1)
    contract: str
    role: str | None = None
    versions: list[str] = []
    target: str | None = None
    max_age_days: float | None = Field(default=None, gt=0)
    max_attempts: int | None = Field(default=None, ge=1)
    min_suite_version: str | None = Field(default=None, pattern=r"^\d+(\.\d+)*$")
    suite_digests: list[_Digest] = []
    proof_digests: list[_Digest] = []
    fuzz: list[Literal["quick", "standard", "deep"]] = []
    waivers: list[str] = []
    max_waivers: int | None = Field(default=None, ge=0)
    waiver_trust: list[str] = []
    inconclusive: list[str] = []
    attestations: list[str] = []
    requirements: list[str] = []


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a policy on one bundle; `said` names what was found, and what was asked where that differs."""

    name: str
    met: bool
    said: str

    def __str__(self) -> str:
        return f"{'met' if self.met else 'NOT'}  {self.name}: {self.said}"


@dataclass(frozen=True, slots=True)
class Decision:
    """All rules of a policy on one bundle."""

    rules: tuple[Rule, ...]

    @property
    def accepted(self) -> bool:
        return all(rule.met for rule in self.rules)

    def as_lines(self) -> str:
        """One line for each rule, and what follows from them."""
        return "\n".join([*map(str, self.rules), "accepted" if self.accepted else "refused"])

    def as_json(self) -> str:
        """The same for programs."""
        rules = [{"rule": rule.name, "met": rule.met, "said": rule.said} for rule in self.rules]
        return json.dumps({"accepted": self.accepted, "rules": rules}, ensure_ascii=False, indent=2)


def gate(folder: Path, policy_file: Path, now: datetime | None = None) -> Decision:
    """Hold a sealed bundle against a policy, as of `now` (aware). Raises UsageError for a policy that is none."""
    policy = read_policy(policy_file)
    now = now or datetime.now(UTC)
    verification = verify(folder, _anchors(policy_file, "trust", policy.trust), now)
    waivers = _anchors(policy_file, "waiver_trust", policy.waiver_trust)
    rules = [
        Rule(f"verified: {entry.step}", entry.holds, entry.said)
        for entry in verification.findings
        if entry.holds is not None
    ]
    if verification.holds:  # what a bundle says that does not hold is nothing to judge by
        rules += [*_rules(policy, verification, now), *_waived(waivers, verification.results)]
    return Decision(tuple(rules))


def _anchors(policy_file: Path, key: str, places: Sequence[str]) -> list[Trusted]:
    found = (
        place if place.startswith("env:") else str(policy_file.parent / place.removeprefix("file:")) for place in places
    )
    return [trusted(text_of(name, f"{policy_file}: {key}"), place) for name, place in zip(found, places, strict=True)]


def read_policy(path: Path) -> Policy:
    """The policy in a TOML file. Raises UsageError that names file, key and remedy."""
    try:
        return Policy.model_validate(tomllib.loads(path.read_text("utf-8")))
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror})") from None
    except ValueError as error:
        fault = first_fault(error, Policy) if isinstance(error, ValidationError) else f"not TOML: {error}"
        raise UsageError(f"{path}: {fault}") from None


def _rules(policy: Policy, verification: Verification, now: datetime) -> Iterator[Rule]:
    results = verification.results
    told, run = results["contract"], results["run"]
    verdicts = {entry["id"]: Verdict(entry["verdict"]) for entry in results["requirements"]}
    yield _among("contract", told["id"], [policy.contract])
    if policy.role is not None:
        yield _among("role", told["role"], [policy.role])
    if policy.versions:
        missing = [version for version in policy.versions if version not in told["versions"]]
        yield _none("versions", missing, ", ".join(told["versions"]), "not declared")
    if policy.target is not None:
        yield _among("target", results["target"]["base_url"], [policy.target])
    yield _conformant(policy, results)
    waived = [id_ for id_, verdict in verdicts.items() if verdict is Verdict.WAIVED]
    if policy.waivers or policy.max_waivers is None:
        others = [id_ for id_ in waived if id_ not in policy.waivers]
        yield _none("waivers", others, f"{len(waived)}", "may not be waived")
    if policy.max_waivers is not None:
        yield _at_most("number of waivers", len(waived), policy.max_waivers)
    if policy.max_age_days is not None:
        age = (now - datetime.fromisoformat(run["finished_at"])) / timedelta(days=1)
        yield _at_most("age in days", age, policy.max_age_days)
    if policy.max_attempts is not None:
        yield _at_most("attempts", len(attempts(verification.bundle["attempts"])), policy.max_attempts)
    yield from _suite(policy, results)
    if policy.fuzz:
        yield _among("fuzz", run["fuzz"], policy.fuzz)
    for name, ids, good in (
        ("attestations", policy.attestations, (Verdict.ATTESTED,)),
        ("requirements", policy.requirements, _SHOWN),
    ):
        if ids:
            odd = [f"{id_} is {verdicts.get(id_, 'not there')}" for id_ in ids if verdicts.get(id_) not in good]
            yield _none(name, odd, ", ".join(ids))


def _waived(anchors: Sequence[Trusted], results: dict[str, Any]) -> Iterator[Rule]:
    """Whether what is waived was waived by somebody who may, for this target, on the day of the run."""
    if "waivers" not in results and all(entry["verdict"] != Verdict.WAIVED for entry in results["requirements"]):
        return
    name = "signer of waivers"
    if not anchors:
        yield Rule(name, False, "the policy says nobody who may waive (waiver_trust)")
        return
    try:
        waivers = results["waivers"]
        signed = verified(waivers["signed"], anchors)
        day, target = datetime.fromisoformat(results["run"]["finished_at"]).date(), results["target"]["base_url"]
        allowed = checked(signed, contract(results["contract"]["id"]), today=day, base_url=target)
        entries = [one.as_json() for one in allowed]
        odd = [one.get("ticket", "?") for one in waivers["entries"] if one not in entries]
        yield _none(name, odd, f"{len(waivers['entries'])} waivers signed by who may", "is not as it was signed")
    except (UsageError, UnacceptableWaiver, KeyError) as refusal:
        yield Rule(name, False, str(refusal))


def _conformant(policy: Policy, results: dict[str, Any]) -> Rule:
    """The verdict, of all the contract; open are only those requirements that may be."""
    run, verdict = results["run"], RunVerdict(results["verdict"])
    chosen = [f"--{how} {name}" for how, names in run.get("selection", {}).items() for name in names]
    if chosen:
        return Rule("verdict", False, f"{verdict}; only part of the contract was asked for: {' '.join(chosen)}")
    if not run["complete"]:
        return Rule("verdict", False, f"{verdict}; the run was not complete")
    if verdict is not RunVerdict.INCONCLUSIVE:
        return Rule("verdict", verdict is RunVerdict.CONFORMANT, verdict.value)
    open_ones = [
        entry["id"]
        for entry in results["requirements"]
        if entry["verdict"] == Verdict.ERROR or (entry["level"] == "MUST" and entry["verdict"] == Verdict.INCONCLUSIVE)
    ]
    others = [id_ for id_ in open_ones if id_ not in policy.inconclusive]
    if others or not open_ones:
        return Rule("verdict", False, f"{verdict}: {', '.join(others) or 'nothing was observed'}")
    return Rule("verdict", True, f"{verdict} in what may be: {', '.join(open_ones)}")


def _suite(policy: Policy, results: dict[str, Any]) -> Iterator[Rule]:
    """Which suite made the run; where it is not this very one, that is the sealer's word."""
    suite = results["suite"]
    word = "" if suite["digest"] == suite_digest(results["contract"]["id"]) else " by the sealer's word"
    if policy.min_suite_version is not None:
        new_enough = _version(suite["version"]) >= _version(policy.min_suite_version)
        yield Rule("suite version", new_enough, f"{suite['version']}{word}; at least {policy.min_suite_version}")
    if policy.suite_digests:
        yield _among("suite digest", suite["digest"], policy.suite_digests, word)
    if policy.proof_digests:
        yield _among("proof digest", suite.get("proof", "none"), policy.proof_digests, word)


def _among(name: str, found: str, asked: Sequence[str], word: str = "") -> Rule:
    return Rule(name, found in asked, f"{found}{word}" if found in asked else f"{found}; asked: {' or '.join(asked)}")


def _none(name: str, odd: Sequence[str], said: str, why: str = "") -> Rule:
    return Rule(name, not odd, f"{', '.join(odd)} {why}".strip() if odd else said)


def _at_most(name: str, found: float, most: float) -> Rule:
    return Rule(name, found <= most, f"{found:.4g}; at most {most:g}")


def _version(text: str) -> tuple[int, ...]:
    """The leading numbers of a version; what comes behind them (a pre-release) does not count."""
    return tuple(int(number) for number in re.findall(r"\d+", re.match(r"[\d.]*", text).group()))  # type: ignore[union-attr]
