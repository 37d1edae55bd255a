"""HTML: the class on one page that shows anywhere and loads nothing.

The heat map is a table with its numbers in it, which a few lines of script sort and filter; all
else is there without them. Only the rows that are seen are laid out: each is a grid of its own, in
a height that is known, because the layout of a real table of 5,000 rows takes seconds. What a
browser then forgets of tables, the roles tell.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from grader.class_reports import _words as words
from grader.class_reports._page.phrases import KEY, KINDS, phrases
from grader.class_reports._table import BINS, table_of
from grader.errors import StoreError
from grader.likeness import MOST_PAIRS, alike
from grader.reports._page.writing import fill, own_text, policy, trusted, worded
from grader.reports._text import number

if TYPE_CHECKING:
    from grader.class_reports._table import Cell, ClassTable, Row
    from grader.gradebook import Gradebook
    from grader.likeness import Pair
    from grader.model.record import Language
    from grader.model.result import Outcome

FILE = "class.html"

TEMPLATES = Path(__file__).with_name("_page") / "templates"
LEFT, STEP, FLOOR, HIGHEST = 21, 40, 168, 140
"""Of the histogram, in its own units: its left side, the width of a bar with its gap, where bars
stand, and how high they may be."""
HALF = 0.5
MOST_CELLS = 1 << 12
"""Different cells that are remembered: in a class, most are alike."""
NOTHING = trusted("–")
SIGNS: dict[Outcome, str] = {"error": "e", "skipped": "s"}
"""Outcomes that are told by a sign instead of a number → the class of their cells."""


@dataclass(frozen=True)
class Typing:
    """What was read of the evidence of all students."""

    seconds: dict[str, float]
    """Student → how long the lines took."""
    pairs: list[Pair]
    lost: int
    """Students whose evidence could not be read."""


def render(book: Gradebook, language: Language) -> Iterator[str]:
    """Yield the page."""
    table = table_of(book)
    typing = _typing(book, table)
    script = own_text("class.js", TEMPLATES)
    parts: dict[str, object] = {
        "language": language,
        "title": book.lab.title.in_(language),
        "policy": policy(script),
        "style": trusted(own_text("base.css") + own_text("class.css", TEMPLATES)),
        "script": trusted(script),
        "w": phrases(language),
        "worded": worded,
        "counts": words.counted(table, language),
        "sums": _sums(table, typing, language),
        **_spread(book, table, language),
        "criteria": _criteria(book, table, language),
        "pairs": [_pair(pair, language) for pair in typing.pairs],
        "most_pairs": MOST_PAIRS,
        "lost": _lost(typing, language),
        "kinds": [(kind, text.in_(language)) for kind, text in KINDS.items()],
        "key": [(name, sign, text.in_(language)) for name, (sign, text) in KEY.items()],
        "columns": _columns(book, table, language),
        "rows": (_row(row, typing, language) for row in table.rows),
    }
    yield fill("class.html", parts, TEMPLATES)


def _typing(book: Gradebook, table: ClassTable) -> Typing:
    """Read each student's evidence once, and keep only what was typed, and how long it took."""
    seconds: dict[str, float] = {}
    lines: dict[str, list[str]] = {}
    lost = 0
    for row in table.rows if book.lab.kind == "terminal" else ():
        if row.evidence is None:
            continue
        try:
            typed = book.typed(row.evidence)
        except StoreError:
            lost += 1
            continue
        seconds[row.student] = typed.seconds
        lines[row.student] = typed.lines
    return Typing(seconds, alike(lines, book.handed_out), lost)


def _sums(table: ClassTable, typing: Typing, language: Language) -> list[tuple[str, str, str]]:
    """Return label, value and addition of each number that stands on top."""
    if table.mean is None or table.median is None:
        return []
    say = phrases(language)
    judged = len(table.judged)
    passed = sum(row.passed is True for row in table.judged)
    sums = [
        (say["passed"], f"{100 * passed / judged:.0f} %", f"{passed}/{judged}"),
        (say["mean"], f"{table.mean:.1f} %", ""),
        (say["median"], f"{table.median:.1f} %", ""),
    ]
    if review := sum(row.needs_review for row in table.rows):
        sums.append((say["to_review"], str(review), ""))
    if typing.seconds:
        unit = "초" if language == "ko" else "s"
        sums.append((say["typing"], f"{median(typing.seconds.values()):.1f} {unit}", ""))
    return sums


