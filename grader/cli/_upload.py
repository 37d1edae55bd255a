"""An upload from its plan to its summary."""

from __future__ import annotations

import contextlib
import fcntl
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

from grader.cli._results import results_base
from grader.cli._status import BELOW_PASS_MARK, PASSED, UNKNOWN_GRADE
from grader.cli._store import signed
from grader.cli._upload_screen import Board
from grader.course import load_rubric
from grader.errors import UsageError
from grader.gradebook import gradebook
from grader.lms import Column, Held, Item, Lms
from grader.model.lab import Lab
from grader.model.record import Language
from grader.personal.derivation import folded
from grader.scoring import maximum
from grader.store import Store
from grader.store.ledger import Past
from grader.targets import Target
from grader.uploading.account_map import accounts, map_file, read, strangers
from grader.uploading.decision import NOT_DONE, Offer
from grader.uploading.offers import offers
from grader.uploading.transfer import Transfer, plan
from grader.wording import did_you_mean

NEEDS_A_PERSON = BELOW_PASS_MARK
"""Exit status where somebody has to do something before all grades are there."""


class Upload:
    """The grades of one lab, and one platform."""

    def __init__(
        self, root: Path, lab: Lab, target: Target, lms: Lms, store: Store, language: Language
    ) -> None:
        """Take what is open. Raises CourseError for a broken rubric."""
        self._root, self._lab, self._target = root, lab, target
        self._lms, self._store, self._language = lms, store, language
        self._book = gradebook(root, lab, load_rubric(root, lab), store, datetime.now(UTC))
        self._students: frozenset[str] = frozenset()
        self._replaced: frozenset[str] = frozenset()

    def choose(self, students: Sequence[str], replaced: Sequence[str]) -> None:
        """Take only these students, and overwrite what somebody set for those.

        Raises UsageError for one who is not known.
        """
        known = {folded(entry.student): entry.student for entry in self._book}
        self._students = frozenset(_known(name, known) for name in students)
        self._replaced = frozenset(_known(name, known) for name in replaced)

    def show(self) -> int:
        """Show what would be written, and return the exit status."""
        found = self._lms.item(self._column, make=False)
        item = found or _to_be_made(self._column)
        offered = self._offers(item)
        board = Board(self._target.name, self._lab.id, item, self._language)
        with board.reading():
            if found is None:
                held = {offer.account: Held() for offer in offered if offer.account}
            else:
                held = dict(self._lms.held(item))
                # Some platforms list only those who have a grade.
                if others := {one.account for one in offered if one.account} - held.keys():
                    held |= self._lms.held(item, others)
        past = self._store.receipts(item.place) if found else {}
        decided = list(plan(held, item, offered, past, self._replaced))
        board.head(self._column.max_points, made=found is None)
        board.rows(decided)
        self._note_accounts(board, offered, past)
        board.outdated(self._outdated)
        board.planned(Counter(one.action for one in decided))
        return NEEDS_A_PERSON if any(one.action in NOT_DONE for one in decided) else PASSED

    def apply(self, by: str | None) -> int:
        """Write, and return the exit status."""
        who = signed(by, "uploaded").who
        with self._alone():
            item = self._lms.item(self._column, make=True)
            assert item is not None  # noqa: S101 - it is made where there is none
            transfer = Transfer(
                self._lms,
                item,
                self._store,
                lab=self._lab.id,
                who=who,
                replaced=self._replaced,
            )
            offered = self._offers(item)
            board = Board(self._target.name, self._lab.id, item, self._language)
            board.head(self._column.max_points, made=False)
            try:
                with board.writing(len(offered)):
                    for done in transfer.carry(offered):
                        board.done(done)
            except UsageError:
                if board.failed:
                    board.written()
                raise
        self._note_accounts(board, offered, self._store.receipts(item.place))
        board.outdated(self._outdated)
        board.written()
        if board.failed:
            return UNKNOWN_GRADE
        return NEEDS_A_PERSON if board.waiting else PASSED

    @cached_property
    def _column(self) -> Column:
        return Column(
            lab=self._lab.id,
            title=self._lab.title.in_(self._target.settings.language),
            max_points=maximum(self._book.rubric),
        )

    def _offers(self, item: Item) -> list[Offer]:
        settings = self._target.settings
        mapped = accounts(self._root, self._target.name) if settings.by_account else None
        return list(offers(self._book, settings, item, mapped, self._students))

    def _note_accounts(
        self, board: Board, offered: Sequence[Offer], past: Mapping[str, Past]
    ) -> None:
        """Tell what the map of accounts does not explain; nothing where only some are uploaded."""
        if self._students:
            return
        taken = {offer.account for offer in offered}
        board.left_behind(
            [
                f"{account} ({one.seen.student})"
                for account, one in past.items()
                if one.seen is not None and account not in taken
            ]
        )
        if self._target.settings.by_account:
            lines = read(map_file(self._root, self._target.name))
            known = [entry.student for entry in self._book]
            board.strangers([line.student for line in strangers(lines, known) if line.account])

    @property
    def _outdated(self) -> list[str]:
        wanted = self._students
        return [
            entry.student
            for entry in self._book
            if entry.outdated and (not wanted or entry.student in wanted)
        ]

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Let no other process of this course upload meanwhile: some platforms keep all texts."""
        file = results_base(self._root) / ".upload.lock"
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            lock = file.open("w")
        except OSError as error:
            problem = f"cannot be written: {error.strerror}"
            raise UsageError(problem, file=file, fix="make the folder writable") from error
        with lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                fix = "wait until it has ended, and say it again"
                raise UsageError("another upload of this course is running", fix=fix) from None
            yield


def _to_be_made(column: Column) -> Item:
    return Item(id="", place="", name=column.title, max_points=column.max_points)


def _known(name: str, known: dict[str, str]) -> str:
    if folded(name) not in known:
        near = did_you_mean(name, list(known.values()), most=3)
        raise UsageError(f"nobody is named {name!r}{near}", fix="`grade show LAB` lists all")
    return known[folded(name)]
