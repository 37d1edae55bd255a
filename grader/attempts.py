"""Which of several attempts of one student counts. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from grader.model.result import Result

Take = Literal["best", "last"]


def counted(attempts: Sequence[Result], take: Take) -> tuple[int, Result]:
    """Return which attempt counts, and its result; they are in the order of handing in.

    Of equally good ones the earliest counts. One that we could not judge displaces none that we
    could. While an attempt that could turn out better, or be the last one, has not been reviewed,
    the one that counts needs review too. Raises ValueError where there is none, or where they are
    not all of one student and one lab.
    """
    if not attempts:
        raise ValueError("there is no attempt")
    if len({(result.student, result.lab) for result in attempts}) > 1:
        raise ValueError("these are attempts of several students or labs")
    if take == "last":
        judged = [index for index, result in enumerate(attempts) if result.judged]
        index = judged[-1] if judged else len(attempts) - 1
        open_ = index < len(attempts) - 1
    else:
        shares = [(result.percent, result.judged) for result in attempts]
        index = shares.index(max(shares))  # the first of equals
        full = attempts[index].points >= attempts[index].max_points
        open_ = not full and any(result.needs_review for result in attempts)
    result = attempts[index]
    changes = {"needs_review": result.needs_review or open_}
    return index, result.model_copy(update=changes)


def counting(attempts: Sequence[Result], take: Take | None) -> tuple[int, bool]:
    """Return which attempt counts, and whether another that waits for review may take its place.

    Without `take`, it is the last of them, whatever became of it. Raises ValueError as `counted`.
    """
    if take is None:
        return len(attempts) - 1, False
    index, result = counted(attempts, take)
    return index, result.needs_review and not attempts[index].needs_review
