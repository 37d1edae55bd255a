"""What `grade roster` shows: each student's account, and where it comes from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from rich.cells import cell_len

from grader.model.record import Text
from grader.reports._text import one_line
from grader.uploading.account_map import strangers, unassigned
from grader.uploading.identity import WORDS, called

if TYPE_CHECKING:
    from grader.lms import Participant
    from grader.model.record import Language
    from grader.uploading.account_map import Line, Renewed, State

STATES: Mapping[State, Text] = {
    "matched": Text(ko="찾음", en="matched"),
    "by-hand": Text(ko="직접 지정", en="by hand"),
    "nobody": Text(ko="계정 없음으로 지정", en="nobody, by hand"),
    "gone": Text(ko="이 계정의 수강생이 없음", en="no participant there has this account"),
    "unclear": Text(ko="분명하지 않음", en="not clear"),
    "not-found": Text(ko="찾지 못함", en="not found"),
}
SURE: Mapping[str, Text] = {
    "certain": Text(ko="확실", en="certain"),
    "likely": Text(ko="이름이 같음", en="likely"),
}
NEAR = Text(ko="비슷함", en="near")


def show(
    target: str,
    old: Iterable[Line],
    new: Sequence[Renewed],
    participants: Collection[Participant],
    students: Sequence[str],
    language: Language,
) -> str:
    """Return a line for each student, whom the map does not name, and the sums."""
    people = {one.id: one for one in participants}
    rows = [(one_line(one.line.student), *_row(one, people, language)) for one in new]
    wide = [max((cell_len(row[at]) for row in rows), default=0) for at in (0, 1)]
    text = "".join(
        f"{_filled(who, wide[0])}  {_filled(account, wide[1])}  {why}\n"
        for who, account, why in rows
    )
    if any(not one.line.account for one in new):
        text += _nobody_here(unassigned((one.line for one in new), participants), language)
    text += "".join(_strangers(old, new, students, language))
    counts = Counter(STATES[one.state].in_(language) for one in new)
    sums = ", ".join(f"{word} {count}" for word, count in counts.items())
    known = {"ko": f"수강생 {len(people)}명", "en": f"{len(people)} participants"}[language]
    return f"{text}{target}: {known}; {sums or '–'}\n"


def _filled(text: str, cells: int) -> str:
    return text + " " * (cells - cell_len(text))


def _row(one: Renewed, people: Mapping[str, Participant], language: Language) -> tuple[str, str]:
    """Return the account with the name there, and where it comes from."""
    line = one.line
    account = called(people[line.account]) if line.account in people else line.account
    word = STATES[one.state].in_(language)
    if one.state == "matched":
        by = next(text for field, text in WORDS.items() if field == line.matched_by)
        word = f"{by.in_(language)}, {SURE[line.confidence].in_(language)}"
    elif one.why is not None:
        word += f": {one.why.in_(language)}"
    elif line.near:
        word += f"; {NEAR.in_(language)}: {line.near}"
    return one_line(account) or "–", one_line(word)


def _nobody_here(left: Collection[Participant], language: Language) -> str:
    """Say among whom the missing accounts must be."""
    if not left:
        return ""
    lines = "".join(f"  {one_line(called(one))}\n" for one in left)
    if language == "ko":
        return f"어느 학생의 계정도 아닌 수강생 ({len(left)}):\n{lines}"
    return f"participants who are no student here ({len(left)}):\n{lines}"


def _strangers(
    old: Iterable[Line], new: Sequence[Renewed], students: Sequence[str], language: Language
) -> Iterator[str]:
    """Say who is in the map and no student of the course."""
    stays = {one.line.student for one in new}
    for line in strangers(old, students):
        who = f"{one_line(line.student)} ({one_line(line.account) or '–'})"
        if language == "ko":
            what = "그대로 둠" if line.student in stays else "지움"
            yield f"수업에 없는 학생의 줄을 {what}: {who}\n"
        else:
            what = "stays in the map" if line.student in stays else "is no longer in the map"
            yield f"no student of the course, {what}: {who}\n"
