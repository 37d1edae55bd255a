"""What a container may take of the machine."""

from __future__ import annotations

from typing import Any

from grader.gateway.policy.bodies import HostConfigBody
from grader.gateway.policy.options import reservation, ulimits
from grader.model.lab import Lab

MIB = 1024 * 1024
LEAST_MEMORY = 6 * MIB
"""The engine gives no container less."""
TMPFS_BYTES = 64 * MIB


def limited(host: HostConfigBody, lab: Lab) -> dict[str, Any]:
    """Return the limits of a container: what was asked for, at most what the lab gives."""
    limits = lab.limits
    memory = max(min(host.Memory or limits.memory_mb * MIB, limits.memory_mb * MIB), LEAST_MEMORY)
    pids = host.PidsLimit or 0
    return {
        "Memory": memory,
        "MemorySwap": memory,
        "NanoCpus": int(min(host.NanoCpus or 1e18, limits.cpus * 1e9)),
        "PidsLimit": min(pids, limits.pids) if pids > 0 else limits.pids,
        "ShmSize": min(host.ShmSize or TMPFS_BYTES, TMPFS_BYTES),
        "MemoryReservation": reservation(host, memory),
        "Ulimits": ulimits(host.Ulimits, {"fsize": limits.file_mb * MIB}),
    }
