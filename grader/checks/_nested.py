"""What the kinds that hold other checks have in common."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from grader.checks import Check, Fault
from grader.checks._select import best
from grader.model.evidence import Evidence
from grader.model.lab import Lab
from grader.model.result import Verdict


def watched_by(checks: Sequence[Check]) -> frozenset[str]:
    """Return the paths of all checks."""
    return frozenset().union(*(check.watched() for check in checks))


def faults_of(checks: Sequence[Check], lab: Lab) -> Iterator[Fault]:
    """Yield the faults of all checks, with their place."""
    for index, check in enumerate(checks):
        for fault in check.faults(lab):
            yield Fault(("checks", index, *fault.loc), fault.problem)


def best_verdict(checks: Sequence[Check], evidence: Evidence) -> Verdict:
    """Return the verdict with the most credit.

    Raises EvidenceMissing if a check does and no other one earns full credit.
    """
    return best(partial(check.judge, evidence) for check in reversed(checks))
