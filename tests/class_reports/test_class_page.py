"""The page of a class in a real browser: for everybody, and for thousands of rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from grader.class_reports import html
from tests.class_reports.conftest import ALIKE, CASES, HOSTILE, book, graded

if TYPE_CHECKING:
    from browser import Show
    from playwright.sync_api import Page

    from grader.gradebook import Gradebook


def page_of(case: Gradebook, language: str = "en") -> str:
    return "".join(html.render(case, "ko" if language == "ko" else "en"))


def write(folder: Path, case: Gradebook, language: str = "en") -> Path:
    file = folder / "class.html"
    file.write_text(page_of(case, language), encoding="utf-8")
    return file


def names(page: Page) -> list[str]:
    rows = page.locator("#grades tbody tr:not([hidden]) th")
    return [name.strip() for name in rows.all_text_contents()]


class Tags(HTMLParser):
    """Counts elements, with the names of their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: Counter[tuple[str, ...]] = Counter()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found[tag, *sorted(name for name, _ in attrs)] += 1


def test_a_name_makes_no_element() -> None:
    plain = [graded(f"s{number}") for number in range(len(HOSTILE))]
    hostile = [graded(name) for name in HOSTILE]
    found, expected = (Tags(page_of(book(entries))).found for entries in (hostile, plain))
    assert found == expected
    assert found["tr", "class", "role"] == len(HOSTILE)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("case", "language"), [("mixed", "ko"), ("mixed", "en"), ("nobody", "en")])
def test_everybody_can_read_it(
    show: Show, tmp_path: Path, case: str, language: str, scheme: str
) -> None:
    shown = show(write(tmp_path, CASES[case], language), scheme=scheme)
    assert shown.violations() == []
    assert (shown.complaints, shown.requests) == ([], [])
    assert shown.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_it_fits_a_telephone(show: Show, tmp_path: Path) -> None:
    shown = show(write(tmp_path, CASES["mixed"]), width=360)
    assert shown.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert shown.violations() == []


def test_it_is_sorted_and_filtered_by_keyboard(show: Show, tmp_path: Path) -> None:
    shown = show(write(tmp_path, CASES["mixed"]))
    page = shown.page
    by_name = ["alice", "bob", "carol", "dave", "eve", "frank", "Grace", "heidi"]
    assert names(page) == by_name
    page.get_by_role("button", name="%", exact=True).press("Enter")
    unknown = ["dave", "frank", "Grace", "heidi"]
    assert names(page) == ["eve", "carol", "bob", "alice", *unknown]
    page.get_by_role("button", name="%", exact=True).press("Space")
    assert names(page) == ["alice", "bob", "carol", "eve", *unknown]
    assert (
        page.get_by_role("columnheader", name="%", exact=True).get_attribute("aria-sort")
        == "descending"
    )
    page.get_by_role("button", name="Remarks").press("Enter")
    assert names(page)[-2:] == ["alice", "eve"]
    page.get_by_role("button", name="Student", exact=True).press("Enter")
    assert names(page) == by_name
    page.get_by_label("Filter by name").fill("A")
    assert names(page) == ["alice", "carol", "dave", "frank", "Grace"]
    assert page.get_by_role("status").text_content() == "5 of 8 students"
    page.get_by_label("Filter by name").fill("")
    page.get_by_label("Show").select_option("review")
    assert names(page) == ["dave"]
    page.get_by_label("Show").select_option("unreadable")
    assert names(page) == ["heidi"]
    assert shown.complaints == []


def test_rows_that_nobody_sees_are_not_laid_out(show: Show, tmp_path: Path) -> None:
    one = graded("one")
    many = [replace(one, student=f"s{number}") for number in range(1000)]
    page = show(write(tmp_path, book(many))).page
    is_seen = "name => name.checkVisibility({contentVisibilityAuto: true})"
    last = page.locator("#grades tbody tr:last-child th")
    assert last.text_content() == "s999"
    assert not last.evaluate(is_seen)
    last.evaluate("name => name.parentElement.scrollIntoView()")
    page.wait_for_function(f"({is_seen})(document.querySelector('#grades tbody tr:last-child th'))")
    # The height of what was not laid out is known: nothing jumps.
    height = page.locator("#grades tbody").evaluate("body => body.offsetHeight")
    assert height == pytest.approx(1000 * 28, abs=1)


def test_what_is_alike_is_told_and_what_cannot_be_read_too() -> None:
    alike = [graded("ann"), graded("bob"), graded("eve")]
    text = page_of(book(alike, {"ann": ALIKE, "bob": [*ALIKE, "ls"]}))
    assert "ann, bob" in text
    assert "It proves nothing." in text
    assert "their evidence cannot be read: 1" in text
    assert "most similar pairs are shown" not in text
    rings: dict[str, Sequence[str]] = {
        f"{ring}-{one}": [f"docker volume create v{number}-{ring}" for number in range(6)]
        for ring in range(20)
        for one in "abc"
    }
    text = page_of(book([graded(name) for name in rings], rings))
    assert "Only the 50 most similar pairs are shown." in text
    assert "Unusually similar" not in page_of(
        book(alike, {"ann": ALIKE, "bob": ["ls"], "eve": ["pwd"]})
    )
