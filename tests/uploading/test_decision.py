from __future__ import annotations

import unicodedata
from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as some

from grader.lms import Held, Item
from grader.store.ledger import NOTHING, Past, Receipt
from grader.uploading.decision import NOT_DONE, Decided, Offer, decide, digest_of

ITEM = Item(id="1", place="somewhere", name="Lab", max_points=10)
US, TEACHER = "user 1", "user 2"
OFFER = Offer(student="alice", account="7", points=8, comment="Well done")


def receipt(
    points: float, comment: str | None = "Well done", *, grader: str | None = US
) -> Receipt:
    told = digest_of(comment) if comment else None
    return Receipt(
        student="alice", account="7", points=points, comment=told, seen=True, grader=grader
    )


def seen(points: float, comment: str | None = "Well done", *, grader: str | None = US) -> Past:
    return Past(receipt(points, comment, grader=grader))


def sent(points: float, comment: str | None = "Well done", before: Past = NOTHING) -> Past:
    return before.then(replace(receipt(points, comment), seen=False, grader=None))


def held(
    points: float | None,
    *comments: str,
    grader: str | None = US,
    ours: bool | None = None,
    overridden: bool = False,
    locked: bool = False,
) -> Held:
    return Held(
        points=points,
        grader=grader,
        ours=ours,
        comments=comments,
        overridden=overridden,
        locked=locked,
    )


def decided(there: Held | None, past: Past = NOTHING, offer: Offer = OFFER) -> Decided:
    return decide(offer, there, past, ITEM)


WROTE = held(8, "Well done")
BY_TEACHER = held(5, grader=TEACHER)


@pytest.mark.parametrize(
    ("there", "past", "action", "comment"),
    [
        # Nobody ever wrote anything.
        (held(None, grader=None), NOTHING, "write", "Well done"),
        # What we wrote is there.
        (WROTE, seen(8), "unchanged", None),
        (held(8.004, "Well done"), seen(8), "unchanged", None),
        (held(8, " Well\r\n done "), seen(8), "unchanged", None),
        # We have something new.
        (held(7, "Well done"), seen(7), "write", None),
        (held(8, "Good"), seen(8, "Good"), "write", "Well done"),
        (held(7, "Good"), seen(7, "Good"), "write", "Well done"),
        (held(0, "Well done"), seen(0), "write", None),
        # The student has this text already, from an earlier time.
        (held(7, "Well done", "Good"), seen(7, "Good"), "write", None),
        # Somebody else was there.
        (BY_TEACHER, NOTHING, "kept", None),
        (BY_TEACHER, seen(8), "kept", None),
        (held(0, grader=TEACHER), NOTHING, "kept", None),
        (held(0, grader=None), NOTHING, "kept", None),
        (held(None), seen(8), "kept", None),
        (held(8, grader=TEACHER), seen(8), "kept", None),
        (held(7, grader=TEACHER), seen(7), "kept", None),
        # The same grade, by whomever.
        (held(8, grader=TEACHER), NOTHING, "unchanged", None),
        # A platform that does not say who it was, or not always.
        (held(7, "Well done", grader=None), seen(7, grader=None), "write", None),
        (held(7, "Well done", grader=None), seen(7), "write", None),
        (held(7, "Well done"), seen(7, grader=None), "write", None),
        (held(5, grader=None), seen(8, grader=None), "kept", None),
        # Killed after the ledger's first line: it was not sent, it arrived, somebody was faster.
        (held(None, grader=None), sent(8), "write", "Well done"),
        (WROTE, sent(8), "unchanged", None),
        (held(8, "Well done", grader=None), sent(8), "unchanged", None),
        (held(7, "Well done"), sent(7), "write", None),
        (held(8), sent(8), "write", "Well done"),  # without the text
        (BY_TEACHER, sent(8), "kept", None),
        # The same in an update of what we wrote before.
        (held(6, "Good"), sent(8, before=seen(6, "Good")), "write", "Well done"),
        (WROTE, sent(8, before=seen(6, "Good")), "unchanged", None),
        (BY_TEACHER, sent(8, before=seen(6, "Good")), "kept", None),
        (held(None), sent(8, before=seen(6, "Good")), "kept", None),
        # The same points as were sent, saved by somebody who is not us.
        (held(7, grader=TEACHER, ours=False), sent(7), "kept", None),
        (held(7, grader=TEACHER, ours=False), sent(7, before=seen(6)), "kept", None),
        (held(8, grader=TEACHER, ours=False), sent(8), "unchanged", None),
        (held(7, "Well done", ours=True), sent(7), "write", None),
        # The platform would not take it.
        (held(None, locked=True), NOTHING, "locked", None),
        (held(7, "Well done", locked=True), seen(7), "locked", None),
        (held(8, "Good", locked=True), seen(8, "Good"), "unchanged", None),
        (held(7, overridden=True), seen(7), "kept", None),
        (held(None, overridden=True), NOTHING, "kept", None),
        (held(8, overridden=True, grader=TEACHER), NOTHING, "unchanged", None),
        (None, NOTHING, "not-there", None),
        (None, seen(8), "not-there", None),
    ],
)
def test_what_is_done(there: Held | None, past: Past, action: str, comment: str | None) -> None:
    found = decided(there, past)
    assert (found.action, found.comment) == (action, comment)
    assert found.why.ko
    assert found.why.en


