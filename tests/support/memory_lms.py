"""A learning platform in memory: what it holds, who set it, and how it fails.

It behaves as those that were measured: a grade that is locked, overridden or over the maximum is
not kept, and no word is said of it; some keep each text that is sent, some only the last.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from grader.errors import LmsError, LmsUnavailable, UsageError
from grader.lms import Column, Grade, Held, Item, Participant

US, TEACHER = "user 1", "user 2"

Fault = Literal["lost-before", "lost-after", "lost-half", "silent", "error", "usage", "kill", "die"]
"""Of a write: the connection is lost before anything is done, after all, or after half of it; it
says yes and does nothing; it says no; the token is refused; we are killed before, or after it."""


class Killed(BaseException):
    """Stands for `kill -9`: nothing catches it."""


@dataclass
class Row:
    """What the platform holds for one student."""

    points: float | None = None
    grader: str | None = None
    changes: int = 0
    comments: list[str] = field(default_factory=list)
    overridden: bool = False
    locked: bool = False


@dataclass(kw_only=True)
class MemoryLms:
    """One item of a platform; the teacher's part are its own fields."""

    rows: dict[str, Row]
    at_once: int = 2
    confirms: bool = True
    max_points: float | None = 100.0
    keeps_comments: bool = True
    """Each text that is sent; else the last one."""
    tells_comments: bool = True
    tells_graders: bool = True
    knows_us: bool = True
    """Says which grades are ours."""
    stored_text: Callable[[str], str | None] = str
    """What becomes of a text on its way into the database; None where it gets lost."""
    refuses: dict[str, str] = field(default_factory=dict)
    """Whom a write does not take, and what is said."""
    faults: dict[str, list[Fault]] = field(default_factory=lambda: {"write": [], "held": []})
    """What goes wrong with the next calls."""
    after_write: Callable[[Sequence[Grade]], object] = lambda _: None
    """What somebody does between our write and our look at it."""
    after_held: Callable[[], object] = lambda: None
    """What somebody does between our look and our write."""
    on_grade: Callable[[Row, Grade], object] = lambda *_: None
    """Watches each grade that is about to be stored."""
    written: list[Grade] = field(default_factory=list)
    """All that was stored, in order."""

    @property
    def the_item(self) -> Item:
        """Return the item."""
        return Item(id="1", place="memory item 1", name="Lab", max_points=self.max_points)

    def participants(self) -> Sequence[Participant]:
        """Return all students."""
        return [Participant(id=user) for user in self.rows]

    def item(self, column: Column, *, make: bool) -> Item:
        """Return the item."""
        del column, make
        return self.the_item

    def held(self, item: Item, users: Collection[str] | None = None) -> Mapping[str, Held]:
        """Return what is held."""
        del item
        fault = self._next("held")
        self._raise(fault, {fault or ""})
        found = {
            user: self._held(row)
            for user, row in self.rows.items()
            if users is None or user in users
        }
        self.after_held()
        return found

    def write(self, item: Item, grades: Sequence[Grade]) -> Mapping[str, str]:
        """Store grades, but for those that the platform does not keep."""
        del item
        fault = self._next("write")
        self._raise(fault, {"lost-before", "error", "usage", "kill"})
        if fault == "silent":
            return {}
        half = grades[: len(grades) // 2] if fault == "lost-half" else grades
        for grade in half:
            if grade.user not in self.refuses:
                self._store(grade)
        self.after_write(half)
        self._raise(fault, {"lost-after", "lost-half", "die"})
        return {grade.user: said for grade in grades if (said := self.refuses.get(grade.user))}

    def teacher(self, user: str, points: float | None, comment: str | None = None) -> None:
        """Let somebody set a grade, or remove it."""
        row = self.rows[user]
        row.points, row.grader, row.changes = points, TEACHER, row.changes + 1
        if comment is not None:
            row.comments.append(comment)

    def heal(self) -> None:
        """Let nothing go wrong any more."""
        for faults in self.faults.values():
            faults.clear()
        self.after_write, self.after_held = lambda _: None, lambda: None

    def _store(self, grade: Grade) -> None:
        row = self.rows.get(grade.user)
        over = self.max_points is not None and grade.points > self.max_points
        if row is None or row.locked or row.overridden or over:
            return
        self.on_grade(row, grade)
        self.written.append(grade)
        row.points, row.grader, row.changes = grade.points, US, row.changes + 1
        text = None if grade.comment is None else self.stored_text(grade.comment)
        if text is not None:
            row.comments = [*row.comments, text] if self.keeps_comments else [text]

    def _held(self, row: Row) -> Held:
        says = self.tells_graders and row.grader is not None and row.points is not None
        return Held(
            points=row.points,
            grader=row.grader if says else None,
            ours=row.grader == US if says and self.knows_us else None,
            at=f"change {row.changes}" if self.tells_graders else None,
            comments=tuple(row.comments) if self.tells_comments else None,
            overridden=row.overridden,
            locked=row.locked,
        )

    def _next(self, call: str) -> Fault | None:
        return self.faults[call].pop(0) if self.faults[call] else None

    def _raise(self, fault: Fault | None, now: Collection[str]) -> None:
        if fault is None or fault not in now:
            return
        if fault in {"kill", "die"}:
            raise Killed
        if fault == "error":
            raise LmsError("the platform answered nonsense", fix="look at its log")
        if fault == "usage":
            raise UsageError("the token is not accepted", fix="make another one")
        raise LmsUnavailable("the platform broke off", fix="try again later")


def people(*users: str) -> Iterator[tuple[str, Row]]:
    """Yield students without grades."""
    for user in users:
        yield user, Row()
