"""What a rubric wants to have on record, known once it is loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from grader.model.probe import ProbeWish


class Wanted(NamedTuple):
    """By default nothing but what is recorded anyway."""

    watched: tuple[str, ...] = ()
    """Paths that snapshots look at even where the student left them alone, sorted."""
    probes: tuple[ProbeWish, ...] = ()
    """Commands that the grader runs by itself at the end."""
