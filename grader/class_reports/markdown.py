"""Markdown: a summary of the class, as the step summary of a CI job shows it.

The list of students is cut where it would get too long for that, with a note. Names are text: no
mark-up in them means anything.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from grader.class_reports import _words as phrases
from grader.class_reports._table import BINS, table_of
from grader.reports import _words as words
from grader.reports._markdown import MOST_BYTES, escaped, of_teacher
from grader.reports._text import number

if TYPE_CHECKING:
    from grader.class_reports._table import ClassTable, Row
    from grader.gradebook import Gradebook
    from grader.model.record import Language

FILE = "class.md"
BAR = 20
"""Signs of the longest bar of the histogram."""
MOST_NAMED = 50
"""Students in the list of those to look at."""
LONGEST = 300
"""Characters of one cell."""


def render(book: Gradebook, language: Language) -> Iterator[str]:
    """Yield the report in parts, as far as it fits."""
    table = table_of(book)
    room = MOST_BYTES
    for part in (
        *_head(book, table, language),
        *_review(table, language),
        *_criteria(book, table, language),
        *_histogram(table, language),
    ):
        room -= len(part.encode())
        yield part
    yield from _students(table, language, room)


def _head(book: Gradebook, table: ClassTable, language: Language) -> Iterator[str]:
    yield f"# {of_teacher(book.lab.title.in_(language), LONGEST)}\n\n"
    yield f"{', '.join(phrases.counted(table, language))}\n\n"
    if table.mean is None or table.median is None:
        yield f"{phrases.NOBODY.in_(language)}\n\n"
        return
    passed = sum(row.passed is True for row in table.judged)
    mean, middle, judged = number(table.mean), number(table.median), len(table.judged)
    yield (
        f"합격 {passed}/{judged}명, 평균 {mean} %, 중앙값 {middle} %\n\n"
        if language == "ko"
        else f"{passed} of {judged} passed, mean {mean} %, median {middle} %\n\n"
    )


def _review(table: ClassTable, language: Language) -> Iterator[str]:
    rows = [row for row in table.rows if row.needs_review or not row.judged]
    rows = [row for row in rows if row.state == "graded"]
    if not rows:
        return
    yield f"## {words.REVIEW.in_(language)}\n\n"
    yield f"| {phrases.STUDENT.in_(language)} | {phrases.REMARKS.in_(language)} |\n"
    yield "| --- | --- |\n"
    for row in rows[:MOST_NAMED]:
        said = escaped(", ".join(phrases.remarks(row, language)), LONGEST)
        yield f"| {escaped(row.student, LONGEST)} | {said} |\n"
    if len(rows) > MOST_NAMED:
        more = len(rows) - MOST_NAMED
        yield f"\n그 밖에 {more}명\n" if language == "ko" else f"\nand {more} more\n"
    yield "\n"


def _criteria(book: Gradebook, table: ClassTable, language: Language) -> Iterator[str]:
    found = table.difficulties()
    if not found:
        return
    ko = language == "ko"
    heading, full, mean = (
        ("어려웠던 기준부터", "만점", "평균")
        if ko
        else ("Criteria, the hardest first", "All points", "On average")
    )
    yield f"## {heading}\n\n| {words.CRITERION.in_(language)} | {full} | {mean} |\n"
    yield "| --- | ---: | ---: |\n"
    for one in found:
        title = of_teacher(phrases.title_of(one.column, book, language), LONGEST)
        yield f"| {title} | {one.full}/{one.judged} | {100 * one.share:.0f} % |\n"
    yield "\n"


def _histogram(table: ClassTable, language: Language) -> Iterator[str]:
    bars = table.histogram()
    if not any(bars):
        return
    heading = "점수 분포" if language == "ko" else "How the scores are spread"
    yield f"## {heading}\n\n```text\n"
    wide = len(str(max(bars)))
    for index, count in enumerate(bars):
        low = index * 100 // BINS
        high = "100" if index == BINS - 1 else f"<{low + 100 // BINS}"
        bar = "█" * -(-count * BAR // max(bars))
        yield f"{low:>2} – {high:>3} %  {count:>{wide}}  {bar}".rstrip() + "\n"
    yield "```\n\n"


def _students(table: ClassTable, language: Language, room: int) -> Iterator[str]:
    heading = "학생별" if language == "ko" else "Students"
    columns = (phrases.STUDENT, words.POINTS, phrases.PERCENT, phrases.REMARKS)
    yield f"## {heading}\n\n| {' | '.join(text.in_(language) for text in columns)} |\n"
    yield "| --- | ---: | ---: | --- |\n"
    room -= 1000  # for these lines and the note
    for index, row in enumerate(table.rows):
        line = _student(row, language)
        room -= len(line.encode())
        if room < 0:
            more = len(table.rows) - index
            ko = f"그 밖에 {more}명은 크기 제한으로 생략하였습니다."
            en = f"{more} more are left out, because a summary may not be larger."
            yield f"\n{ko if language == 'ko' else en}\n"
            return
        yield line


def _student(row: Row, language: Language) -> str:
    points = percent = "–"
    if row.judged and row.points is not None and row.max_points is not None:
        points = f"{number(row.points)}/{number(row.max_points)}"
        percent = number(row.percent or 0)
    said = escaped(", ".join(phrases.remarks(row, language)), LONGEST)
    return f"| {escaped(row.student, LONGEST)} | {points} | {percent} | {said} |\n"
