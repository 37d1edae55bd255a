"""The room that a session takes on the engine's disk, looked at while its containers run [63].

The engine has no quota for layers on ext4, nor for volumes. So the session's layers, volumes and
mounted folders, and files such as `/etc/hostname` that each container has outside of its layer, are
measured every second; when they are too large together, what runs is killed, nothing can be started
before there is room again, and both are on record. Only root on the engine's machine can measure;
elsewhere only the largest size of one file holds.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import time
from functools import partial
from pathlib import Path

from grader.engine.sessions import SESSION_LABEL
from grader.engine.space import more_than
from grader.engine.view import in_view
from grader.errors import EngineError
from grader.gateway.policy.limits import MIB
from grader.gateway.record.life import Life
from grader.gateway.refusal import Refusal, forbidden
from grader.gateway.session import Session
from grader.model.evidence import Call

SECONDS = 1.0
"""Between two looks, and before the first: most labs are over by then."""
PAUSES_PER_LOOK = 5
"""So many times as long as a look took there is none: very many files take time to count."""


async def watch(session: Session) -> None:
    """Look at the session's room until cancelled."""
    if os.geteuid() != 0:
        return
    took = 0.0
    while True:
        await asyncio.sleep(max(SECONDS, took * PAUSES_PER_LOOK))
        alive = [life for life in session.recorder.lives.values() if not life.removed]
        if not session.full and not any(life.watcher is not None for life in alive):
            continue
        # An engine that fails is noticed by the calls that need it.
        began = time.monotonic()
        with contextlib.suppress(EngineError, OSError):
            await _look(session, alive)
        took = time.monotonic() - began


async def _look(session: Session, alive: list[Life]) -> None:
    most = session.lab.limits.disk_mb * MIB
    roots = [
        *await _layers(alive),
        *_etc_files(alive),
        *await _volumes(session),
        *await _folder(session, alive),
    ]
    measure = partial(more_than, roots, most, session.lab.limits.files)
    session.full = await in_view(session.engine.socket, measure)
    if not session.full:
        return
    for life in alive:
        if life.watcher is not None and not life.exit_seen.is_set():
            await _stop(session, life)


async def _stop(session: Session, life: Life) -> None:
    refusal = no_room(session)
    recorder = session.recorder
    life.hold_back()
    session.let_go(life.id)
    life.note("killed: no room")
    recorder.calls.append(
        Call(
            step=recorder.step,
            at=recorder.now(),
            seconds=0,
            route="disk_limit",
            method="",
            path="",
            container=life.id,
            status=refusal.status,
            refused=refusal.rule,
            message=refusal.message,
        )
    )
    await session.engine.call("POST", f"/containers/{life.id}/kill", ok=(204, 404, 409))


def no_room(session: Session) -> Refusal:
    """Return the refusal of what would need more room."""
    most, files = session.lab.limits.disk_mb, session.lab.limits.files
    return forbidden(
        "disk",
        f"more than {most} MiB or {files} files in containers, volumes and folders together",
        f"컨테이너, 볼륨, 디렉터리를 합쳐 {most} MiB 또는 파일 {files}개 초과",
    )


async def _layers(alive: list[Life]) -> list[Path]:
    for life in alive:
        if life.memory.layer is None or (life.starts and life.memory.etc_files is None):
            await life.running()
    return [life.memory.layer for life in alive if life.memory.layer is not None]


def _etc_files(alive: list[Life]) -> list[Path]:
    engines = [life.memory.etc_files for life in alive if life.memory.etc_files is not None]
    places = [life.plan.network_files for life in alive if life.plan.network_files is not None]
    return [*engines, *(Path(place.path) for place in places)]


async def _volumes(session: Session) -> list[Path]:
    if not session.names.volumes:
        return []
    filters = json.dumps({"label": [f"{SESSION_LABEL}={session.token}"]})
    told = await session.engine.call("GET", "/volumes", query={"filters": filters})
    found = [Path(row["Mountpoint"]) for row in told["Volumes"] or []]
    return [path for path in found if path != session.network_files.folder]


async def _folder(session: Session, alive: list[Life]) -> list[Path]:
    if not any(life.plan.folders for life in alive):
        return []
    try:
        return [await session.folder.root()]
    except Refusal:
        return []
