"""What a container may take of the machine."""

from __future__ import annotations

from typing import Any

from grader.gateway.policy.bodies import HostConfigBody
from grader.model.lab import Lab

MIB = 1024 * 1024
TMPFS_BYTES = 64 * MIB


def limited(host: HostConfigBody, lab: Lab) -> dict[str, Any]:
    """Return the limits of a container: what was asked for, at most what the lab gives."""
    limits = lab.limits
    memory = max(min(host.Memory or limits.memory_mb * MIB, limits.memory_mb * MIB), 6 * MIB)
    pids = host.PidsLimit or 0
    return {
        "Memory": memory,
        "MemorySwap": memory,
        "NanoCpus": int(min(host.NanoCpus or 1e18, limits.cpus * 1e9)),
        "PidsLimit": min(pids, limits.pids) if pids > 0 else limits.pids,
        "ShmSize": min(host.ShmSize or TMPFS_BYTES, TMPFS_BYTES),
        "Ulimits": [{"Name": "fsize", "Soft": limits.file_mb * MIB, "Hard": limits.file_mb * MIB}],
    }
