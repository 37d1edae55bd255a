"""Probes: commands that the grader runs by itself once a replay is over, as a rubric asks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from grader.model.record import Record

if TYPE_CHECKING:
    from grader.model.evidence import ContainerRecord, Evidence

ProbeEnd = Literal["exited", "timeout", "not running", "refused", "failed", "no container"]


class Probe(Record):
    """What is run, and where; two rubrics that ask for the same share the answer."""

    container: str | None = None
    """Which container is meant, as canonical JSON of the rubric's words."""
    image: str | None = None
    """The image from which a container is made for the probe alone."""
    run: tuple[str, ...] = ()
    """Program and arguments; empty for what the image runs by itself."""
    start: bool = False
    """A container that has ended is started for it."""
    volumes: dict[str, str] = Field(default_factory=dict)
    """Volume → where it is mounted; with `image` only."""
    network: str | None = None
    """The network that it joins; with `image` only."""


class ProbeRecord(Record):
    """How the last try of a probe went, in one container."""

    asked: Probe
    container: str | None = None
    """Id of the student's container; None for one of the probe's own, or where there was none."""
    end: ProbeEnd
    """`exited`: it came to its end. `timeout`: it did not. `not running`: the container did not
    run. `refused`: the gateway or the engine did not do what a student could not do either, for
    example because the image is gone. `failed`: the engine failed. `no container`: none is
    meant."""
    status: int | None = None
    """Exit status."""
    output: str = ""
    """What it wrote, standard error included."""
    truncated: bool = False
    message: str | None = None
    """The words of the gateway or the engine, where there are any."""
    tries: int = 0
    seconds: float = 0
    """From the beginning of the first try to the end of the last."""


@dataclass(frozen=True)
class ProbeWish:
    """What a rubric wants to have probed."""

    asked: Probe
    within: float
    """Seconds in which it is tried again until it holds."""
    holds: Callable[[ProbeRecord], bool]
    """Whether a try shows what is wanted, so that no other is needed."""
    targets: Callable[[Evidence], Sequence[ContainerRecord]]
    """The containers that are meant; of no use with `image`."""
