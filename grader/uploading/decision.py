"""What is to be done about one student's grade on a platform. Pure; decided anew before writing.

The rule that keeps teachers' grades: we write only where the platform holds nothing and never held
anything of ours, or holds exactly what we wrote last. All else was set by somebody.
"""

from __future__ import annotations

import hashlib
import unicodedata
from dataclasses import dataclass
from typing import Literal

from grader.lms import Held, Item
from grader.model.record import Text
from grader.reports._text import number
from grader.store.ledger import Past, Receipt

Action = Literal[
    "write",
    "unchanged",
    "kept",
    "locked",
    "over-maximum",
    "not-there",
    "unmapped",
    "review",
    "no-grade",
]
"""What is done, or why nothing is.

`kept`: somebody set it. `not-there`: the platform has no such participant. `unmapped`: nobody said
who the student is there. `review`: not all could be judged. `no-grade`: nothing to tell.
"""

NOT_DONE: frozenset[Action] = frozenset(
    {"locked", "over-maximum", "not-there", "unmapped", "review"}
)
"""A person has to do something before the student's grade gets there."""

SAME = 0.005
"""Points that make no difference. Platforms round: Moodle to five decimals, files to two."""


Reason = tuple[Action, Text]
"""What is done, and why."""

NOT_THERE: Reason = (
    "not-there",
    Text(ko="플랫폼에 이 계정의 수강생이 없음", en="no participant there has this account"),
)
SAME_THERE: Reason = (
    "unchanged",
    Text(ko="같은 점수가 이미 있음", en="the same is there already"),
)
"""Whoever wrote it, it is right; it does not become ours thereby."""


@dataclass(frozen=True, kw_only=True)
class Offer:
    """What we have for one student."""

    student: str
    points: float | None = None
    """None: there is no grade to tell."""
    comment: str | None = None
    review: bool = False
    """Not all could be judged: the points are no grade yet."""
    account: str | None = None
    """The student, as the platform names them; None where nobody said."""


@dataclass(frozen=True, kw_only=True)
class Decided:
    """What is to be done about one student's grade, and why."""

    offer: Offer
    action: Action
    why: Text
    held: Held | None = None
    comment: str | None = None
    """The text to be sent; None where the student has it."""
    settled: Receipt | None = None
    """What is known now to have arrived, and was not before."""


def decide(
    offer: Offer,
    held: Held | None,
    past: Past,
    item: Item,
    *,
    replace: bool = False,
    before: Held | None = None,
) -> Decided:
    """Return what is to be done.

    `held` is what the platform holds, None if it does not know the student, and `before` what it
    held just before we wrote; with `replace`, what somebody set may be overwritten, unless the
    platform itself would not let us.
    """
    if (reason := _unready(offer, held)) is not None or held is None:
        action, why = reason or NOT_THERE
        return Decided(offer=offer, action=action, why=why, held=held)
    settled = _arrived(held, past, before)
    seen = settled or past.seen
    comment = _untold(offer, held, seen)
    action, why = (
        _hindrance(offer, held, item)
        or (None if replace else _somebodys(offer, held, seen))
        or _news(offer, held, comment)
    )
    return Decided(
        offer=offer,
        action=action,
        why=why,
        held=held,
        comment=comment if action == "write" else None,
        settled=settled,
    )


def same(one: float, other: float) -> bool:
    """Return whether two numbers are the same grade."""
    return abs(one - other) < SAME


def digest_of(comment: str) -> str:
    """Return what the ledger keeps of a text: not its blanks, nor how its letters are composed."""
    plain = unicodedata.normalize("NFC", " ".join(comment.split()))
    return hashlib.sha256(plain.encode()).hexdigest()


def has_comment(held: Held, comment: str) -> bool | None:
    """Return whether the student has this text; None where the platform does not say."""
    if held.comments is None:
        return None
    return digest_of(comment) in {digest_of(one) for one in held.comments}