def _spread(book: Gradebook, table: ClassTable, language: Language) -> dict[str, object]:
    """Return the bars of the histogram, what they say in words, and where the pass mark is."""
    counts = table.histogram()
    most = max(counts)
    mark = min(book.rubric.pass_mark, 100)
    bars = [
        {
            "low": index * 100 // BINS,
            "count": count,
            "x": LEFT + index * STEP,
            "y": FLOOR - round(HIGHEST * count / most) if most else FLOOR,
            "height": round(HIGHEST * count / most) if most else 0,
            "passes": index * 100 / BINS >= mark,
        }
        for index, count in enumerate(counts)
    ]
    unit = "명" if language == "ko" else ""
    said = (f"{bar['low']} %: {bar['count']}{unit}" for bar in bars)
    return {
        "bars": bars if most else [],
        "spread_text": ", ".join(said),
        "mark": LEFT + round(STEP * BINS * mark / 100),
        "pass_mark": number(mark),
    }


def _criteria(book: Gradebook, table: ClassTable, language: Language) -> list[dict[str, object]]:
    numbers = {column.id: index for index, column in enumerate(table.columns, start=1)}
    return [
        {
            "number": numbers[one.column.id],
            "title": one.column.title.in_(language),
            "remark": words.remark_on(one.column, book, language),
            "share": f"{100 * one.share:.0f}",
        }
        for one in table.difficulties()
    ]


def _columns(book: Gradebook, table: ClassTable, language: Language) -> list[dict[str, object]]:
    return [
        {
            "number": index,
            "plain": words.title_of(column, book, language).replace("`", ""),
            "points": number(column.points),
        }
        for index, column in enumerate(table.columns, start=1)
    ]


def _row(row: Row, typing: Typing, language: Language) -> dict[str, object]:
    kinds: list[str] = [row.state]
    if row.state == "graded" and (row.needs_review or not row.judged):
        kinds.append("review")
    if row.judged and not row.passed:
        kinds.append("below")
    seconds = typing.seconds.get(row.student)
    return {
        "student": row.student,
        "kinds": " ".join(kinds),
        "percent": NOTHING if row.percent is None or not row.judged else number(row.percent),
        "cells": [_cell(cell, language) for cell in row.cells],
        "attempts": row.attempts or NOTHING,
        "time": NOTHING if seconds is None else f"{seconds:.1f}",
        "remarks": ", ".join(words.remarks(row, language)),
    }


@lru_cache(MOST_CELLS)
def _cell(cell: Cell | None, language: Language) -> tuple[str, str, str]:
    """Return the class of a cell, what stands in it, and what that means where it is a sign.

    None of it is a student's word.
    """
    if cell is None:
        return trusted(""), NOTHING, ""
    if cell.outcome in SIGNS:
        name = SIGNS[cell.outcome]
        return trusted(name), trusted(KEY[name][0]), KEY[name][1].in_(language)
    if cell.by_hand:
        text = trusted(f"{number(cell.points)}*")
        return trusted(_level(cell)), text, KEY["h"][1].in_(language)
    return trusted(_level(cell)), trusted(number(cell.points)), ""


def _level(cell: Cell) -> str:
    if cell.outcome == "passed":
        level = "f"
    elif cell.share <= 0:
        level = "z"
    else:
        level = "m" if cell.share >= HALF else "l"
    return f"{level} h" if cell.by_hand else level


def _pair(pair: Pair, language: Language) -> dict[str, object]:
    count = len(pair.lines)
    return {
        "first": pair.first,
        "second": pair.second,
        "share": f"{100 * pair.share:.0f}",
        "renamed": pair.renamed,
        "about": f"{count}줄" if language == "ko" else f"{count} lines",
        "lines": pair.lines,
    }


def _lost(typing: Typing, language: Language) -> str:
    if not typing.lost:
        return ""
    if language == "ko":
        return f"{typing.lost}명은 채점 기록을 읽을 수 없어 비교하지 못하였습니다."
    return f"Students not compared, because their evidence cannot be read: {typing.lost}."
