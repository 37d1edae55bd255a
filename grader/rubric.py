"""A rubric: which criteria a lab has, what each is worth, and the check behind it."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from grader.checks import AnyCheck, CourseProblem
from grader.errors import GraderError
from grader.model.evidence import Evidence
from grader.model.lab import Lab
from grader.model.record import Record, Text
from grader.wording import did_you_mean


class Criterion(Record):
    """One scored line."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    title: Text
    points: float = Field(gt=0, le=1_000_000, allow_inf_nan=False)
    check: AnyCheck
    requires: tuple[str, ...] = ()
    """Criteria that must have earned some credit first; otherwise this one is skipped."""
    expected: Text | None = None
    """What earns full credit, where the words that the check finds for it are too intricate."""
    hint: Text | None = None
    """Advice for the student; shown unless the criterion passed."""


class Rubric(Record):
    """What `rubrics/<lab>.yaml` says."""

    lab: str
    pass_mark: float = Field(default=60, ge=0, le=100)
    """Percent of the points needed to pass."""
    criteria: tuple[Criterion, ...] = Field(min_length=1)

    def watched(self) -> tuple[str, ...]:
        """Return the paths that every snapshot must look at, sorted."""
        return tuple(sorted(set().union(*(c.check.watched() for c in self.criteria))))

    def in_order(self) -> tuple[Criterion, ...]:
        """Return the criteria so that each comes after those it requires.

        What requires itself, directly or in a circle, is left out.
        """
        ordered: dict[str, Criterion] = {}
        waiting = list(self.criteria)
        while ready := [c for c in waiting if all(name in ordered for name in c.requires)]:
            ordered |= {criterion.id: criterion for criterion in ready}
            waiting = [criterion for criterion in waiting if criterion.id not in ordered]
        return tuple(ordered.values())

    def problems(self, lab: Lab) -> Iterator[CourseProblem]:
        """Yield what is wrong although the form is right, and would make grades wrong."""
        if self.lab != lab.id:
            yield CourseProblem(
                ("lab",), f"this is the rubric of lab '{self.lab}', not of '{lab.id}'"
            )
        ids = [criterion.id for criterion in self.criteria]
        for index, name in enumerate(ids):
            if name in ids[:index]:
                yield CourseProblem(
                    ("criteria", index, "id"), f"a second criterion with the id '{name}'"
                )
        yield from self._unknown_requires(ids)
        if circle := self._circle():
            place = ("criteria", ids.index(circle[0]), "requires")
            yield CourseProblem(place, f"'requires' goes in a circle: {' → '.join(circle)}")
        for index, criterion in enumerate(self.criteria):
            place = ("criteria", index, "check")
            for problem in criterion.check.problems(lab):
                yield CourseProblem((*place, *problem.loc), problem.text)
            if not criterion.requires and _is_free(criterion):
                yield CourseProblem(
                    place,
                    f"an empty submission earns points for '{criterion.id}': add 'requires', "
                    "or put the check into an 'all_of' with something that the student has to do",
                )

    def _unknown_requires(self, ids: list[str]) -> Iterator[CourseProblem]:
        for index, criterion in enumerate(self.criteria):
            for place, name in enumerate(criterion.requires):
                if name not in ids:
                    advice = did_you_mean(name, ids) or f"; known: {', '.join(ids)}"
                    yield CourseProblem(
                        ("criteria", index, "requires", place),
                        f"'requires' names the unknown criterion '{name}'{advice}",
                    )

    def _circle(self) -> tuple[str, ...]:
        """Return one circle of requirements, its first criterion also at the end; empty if none."""
        requires = {criterion.id: criterion.requires for criterion in self.criteria}
        ordered = {criterion.id for criterion in self.in_order()}
        for start in requires:
            path: list[str] = []
            name: str | None = start
            while name is not None and name not in path:
                path.append(name)
                stuck = (n for n in requires[name] if n in requires and n not in ordered)
                name = next(stuck, None)
            if name is not None:
                return (*path[path.index(name) :], name)
        return ()


def _is_free(criterion: Criterion) -> bool:
    """Say whether a criterion gives credit to a submission without a single line."""
    nothing = Evidence(
        grader="", lab="", student="", submission="", submission_digest="", recorded_at=""
    )
    try:
        return criterion.check.judge(nothing).credit > 0
    except GraderError:
        return False
