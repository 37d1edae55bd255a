"""Carries grades to a platform as `grade upload` does, without a course."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from grader.lms import Column, Item, Lms
from grader.store import Store
from grader.store.ledger import Past
from grader.uploading.decision import Action, Decided, Offer
from grader.uploading.transfer import Done, End, Transfer, plan

LAB = "lab6-1"
COLUMN = Column(lab=LAB, title="데이터 실습", max_points=100)


def offer(student: str, points: float | None, comment: str | None = None, **more: object) -> Offer:
    """Return what we have for a student, whose account has the same name."""
    fields = {"student": student, "points": points, "comment": comment, "account": student}
    return Offer(**(fields | more))  # type: ignore[arg-type] # a keyword for each field


@dataclass
class Carrier:
    """An open platform, and a store with its ledger."""

    lms: Lms
    store: Store
    column: Column = COLUMN
    done: dict[str, Done] = field(default_factory=dict)
    """By student, of the last `carry`."""

    @property
    def item(self) -> Item:
        """Return the lab there; it is made if it is missing."""
        item = self.lms.item(self.column, make=True)
        assert item is not None
        return item

    def plan(self, *offers: Offer, replaced: Collection[str] = ()) -> dict[str, Decided]:
        """Return what would be done for each student."""
        item = self.item
        held = dict(self.lms.held(item))
        others = {one.account for one in offers if one.account} - held.keys()
        held |= self.lms.held(item, others) if others else {}
        past = self.store.receipts(item.place)
        return {one.offer.student: one for one in plan(held, item, offers, past, replaced)}

    def planned(self, *offers: Offer) -> dict[str, Action]:
        """Return the actions of a plan."""
        return {student: one.action for student, one in self.plan(*offers).items()}

    def carry(
        self, offers: Sequence[Offer], item: Item | None = None, replaced: Collection[str] = ()
    ) -> dict[str, End]:
        """Write, and return what became of each student's grade."""
        transfer = Transfer(
            self.lms, item or self.item, self.store, lab=LAB, who="kim", replaced=replaced
        )
        self.done = {done.offer.student: done for done in transfer.carry(offers)}
        return {student: done.end for student, done in self.done.items()}

    def why(self, student: str) -> str:
        """Return what the teacher was told of a student."""
        return self.done[student].why.en

    @property
    def ledger(self) -> Mapping[str, Past]:
        """Return what the ledger says."""
        return self.store.receipts(self.item.place)

    @property
    def seen(self) -> dict[str, float]:
        """Return the points of which the ledger says that they were read back."""
        return {account: past.seen.points for account, past in self.ledger.items() if past.seen}
