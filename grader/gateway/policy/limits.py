"""What a container may take of the machine."""

from __future__ import annotations

from typing import Any

from grader.gateway.policy.bodies import HostConfigBody
from grader.gateway.policy.options import reservation, ulimits
from grader.gateway.refusal import malformed
from grader.model.lab import Lab

MIB = 1024 * 1024
LEAST_MEMORY = 6 * MIB
"""The engine gives no container less."""
TMPFS_BYTES = 64 * MIB
"""Of each tmpfs and of `/dev/shm`, at most; the engine's own default for the latter."""


def limited(host: HostConfigBody, lab: Lab) -> dict[str, Any]:
    """Return the limits of a container: what was asked for, at most what the lab gives.

    Raises Refusal for less than any container can do with.
    """
    limits = lab.limits
    if 0 < (host.Memory or 0) < LEAST_MEMORY:
        raise malformed("Minimum memory limit allowed is 6MB")
    memory = max(_least(host.Memory, limits.memory_mb * MIB), LEAST_MEMORY)
    return {
        "Memory": memory,
        "MemorySwap": memory,
        "NanoCpus": _least(host.NanoCpus, int(limits.cpus * 1e9)),
        "PidsLimit": _least(host.PidsLimit, limits.pids),
        "ShmSize": _least(host.ShmSize, TMPFS_BYTES),
        "MemoryReservation": reservation(host, memory),
        "Ulimits": ulimits(host.Ulimits, {"fsize": limits.file_mb * MIB}),
    }


def _least(asked: int | None, most: int) -> int:
    """Return what was asked for, if that is anything and not too much."""
    return min(asked, most) if asked is not None and asked > 0 else most
