"""What an upload shows: each student's grade, there and here, and what became of it."""

from __future__ import annotations

import contextlib
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from grader.cli._screen import say
from grader.model.record import Text
from grader.reports._text import number, one_line
from grader.uploading.decision import NOT_DONE

if TYPE_CHECKING:
    from grader.lms import Held, Item
    from grader.model.record import Language
    from grader.uploading.decision import Action, Decided, Offer
    from grader.uploading.transfer import Done, End

ACTIONS: dict[Action, Text] = {
    "write": Text(ko="쓰기", en="write"),
    "unchanged": Text(ko="변경 없음", en="unchanged"),
    "kept": Text(ko="그대로 둠", en="kept"),
    "locked": Text(ko="잠김", en="locked"),
    "over-maximum": Text(ko="만점 초과", en="over the maximum"),
    "not-there": Text(ko="수강생 아님", en="not there"),
    "unmapped": Text(ko="계정 모름", en="unmapped"),
    "review": Text(ko="확인 필요", en="needs review"),
    "no-grade": Text(ko="점수 없음", en="no grade"),
}
ENDS: dict[End, Text] = {
    "written": Text(ko="저장 확인", en="written"),
    "filled-in": Text(ko="파일에 채움", en="filled in"),
    "failed": Text(ko="실패", en="failed"),
    "untried": Text(ko="시도하지 않음", en="not tried"),
}
MOST_NAMES = 20


class Board:
    """A line for each student, a bar while they are written, and the sums."""

    def __init__(self, target: str, lab: str, item: Item, language: Language) -> None:
        """Take where the grades go, and the language of the words."""
        self._target, self._lab, self._item = target, lab, item
        self._language = language
        self._counts: Counter[Text] = Counter()
        self.failed = 0
        """Students for whom the platform did not do what we asked."""
        self.waiting = 0
        """Students for whom a person has to do something first."""
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
            redirect_stdout=sys.stdout.isatty(),
            disable=not sys.stderr.isatty(),
        )

    def head(self, worth: float, *, made: bool) -> None:
        """Say where the grades go, and where points here and there are not the same."""
        most = self._item.max_points
        name = one_line(self._item.name)
        to = f"{self._lab} → {self._target}: {name}"
        if most is not None:
            to += self._word(f", 만점 {number(most)}", f", maximum {number(most)}")
        say(f"{to}\n")
        if made:
            self._note(
                "항목이 아직 없습니다: --apply가 만듭니다", "not there yet: --apply makes it"
            )
        if most is not None and most != worth:
            here = number(worth)
            self._note(
                f"여기의 만점은 {here}점입니다; 비율로 바꾸려면 course.yaml에 points: scaled",
                f"worth {here} here; `points: scaled` in course.yaml converts, as-is does not",
            )

    @contextlib.contextmanager
    def reading(self) -> Iterator[None]:
        """Show that the platform is asked."""
        with self._bar:
            self._bar.add_task(self._target, total=None)
            yield

    @contextlib.contextmanager
    def writing(self, students: int) -> Iterator[None]:
        """Show how far the writing is."""
        with self._bar:
            self._row = self._bar.add_task(self._target, total=students)
            yield

    def rows(self, decided: Sequence[Decided]) -> None:
        """Print what would be done for each student."""
        for one in decided:
            self._line(one.offer, one.held, ACTIONS[one.action], one.why)

    def done(self, done: Done) -> None:
        """Print what became of one student's grade; not of those that had nothing new."""
        self._bar.advance(self._row)
        action = done.decided.action if done.decided else None
        word = ACTIONS[action] if done.end == "left" and action is not None else ENDS[done.end]
        self._counts[word] += 1
        self.failed += done.end in {"failed", "untried"}
        self.waiting += done.end == "left" and action in NOT_DONE
        if done.end != "left" or action not in {"unchanged", "no-grade"}:
            held = done.decided.held if done.decided else None
            self._line(done.offer, held, word, done.why)

    def left_behind(self, accounts: Sequence[str]) -> None:
        """Say which accounts have a grade that we wrote, and are no student's any more."""
        if accounts:
            some = _some(accounts)
            self._note(
                f"우리가 쓴 점수가 있으나 어느 학생의 계정도 아님 ({len(accounts)}): {some}; "
                "잘못된 점수이면 플랫폼에서 지우십시오",
                f"accounts with a grade of ours that are no student's now ({len(accounts)}): "
                f"{some}; where it was written by mistake, remove it there",
            )

    def strangers(self, students: Sequence[str]) -> None:
        """Say who is in the map of accounts, and no student here."""
        if students:
            some = _some(students)
            self._note(
                f"accounts/{self._target}.csv에 있으나 수업에 없는 학생 ({len(students)}): {some}",
                f"in accounts/{self._target}.csv, and no student here ({len(students)}): {some}",
            )

    def outdated(self, students: Sequence[str]) -> None:
        """Say whose results are older than the rubric."""
        if students:
            some = _some(students)
            self._note(
                f"채점 기준이 바뀌기 전의 점수 ({len(students)}): {some}; "
                f"`grade regrade {self._lab}`로 다시 채점할 수 있습니다",
                f"scored before the rubric was changed ({len(students)}): {some}; "
                f"`grade regrade {self._lab}` scores them anew",
            )

    def planned(self, counts: Mapping[Action, int]) -> None:
        """Print the sums of a plan, and how to go on."""
        self._sums({ACTIONS[action]: count for action, count in counts.items()})
        if counts.get("write"):
            self._note(
                f"아무것도 쓰지 않았습니다. 쓰기: `grade upload {self._lab} --to {self._target} "
                "--apply`",
                f"nothing was written; `grade upload {self._lab} --to {self._target} --apply` "
                "writes",
            )

    def written(self) -> None:
        """Print the sums of what was done, and how to go on."""
        self._sums(self._counts)
        if missing := self.failed + self.waiting:
            self._note(
                f"플랫폼에 없는 점수: {missing}명. 같은 명령을 다시 실행하면 이어서 씁니다.",
                f"not there: the grades of {missing}; the same command goes on from here",
            )

    def _line(self, offer: Offer, held: Held | None, word: Text, why: Text) -> None:
        """Print what is there, what is to be there or is ours, and why."""
        there = "–" if held is None or held.points is None else number(held.points)
        points = there
        if (
            offer.points is not None
            and not offer.review
            and (ours := number(offer.points)) != there
        ):
            to = word == ACTIONS["write"]
            points += f" → {ours}" if to else self._word(f" (여기 {ours})", f" (ours {ours})")
        said = f"{word.in_(self._language)}: {why.in_(self._language)}"
        say(f"{one_line(offer.student)}: {points}  {one_line(said)}\n")

    def _sums(self, counts: Mapping[Text, int]) -> None:
        words = [word for word in (*ENDS.values(), *ACTIONS.values()) if counts.get(word)]
        said = ", ".join(f"{word.in_(self._language)} {counts[word]}" for word in words)
        say(f"{self._lab} → {self._target}: {said or self._word('학생 없음', 'nobody')}\n")

    def _note(self, ko: str, en: str) -> None:
        say(self._word(ko, en) + "\n")

    def _word(self, ko: str, en: str) -> str:
        return ko if self._language == "ko" else en


def _some(names: Sequence[str]) -> str:
    """Return the first names of a list that may be long."""
    some = ", ".join(one_line(name) for name in names[:MOST_NAMES])
    return some + (", …" if len(names) > MOST_NAMES else "")
