"""report.html: inert whatever a target sends, bounded in size, and in need of nothing beside it."""

from __future__ import annotations

import base64
import hashlib
import re

import pytest

from conformance.engine.verdict import Verdict
from conformance.reporting import html_exchanges
from conformance.reporting.html import html
from conformance.reporting.html_exchanges import exact, numbers_in_short
from tests.pages import Page, line, one_failure
from tests.papers import HOSTILE, a_contract, a_document, a_failure, a_requirement, a_result

pytestmark = pytest.mark.usefixtures("specs_folder")

XSS = "</script><script>alert(1)</script><img src=x onerror=alert(1)>\"'><style>*{}</style>{{7*7}}"


# --- nothing from outside, nothing alive --------------------------------------------------------------------


def hostile_page(hostile: str) -> str:
    """A page with that text in every field that a target, a bank or a caller fills."""
    requirements = [a_requirement("KZA-FAIL-01"), a_requirement("KZA-OPEN-01"), a_requirement("KZA-ATTEST-01")]
    results = [
        a_failure("KZA-FAIL-01", subject=hostile, expected=hostile, actual=hostile),
        a_result("KZA-OPEN-01", Verdict.INCONCLUSIVE, missing=hostile),
        a_result("KZA-OPEN-01", Verdict.ERROR, "broken", subject=hostile, actual=hostile),
        a_failure("KZA-OPEN-01", "weak", Verdict.WARN, subject=hostile, expected=hostile, actual=hostile),
    ]
    document = a_document(requirements, results, others={"KZA-ATTEST-01": (Verdict.ATTESTED, hostile)})
    document["target"] = {"name": hostile, "base_url": f"https://x/{hostile}"}
    document["readings"] = [{"id": "R01", "question": hostile, "seen": hostile, "versions": [hostile]}]
    document["run"]["selection"] = {"only": [hostile], "skip": [hostile]}
    document["requirements"][0]["title"] = {"en": hostile, "ru": hostile}
    document["checks"][0]["reproduce"] = hostile
    request = {"method": hostile, "target": hostile, "headers": [[hostile, hostile]], "body": hostile}
    reply = {"status": 200, "headers": [[hostile, hostile]], "body": hostile}
    lines = [
        line(18, request=request, reply=reply, at=hostile),
        line(17, body='{"a": "' + hostile.replace('"', "") + '"}'),
    ]
    lines[1]["failure"] = hostile
    del lines[1]["reply"]
    return html(document, a_contract(requirements), lines, stop_reason=hostile)


def skeleton(text: str) -> list[tuple[str, tuple[str, ...]]]:
    return [(tag, tuple(sorted(attributes))) for tag, attributes in Page(text).elements if tag != "span"]


def test_markup_from_a_target_stays_text() -> None:
    text = hostile_page(XSS)
    assert skeleton(text) == skeleton(hostile_page("harmless"))
    page = Page(text)
    assert "alert(1)" not in page.raw["script"]
    assert "alert(1)" not in page.raw["style"]
    assert page.text.count("<img src=x onerror=alert(1)>") > 15
    assert page.text.count("{{7*7}}") == page.text.count("</script><script>")
    assert not [name for _, attributes in page.elements for name in attributes if name.startswith("on")]


def test_what_cannot_be_seen_is_written_out() -> None:
    text = hostile_page(HOSTILE)
    text.encode("utf-8")
    assert not [char for char in text if char != "\n" and not char.isprintable()]
    for written in (r"\x1b[31m", r"\u202e", r"\ud800", r"\x00"):
        assert written in Page(text).text.replace(" ", "")


def test_the_page_asks_nobody_for_anything() -> None:
    for text in (hostile_page("https://evil.example/x.js"), hostile_page(XSS)):
        page = Page(text)
        for _, attributes in page.elements:
            for name in ("src", "href", "action", "data", "poster", "srcset", "background", "formaction", "ping"):
                assert (attributes.get(name) or "#").startswith("#")
            assert "style" not in attributes
        assert not re.search(r"url\(|@import|image-set|expression", page.raw["style"])
        assert not re.search(r"fetch\(|XMLHttp|import\(|WebSocket|sendBeacon|https?:", page.raw["script"])


