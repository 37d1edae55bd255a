"""A process that grades into a store: `PLACE EVIDENCE FIRST COUNT [POINT]`.

It is killed by itself when it comes to POINT for the third time.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from graded import KEY, evidence, scored
from sqlalchemy.orm import Session

from grader.store import Store
from grader.store.files import EvidenceFiles
from grader.store.writing import Signed, Writing

POINTS: dict[str, tuple[type, str]] = {
    "file is open": (os, "fsync"),  # type: ignore[dict-item]
    "file is named": (Path, "replace"),
    "evidence is written": (EvidenceFiles, "write"),
    "rows are sent": (Session, "flush"),
    "kept": (Writing, "keep"),
    "settled": (Writing, "settle"),
}


def die_at(point: str, *, times: int = 3) -> None:
    """Kill this process right after a function has been called a third time."""
    owner, name = POINTS[point]
    whole: Callable[..., Any] = getattr(owner, name)
    left = times

    def cut(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401 - any function
        nonlocal left
        result = whole(*arguments, **named)
        left -= 1
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(owner, name, cut)


def main(place: str, folder: str, first: int, count: int, point: str | None = None) -> None:
    """Grade students one after the other."""
    with Store(place, Path(folder)) as store:
        if point:
            die_at(point)
        for number in range(first, first + count):
            record = evidence(f"student{number}")
            with store.writing() as writing:
                writing.keep(record, scored(record), KEY)
                writing.settle("quiz", record.student, KEY, None, Signed("kim", "graded"))


if __name__ == "__main__":
    place, folder, first, count, *point = sys.argv[1:]
    main(place, folder, int(first), int(count), *point)
