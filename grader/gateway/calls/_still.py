"""Containers that stand still while files are looked at through their mounts."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Iterable

from grader.engine.client import Engine
from grader.gateway.record.life import Life
from grader.gateway.session import Session


@contextlib.asynccontextmanager
async def mounts_ready(session: Session, life: Life) -> AsyncIterator[None]:
    """Hold what a container has mounted in its place while the engine starts it. Raises Refusal."""
    if not life.plan.mounted:
        yield
        return
    async with session.still:
        await session.recorder.exits_noted()
        await session.folder.mount(life.plan.folders)
        yield


@contextlib.asynccontextmanager
async def held_still(session: Session, life: Life) -> AsyncIterator[None]:
    """Pause a container, and all that could change what it has mounted, meanwhile.

    Engines before 29.5.1 resolve the paths of archive calls in the host's mount namespace, where
    such a process could still move them [73].
    """
    engine = session.engine
    async with session.still, contextlib.AsyncExitStack() as paused:
        for id_ in _movers(session, life):
            if (mover := session.recorder.lives.get(id_)) is not None:
                await mover.execs_begun()
            if await _pause(engine, id_):
                paused.push_async_callback(_unpause, engine, id_)
        yield


def _movers(session: Session, life: Life) -> Iterable[str]:
    """Yield what runs and can change the container's files or its mounts."""
    if life.watcher is not None:
        yield life.id
    volumes = {mounted.volume for mounted in life.plan.mounted if mounted.volume}
    folders = bool(life.plan.folders)
    for other in session.recorder.lives.values():
        if other is life or other.watcher is None:
            continue
        shared = volumes & {mounted.volume for mounted in other.plan.mounted}
        if shared or (folders and other.plan.folders):
            yield other.id
    if folders:
        yield session.folder.workbench


async def _pause(engine: Engine, id_: str) -> bool:
    """Pause; return False where it is paused already, or does not run any more."""
    async with await engine.send("POST", f"/containers/{id_}/pause") as reply:
        return reply.status == 204


async def _unpause(engine: Engine, id_: str) -> None:
    await engine.call("POST", f"/containers/{id_}/unpause", ok=(204, 404, 409, 500))