def test_the_policy_admits_this_style_and_this_script_alone() -> None:
    text = hostile_page(XSS)
    policy = Page(text).all("meta", **{"http-equiv": "Content-Security-Policy"})[0]["content"] or ""
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    for tag in ("style", "script"):
        blocks = re.findall(f"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        assert len(blocks) == 1
        digest = base64.b64encode(hashlib.sha256(blocks[0].encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy


# --- exchanges ----------------------------------------------------------------------------------------------


def test_only_exchanges_that_prove_something_are_embedded() -> None:
    contract, document = one_failure()
    document["checks"][0] |= {"exchanges": list(range(1, 31)), "evidence": 30}
    page = Page(html(document, contract, [line(number) for number in range(1, 61)]))
    shown = [attributes["id"] for attributes in page.all("details", **{"class": "exchange"})]
    assert shown == ["exchange-30", "exchange-29", "exchange-28"]
    assert "1–27" in page.text


def test_an_exchange_stands_once_and_as_evidence_where_it_is_evidence() -> None:
    requirements = [a_requirement("KZA-FAIL-01"), a_requirement("KZA-FAIL-02")]
    document = a_document(requirements, [a_failure("KZA-FAIL-01"), a_failure("KZA-FAIL-02")])
    document["checks"][1]["evidence"] = 17
    page = Page(html(document, a_contract(requirements), [line(17), line(18)]))
    assert "Evidence: exchange 18" in page.text
    assert "Evidence: exchange 17" in page.text
    assert "Before it: exchange 17 stands at another place" in page.text


def test_json_is_indented_and_nothing_else_is_changed() -> None:
    body = r'{"n":1.0,"big":12345678901234567890.10,"n":2e0,"text":"a, [b] \"{c}\": \\","empty":{},"list":[ ]}'
    contract, document = one_failure()
    page = html(document, contract, [line(body=body)])
    shown = Page(page[page.index("Content-Type:") :]).text
    for token in (
        '"n": 1.0,',
        "12345678901234567890.10,",
        '"n": 2e0,',
        r'"a, [b] \"{c}\": \\",',
        '"empty": {},',
        '"list": []',
    ):
        assert token in shown


@pytest.mark.parametrize("body", ["{'a': 1}", '{"a": 1} rubbish', "<p>hello,  world</p>", '"text"', "[" * 5000])
def test_what_is_not_json_is_shown_as_it_came(body: str) -> None:
    contract, document = one_failure()
    text = html(document, contract, [line(body=body)])
    assert str(exact(body)) in text
    assert "JSON indented" not in text


def test_a_long_body_is_folded() -> None:
    contract, document = one_failure()
    page = Page(html(document, contract, [line(body="\n".join(map(str, range(100))))]))
    assert "60 more lines" in page.text


def test_a_huge_body_is_cut_and_the_page_says_where_the_whole_is() -> None:
    contract, document = one_failure()
    text = html(document, contract, [line(body="x" * 5_000_000)])
    assert len(text) < 100_000
    assert "Cut: 20000 of 5000000 characters. The whole stands in exchanges.jsonl, number 18." in text


@pytest.mark.parametrize(
    "body", ["\x00a" * 1_000_000, "[" * 100_000, '{"a":[' * 1000 + "1" + "]}" * 1000, "[" + "1," * 50_000 + "1]"]
)
def test_the_page_is_bounded_whatever_is_sent(body: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(html_exchanges, "LARGEST_REPORT", 1_000_000)
    requirements = [a_requirement(f"KZA-FAIL-{number:02}") for number in range(1, 61)]
    results = [a_failure(requirement.id) for requirement in requirements]
    document = a_document(requirements, results)
    for number, check in enumerate(document["checks"]):
        check["exchanges"] = [3 * number + 1, 3 * number + 2, 3 * number + 3]
    headers = [["X-Long", "h" * 100_000]] * 200
    lines = [line(number, body=body) for number in range(1, 181)]
    for entry in lines:
        entry["reply"]["headers"] = headers
    text = html(document, a_contract(requirements), lines)
    assert len(text) < 3_000_000
    assert "stands in exchanges.jsonl only" in text


def test_an_exchange_without_a_reply_says_why() -> None:
    contract, document = one_failure()
    silent = line(failure="the connection was closed")
    del silent["reply"], silent["ms"]
    page = Page(html(document, contract, [silent]))
    assert "No reply the connection was closed" in page.text


def test_a_missing_exchange_is_named_by_its_number() -> None:
    contract, document = one_failure()
    assert "Evidence: exchange 18 stands in exchanges.jsonl only" in Page(html(document, contract, [])).text


def test_a_command_too_long_for_the_page_is_pointed_to() -> None:
    contract, document = one_failure()
    document["checks"][0]["reproduce"] = "curl " + "x" * 30_000
    text = html(document, contract, [])
    assert "x" * 1000 not in text
    assert "it stands in results.json" in text


def test_numbers_are_told_in_short() -> None:
    assert numbers_in_short([9, 3, 5, 6, 7]) == "3, 5–7, 9"
    assert numbers_in_short([]) == ""
    assert numbers_in_short(range(0, 60, 2), most=2) == "0, 2…"
