"""What becomes of a request to change a container's limits [51]."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from grader.gateway.policy.bodies import ContainerUpdate
from grader.gateway.policy.limits import LEAST_MEMORY, MIB
from grader.gateway.policy.restarts import RestartPolicy, restart_policy
from grader.gateway.policy.rules import refuse_wishes
from grader.gateway.refusal import Refusal, malformed
from grader.model.lab import Lab


@dataclass(frozen=True)
class UpdatePlan:
    """What goes to the engine for one `docker update`, and what we remember of the wish."""

    body: dict[str, Any]
    shown: dict[str, Any]
    """Values of HostConfig that `docker inspect` shows from now on."""
    restart: RestartPolicy | None


def update_container(wish: ContainerUpdate, lab: Lab, *, auto_remove: bool) -> UpdatePlan:
    """Decide about one `docker update`: limits stay within what the lab gives. Raises Refusal."""
    refuse_wishes(wish)
    limits = lab.limits
    body: dict[str, Any] = {}
    if wish.Memory:
        if wish.Memory < LEAST_MEMORY:
            raise malformed("Minimum memory limit allowed is 6MB")
        memory = min(wish.Memory, limits.memory_mb * MIB)
        body |= {"Memory": memory, "MemorySwap": memory}
    if wish.MemoryReservation and wish.MemoryReservation > 0:
        body["MemoryReservation"] = min(
            wish.MemoryReservation, body.get("Memory", limits.memory_mb * MIB)
        )
    if wish.NanoCpus:
        body["NanoCpus"] = int(min(max(wish.NanoCpus, 1), limits.cpus * 1e9))
    if wish.PidsLimit is not None:
        body["PidsLimit"] = min(wish.PidsLimit, limits.pids) if wish.PidsLimit > 0 else limits.pids
    asked = wish.model_dump(exclude_none=True, exclude={"RestartPolicy"})
    shown = {name: value for name, value in asked.items() if value}
    if wish.PidsLimit is not None:
        shown["PidsLimit"] = wish.PidsLimit if wish.PidsLimit > 0 else None
    return UpdatePlan(body, shown, _restart(wish, auto_remove=auto_remove))


def _restart(wish: ContainerUpdate, *, auto_remove: bool) -> RestartPolicy | None:
    if wish.RestartPolicy is None or not wish.RestartPolicy.Name:
        return None
    policy = restart_policy(wish.RestartPolicy, auto_remove=False)
    if auto_remove and policy.name != "no":
        raise Refusal(
            409,
            "restart-policy",
            "Restart policy cannot be updated because AutoRemove is enabled for the container",
        )
    return policy
