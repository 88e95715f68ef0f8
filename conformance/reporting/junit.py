"""junit.xml: a view of results.json for build servers. What is not known counts as a failure there."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, SubElement

from conformance.engine.verdict import Verdict
from conformance.reporting.results import write_text
from conformance.reporting.story import headline, story
from conformance.reporting.summary import fuzz_failures

_NOT_XML = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(document: Mapping[str, Any]) -> str:
    """The document as JUnit XML: one suite per topic, one case per check and version.

    What fuzzing found stands in the suite "fuzz", one case for each cause.

    Requirements without any check are left out where a reason stands for them. A requirement that should have
    been checked and was not, or a run that was cut short, is a failing case of the suite "run".
    """
    contract = document["contract"]["id"]
    told = f": {document['headline']}" if "headline" in document else ""
    root = Element("testsuites", name=f"conformance {contract}{told}")
    requirements = {entry["id"]: entry for entry in document["requirements"]}
    suites: dict[str, Element] = {}
    for check in document["checks"]:
        topic = check["id"].split("/")[1]
        if topic not in suites:
            suites[topic] = _suite(root, topic, document)
        name = f"{check['id'].split('/')[2]}[{check['version']}]"
        case = _case(suites[topic], f"{contract}.{topic}", name, check["duration_ms"])
        _judge(case, check, requirements.get(check["requirement"], {}))
    _fuzzed(root, document, requirements)
    _unknown(root, document)
    for suite in root:
        _count(suite, list(suite))
    _count(root, [case for suite in root for case in suite])
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def write_junit(path: Path, document: Mapping[str, Any]) -> None:
    """Write junit.xml in one step."""
    write_text(path, junit(document))


def _suite(root: Element, name: str, document: Mapping[str, Any]) -> Element:
    return SubElement(root, "testsuite", name=_xml(name), timestamp=document["run"]["started_at"])


def _case(suite: Element, classname: str, name: str, duration_ms: float = 0.0) -> Element:
    return SubElement(suite, "testcase", classname=classname, name=_xml(name), time=f"{duration_ms / 1000:.3f}")


def _judge(case: Element, check: Mapping[str, Any], requirement: Mapping[str, Any]) -> None:
    properties = SubElement(case, "properties")
    SubElement(properties, "property", name="requirement", value=check["requirement"])
    for clause in requirement.get("clauses", ()):
        SubElement(properties, "property", name="clause", value=_xml(clause))
    line, told = headline(check), story(check, requirement)
    if "known_issue" in check:
        SubElement(case, "skipped", type="known_issue", message=_xml(f"{line}; {check['known_issue']}"))
        return
    match Verdict(check["verdict"]):
        case Verdict.PASS:
            pass
        case Verdict.FAIL:
            _note(case, "failure", line, told, kind="fail")
        case Verdict.INCONCLUSIVE:
            needs = f"{check['requirement']}: not observed; needs {check['missing']}"
            _note(case, "failure", needs, told, kind="inconclusive")
        case Verdict.ERROR:
            _note(case, "error", line, told, kind="error")
        case Verdict.WARN:
            SubElement(case, "system-out").text = _xml(f"warning: {line}\n{told}")
        case Verdict.WAIVED:
            reason = check.get("waived") or requirement.get("reason") or "waived"
            SubElement(case, "skipped", type="waived", message=_xml(f"{line}; {reason}"))
        case other:
            SubElement(case, "skipped", type=other.value, message=_xml(check.get("subject", other.value)))


def _fuzzed(root: Element, document: Mapping[str, Any], requirements: Mapping[str, Mapping[str, Any]]) -> None:
    """A case for each cause that fuzzing found, or one that says how much was tried; none where it was off."""
    fuzz, failures = document["fuzz"], fuzz_failures(document)
    if not (fuzz["cases"] or failures or "problem" in fuzz):
        return
    suite = _suite(root, "fuzz", document)
    classname = f"{document['contract']['id']}.fuzz"
    if "problem" in fuzz or not failures:
        case = _case(suite, classname, f"fuzz: {fuzz['cases']} cases")
        if "problem" in fuzz:
            _note(case, "failure", "fuzzing could show nothing", fuzz["problem"], kind="inconclusive")
    told: Counter[str] = Counter()
    for failure in failures:
        name = f"{failure['operation']} {failure['requirement']}"
        told[name] += 1
        # Build servers take two cases of one name for one.
        case = _case(suite, classname, name if told[name] == 1 else f"{name} ({told[name]})")
        _judge(case, failure, requirements.get(failure["requirement"], {}))


def _unknown(root: Element, document: Mapping[str, Any]) -> None:
    """Cases for what no check could say: a green file must not hide it."""
    open_ones = [
        entry for entry in document["requirements"] if entry["verdict"] == Verdict.INCONCLUSIVE and not entry["checks"]
    ]
    if document["run"]["complete"] and not open_ones:
        return
    suite = _suite(root, "run", document)
    classname = f"{document['contract']['id']}.run"
    if not document["run"]["complete"]:
        case = _case(suite, classname, "the_run_is_complete")
        _note(case, "failure", "the run was cut short; some checks had no turn", "", kind="inconclusive")
    for entry in open_ones:
        case = _case(suite, classname, entry["id"])
        reason = entry.get("reason", "no check of it has run")
        _note(case, "failure", f"{entry['id']}: {reason}", entry["title"]["en"], kind="inconclusive")


def _note(case: Element, tag: str, message: str, text: str, kind: str) -> None:
    SubElement(case, tag, type=kind, message=_xml(message)).text = _xml(text)


def _count(element: Element, cases: list[Element]) -> None:
    element.set("tests", str(len(cases)))
    for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        element.set(attribute, str(sum(1 for case in cases if case.find(tag) is not None)))
    element.set("time", f"{sum(float(case.get('time', '0')) for case in cases):.3f}")


def _xml(text: str) -> str:
    r"""The text without characters that XML 1.0 cannot hold; they are written as \uXXXX."""
    return _NOT_XML.sub(lambda match: f"\\u{ord(match.group()):04x}", text)
