"""Changes of a solution that do the same work: what a proof need not see punished."""

from __future__ import annotations

from pydantic import Field

from grader.model.record import Record


class Equivalent(Record):
    """One change, in the words in which `grade prove` tells it."""

    change: str
    """The sort of change, such as `option`."""
    before: str
    """The line as the solution has it; the letters, for a quiz."""
    after: str = ""
    """The line as it was changed; empty where it was left out."""
    nth: int = Field(default=0, ge=0)
    """Which one, where a solution has equal lines; 0 for the only one."""
    reason: str = Field(min_length=1)
    """Why it does the same work."""


class Equivalents(Record):
    """What `labs/<lab>/equivalents.yaml` says."""

    equivalents: tuple[Equivalent, ...] = ()
    """Changes of the solution that do the same work."""
