"""report.html in a real browser: it filters, opens, copies and prints, and asks nobody for anything."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from conformance.reporting.html import write_html
from tests.browser import Browser, browser
from tests.pages import line
from tests.papers import HOSTILE, a_contract, every_verdict

LOOK = """
const shown = [...document.querySelectorAll('table.requirements tbody tr')].filter((row) => row.offsetHeight > 0);
return {
  shown: shown.map((row) => row.id),
  said: document.querySelector('output').textContent,
  chips: Object.fromEntries([...document.querySelectorAll('.chip')].map(
    (chip) => [chip.dataset.verdict, chip.querySelector('b').textContent])),
  nothing: document.querySelector('p.nothing').offsetHeight > 0,
};
"""
ATTACK = "</script><script>window.broken_in = 1</script><img src=https://evil.example/ onerror='window.broken_in = 2'>"


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browser(tmp_path_factory.mktemp("profile")) as window:
        yield window


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a report in which every verdict occurs, and an attack in every place a target can write to."""
    requirements, document = every_verdict()
    for check in document["checks"]:
        check |= {
            name: f"{check[name]} {ATTACK} {HOSTILE}" for name in ("subject", "actual", "missing") if name in check
        }
    document["target"]["name"] = f"Bank A {ATTACK}"
    exchange = line(18, body="\n".join([ATTACK] * 100))
    exchange["reply"]["headers"].append(["X-Attack", ATTACK])
    path = tmp_path_factory.mktemp("report") / "report.html"
    write_html(path, document, a_contract(requirements), [line(17, ATTACK), exchange])
    return path.as_uri()


@pytest.fixture
def page(chromium: Browser, report: str) -> Iterator[Browser]:
    """The report, freshly opened; afterwards nothing was complained of and nothing asked for."""
    chromium.open("about:blank")
    chromium.complaints()
    chromium.requests()
    chromium.open(report)
    yield chromium
    assert chromium.run("return window.broken_in ?? null") is None
    assert chromium.complaints() == []
    assert {address.split("#")[0] for address in chromium.requests()} <= {report}


def shows(page: Browser, *ids: str) -> bool:
    """These rows and no others are shown, at the latest in a minute: a browser reports some events late."""
    deadline = time.monotonic() + 60
    while look(page)["shown"] != list(ids):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def look(page: Browser) -> dict[str, Any]:
    seen: dict[str, Any] = page.run(LOOK)
    return seen


def test_all_requirements_are_shown_at_first(page: Browser) -> None:
    seen = look(page)
    assert len(seen["shown"]) == 11
    assert seen["said"] == "Shown: 11 of 11"


def test_words_filter_the_requirements_and_the_counts_follow(page: Browser) -> None:
    everything = look(page)["shown"]
    page.type("input[type=search]", "a1.3 kza-FAIL")
    assert shows(page, "KZA-FAIL-01")
    seen = look(page)
    assert seen["said"] == "Shown: 1 of 11"
    assert seen["chips"]["fail"] == "1"
    assert seen["chips"]["pass"] == "0"
    page.type("input[type=search]", " no such words")
    assert shows(page)
    assert look(page)["nothing"]
    page.click("button.plain")
    assert len(everything) == 11
    assert shows(page, *everything)


def test_verdicts_and_levels_filter_together(page: Browser) -> None:
    page.click("button[data-verdict=inconclusive]")
    assert shows(page, "KZA-OPEN-01", "KZA-OPEN-02")
    page.click("button[data-verdict=warn]")
    assert shows(page, "KZA-WARN-01", "KZA-OPEN-01", "KZA-OPEN-02")
    page.click("select[name=level] option[value=SHOULD]")
    assert shows(page, "KZA-WARN-01", "KZA-OPEN-02")
    assert page.run("return document.querySelector('button[data-verdict=warn]').ariaPressed") == "true"


def test_a_number_at_the_top_filters_the_table(page: Browser) -> None:
    page.click("a.tile[data-filter=pass]")
    assert shows(page, "KZA-PASS-01")


