"""Plan, write, read back: the same three steps for every platform."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from grader.errors import LmsError, LmsUnavailable, UsageError
from grader.lms import Grade, Held, Item, Lms
from grader.model.record import Text
from grader.reports._text import number, one_line
from grader.store import Store
from grader.store.ledger import NOTHING, Past, Receipt
from grader.uploading.decision import Decided, Offer, decide, digest_of, same

ROUNDS = 3
"""How often one grade is sent whose answer was lost, each time after a look whether it arrived."""
MOST_FAILURES = 3
"""Batches in a row that the platform did not answer: the others are left for another day."""

Trouble = LmsError | UsageError
TROUBLES = (LmsError, UsageError)
"""What ends an upload early; wrong use, too: a token may be taken back while we write."""

End = Literal["written", "filled-in", "left", "failed", "untried"]
"""What became of a decision. `filled-in`: in a file that somebody has yet to upload. `left`: there
was nothing to write."""


READ_BACK = Text(ko="다시 읽어 확인함", en="read back")


@dataclass(frozen=True, kw_only=True)
class Done:
    """What became of one student's grade."""

    offer: Offer
    end: End
    why: Text
    decided: Decided | None = None
    """None where the platform could not be asked."""


def plan(
    held: Mapping[str, Held],
    item: Item,
    offers: Sequence[Offer],
    past: Mapping[str, Past],
    replaced: Collection[str] = (),
    *,
    before: Mapping[str, Held] | None = None,
) -> Iterator[Decided]:
    """Yield what would be done about each student's grade; nothing is changed.

    `held` is what the platform holds, `past` what the ledger says of the item, both by account, and
    `before` what the platform held just before we wrote; `replaced` whose grades may be overwritten
    though somebody set them.
    """
    for offer in offers:
        account = offer.account or ""
        yield decide(
            offer,
            held.get(account),
            past.get(account, NOTHING),
            item,
            replace=offer.student in replaced,
            before=(before or {}).get(account),
        )


class Transfer:
    """Writes grades to one item of a platform, and believes only what it reads back."""

    def __init__(
        self,
        lms: Lms,
        item: Item,
        store: Store,
        *,
        lab: str,
        who: str,
        replaced: Collection[str] = (),
    ) -> None:
        """Take an open platform and store; `replaced` as in `plan`."""
        self._lms = lms
        self._item = item
        self._store = store
        self._lab = lab
        self._who = who
        self._replaced = replaced
        self._past = dict(store.receipts(item.place))
        self._began = False

    def carry(self, offers: Sequence[Offer]) -> Iterator[Done]:
        """Yield what became of each student's grade.

        Each is read and decided again just before it is written: a plan is old when somebody has
        read it. The ledger has what is sent before it is sent, and what was seen after it was seen,
        so a run that was killed goes on where it was. What the platform does not do ends as
        `failed`. Raises StoreError; and UsageError, after all students were told.
        """
        failures = 0
        for start in range(0, len(offers), self._lms.at_once):
            done, trouble = self._carried(offers[start : start + self._lms.at_once])
            yield from done
            failures = failures + 1 if trouble else 0
            if trouble and (failures == MOST_FAILURES or not isinstance(trouble, LmsUnavailable)):
                rest = offers[start + self._lms.at_once :]
                yield from (_ended(offer, "untried", trouble) for offer in rest)
                if isinstance(trouble, UsageError):
                    raise trouble
                return

    def _carried(self, batch: Sequence[Offer]) -> tuple[list[Done], Trouble | None]:
        """Return what became of one batch, and what kept the platform from answering."""
        done: list[Done] = []
        try:
            waiting = self._first_look(batch, done)
        except TROUBLES as error:
            if isinstance(error, UsageError) and not self._began:
                raise  # nobody has to be told what became of anything
            return [_ended(offer, "failed", error) for offer in batch], error
        for _ in range(ROUNDS):
            if not waiting:
                return done, None
            refused, trouble = self._written(waiting)
            if not self._lms.confirms:
                return done + [_filled_in(one, refused, trouble) for one in waiting], trouble
            try:
                waiting = self._look_again(waiting, done)
            except TROUBLES as error:
                return done + [_unread(one, error) for one in waiting], error
            if trouble is None or not waiting:
                return done + [_not_taken(one, refused) for one in waiting], None
            if not isinstance(trouble, LmsUnavailable):
                break
        return done + [_ended(one.offer, "failed", trouble) for one in waiting], trouble

    def _first_look(self, offers: Sequence[Offer], done: list[Done]) -> list[Decided]:
        """Return what is to be written; the others are done."""
        held = self._held(offers)
        decided = list(plan(held, self._item, offers, self._past, self._replaced))
        self._note(one.settled for one in decided if one.settled is not None)
        done += [
            Done(offer=one.offer, end="left", why=one.why, decided=one)
            for one in decided
            if one.action != "write"
        ]
        return [one for one in decided if one.action == "write"]

    def _look_again(self, written: Sequence[Decided], done: list[Done]) -> list[Decided]:
        """Return what is still to be written; the others are done.

        What somebody set may be replaced, but not what was set after we had looked.
        """
        offers = [one.offer for one in written]
        held = self._held(offers)
        before = {one.offer.account or "": one.held for one in written if one.held is not None}
        replaced = {
            offer.student
            for offer in offers
            if offer.student in self._replaced
            and _as_before(held.get(offer.account or ""), before.get(offer.account or ""))
        }
        waiting: list[Decided] = []
        again = list(plan(held, self._item, offers, self._past, replaced, before=before))
        self._note(one.settled for one in again if one.settled is not None)
        for one in again:
            if one.action == "write":
                waiting.append(one)
            else:
                arrived = one.settled is not None and one.action == "unchanged"
                end: End = "written" if arrived else "left"
                why = READ_BACK if arrived else one.why
                done.append(Done(offer=one.offer, end=end, why=why, decided=one))
        return waiting

    def _held(self, offers: Sequence[Offer]) -> Mapping[str, Held]:
        accounts = {offer.account for offer in offers if offer.account is not None}
        return self._lms.held(self._item, accounts) if accounts else {}

    def _written(self, waiting: Sequence[Decided]) -> tuple[Mapping[str, str], Trouble | None]:
        """Write, the ledger first; return whom the platform refused, and what went wrong."""
        self._began = True
        self._note(_sent(one, self._past) for one in waiting)
        try:
            return self._lms.write(self._item, [_grade(one) for one in waiting]), None
        except TROUBLES as error:
            return {}, error

    def _note(self, receipts: Iterable[Receipt]) -> None:
        """Add to the ledger, in one transaction."""
        noted = list(receipts)
        if not noted:
            return
        with self._store.writing() as writing:
            writing.receive(self._item.place, self._lab, noted, self._who)
        for receipt in noted:
            self._past[receipt.account] = self._past.get(receipt.account, NOTHING).then(receipt)


