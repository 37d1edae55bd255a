"""What the kinds that hold other checks have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from pydantic import Field

from grader.checks import AnyCheck, Check, CourseProblem
from grader.checks._select import best
from grader.model.lab import Lab
from grader.model.probe import ProbeWish
from grader.model.result import Verdict


class Several(Check):
    """Holds other checks; what they want, and what is wrong with them, is its own."""

    checks: tuple[AnyCheck, ...] = Field(min_length=1)

    def problems(self, lab: Lab) -> Iterator[CourseProblem]:
        """Yield what is wrong with the checks inside, with their place."""
        for index, check in enumerate(self.checks):
            for problem in check.problems(lab):
                yield CourseProblem(("checks", index, *problem.loc), problem.text)

    def watched(self) -> frozenset[str]:
        """Return the paths of the checks inside."""
        return frozenset().union(*(check.watched() for check in self.checks))

    def probes(self) -> tuple[ProbeWish, ...]:
        """Return the probes of the checks inside."""
        return tuple(wish for check in self.checks for wish in check.probes())


def best_of(checks: Sequence[Check], judge: Callable[[Check], Verdict]) -> Verdict:
    """Return the verdict with the most credit; of equal ones, that of the first check.

    The checks are judged from the first to the last, until one earns full credit.
    Raises EvidenceMissing if a check does and no other one earns full credit.
    """
    return best((partial(judge, check) for check in checks), tie="first")