@pytest.mark.parametrize(
    ("offer", "action"),
    [
        (replace(OFFER, review=True), "review"),
        (replace(OFFER, points=None), "no-grade"),
        (replace(OFFER, account=None), "unmapped"),
        (replace(OFFER, points=10.01), "over-maximum"),
        (replace(OFFER, points=10), "write"),
        (replace(OFFER, points=0), "write"),
        (replace(OFFER, account=None, points=None), "no-grade"),
    ],
)
@pytest.mark.parametrize("replaced", [False, True])
def test_what_cannot_be_written(offer: Offer, action: str, *, replaced: bool) -> None:
    found = decide(offer, held(None, grader=None), NOTHING, ITEM, replace=replaced)
    assert found.action == action
    assert (found.comment is not None) == (action == "write")


def test_bonus_points_go_where_there_is_no_maximum() -> None:
    item = replace(ITEM, max_points=None)
    offer = replace(OFFER, points=12.5)
    assert decide(offer, held(None, grader=None), NOTHING, item).action == "write"


@pytest.mark.parametrize(
    ("there", "past", "action"),
    [
        (BY_TEACHER, NOTHING, "write"),
        (held(None), seen(8), "write"),
        (held(8, "Well done", grader=TEACHER), seen(8), "unchanged"),
        # What the platform itself protects, nobody but its own users can hand back.
        (held(5, overridden=True), seen(8), "kept"),
        (held(5, locked=True), seen(8), "locked"),
    ],
)
def test_what_somebody_set_is_replaced_if_we_are_told_to(
    there: Held, past: Past, action: str
) -> None:
    assert decide(OFFER, there, past, ITEM, replace=True).action == action


def test_what_arrived_is_known_from_then_on() -> None:
    found = decided(held(8, "Well done", grader=US), sent(8, before=seen(6, "Good")))
    assert found.settled == receipt(8)
    # Without the text, the student still has the earlier one.
    found = decided(held(8, "Good"), sent(8, before=seen(6, "Good")))
    assert found.settled == receipt(8, "Good")
    # A platform that does not tell its texts is believed.
    there = replace(held(8), comments=None)
    assert decided(there, sent(8)).settled == receipt(8)
    assert decided(held(5), sent(8)).settled is None


def test_a_text_that_the_platform_changes_a_little_is_sent_once() -> None:
    before, after = held(None, "See me", grader=None), held(8, "See me", "Well d?ne")
    found = decide(OFFER, after, sent(8), ITEM, before=before)
    assert (found.action, found.settled) == ("unchanged", receipt(8))
    assert decided(after, Past(found.settled)).action == "unchanged"
    # Where none came, it is missing.
    found = decide(OFFER, held(8, "See me"), sent(8), ITEM, before=before)
    assert (found.action, found.comment) == ("write", "Well done")


