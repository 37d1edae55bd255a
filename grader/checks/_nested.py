"""What the kinds that hold other checks have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from grader.checks import Check, CourseProblem
from grader.checks._select import best
from grader.model.lab import Lab
from grader.model.probe import ProbeWish
from grader.model.result import Verdict


def watched_by(checks: Sequence[Check]) -> frozenset[str]:
    """Return the paths of all checks."""
    return frozenset().union(*(check.watched() for check in checks))


def probes_of(checks: Sequence[Check]) -> tuple[ProbeWish, ...]:
    """Return the probes of all checks."""
    return tuple(wish for check in checks for wish in check.probes())


def problems_of(checks: Sequence[Check], lab: Lab) -> Iterator[CourseProblem]:
    """Yield what is wrong with all checks, with their place."""
    for index, check in enumerate(checks):
        for problem in check.problems(lab):
            yield CourseProblem(("checks", index, *problem.loc), problem.text)


def best_of(checks: Sequence[Check], judge: Callable[[Check], Verdict]) -> Verdict:
    """Return the verdict with the most credit; of equal ones, that of the first check.

    The checks are judged from the first to the last, until one earns full credit.
    Raises EvidenceMissing if a check does and no other one earns full credit.
    """
    return best((partial(judge, check) for check in checks), tie="first")
