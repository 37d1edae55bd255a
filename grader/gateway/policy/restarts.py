"""Restart policies: the engine gets "no", and we start a container again ourselves.

The engine itself would start it before the exit's snapshot is taken, and for as long as it likes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from grader.gateway.policy.bodies import RestartPolicyBody
from grader.gateway.refusal import malformed

RESTARTS_CAP = 10
"""How often one container is started again in its life."""
FIRST_DELAY = 0.1
LONGEST_DELAY = 60.0
CALM_SECONDS = 10
"""A container that ran for so long begins again with the first delay."""


@dataclass(frozen=True)
class RestartPolicy:
    """After which exits a container is started again."""

    name: str = "no"
    most: int = 0
    """How often at most; 0: as often as it fails."""

    def told(self) -> dict[str, Any]:
        """Return the policy as the engine shows it."""
        return {"Name": self.name, "MaximumRetryCount": self.most}


def restart_policy(wish: RestartPolicyBody | None, *, auto_remove: bool) -> RestartPolicy:
    """Return the policy that a student asks for. Raises Refusal in the engine's words."""
    name = (wish.Name if wish else None) or "no"
    most = (wish.MaximumRetryCount if wish else None) or 0
    if name not in ("no", "always", "unless-stopped", "on-failure"):
        raise malformed(f"invalid restart policy '{name}'")
    if name != "on-failure" and most:
        raise malformed(f"maximum retry count cannot be used with restart policy '{name}'")
    if most < 0:
        raise malformed("maximum retry count cannot be negative")
    if name != "no" and auto_remove:
        raise malformed("can't create 'AutoRemove' container with restart policy")
    return RestartPolicy(name, most)


@dataclass
class Restarts:
    """How a container's policy has been carried out so far."""

    policy: RestartPolicy = field(default_factory=RestartPolicy)
    count: int = 0
    """Restarts since the student started it, as `docker inspect` shows them."""
    total: int = 0
    held_back: bool = False
    """The student has stopped it: it stays stopped until it is started again."""
    _delay: float = 0.0

    def begun_by_student(self) -> None:
        """Begin to count anew."""
        self.count, self._delay, self.held_back = 0, 0.0, False

    def after_exit(self, code: int, ran: float) -> float | None:
        """Return the seconds until the container is started again; None if it is not."""
        if self.held_back or self.total >= RESTARTS_CAP or not self._wanted(code):
            return None
        self._delay = FIRST_DELAY if ran >= CALM_SECONDS or not self._delay else self._delay * 2
        self._delay = min(self._delay, LONGEST_DELAY)
        self.count += 1
        self.total += 1
        return self._delay

    def _wanted(self, code: int) -> bool:
        if self.policy.name in ("always", "unless-stopped"):
            return True
        enough = self.policy.most and self.count >= self.policy.most
        return self.policy.name == "on-failure" and code != 0 and not enough
