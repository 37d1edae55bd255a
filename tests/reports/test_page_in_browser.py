"""The page of a student in a real browser: it loads nothing, plays, and anybody can read it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect
from recorded_story import step, story, told

from grader.reports import html
from grader.reports._page.player import player

if TYPE_CHECKING:
    from browser import Scheme, Show, Shown

    from grader.model.record import Language

BAD = """<!doctype html><html><title>page</title>
<p style="color: #ccc; background: #fff">pale</p>
<img src="https://example.org/picture.png">
<script>undefined_name()</script>
</html>"""
EVIL = "</script><script>alert(1)</script><img src=x onerror=alert(1)>"
FOCUS = """() => {
    const all = "a, summary, button, [tabindex='0']";
    const seen = document.activeElement;
    return [...document.querySelectorAll(all)].filter((one) => one.checkVisibility()).indexOf(seen);
}"""
INSIDE = "document.getElementById('player').contains(document.activeElement)"
REACHABLE = """() => [...document.querySelectorAll("a, summary, button, [tabindex='0']")]
    .filter((one) => one.checkVisibility()).length"""


@pytest.fixture
def page(tmp_path: Path) -> Path:
    """Write the page of a story with a long output in it."""
    return written(tmp_path, "en")


def written(folder: Path, language: Language) -> Path:
    if player() is None:
        pytest.skip("needs the player: scripts/setup brings it, where npm is")
    output = "\n".join(str(number) for number in range(99))
    long = step(10, "seq 99", output, line=13, last_line=13)
    steps = (*(one.model_dump() for one in story().steps), long)
    file = folder / "page.html"
    file.write_text(html.render(told(steps=steps), language), encoding="utf-8")
    return file


def test_the_browser_sees_what_is_wrong(tmp_path: Path, show: Show) -> None:
    file = tmp_path / "bad.html"
    file.write_text(BAD)
    shown = show(file)
    rules = {one.partition(":")[0] for one in shown.violations()}
    assert rules >= {"color-contrast", "html-has-lang", "image-alt"}
    assert shown.requests == ["https://example.org/picture.png"]
    assert any("undefined_name is not defined" in one for one in shown.complaints)


def play(shown: Shown) -> None:
    """Open the recording, and wait until something was typed."""
    shown.page.locator("#playback > summary").press("Enter")
    expect(shown.page.locator("#player pre").first).to_contain_text("docker")


@pytest.mark.parametrize(
    ("language", "scheme", "width"),
    [("en", "light", 1280), ("ko", "dark", 1280), ("ko", "light", 320), ("en", "dark", 320)],
)
def test_everybody_can_read_it(
    language: Language, scheme: Scheme, width: int, tmp_path: Path, show: Show
) -> None:
    shown = show(written(tmp_path, language), scheme=scheme, width=width)
    play(shown)
    assert shown.violations() == []
    assert shown.complaints == []
    assert shown.requests == []
    assert shown.page.evaluate("document.documentElement.scrollWidth") <= width


def test_it_plays_from_the_line_that_was_chosen(page: Path, show: Show) -> None:
    shown = show(page)
    shown.page.get_by_role("button", name="Play from here: Line 6").click()
    expect(shown.page.locator("#player pre").first).to_contain_text("docker build")
    assert shown.page.evaluate(INSIDE)
    for _ in range(9):  # the player takes keys, but does not keep the reader
        shown.page.keyboard.press("Tab")
    assert not shown.page.evaluate(INSIDE)
    assert shown.complaints == []


def test_the_keyboard_reaches_everything(page: Path, show: Show) -> None:
    tab = show(page).page
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.className") == "skip"
    count = tab.evaluate(REACHABLE)
    reached = [tab.evaluate(FOCUS)]
    for _ in range(count - 1):
        tab.keyboard.press("Tab")
        reached.append(tab.evaluate(FOCUS))
    assert reached == list(range(count))
    assert count > 30


def test_hostile_text_runs_nothing(tmp_path: Path, show: Show) -> None:
    steps = (step(1, EVIL, EVIL), step(2, f"`{EVIL}`", EVIL))
    file = tmp_path / "page.html"
    file.write_text(html.render(told(steps=steps), "en"), encoding="utf-8")
    shown = show(file)
    shown.page.on("dialog", lambda said: shown.complaints.append(said.message))
    if player() is not None:
        shown.page.locator("#playback > summary").click()
        expect(shown.page.locator("#player pre").first).to_contain_text("<img")
    assert shown.page.locator("img").count() == 0
    assert shown.complaints == []
    assert shown.requests == []
