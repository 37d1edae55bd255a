"""Replays through a gateway of their own against the real engine."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from grader.engine.client import Engine, engine_socket
from grader.engine.leftovers import remove_leftovers
from grader.engine.sessions import SessionFolder
from grader.gateway.server import Gateway
from grader.gateway.session import Session
from grader.model.evidence import ContainerRecord, EngineRecord, Step
from grader.model.lab import Lab, Limits
from grader.model.record import Text
from grader.workbench.launch import Workbench, launch
from grader.workbench.replay import replay
from grader.workbench.terminal import prompt_environment

ROOT = Path(__file__).parents[2]
IMAGES = ("alpine:latest", "debian:trixie-slim")


def workbench_image() -> str:
    recipe = (ROOT / "Dockerfile").read_bytes()
    return f"lab-grader-workbench:{hashlib.sha256(recipe).hexdigest()[:12]}"


@dataclass(frozen=True)
class Replayed:
    steps: tuple[Step, ...]
    containers: tuple[ContainerRecord, ...]
    seconds: float

    def container(self, name: str) -> ContainerRecord:
        return next(c for c in reversed(self.containers) if name in c.names)


@asynccontextmanager
async def open_workbench(
    limits: Limits, folder: Path | None = None
) -> AsyncIterator[tuple[Workbench, Session]]:
    engine = Engine(engine_socket())
    session_folder = SessionFolder()
    lab = Lab(id="test", title=Text(ko="시험", en="test"), images=IMAGES, limits=limits)
    ids = {name: (await engine.call("GET", f"/images/{name}/json"))["Id"] for name in IMAGES}
    watched: Future[tuple[str, ...]] = Future()
    watched.set_result(())
    session = Session.open(
        engine,
        session_folder.token,
        lab,
        images=ids,
        watched=watched,
        engine_facts=EngineRecord(version="20.10", api_version="1.41", os="linux", arch="any"),
        labels=session_folder.labels("student"),
        prompt=prompt_environment,
    )
    gateway = Gateway(session)
    await gateway.serve(session_folder.listening)
    try:
        workbench = await launch(
            engine,
            image=workbench_image(),
            session=session_folder.token,
            labels=session_folder.labels("workbench"),
            socket=session_folder.socket_path,
        )
        with contextlib.closing(workbench):
            if folder is not None:
                await workbench.put_files(folder)
            yield workbench, session
    finally:
        await gateway.close()
        session_folder.release()
        await remove_leftovers(engine)


Typed = Callable[..., Replayed]
Opened = Callable[..., AbstractAsyncContextManager[tuple[Workbench, Session]]]


@pytest.fixture(scope="session")
def opened() -> Opened:
    """Open a workbench with a gateway of its own."""
    return open_workbench


@pytest.fixture(scope="session")
def typed() -> Typed:
    """Type lines at a real workbench; returns what happened."""

    def run(
        text: str,
        *,
        limits: Limits | None = None,
        folder: Path | None = None,
        on_step: Callable[[int, str], None] | None = None,
    ) -> Replayed:
        return asyncio.run(_run(text, limits or Limits(step_seconds=15), folder, on_step))

    return run


async def _run(
    text: str,
    limits: Limits,
    folder: Path | None,
    on_step: Callable[[int, str], None] | None,
) -> Replayed:
    async with open_workbench(limits, folder) as (workbench, session):
        began = time.monotonic()
        steps = await replay(text, workbench, session, limits, on_step)
        seconds = time.monotonic() - began
        await session.recorder.finish()
        lives = session.recorder.lives.values()
        return Replayed(steps, tuple(life.record() for life in lives), seconds)
