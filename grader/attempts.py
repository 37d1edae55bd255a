"""Which of several attempts of one student counts. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from grader.model.result import Result

Take = Literal["best", "last"]


def counted(attempts: Sequence[Result], take: Take) -> Result:
    """Return the result that counts; `attempts` are in the order in which they were handed in.

    Of equally good ones the earliest counts. While an attempt that could turn out better has not
    been reviewed, the best one needs review too. Raises ValueError where there is none, or where
    they are not all of one student and one lab.
    """
    if not attempts:
        raise ValueError("there is no attempt")
    if len({(result.student, result.lab) for result in attempts}) > 1:
        raise ValueError("these are attempts of several students or labs")
    if take == "last":
        return attempts[-1]
    best = max(attempts, key=lambda result: result.percent)  # the first of equals
    full = best.points >= best.max_points
    open_ = not full and any(result.needs_review for result in attempts)
    return best.model_copy(update={"needs_review": best.needs_review or open_})
