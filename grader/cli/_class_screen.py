"""What a class shows while it is graded, and at its end."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text as RichText

from grader.cli._screen import say
from grader.reports._text import number, one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grader.classroom.plan import Plan
    from grader.model.record import Language
    from grader.model.result import Result

MOST_NAMES = 50
MOST_FILES = 3
FIX = "\n  fix: "
"""Before the remedy, in the text of an error."""


class _Rate(ProgressColumn):
    """Students a minute."""

    def __init__(self, language: Language) -> None:
        super().__init__()
        self._unit = "명/분" if language == "ko" else "/min"

    def render(self, task: Task) -> RichText:
        speed = task.finished_speed or task.speed
        return RichText("" if speed is None else f"{speed * 60:.0f}{self._unit}")


class Board:
    """A bar on the terminal with rate and time left, and lines for what a person must look at.

    Piped, there are only the lines.
    """

    def __init__(self, lab: str, students: int, language: Language) -> None:
        self._language = language
        self._lab = lab
        self.left = students
        """How many have neither a result nor a fault by now."""
        self.counted = 0
        self.passed = 0
        self.unread: list[str] = []
        self.review: list[str] = []
        self.faults: list[str] = []
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            _Rate(language),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
            redirect_stdout=sys.stdout.isatty(),
            disable=not sys.stderr.isatty(),
        )
        self._row = self._bar.add_task(lab, total=students)

    def __enter__(self) -> Self:
        self._bar.__enter__()
        return self

    def __exit__(self, *why: object) -> None:
        self._bar.stop()

    def done(self) -> None:
        """Advance by one student, whatever became of the submission."""
        self.left -= 1
        self._bar.advance(self._row)

    def graded(self, student: str, result: Result) -> None:
        """Count a result; one that a person must look at has a line."""
        self.counted += 1
        self.passed += result.passed
        if result.needs_review:
            self.review.append(student)
            points = f"{number(result.points)}/{number(result.max_points)}"
            open_ = ", ".join(one.id for one in result.criteria if one.outcome == "error")
            review = f"{self._word('확인 필요', 'needs review')} ({points})"
            self._line(student, f"{review}: {open_}" if open_ else review)

    def fault(self, student: str, why: str) -> None:
        """Show what kept us from grading."""
        self.faults.append(student)
        self._line(student, f"{self._word('채점하지 못함', 'not graded')}: {why}")

    def unreadable(self, student: str, why: str) -> None:
        """Show what is wrong with a submission."""
        self.unread.append(student)
        self._line(student, f"{self._word('제출물 오류', 'unreadable')}: {why}")

    def loose(self, names: Sequence[str]) -> None:
        """Show what lies beside the folders, and is nobody's therefore."""
        some = _some(names)
        self.note(
            f"submissions/에 학생의 폴더에 들어 있지 않은 파일이 있습니다: {some}; "
            "학생별 폴더에 넣으십시오",
            f"in no student's folder of submissions/: {some}; "
            "fix: put each into the folder of its student",
        )

    def misnamed(self, student: str, names: Sequence[str], proper: str) -> None:
        """Show what somebody handed in under a name that no lab has."""
        some = _some(names)
        self._line(
            student,
            self._word(
                f"{proper} 파일이 없고 {some} 파일이 있습니다; 이 실습의 제출물이면 이름을 "
                f"{proper}(으)로 바꾸십시오",
                f"no {proper}, but there is {some}; fix: if that is this lab's, rename it {proper}",
            ),
        )

    def note(self, ko: str, en: str) -> None:
        """Print something about all."""
        say(self._word(ko, en) + "\n")

    def summary(self, plan: Plan) -> None:
        """Print what became of everybody."""
        said = self._word(
            f"{self._lab}: 채점 {self.counted}명 (합격 {self.passed}명)",
            f"{self._lab}: {self.counted} graded ({self.passed} passed)",
        )
        if plan.unchanged:
            count = len(plan.unchanged)
            said += self._word(f", 변경 없음 {count}명", f", {count} unchanged")
        say(said + "\n")
        self._names("제출하지 않음", "without submission", plan.absent)
        self._names("roster.csv에 없음", "not in roster.csv", plan.strangers)
        self._names("제출물을 읽을 수 없음", "unreadable", self.unread)
        self._names("확인 필요", "needs review", self.review)
        self._names("채점 시스템의 문제로 채점하지 못함", "not graded, our fault", self.faults)
        if self.left:
            self.note(
                f"중단됨: {self.left}명 남음. 같은 명령을 다시 실행하면 이어서 채점합니다.",
                f"interrupted: {self.left} left; the same command goes on from here",
            )

    def _line(self, student: str, text: str) -> None:
        say(f"{one_line(student)}: {one_line(text.replace(FIX, '; fix: '))}\n")

    def _names(self, ko: str, en: str, names: Sequence[str]) -> None:
        if not names:
            return
        shown = ", ".join(one_line(name) for name in names[:MOST_NAMES])
        if (more := len(names) - MOST_NAMES) > 0:
            shown += self._word(f" 외 {more}명", f" and {more} more")
        say(f"{self._word(ko, en)} ({len(names)}): {shown}\n")

    def _word(self, ko: str, en: str) -> str:
        return ko if self._language == "ko" else en


def _some(names: Sequence[str]) -> str:
    more = ", …" if len(names) > MOST_FILES else ""
    return ", ".join(repr(name) for name in names[:MOST_FILES]) + more
