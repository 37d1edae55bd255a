"""A gateway of its own for tests, on a loop in a thread, with a real engine behind it."""

from __future__ import annotations

import asyncio
import json
import os
import socket as sockets
import subprocess
from collections.abc import Coroutine
from concurrent.futures import Future
from pathlib import Path
from typing import Any, Self

from grader.engine.client import Engine, engine_socket
from grader.engine.leftovers import remove_leftovers
from grader.engine.loop import LoopThread
from grader.engine.sessions import SessionFolder
from grader.gateway.admission import Bounds
from grader.gateway.server import Gateway
from grader.gateway.session import Session
from grader.model.evidence import ContainerRecord, EngineRecord
from grader.model.lab import Lab
from grader.model.record import Text

IMAGE = "alpine:latest"


class OpenedGateway:
    """A session's gateway that listens until `close`."""

    def __init__(
        self,
        lab: Lab | None = None,
        watched: tuple[str, ...] = (),
        bounds: Bounds | None = None,
    ) -> None:
        self.lab = lab or Lab(id="test", title=Text(ko="시험", en="test"), images=(IMAGE,))
        self.bounds = bounds
        self.folder = SessionFolder()
        self.engine = Engine(engine_socket())
        self._loop = LoopThread()
        self.run(self._open(watched))

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:  # noqa: ANN401
        return self._loop.run(work)

    async def _open(self, watched: tuple[str, ...]) -> None:
        image = await self.engine.call("GET", f"/images/{IMAGE}/json")
        version = (await self.engine.call("GET", "/version"))["Version"]
        known: Future[tuple[str, ...]] = Future()
        known.set_result(watched)
        self.session = Session.open(
            self.engine,
            self.folder.token,
            self.lab,
            images={IMAGE: image["Id"]},
            watched=known,
            engine_facts=EngineRecord(version=version, api_version="1.41", os="linux", arch="any"),
            labels=self.folder.labels("student"),
            prompt=lambda token: {"PS1": f"<{token}>"},
        )
        self.gateway = Gateway(self.session, self.bounds)
        await self.gateway.serve(self.folder.listening)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def raw(self, data: bytes) -> bytes:
        """Send bytes as they are and return all that comes back before the gateway closes."""
        with sockets.socket(sockets.AF_UNIX, sockets.SOCK_STREAM) as client:
            client.settimeout(30)
            client.connect(str(self.socket))
            client.sendall(data)
            client.shutdown(sockets.SHUT_WR)
            parts = []
            while part := client.recv(65536):
                parts.append(part)
        return b"".join(parts)

    def post(self, path: str, body: object) -> tuple[int, str]:
        """Send one JSON request and return status and text."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(raw)}\r\n\r\n"
        answer = self.raw(head.encode() + raw).decode()
        return int(answer.split()[1]), answer.partition("\r\n\r\n")[2]

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
        self._loop.close()
        self.folder.release()
        asyncio.run(remove_leftovers(self.engine))