def test_a_failure_opens_to_its_checks_and_what_went_before(page: Browser) -> None:
    assert page.run("return document.getElementById('exchange-18').open")
    before = "return document.querySelector('#exchange-17 .side').checkVisibility()"
    assert not page.run(before)
    page.click("#exchange-17 > summary")
    assert page.run(before)
    page.click("#fail-KZA-FAIL-01 h3 a")
    opened = """
    const check = document.querySelector('#KZA-FAIL-01 .check');
    for (let turn = 0; turn < 1000 && !check.checkVisibility(); turn++)
      await new Promise((resolve) => setTimeout(resolve, 20));
    return check.checkVisibility();
    """
    assert page.run(opened)


def test_a_link_reaches_a_row_that_a_filter_hides(page: Browser) -> None:
    everything = look(page)["shown"]
    page.click("button[data-verdict=pass]")
    page.click("#fail-KZA-FAIL-01 h3 a")
    assert shows(page, *everything)


def test_rows_open_by_keyboard_alone(page: Browser) -> None:
    page.run("document.querySelector('#KZA-PASS-01 summary').focus()")
    for kind in ("keyDown", "keyUp"):
        page.command(
            "Input.dispatchKeyEvent", type=kind, key="Enter", code="Enter", windowsVirtualKeyCode=13, text="\r"
        )
    assert page.run("return document.querySelector('#KZA-PASS-01 details').open")


def test_the_command_is_copied(page: Browser) -> None:
    page.command("Browser.grantPermissions", permissions=["clipboardReadWrite", "clipboardSanitizedWrite"])
    # The button says so for a moment only, which a busy machine may miss: so all that it says is noted.
    page.run("""
    window.said = [];
    const button = document.querySelector('#fail-KZA-FAIL-01 button.copy');
    new MutationObserver(() => window.said.push(button.textContent)).observe(button, {childList: true});
    """)
    page.click("#fail-KZA-FAIL-01 button.copy")
    told = """
    for (let turn = 0; turn < 1000 && !window.said.length; turn++)
      await new Promise((resolve) => setTimeout(resolve, 20));
    return window.said[0];
    """
    assert page.run(told) == "Copied"


def test_on_paper_everything_stands_open_and_no_filter_holds(page: Browser) -> None:
    page.type("input[type=search]", "no such words")
    assert shows(page)
    page.command("Emulation.setEmulatedMedia", media="print")
    try:
        page.run("dispatchEvent(new Event('beforeprint'))")
        seen = page.run("""
        const seen = (selector) => [...document.querySelectorAll(selector)].map((each) => each.checkVisibility());
        return {rows: seen('table.requirements tbody tr'), checks: seen('.check'), buttons: seen('button'),
                evidence: seen('#exchange-18 .side')};
        """)
    finally:
        page.run("dispatchEvent(new Event('afterprint'))")
        page.command("Emulation.setEmulatedMedia", media="")
    assert seen["rows"] == [True] * 11
    assert len(seen["checks"]) > 5
    assert all(seen["checks"])
    assert not any(seen["buttons"])
    assert all(seen["evidence"])


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_is_wider_than_the_window(page: Browser, width: int) -> None:
    page.command("Emulation.setDeviceMetricsOverride", width=width, height=844, deviceScaleFactor=1, mobile=width < 500)
    try:
        assert page.run("return document.documentElement.scrollWidth") <= width
    finally:
        page.command("Emulation.clearDeviceMetricsOverride")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_stand_out_from_their_ground(page: Browser, scheme: str) -> None:
    """WCAG AA: a contrast of at least 4.5 for every text that is shown."""
    page.command("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
    faint = page.run("""
    const parts = (color) => color.match(/[\\d.]+/g).map(Number);
    const light = (color) => {
      const [r, g, b] = parts(color).map((value) => value / 255).map(
        (value) => value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const ground = (element) => {
      for (; element; element = element.parentElement) {
        const color = getComputedStyle(element).backgroundColor;
        if ((parts(color)[3] ?? 1) > 0) return color;
      }
      return 'rgb(255, 255, 255)';
    };
    const faint = new Set();
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      const element = texts.currentNode.parentElement;
      if (!texts.currentNode.textContent.trim() || !element.checkVisibility() || element.closest('script')) continue;
      const both = [light(getComputedStyle(element).color), light(ground(element))];
      const contrast = (Math.max(...both) + 0.05) / (Math.min(...both) + 0.05);
      if (contrast < 4.5) faint.add(`${element.tagName}.${element.className} ${contrast.toFixed(2)}`);
    }
    return [...faint];
    """)
    page.command("Emulation.setEmulatedMedia", features=[])
    assert faint == []
