"""Markdown: the step summary of a CI job, where a student reads how a push was graded.

What students made their containers print is text here: no mark-up in it means anything. Of very
many criteria those that fit are shown, and the rest is told.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from grader.model.record import Text
from grader.reports import _words as words
from grader.reports._markdown import MOST_BYTES, escaped, escaped_lines, of_teacher
from grader.reports._text import number
from grader.reports.table import SIGNS

if TYPE_CHECKING:
    from grader.model.record import Language
    from grader.model.result import CriterionResult, Result
    from grader.reports import Graded

FILE = "summary.md"

LONGEST = 4000
"""Characters of one text; the whole of it stands in the other reports."""
SHORT = 300
"""Characters of a title or a name."""
ROOM_TO_SAY_SO = 2000
"""Bytes that are kept free for what is said of the criteria that do not fit."""

UNKNOWN = Text(
    ko="채점하지 못하였거나 일부를 채점하지 못하였습니다. 학생의 잘못이 아니며, 0점이 아닙니다.",
    en="Could not grade, or not all of it. This is no fault of the student, and no zero.",
)


def render(graded: Graded, language: Language) -> str:
    """Return the report."""
    return draw(graded.result, language)


def draw(result: Result, language: Language, *, above: str = "", elsewhere: str = "") -> str:
    """Return the report with a paragraph `above` it.

    `elsewhere` is a link to the whole, for a summary that had to be cut. Both are Markdown.
    """
    parts = [f"# {_title(result, language)}\n\n"]
    if above:
        parts.append(f"{above}\n\n")
    parts += _standing(result, language)
    room = MOST_BYTES - ROOM_TO_SAY_SO - sum(len(part.encode()) for part in parts)
    return "".join([*parts, *_criteria(result, language, room, elsewhere)])


def _title(result: Result, language: Language) -> str:
    title = of_teacher(result.lab_title.in_(language), SHORT)
    return f"{title} · {escaped(result.student, SHORT)}"


def _standing(result: Result, language: Language) -> Iterator[str]:
    if result.judged:
        points = f"{number(result.points)}/{number(result.max_points)}"
        mark = f"{words.PASS_MARK.in_(language)} {number(result.pass_mark)} %"
        yield (
            f"**{words.TOTAL.in_(language)} {points}** ({number(result.percent)} %): "
            f"{words.standing(result, language)} ({mark})\n\n"
        )
        if result.needs_review:
            yield f"{words.REVIEW.in_(language)}: {words.REVIEW_REASON.in_(language)}\n\n"
    else:
        yield f"**{UNKNOWN.in_(language)}**\n\n"
    for note in result.notes:
        yield f"- {words.NOTE.in_(language)}: {escaped(note.in_(language), LONGEST)}\n"
    if result.notes:
        yield "\n"


def _criteria(result: Result, language: Language, room: int, elsewhere: str) -> Iterator[str]:
    columns = (words.OUTCOME, words.POINTS, words.CRITERION, words.LINE)
    yield f"| {' | '.join(column.in_(language) for column in columns)} |\n"
    yield "| --- | ---: | --- | ---: |\n"
    for index, criterion in enumerate(result.criteria):
        row = _row(criterion, language, judged=result.judged)
        room -= len(row.encode())
        if room < 0:
            more = len(result.criteria) - index
            ko = f"그 밖의 기준 {more}개는 크기 제한으로 생략하였습니다."
            en = f"{more} more criteria are left out, because a summary may not be larger."
            yield f"\n{ko if language == 'ko' else en} {elsewhere}".rstrip() + "\n"
            return
        yield row


def _row(criterion: CriterionResult, language: Language, *, judged: bool) -> str:
    sign, _ = SIGNS[criterion.outcome]
    outcome = f"{sign} {words.OUTCOMES[criterion.outcome].in_(language)}"
    points = words.earned(criterion) if judged or criterion.outcome != "error" else "–"
    lines = [f"**{of_teacher(criterion.title.in_(language), SHORT)}**"]
    lines.append(escaped_lines(criterion.reason.in_(language), LONGEST))
    if criterion.outcome != "passed":
        if criterion.expected is not None:
            said = escaped_lines(criterion.expected.in_(language), LONGEST)
            lines.append(f"{words.EXPECTED.in_(language)}: {said}")
        if criterion.hint is not None:
            said = of_teacher(criterion.hint.in_(language), LONGEST)
            lines.append(f"{words.HINT.in_(language)}: {said}")
    story = "<br>".join(line for line in lines if line)
    return f"| {outcome} | {points} | {story} | {criterion.line or ''} |\n"
