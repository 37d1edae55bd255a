"""Commands that the student runs in running containers: whether they have begun."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass

from grader.engine.client import Engine
from grader.errors import EngineError

EXEC_SECONDS = 10
"""An exec that has not begun by then never will."""
POLL_SECONDS = 0.02
"""Between two looks whether an exec has begun."""


@dataclass
class Exec:
    """A command that the student runs in a running container."""

    words: str
    interactive: bool
    piped_shell: bool
    begun: bool = False
    seen: bool = False
    """It has been seen to run."""
    over: bool = False


async def all_begun(engine: Engine, execs: dict[str, Exec]) -> None:
    """Return once none of a container's execs is about to begin."""
    for id_, exec_ in list(execs.items()):
        if not exec_.begun or exec_.seen:
            continue
        with contextlib.suppress(TimeoutError, EngineError):
            async with asyncio.timeout(EXEC_SECONDS):
                await _began(engine, id_)
        exec_.seen = True


async def _began(engine: Engine, id_: str) -> None:
    while True:
        told = await engine.call("GET", f"/exec/{id_}/json")
        if told["Pid"] or told["ExitCode"] is not None or not told["Running"]:
            return
        await asyncio.sleep(POLL_SECONDS)