def _as_before(held: Held | None, before: Held | None) -> bool:
    """Return whether nobody set anything meanwhile."""
    if held is None or before is None or (held.grader, held.at) != (before.grader, before.at):
        return False
    if held.points is None or before.points is None:
        return held.points is before.points
    return same(held.points, before.points)


def _grade(decided: Decided) -> Grade:
    assert decided.offer.account is not None  # noqa: S101 - it is to be written
    assert decided.offer.points is not None  # noqa: S101 - the same
    return Grade(user=decided.offer.account, points=decided.offer.points, comment=decided.comment)


def _sent(decided: Decided, past: Mapping[str, Past]) -> Receipt:
    """Return the line for what is about to be sent: a student keeps an earlier text without one."""
    grade = _grade(decided)
    told = past.get(grade.user, NOTHING).comment
    return Receipt(
        student=decided.offer.student,
        account=grade.user,
        points=grade.points,
        comment=digest_of(grade.comment) if grade.comment else told,
    )


def _ended(offer: Offer, end: End, trouble: Trouble | None) -> Done:
    said = one_line(trouble.problem if trouble else "")
    return Done(offer=offer, end=end, why=Text(ko=said, en=said))


def _filled_in(decided: Decided, refused: Mapping[str, str], trouble: Trouble | None) -> Done:
    if trouble is not None:
        return _ended(decided.offer, "failed", trouble)
    if decided.offer.account in refused:
        return _not_taken(decided, refused)
    why = Text(ko="파일에 채움: 플랫폼에 올리십시오", en="filled in: upload the file there")
    return Done(offer=decided.offer, end="filled-in", why=why, decided=decided)


def _unread(decided: Decided, error: Trouble) -> Done:
    said = one_line(error.problem)
    why = Text(
        ko=f"보냈으나 확인하지 못함, 다시 실행하면 확인합니다: {said}",
        en=f"sent, and not read back; the same command looks again: {said}",
    )
    return Done(offer=decided.offer, end="failed", why=why, decided=decided)


def _not_taken(decided: Decided, refused: Mapping[str, str]) -> Done:
    """Say what the platform said; or that it said yes and holds something else all the same."""
    said = refused.get(decided.offer.account or "")
    if said is not None:
        why = Text(ko=f"플랫폼이 거부함: {said}", en=f"the platform refused: {said}")
    else:
        held = decided.held.points if decided.held else None
        now = "–" if held is None else number(held)
        why = Text(
            ko=f"플랫폼이 받았다고 했으나 저장되지 않음 (현재 {now})",
            en=f"the platform took it and does not hold it (there: {now})",
        )
        if held is not None and same(held, decided.offer.points or 0):
            why = Text(
                ko="점수는 있으나 설명이 저장되지 않음",
                en="the points are there, the feedback is not",
            )
    return Done(offer=decided.offer, end="failed", why=why, decided=decided)
