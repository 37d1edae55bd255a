"""Whether the disk that the engine keeps its containers on is full."""

from __future__ import annotations

import os
from collections.abc import Iterable

from grader.engine.client import Engine
from grader.engine.quirks import NO_SPACE_FIX, is_full
from grader.errors import EngineError

ROOM = 16 * 1024 * 1024
"""Bytes; with less than this left, what failed for want of space failed for everybody."""


async def require_space(engine: Engine, told: Iterable[str]) -> None:
    """Raise EngineError where some text tells of a full disk, and it is the engine's own.

    A student can fill a tmpfs; that is no fault of ours. Where the disk cannot be seen from here,
    the calls that failed are left to `grader.doubts`.
    """
    if not any(is_full(text) for text in told):
        return
    root = (await engine.call("GET", "/info"))["DockerRootDir"]
    try:
        disk = os.statvfs(root)
    except OSError:
        return
    if disk.f_bavail * disk.f_frsize < ROOM:
        raise EngineError(
            f"the disk of the Docker engine is full: no space left on device under {root}",
            fix=NO_SPACE_FIX,
        )
