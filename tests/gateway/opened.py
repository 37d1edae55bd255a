"""A gateway of its own for tests, on a loop in a thread, with a real engine behind it."""

from __future__ import annotations

import asyncio
import os
import subprocess
import threading
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from grader.engine.client import Engine, engine_socket
from grader.engine.sessions import SessionFolder
from grader.gateway.server import Gateway
from grader.gateway.session import Session
from grader.model.evidence import ContainerRecord, EngineRecord
from grader.model.lab import Lab
from grader.model.record import Text

IMAGE = "alpine:latest"


class OpenedGateway:
    """A session's gateway that listens until `close`."""

    def __init__(self, lab: Lab | None = None, watched: tuple[str, ...] = ()) -> None:
        self.lab = lab or Lab(id="test", title=Text(ko="시험", en="test"), images=(IMAGE,))
        self.folder = SessionFolder()
        self.engine = Engine(engine_socket())
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.run(self._open(watched))

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=120)

    async def _open(self, watched: tuple[str, ...]) -> None:
        image = await self.engine.call("GET", f"/images/{IMAGE}/json")
        self.session = Session.open(
            self.engine,
            self.folder.token,
            self.lab,
            images={IMAGE: image["Id"]},
            watched=watched,
            engine_facts=EngineRecord(version="20.10", api_version="1.41", os="linux", arch="any"),
            labels=self.folder.labels("student"),
            prompt=lambda token: {"PS1": f"<{token}>"},
        )
        self.gateway = Gateway(self.session)
        await self.gateway.serve(self.folder.listening)

    @property
    def socket(self) -> Path:
        return self.folder.socket_path

    def docker(
        self, *words: str, typed: str = "", seconds: float = 60
    ) -> subprocess.CompletedProcess[str]:
        """Run the real client against the gateway."""
        return subprocess.run(
            ["docker", *words],
            env=os.environ | {"DOCKER_HOST": f"unix://{self.socket}"},
            input=typed,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )

    def finish(self) -> dict[str, ContainerRecord]:
        """Take the last snapshots and return the containers by their newest name."""
        self.run(self.session.recorder.finish())
        lives = self.session.recorder.lives.values()
        return {life.names[-1]: life.record() for life in lives}

    def close(self) -> None:
        self.run(self.gateway.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self.folder.release()