def _unready(offer: Offer, held: Held | None) -> Reason | None:
    """Return why there is nothing to write, whatever the platform holds."""
    if offer.review:
        return "review", Text(
            ko="모두 판정되지 않아 점수가 확정되지 않음",
            en="not all could be judged: no grade yet; `grade show` and `grade override` help",
        )
    if offer.points is None:
        return "no-grade", Text(ko="채점 결과가 없음", en="no result")
    if offer.account is None:
        return "unmapped", Text(
            ko="플랫폼의 계정을 모름: `grade roster`",
            en="not known who this is there: see `grade roster`",
        )
    return NOT_THERE if held is None else None


def _hindrance(offer: Offer, held: Held, item: Item) -> Reason | None:
    """Return why the platform would not take the grade, or take another."""
    points = offer.points or 0.0
    if item.max_points is not None and points > item.max_points + SAME:
        over = f"{number(points)} > {number(item.max_points)}"
        return "over-maximum", Text(
            ko=f"플랫폼의 만점보다 높음: {over}", en=f"more than the maximum there: {over}"
        )
    if (held.locked or held.overridden) and held.points is not None and same(held.points, points):
        return SAME_THERE
    if held.locked:
        return "locked", Text(ko="플랫폼에서 잠긴 점수", en="the grade is locked there")
    if held.overridden:
        by = _by(held)
        return "kept", Text(ko=f"플랫폼에서 재정의된 점수{by}", en=f"overridden there{by}")
    return None


def _news(offer: Offer, held: Held, comment: str | None) -> Reason:
    """Return what is new in what we have."""
    if held.points is None:
        return "write", Text(ko="새 점수", en="new")
    if not same(held.points, offer.points or 0.0):
        return "write", Text(ko="점수가 바뀜", en="changed")
    if comment is not None:
        return "write", Text(ko="설명이 바뀜", en="the feedback changed")
    return "unchanged", Text(ko="새로운 것이 없음", en="nothing new")


def _arrived(held: Held, past: Past, before: Held | None) -> Receipt | None:
    """Return what was sent before, and turns out to have arrived."""
    sent = past.open
    if sent is None or held.points is None or not same(held.points, sent.points):
        return None
    if held.ours is False:
        return None  # somebody saved the same points, or ours are lost: they are theirs
    told = sent.comment if _is_told(sent, held, before) else past.comment
    return Receipt(
        student=sent.student,
        account=sent.account,
        points=held.points,
        comment=told,
        seen=True,
        grader=held.grader,
    )


def _is_told(sent: Receipt, held: Held, before: Held | None) -> bool:
    """Return whether the text arrived, too, as far as the platform tells.

    Some change a text a little. One that was not there before the write is ours: a platform that
    keeps each text would get another one at every run.
    """
    if held.comments is None:
        return True
    if sent.comment in {digest_of(one) for one in held.comments}:
        return True
    return before is not None and not set(held.comments) <= set(before.comments or ())


def _untold(offer: Offer, held: Held, seen: Receipt | None) -> str | None:
    """Return the text that the student does not have yet; some platforms keep each that is sent."""
    if not offer.comment or (seen and seen.comment == digest_of(offer.comment)):
        return None
    return None if has_comment(held, offer.comment) else offer.comment


def _somebodys(offer: Offer, held: Held, seen: Receipt | None) -> Reason | None:
    """Say so where the platform holds something else than what we wrote last."""
    by = _by(held)
    if held.points is None:
        if seen is None:
            return None
        ours = number(seen.points)
        why = Text(
            ko=f"우리가 쓴 점수({ours})가 지워짐", en=f"what we wrote ({ours}) was removed there"
        )
    elif seen is None:
        if same(held.points, offer.points or 0.0):
            return SAME_THERE
        why = Text(ko=f"다른 사람이 쓴 점수{by}", en=f"set by somebody else{by}")
    elif not same(held.points, seen.points):
        ours = number(seen.points)
        why = Text(
            ko=f"우리가 쓴 점수({ours})가 수정됨{by}", en=f"we wrote {ours}; changed since then{by}"
        )
    elif None not in (held.grader, seen.grader) and held.grader != seen.grader:
        why = Text(
            ko=f"우리가 쓴 뒤에 다른 사람이 저장함{by}",
            en=f"saved by somebody since we wrote it{by}",
        )
    else:
        return None
    return "kept", why


def _by(held: Held) -> str:
    said = ", ".join(part for part in (held.grader, held.at) if part)
    return f" ({said})" if said else ""
