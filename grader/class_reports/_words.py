"""The words that the reports of a class share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grader.gradebook import State
from grader.model.record import Text
from grader.reports import _words as words

if TYPE_CHECKING:
    from grader.class_reports._table import ClassTable, Column, Row
    from grader.gradebook import Entry, Gradebook
    from grader.model.record import Language

STATES: dict[State, Text] = {
    "graded": Text(ko="채점함", en="graded"),
    "waiting": Text(ko="아직 채점하지 않음", en="not graded yet"),
    "unreadable": Text(ko="읽을 수 없음", en="unreadable"),
    "nothing": Text(ko="제출하지 않음", en="nothing handed in"),
}
STUDENT = Text(ko="학생", en="Student")
PERCENT = Text(ko="백분율", en="Percent")
REMARKS = Text(ko="비고", en="Remarks")
HIDDEN = Text(ko="{}까지 학생에게 비공개", en="hidden from students until {}")
GONE = Text(ko="지금의 채점 기준에 없음", en="not in the rubric any more")
OPEN = Text(ko="채점하지 못한 기준이 있음", en="a criterion could not be judged")
OUTDATED = Text(ko="채점 기준이 그 뒤로 바뀜", en="the rubric was changed since")
BY_HAND = Text(ko="직접 정함", en="by hand")
NOBODY = Text(ko="아직 아무도 채점하지 않았습니다.", en="Nobody is graded yet.")


def counted(table: ClassTable, language: Language) -> list[str]:
    """Return how many students there are, and in which state."""
    ko = language == "ko"
    graded, waiting, unreadable, nothing = (table.count(state) for state in STATES)
    said = [f"학생 {len(table.rows)}명" if ko else _many(len(table.rows), "student")]
    said.append(f"채점 {graded}명" if ko else f"{graded} graded")
    if waiting:
        said.append(f"채점 대기 {waiting}명" if ko else f"{waiting} not graded yet")
    if unreadable:
        said.append(f"읽을 수 없음 {unreadable}명" if ko else f"{unreadable} unreadable")
    if nothing:
        said.append(f"미제출 {nothing}명" if ko else f"{nothing} handed in nothing")
    return said


def _many(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def title_of(column: Column, book: Gradebook, language: Language) -> str:
    """Return a criterion's title, with what is to be known about it."""
    title, remark = column.title.in_(language), remark_on(column, book, language)
    return f"{title} ({remark})" if remark else title


def remark_on(column: Column, book: Gradebook, language: Language) -> str:
    """Return what is to be known about a criterion: that it is hidden, or gone."""
    if column.hidden_until is not None:
        until = f"{column.hidden_until:%Y-%m-%d %H:%M}"
        zone = book.lab.time_zone or column.hidden_until.tzname()
        return HIDDEN.in_(language).format(f"{until} {zone}")
    return GONE.in_(language) if column.gone else ""


def state_of(one: Row | Entry, language: Language) -> str:
    """Return why a student has no result."""
    state = STATES[one.state].in_(language)
    return f"{state}: {one.reason}" if one.reason else state


def remarks(row: Row, language: Language) -> list[str]:
    """Return what is to be known about a student's points."""
    if row.state != "graded":
        return [state_of(row, language)]
    said = []
    if not row.judged:
        said.append(OPEN.in_(language))
    if row.needs_review:
        said.append(words.REVIEW.in_(language))
    if row.by_hand:
        said.append(f"{BY_HAND.in_(language)}: {', '.join(row.by_hand)}")
    if row.days_late:
        ko, en = f"{row.days_late}일 늦음", f"{_many(row.days_late, 'day')} late"
        said.append(ko if language == "ko" else en)
    if row.outdated:
        said.append(OUTDATED.in_(language))
    return said
