"""A class from the first task to the last outcome: what failed through our fault comes once more.

What would fail for everybody, as without an engine, ends the class with that error.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator

from grader.classroom.stop import Stop
from grader.classroom.work import Course, Done, Grader, Outcome, Task
from grader.engine.client import Engine, engine_socket
from grader.errors import CourseError, EngineUnavailable, SystemFault

MOST_IN_A_ROW = 10
"""So many faults of ours, one after the other, are no chance: the others would fail as well."""

Outcomes = Callable[[Iterable[Task]], Iterator[Outcome]]
"""What grades tasks: `Workers.outcomes`, or `here`."""


def here(course: Course, stop: Stop) -> Outcomes:
    """Return what grades in this process, one after the other; for quizzes, which take no time."""
    grader = Grader(course)

    def outcomes(tasks: Iterable[Task]) -> Iterator[Outcome]:
        for task in tasks:
            if stop.noticed():
                return
            yield grader.outcome(task)

    return outcomes


def graded(tasks: Iterable[Task], outcomes: Outcomes, stop: Stop) -> Iterator[Outcome]:
    """Yield what became of each task; the ones in doubt come last, after a second try.

    Raises CourseError for a rubric that is broken, and the SystemFault that would be everybody's.
    """
    again: list[Task] = []
    in_a_row = 0
    for outcome in outcomes(tasks):
        in_a_row = in_a_row + 1 if _failed(outcome) else 0
        _stop_for(outcome, in_a_row)
        if _failed(outcome) or _in_doubt(outcome):
            again.append(outcome.task)
        else:
            yield outcome
    if stop.asked:
        return
    for outcome in outcomes(again):
        _stop_for(outcome, 0)
        yield outcome


def _failed(outcome: Outcome) -> bool:
    return isinstance(outcome.became, SystemFault)


def _in_doubt(outcome: Outcome) -> bool:
    """Return whether a second try may clear up a result; typed twice, the two must not be."""
    done = outcome.became
    return isinstance(done, Done) and done.result.needs_review and done.record.again is None


def _stop_for(outcome: Outcome, in_a_row: int) -> None:
    """Raise an outcome's error if it is no matter of this one student."""
    error = outcome.became
    if isinstance(error, CourseError):
        raise error
    if not isinstance(error, SystemFault):
        return
    if in_a_row >= MOST_IN_A_ROW:
        raise error
    if isinstance(error, EngineUnavailable):
        asyncio.run(_require_engine())


async def _require_engine() -> None:
    await Engine(engine_socket()).call("GET", "/version")
