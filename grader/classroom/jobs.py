"""How many submissions are typed at once."""

from __future__ import annotations

from grader.engine.client import Engine, engine_socket

PER_CORE = 2
"""More than one, because a grading also waits: for the disk, for containers to end, for prompts."""
MEMORY = 1024**3
"""Bytes that one grading may need, with its workbench and containers."""


async def fitting() -> int:
    """Return how many gradings suit the engine. Raises EngineUnavailable where there is none."""
    told = await Engine(engine_socket()).call("GET", "/info")
    return max(1, min(PER_CORE * int(told["NCPU"]), int(told["MemTotal"]) // MEMORY))
