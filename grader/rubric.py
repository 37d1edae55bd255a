"""A rubric: which criteria a lab has, what each is worth, and the check behind it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import cached_property
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from grader.checks import AnyCheck, CourseProblem
from grader.errors import GraderError
from grader.late import LatePolicy
from grader.model.evidence import Evidence
from grader.model.image import same_image
from grader.model.lab import Lab
from grader.model.record import Record, Source, Text
from grader.model.result import Counts, Take
from grader.model.units import AnyPercentage, When, share_of
from grader.model.wanted import Wanted
from grader.wording import did_you_mean

Id = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")]
Points = Annotated[float, Field(strict=True, gt=0, le=1_000_000, allow_inf_nan=False)]


def _in_percent(value: float) -> float:
    if 0 < value < 1:
        raise PydanticCustomError(
            "pass_mark",
            "'pass_mark' is in percent: write {percent} for {value}",
            {"percent": f"{value * 100:g}", "value": value},
        )
    return value


PassMark = Annotated[float, Field(strict=True, ge=0, le=100), AfterValidator(_in_percent)]


class Criterion(Record):
    """One scored line."""

    id: Id
    """Its short name; stays the same when the title is worded better."""
    title: Text
    """What it is about, in both languages."""
    points: Points
    """What full credit earns; for a penalty, what no credit costs."""
    check: AnyCheck
    """The rule that is judged from the evidence."""
    counts: Counts = "normal"
    """`bonus`: earned on top of the points that can be earned. `penalty`: the check says how it
    should be, and what falls short of it is taken off."""
    group: Id | None = None
    """The group through which it counts, instead of by itself."""
    requires: tuple[str, ...] = ()
    """Criteria that must have earned some credit first; otherwise this one is skipped."""
    expected: Text | None = None
    """What earns full credit, where the words that the check finds for it are too intricate."""
    hint: Text | None = None
    """Advice for the student; shown unless the criterion passed."""
    hints: dict[Literal["partial", "failed", "skipped"], Text] = Field(default_factory=dict)
    """Advice for one outcome, instead of `hint`."""
    hidden_until: When | None = None
    """The result counts at once, its text is shown from then on."""

    def problems(self, lab: Lab) -> Iterator[CourseProblem]:
        """Yield what is wrong with this criterion alone although its form is right."""
        for problem in self.check.problems(lab):
            yield problem._replace(loc=("check", *problem.loc))
        yield from _strange_images(self.check, lab)
        if self.counts != "penalty" and not self.requires and _is_free(self):
            yield CourseProblem(
                ("check",),
                f"an empty submission earns points for '{self.id}': add 'requires', "
                "or put the check into an 'all_of' with something that the student has to do",
            )


class Group(Record):
    """Criteria that count together."""

    id: Id
    """Its short name, which criteria give as their `group`."""
    title: Text
    """What they have in common."""
    take: Take = "sum"
    """`sum`: all of them. `min`: the worst share stands for all. `best`: the best `count`."""
    count: int = Field(strict=True, default=1, ge=1)
    """With `take: best`, how many count."""
    cap: Points | None = None
    """The most points that the group gives."""

    @model_validator(mode="after")
    def _count_needs_best(self) -> Self:
        if self.count > 1 and self.take != "best":
            raise PydanticCustomError("count", "'count' goes with 'take: best' only")
        return self


class Rubric(Source):
    """What `rubrics/<lab>.yaml` says."""

    lab: str
    """The lab that this is for: the name of its folder."""
    pass_mark: PassMark = 60
    """Percent of the points needed to pass."""
    criteria: tuple[Criterion, ...] = Field(min_length=1)
    """What is scored, in the order of the reports."""
    groups: tuple[Group, ...] = ()
    """Criteria that count together."""
    cap: AnyPercentage = "100%"
    """How far bonus criteria may lift the points, as a part of those that can be earned."""
    late: LatePolicy | None = None
    """When it is due, and what lateness costs."""
    attempts: Literal["best", "last"] | None = None
    """Which of several attempts of a student counts; without it, each grading stands alone."""

    def wanted(self) -> Wanted:
        """Return what has to be on record for its checks."""
        checks = [criterion.check for criterion in self.criteria]
        return Wanted(
            watched=tuple(sorted(set().union(*(check.watched() for check in checks)))),
            probes=tuple(wish for check in checks for wish in check.probes()),
        )

    def in_order(self) -> tuple[Criterion, ...]:
        """Return the criteria so that each comes after those it requires.

        What requires itself, directly or in a circle, is left out.
        """
        return self._ordered

    @cached_property
    def _ordered(self) -> tuple[Criterion, ...]:
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
        yield from self._wrong_groups()
        yield from self._dates_without_zone(lab)
        if share_of(self.cap) < 1:
            text = f"'cap' is {self.cap}: nobody could earn all points; write 100% or more"
            yield CourseProblem(("cap",), text)
        if not any(criterion.counts == "normal" for criterion in self.criteria):
            yield CourseProblem(("criteria",), "every criterion is a bonus or a penalty")
        if circle := self._circle():
            place = ("criteria", ids.index(circle[0]), "requires")
            yield CourseProblem(place, f"'requires' goes in a circle: {' → '.join(circle)}")
        for index, criterion in enumerate(self.criteria):
            for problem in criterion.problems(lab):
                yield problem._replace(loc=("criteria", index, *problem.loc))

    def _unknown_requires(self, ids: list[str]) -> Iterator[CourseProblem]:
        for index, criterion in enumerate(self.criteria):
            for place, name in enumerate(criterion.requires):
                if name not in ids:
                    advice = did_you_mean(name, ids) or f"; known: {', '.join(ids)}"
                    yield CourseProblem(
                        ("criteria", index, "requires", place),
                        f"'requires' names the unknown criterion '{name}'{advice}",
                    )

    def _wrong_groups(self) -> Iterator[CourseProblem]:
        ids = [group.id for group in self.groups]
        for index, group in enumerate(self.groups):
            place = ("groups", index)
            members = [c for c in self.criteria if c.group == group.id]
            if group.id in ids[:index]:
                yield CourseProblem((*place, "id"), f"a second group with the id '{group.id}'")
            if not any(c.counts == "normal" for c in members):
                text = f"no criterion that counts is in the group '{group.id}'"
                yield CourseProblem((*place, "id"), text)
            if group.take == "best" and group.count > max(len(members), 1):
                text = f"'count' is {group.count}, but the group has {len(members)} criteria"
                yield CourseProblem((*place, "count"), text)
        sums = {group.id for group in self.groups if group.take == "sum"}
        for index, criterion in enumerate(self.criteria):
            name, field = criterion.group, ("criteria", index, "group")
            if name is None:
                continue
            if name not in ids:
                advice = did_you_mean(name, ids) or f"; known: {', '.join(ids) or 'none'}"
                yield CourseProblem(field, f"unknown group '{name}'{advice}")
            elif criterion.counts != "normal" and name not in sums:
                text = f"a {criterion.counts} can only be in a group with 'take: sum'"
                yield CourseProblem(field, text)

    def _dates_without_zone(self, lab: Lab) -> Iterator[CourseProblem]:
        if lab.time_zone is not None:
            return
        places: list[tuple[tuple[str | int, ...], datetime]] = [
            (("criteria", index, "hidden_until"), criterion.hidden_until)
            for index, criterion in enumerate(self.criteria)
            if criterion.hidden_until is not None
        ]
        if self.late is not None:
            places += [(("late", name), when) for name, when in self.late.dates()]
        for place, when in places:
            if when.tzinfo is None:
                text = (
                    f"'{place[-1]}' has no time zone: write it behind the time ('+09:00'), "
                    f"or give the lab a 'time_zone', such as 'Asia/Seoul'"
                )
                yield CourseProblem(place, text)

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


def _strange_images(check: Record, lab: Lab) -> Iterator[CourseProblem]:
    """Yield images that the lab does not allow: nobody could fulfil a check that asks for one."""
    if lab.build or lab.kind != "terminal":
        return
    for loc, image in _images_in(check, ("check",)):
        if not any(same_image(image, allowed) for allowed in lab.images):
            known = did_you_mean(image, lab.images) or f"; known: {', '.join(lab.images) or 'none'}"
            yield CourseProblem(loc, f"the lab does not allow the image '{image}'{known}")


def _images_in(
    value: object, loc: tuple[str | int, ...]
) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Yield all images that a check names, however deep inside, with their places."""
    if isinstance(value, Record):
        for name, inner in value:
            if name == "image" and isinstance(inner, str):
                yield (*loc, name), inner
            else:
                yield from _images_in(inner, (*loc, name))
    elif isinstance(value, tuple):
        for index, inner in enumerate(value):
            yield from _images_in(inner, (*loc, index))


def _is_free(criterion: Criterion) -> bool:
    """Say whether a criterion gives credit to a submission without a single line."""
    nothing = Evidence(
        grader="", lab="", student="", submission="", submission_digest="", recorded_at=""
    )
    try:
        return criterion.check.judge(nothing).credit > 0
    except GraderError:
        return False
