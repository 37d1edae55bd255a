"""The page of a class in Chromium: whether it stays usable with thousands of rows."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from benchmarks.big import LAB, measured
from benchmarks.classes import make
from benchmarks.results import Section, Table, milliseconds, ratio

if TYPE_CHECKING:
    from playwright.sync_api import Page

SIZES = (100, 1000, 5000)
COMPARED = """\
`grade report lab6-1 --as html` of classes that `benchmarks/classes.py` made, opened in Chromium
without a screen. From the key or click on, until the next picture could be drawn: medians. The
ratio says how much more the largest class takes than the smallest one."""
LIMIT = """\
the browser parses every row, and puts every row into its new place; only those that are seen are
laid out."""
PRESSED = """([act, value]) => new Promise((done) => {
    const began = performance.now();
    const field = document.querySelector(act);
    if (value === null) field.click();
    else { field.value = value; field.dispatchEvent(new Event("input")); }
    requestAnimationFrame(() => setTimeout(() => done(performance.now() - began), 0));
})"""
ACTS: dict[str, tuple[str, str | None]] = {
    "sort by percent": ("#grades th:nth-child(2) button", None),
    "sort by a criterion": ("#grades th:nth-child(5) button", None),
    "sort by name": ("#grades th:nth-child(1) button", None),
    "filter by name": ("#name", "kim"),
    "show all again": ("#name", ""),
}
"""What somebody does → where, and what is put in there; None for a click."""


def run(rounds: int) -> Section:
    """Make and open the page of a class of each size."""
    from playwright.sync_api import sync_playwright

    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        raise SystemExit("this part needs Chromium")
    taken: dict[str, list[float]] = {}
    sizes = []
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        for size in SIZES:
            course = Path(folder) / str(size)
            make(course, students=size, of=(LAB,))
            file = course / "class.html"
            measured(course, "report", LAB, "--as", "html", "-o", str(file))
            sizes.append(f"{file.stat().st_size / 1e6:.1f} MB")
            page = browser.new_page()
            opened = [_opened(page, file) for _ in range(rounds)]
            taken.setdefault("open", []).append(median(opened))
            done = [[_done(page, *act) for act in ACTS.values()] for _ in range(rounds)]
            for act, times in zip(ACTS, zip(*done, strict=True), strict=True):
                taken.setdefault(act, []).append(median(times))
            page.close()
        browser.close()
    rows = [
        (act, *map(milliseconds, times), ratio(times[-1] / times[0]))
        for act, times in taken.items()
    ]
    rows.append(("size of the file", *sizes, ""))
    head = ("act", *(f"{size:,} students" for size in SIZES), "ratio")
    return Section(COMPARED, (Table(head, rows),), LIMIT)


def _opened(page: Page, file: Path) -> float:
    """Open a page, and return the seconds until its load event was over."""
    page.goto(file.as_uri())
    entry = "performance.getEntriesByType('navigation')[0].loadEventEnd"
    return float(page.evaluate(entry)) / 1000


def _done(page: Page, where: str, value: str | None) -> float:
    return float(page.evaluate(PRESSED, [where, value])) / 1000
