"""The lives of containers: a line for each, its moments, and what was in its writable layer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from grader.model.evidence import (
    ChangeKind,
    ContainerRecord,
    Evidence,
    Moment,
    Snapshot,
)
from grader.reports._page.tree import Folder, tree_of

STEP_WIDTH = 100.0
"""The line is drawn over the steps, not the seconds: most of the time goes to a few commands."""
ROOM = 800_000
"""Characters of a page for what changed, in all containers."""


@dataclass(frozen=True)
class Run:
    """A time in which it ran, in percent of the line."""

    left: float
    width: float


@dataclass(frozen=True)
class Sign:
    """A moment on the line."""

    at: float
    kind: str
    """`created`, `exit`, `removed` or `failed`: what it looks like."""
    text: str
    """What is written beside it."""


@dataclass(frozen=True)
class Told:
    """A moment in words."""

    moment: Moment
    line: int | None
    """Line of the submission; None before the first and after the last."""
    step: int | None
    tree: Folder | None
    """What `docker diff` said, where it is not the same as the time before."""
    same: bool
    """There was a snapshot, and it was the same."""


@dataclass(frozen=True)
class Life:
    """One container."""

    index: int
    container: ContainerRecord
    left: float
    right: float
    """Where its line begins and ends."""
    runs: tuple[Run, ...]
    signs: tuple[Sign, ...]
    told: tuple[Told, ...]
    removed: bool


@dataclass(frozen=True)
class Lives:
    """All containers, and the lines of the submission below them."""

    lives: tuple[Life, ...] = ()
    ticks: tuple[tuple[float, int], ...] = ()
    """Where steps begin, in percent, and their lines."""


def lives(evidence: Evidence) -> Lives:
    """Return the lives of all containers."""
    if not evidence.containers:
        return Lives()
    scale = _Scale(evidence)
    trees = _Trees()
    drawn = tuple(
        _life(one, index, scale, trees) for index, one in enumerate(evidence.containers, start=1)
    )
    steps = evidence.steps
    every = max(1, -(-len(steps) // 12))
    ticks = tuple((scale.begin(step.number), step.line) for step in steps[::every])
    return Lives(drawn, ticks)


def last_snapshot(container: ContainerRecord) -> Snapshot | None:
    """Return what was in the writable layer in the end."""
    taken = [moment.snapshot for moment in container.moments if moment.snapshot is not None]
    return taken[-1] if taken else None


class _Scale:
    """Steps and the times within them → percent of the width."""

    def __init__(self, evidence: Evidence) -> None:
        self._steps = {step.number: step for step in evidence.steps}
        self._count = max(len(evidence.steps), 1)

    def begin(self, number: int) -> float:
        return round(STEP_WIDTH * (number - 1) / self._count, 2)

    def at(self, moment: Moment) -> float:
        step = self._steps.get(moment.step)
        if step is None:
            return 0.0 if moment.step < 1 else STEP_WIDTH
        part = (moment.at - step.at) / step.seconds if step.seconds else 0.0
        width = STEP_WIDTH / self._count
        return round(self.begin(step.number) + width * min(max(part, 0.0), 1.0), 2)

    def line(self, moment: Moment) -> tuple[int | None, int | None]:
        step = self._steps.get(moment.step)
        return (step.line, step.number) if step else (None, None)


class _Trees:
    """Snapshots → trees, as long as there is room on the page."""

    def __init__(self) -> None:
        self._room = ROOM

    def of(self, snapshot: Snapshot) -> Folder:
        """Return what changed; the other paths are there because the rubric asked for them."""
        states = {file.path: file for file in snapshot.files}
        changed = ((one.kind, one.path, states.get(one.path)) for one in snapshot.changes)
        tree = tree_of(changed, self._room)
        self._room -= tree.room
        return tree


def _life(container: ContainerRecord, index: int, scale: _Scale, trees: _Trees) -> Life:
    moments = container.moments
    places = [scale.at(moment) for moment in moments]
    removed = any(moment.label == "removed" for moment in moments)
    return Life(
        index=index,
        container=container,
        left=places[0] if places else 0.0,
        right=places[-1] if places else 0.0,
        runs=tuple(_runs(moments, places)),
        signs=tuple(_signs(moments, places)),
        told=tuple(_told(moments, scale, trees)),
        removed=removed,
    )


def _runs(moments: tuple[Moment, ...], places: list[float]) -> Iterator[Run]:
    begun: float | None = None
    for moment, place in zip(moments, places, strict=True):
        if moment.label.startswith("start "):
            begun = place
        elif begun is not None and moment.label.startswith(("exit ", "removed", "end")):
            yield Run(begun, round(max(place - begun, 0.0), 2))
            begun = None


def _signs(moments: tuple[Moment, ...], places: list[float]) -> Iterator[Sign]:
    for moment, place in zip(moments, places, strict=True):
        kind = moment.label.split(" ")[0]
        if kind in {"created", "removed", "failed", "killed:"}:
            yield Sign(place, kind.rstrip(":"), "")
        elif kind == "exit":
            yield Sign(place, kind, "" if moment.exit_code is None else str(moment.exit_code))


def _told(moments: tuple[Moment, ...], scale: _Scale, trees: _Trees) -> Iterator[Told]:
    before: tuple[tuple[ChangeKind, str, str | None], ...] | None = None
    for moment in moments:
        line, step = scale.line(moment)
        if moment.snapshot is None:
            yield Told(moment, line, step, tree=None, same=False)
            continue
        now = _content(moment.snapshot)
        same = now == before
        before = now
        tree = None if same else trees.of(moment.snapshot)
        yield Told(moment, line, step, tree, same)


def _content(snapshot: Snapshot) -> tuple[tuple[ChangeKind, str, str | None], ...]:
    states = {file.path: file.digest for file in snapshot.files}
    return tuple((one.kind, one.path, states.get(one.path)) for one in snapshot.changes)
