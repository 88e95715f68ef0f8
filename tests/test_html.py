"""report.html: everything that a reader needs, what is wrong first."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from conformance.engine.verdict import Level, RunVerdict, Verdict
from conformance.reporting.html import html, write_html
from tests.pages import Page, line, one_failure
from tests.papers import (
    a_check,
    a_contract,
    a_document,
    a_failure,
    a_fuzz_failure,
    a_requirement,
    a_result,
    every_verdict,
    fuzzed,
)

pytestmark = pytest.mark.usefixtures("specs_folder")


def everything(lang: str = "en") -> Page:
    requirements, document = every_verdict()
    return Page(html(document, a_contract(requirements), [line(17), line(18)], lang=lang))


def order(page: Page, *parts: str) -> list[int]:
    return [page.text.index(part) for part in parts]


# --- what stands in it --------------------------------------------------------------------------------------


def test_the_page_says_the_verdict_and_what_was_tested() -> None:
    page = everything()
    for part in (
        "NON-CONFORMANT", "1 of 10 requirements failed", "Bank A, staging", "https://openapi.stage.bank.example",
        "kz-accounts", "provider", "v3, v2", "2026-03-01 09:00:00 UTC", "41.5 s", "1234; repeated: 3; answered 429: 2",
        "openbanking-conformance", "sha256:", "seed 7", "5f1c",
    ):  # fmt: skip
        assert part in page.text, part


def test_what_is_wrong_comes_first() -> None:
    titles = (
        "Failed requirements", "Recommendations not followed", "Could not be observed", "Errors of the suite",
        "By topic", "Readings", "All requirements",
    )  # fmt: skip
    places = order(everything(), *titles)
    assert places == sorted(places)


def test_a_failure_stands_with_its_evidence_and_the_way_to_see_it_again() -> None:
    page = everything()
    article = page.text[page.text.index("Failed requirements") : page.text.index("Recommendations")]
    for part in (
        "KZA-FAIL-01", "The English title of KZA-FAIL-01", "MUST", "clause 64, A1.3", "answer to a window of 100 days",
        "Expected 400", "Actual 200", "Evidence: exchange 18", "GET /v3/accounts?n=18", "Accept: application/json",
        "Before it: exchange 17", "curl -isS", '"Authorization: Bearer $TOKEN_FULL"',
    ):  # fmt: skip
        assert part in article, part
    assert page.all("button", **{"class": "copy"})


def test_the_evidence_is_the_exchange_that_the_document_names() -> None:
    contract, document = one_failure()
    document["checks"][0]["evidence"] = 17
    page = Page(html(document, contract, [line(17), line(18)]))
    assert "Evidence: exchange 17" in page.text
    assert "Other exchanges, in exchanges.jsonl: 18" in page.text


def test_a_check_that_fails_alike_in_several_versions_stands_once() -> None:
    requirements = [a_requirement("KZA-FAIL-01")]
    results = [a_failure("KZA-FAIL-01", version="v3"), a_failure("KZA-FAIL-01", version="v2")]
    page = Page(html(a_document(requirements, results), a_contract(requirements), [line()]))
    assert page.text.count("answer to a window of 100 days") == 1 + len(results)  # there, and in the table
    assert "v3, v2" in page.text


def test_the_sentence_and_the_grounds_of_a_check_come_from_its_docstring() -> None:
    def function(argument: Any) -> None:
        """A good `window` is served.

        Its twin of 90 days
        goes first.
        """

    item = a_check("KZA-FAIL-01", "check_of_kza_fail_01")
    known = type(item)(item.id, item.requirement, function, False, None)
    _, document = one_failure()
    page = Page(html(document, a_contract([a_requirement("KZA-FAIL-01")], [known]), []))
    assert "A good window is served." in page.text
    assert "Its twin of 90 days goes first." in page.text


def test_what_is_missing_groups_the_requirements_that_need_it() -> None:
    page = everything()
    needs = "a token of another client: auth.static.other_client"
    gap = page.text[page.text.index("Could not be observed") :]
    assert gap.index(needs) < gap.index("KZA-OPEN-01") < gap.index("KZA-OPEN-02") < gap.index("Errors of the suite")
    assert gap[: gap.index("Errors of the suite")].count(needs) == 1


def test_every_requirement_is_a_row_with_its_verdict_and_reason() -> None:
    requirements, document = every_verdict()
    page = everything()
    rows = [row for row in page.all("tr") if "data-verdict" in row]
    assert {row["id"]: row["data-verdict"] for row in rows} == {
        entry["id"]: entry["verdict"] for entry in document["requirements"]
    }
    assert len(rows) == len(requirements)
    assert {row["data-topic"] for row in rows} == {"window"}
    table = page.text[page.text.index("All requirements") :]
    for reason in (
        "Log storage leaves no trace on the wire.",
        "Asked: How long are logs kept?",
        "Answered: Five years",
    ):
        assert reason in table


def test_only_what_passed_is_green() -> None:
    text = html(every_verdict()[1], a_contract(every_verdict()[0]), [])
    style = Page(text).raw["style"]
    greens = {selector for selector, rule in re.findall(r"([^{}]+)\{([^{}]*)\}", style) if "var(--pass" in rule}
    assert {selector.split("*/")[-1].strip() for selector in greens} == {
        ".top.v-conformant", ".top.v-conformant h1", ".v-pass",
    }  # fmt: skip
    assert 'class="top v-non_conformant"' in text


@pytest.mark.parametrize("verdict", list(RunVerdict))
def test_the_head_has_the_class_of_the_verdict(verdict: RunVerdict) -> None:
    requirements = [a_requirement("KZA-PASS-01")]
    document = a_document(requirements, [a_result("KZA-PASS-01", Verdict.PASS)], verdict)
    assert f'class="top v-{verdict}"' in html(document, a_contract(requirements), [])


def test_a_run_cut_short_says_so_and_why() -> None:
    requirements = [a_requirement("KZA-PASS-01")]
    document = a_document(
        requirements, [a_result("KZA-PASS-01", Verdict.PASS)], RunVerdict.INCONCLUSIVE, complete=False
    )
    page = Page(html(document, a_contract(requirements), [], stop_reason="interrupted"))
    assert "The run was cut short (interrupted)." in page.text


def test_a_selection_is_named() -> None:
    contract, document = one_failure()
    document["run"]["selection"] = {"only": ["KZA-FAIL"], "skip": []}
    assert "Selection only KZA-FAIL" in Page(html(document, contract, [])).text


def test_readings_stand_with_what_was_seen() -> None:
    page = everything()
    readings = page.text[page.text.index("Readings") : page.text.index("All requirements")]
    assert "R02 R02 404 v3, v2" in readings
    assert "R10" in readings


def test_parts_that_have_nothing_to_say_are_left_out() -> None:
    requirements = [a_requirement("KZA-PASS-01")]
    document = a_document(requirements, [a_result("KZA-PASS-01", Verdict.PASS)], RunVerdict.CONFORMANT)
    page = Page(html(document, a_contract(requirements), []))
    for title in ("Failed requirements", "Recommendations", "Could not be observed", "Errors of the suite", "Readings"):
        assert title not in page.text
    assert "CONFORMANT" in page.text


def test_results_of_another_register_are_shown_too() -> None:
    _, document = one_failure()
    page = Page(html(document, a_contract([]), []))
    assert "check of kza fail 01" in page.text
    assert page.all("tr", id="KZA-FAIL-01", **{"data-topic": "window"})


# --- fuzzing ------------------------------------------------------------------------------------------------


def a_fuzzed_page(lang: str = "en", **extra: Any) -> Page:
    requirements = [a_requirement("KZA-FAIL-01")]
    document = a_document(requirements, [], fuzz=fuzzed(a_fuzz_failure("KZA-FAIL-01", **extra)))
    return Page(html(document, a_contract(requirements), map(line, range(1, 30)), lang=lang))


def test_a_requirement_that_only_fuzzing_broke_stands_like_a_failing_one() -> None:
    page = a_fuzzed_page()
    article = page.text[page.text.index("Failed requirements") : page.text.index("By topic")]
    for part in (
        "KZA-FAIL-01", "Generated requests: v3 accounts", "cases that failed alike: 29", "status of the answer",
        "Expected below 500", "Actual 503", "GET /v3/accounts?n=18", "curl -isS",
    ):  # fmt: skip
        assert part in article, part


def test_a_failure_that_takes_several_calls_tells_them_in_order() -> None:
    page = a_fuzzed_page(steps=("open: 200", "open <again>: 200; expected a refusal"))
    assert "open: 200 open <again>: 200; expected a refusal" in page.text
    assert len(page.all("ol", **{"class": "steps"})) == 1
    assert not a_fuzzed_page().all("ol", **{"class": "steps"})


def test_the_evidence_of_fuzzing_is_the_exchange_that_its_command_repeats() -> None:
    page = a_fuzzed_page()
    assert "Evidence: exchange 18" in page.text
    assert "Other exchanges, in exchanges.jsonl: 16, 19" in page.text
    assert "Before it" not in page.text
    assert "Evidence: exchange 19" in a_fuzzed_page(evidence=None).text


def test_what_fuzzing_found_stands_in_the_row_of_its_requirement_beside_the_checks() -> None:
    requirements = [a_requirement("KZA-FAIL-01")]
    document = a_document(
        requirements, [a_result("KZA-FAIL-01", Verdict.PASS)], fuzz=fuzzed(a_fuzz_failure("KZA-FAIL-01"))
    )
    page = Page(html(document, a_contract(requirements), [line(18)]))
    table = page.text[page.text.index("All requirements") :]
    assert table.index("check of kza fail 01") < table.index("Generated requests: v3 accounts")
    assert "status of the answer: below 500 ≠ 503" in table
    assert page.all("tr", id="KZA-FAIL-01", **{"data-verdict": "fail"})


def test_a_recommendation_that_fuzzing_broke_is_no_failed_requirement() -> None:
    requirements = [a_requirement("KZA-WARN-01", Level.SHOULD)]
    document = a_document(requirements, [], fuzz=fuzzed(a_fuzz_failure("KZA-WARN-01")))
    text = Page(html(document, a_contract(requirements), [])).text
    assert "Failed requirements" not in text
    assert text.index("Recommendations not followed") < text.index("Generated requests: v3 accounts")


def test_the_head_says_how_much_was_fuzzed_and_nothing_where_it_was_not() -> None:
    assert "Generated requests 120 to 4 operations; failures: 1" in a_fuzzed_page().text
    assert "Generated requests" not in everything().text


def test_the_head_says_why_fuzzing_showed_nothing() -> None:
    requirements = [a_requirement("KZA-PASS-01")]
    none = fuzzed(operations=0, cases=0, problem="a token for accounts")
    document = a_document(requirements, [a_result("KZA-PASS-01", Verdict.PASS)], complete=False, fuzz=none)
    assert "they showed nothing: a token for accounts" in Page(html(document, a_contract(requirements), [])).text


def test_fuzzing_is_told_in_russian() -> None:
    text = a_fuzzed_page("ru").text
    for part in ("120, операций: 4; сбоев: 1", "Порождённые запросы: v3 accounts", "случаев с тем же сбоем: 29"):
        assert part in text, part
    assert "Generated" not in text


# --- languages ----------------------------------------------------------------------------------------------


def test_the_page_speaks_russian() -> None:
    page = everything("ru")
    assert page.all("html", lang="ru")
    for part in ("НЕ СООТВЕТСТВУЕТ", "Нарушенные требования", "Русское название KZA-FAIL-01", "Ожидалось", "пункт 64"):
        assert part in page.text, part
    assert "The English title" not in page.text


def test_kazakh_falls_back_to_russian_and_says_so() -> None:
    page = everything("kk")
    assert page.all("html", lang="ru")
    assert "Қазақша" in page.text
    assert "НЕ СООТВЕТСТВУЕТ" in page.text


# --- the file ---


def test_the_file_is_written_in_one_step(tmp_path: Path) -> None:
    contract, document = one_failure()
    path = tmp_path / "report.html"
    write_html(path, document, contract, iter([line()]), lang="ru", stop_reason="")
    assert path.read_text("utf-8") == html(document, contract, [line()], lang="ru")
    assert [entry.name for entry in tmp_path.iterdir()] == ["report.html"]


def test_levels_are_data_of_the_rows() -> None:
    rows = {row["id"]: row["data-level"] for row in everything().all("tr") if "data-level" in row}
    assert rows["KZA-WARN-01"] == Level.SHOULD
    assert rows["KZA-PASS-01"] == Level.MUST