def test_a_text_with_letters_taken_apart_is_the_same() -> None:
    text = "잘했어요 Zoë"
    there = held(8, unicodedata.normalize("NFD", text))
    offer = replace(OFFER, comment=text)
    assert decided(there, seen(8, text), offer).action == "unchanged"
    assert decided(there, sent(8, text), offer).action == "unchanged"


numbers = some.one_of(some.none(), some.sampled_from([0.0, 5.0, 7.0, 8.0, 8.004, 10.5]))
whos = some.sampled_from([None, US, TEACHER])
texts = some.sampled_from(["Well done", "Good"])
helds = some.builds(
    Held,
    points=numbers,
    grader=whos,
    ours=some.sampled_from([None, True, False]),
    comments=some.one_of(some.none(), some.lists(texts, max_size=2).map(tuple)),
    overridden=some.booleans(),
    locked=some.booleans(),
)
receipts = some.builds(
    Receipt,
    student=some.just("alice"),
    account=some.just("7"),
    points=some.sampled_from([0.0, 5.0, 7.0, 8.0]),
    comment=some.one_of(some.none(), texts.map(digest_of)),
    grader=whos,
)
pasts = some.builds(
    Past,
    some.one_of(some.none(), receipts.map(lambda one: replace(one, seen=True))),
    some.one_of(some.none(), receipts.map(lambda one: replace(one, grader=None))),
)
offers = some.builds(
    Offer,
    student=some.just("alice"),
    account=some.sampled_from([None, "7"]),
    points=numbers,
    comment=some.one_of(some.none(), texts),
    review=some.booleans(),
)


@given(offer=offers, there=some.one_of(some.none(), helds), past=pasts, replaced=some.booleans())
def test_whatever_is_there_the_rule_holds(
    offer: Offer, there: Held | None, past: Past, *, replaced: bool
) -> None:
    found = decide(offer, there, past, ITEM, replace=replaced)
    if found.action != "write":
        assert found.comment is None
        return
    assert there is not None
    assert not there.locked
    assert not there.overridden
    assert offer.points is not None
    assert offer.points <= 10
    assert not offer.review
    assert offer.account is not None
    if replaced:
        return
    # The platform holds nothing, and never held anything of ours; or what we wrote last.
    ours = [one for one in (past.seen, past.open) if one is not None]
    if there.points is None:
        assert past.seen is None
    else:
        assert there.points in [pytest.approx(one.points, abs=0.005) for one in ours]


@given(
    there=helds.map(lambda one: replace(one, locked=False, overridden=False)),
    past=pasts,
    points=some.sampled_from([0.0, 5.0, 8.0, 10.0]),
    comment=some.one_of(some.none(), texts),
)
def test_what_was_written_and_seen_is_never_written_again(
    there: Held, past: Past, points: float, comment: str | None
) -> None:
    offer = replace(OFFER, points=points, comment=comment)
    found = decide(offer, there, past, ITEM, replace=True)
    assume(found.action == "write")
    if found.settled is not None:
        past = past.then(found.settled)  # the ledger has it before anything is written
    told = (*(there.comments or ()), *([found.comment] if found.comment else ()))
    after = Held(
        points=points,
        grader=US,
        ours=True,
        comments=None if there.comments is None else told,
    )
    line = Receipt(
        student="alice",
        account="7",
        points=points,
        comment=digest_of(found.comment) if found.comment else past.comment,
    )
    past = past.then(line)
    again = decide(offer, after, past, ITEM, before=there)
    assert again.action == "unchanged"
    assert again.settled is not None
    assert decide(offer, after, past.then(again.settled), ITEM).action == "unchanged"


def test_somebody_has_to_do_something_wherever_no_grade_gets_there() -> None:
    assert {"locked", "over-maximum", "not-there", "unmapped", "review"} == NOT_DONE
