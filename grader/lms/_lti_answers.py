"""What the services of LTI Advantage answer, as far as we need it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, FiniteFloat

LEARNER = re.compile(r"(?:^|[/#:])Learner(?:$|#)")
"""A role in short, as Moodle has it, or as an address, with a narrower one behind it or not."""
TEST_USER = "#TestUser"

Id = Annotated[str, BeforeValidator(lambda value: str(value) if type(value) is int else value)]


class Answer(BaseModel):
    """A part of an answer; what we do not need of it is passed over."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class LineItem(Answer):
    """A column of the gradebook."""

    id: str
    label: str = ""
    scoreMaximum: FiniteFloat | None = None  # noqa: N815 - the wire's own names
    tag: str | None = None


class Result(Answer):
    """What a column holds for a student."""

    userId: Id  # noqa: N815
    resultScore: FiniteFloat | None = None  # noqa: N815
    resultMaximum: FiniteFloat | None = None  # noqa: N815
    comment: str | None = None
    timestamp: str | None = None

    def points(self, maximum: float) -> float | None:
        """Return the points out of some maximum. Without one of its own, a result is out of 1."""
        if self.resultScore is None:
            return None
        own = 1.0 if self.resultMaximum is None else self.resultMaximum
        return self.resultScore * (maximum / own) if own > 0 else self.resultScore


class Member(Answer):
    """Somebody in the course."""

    user_id: Id
    roles: Sequence[str] = ()
    status: str = "Active"
    name: str | None = None
    email: str | None = None
    lis_person_sourcedid: str | None = None

    @property
    def is_learner(self) -> bool:
        """Return whether there can be grades for them."""
        active = self.status.rpartition("#")[2].lower() == "active"
        real = not any(role.endswith(TEST_USER) for role in self.roles)
        return active and real and any(LEARNER.search(role) for role in self.roles)


class Members(Answer):
    """A page of the course's members."""

    members: Sequence[Member]
