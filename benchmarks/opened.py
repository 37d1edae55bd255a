"""A session's gateway that listens, and the same client at it and straight at the engine."""

from __future__ import annotations

import asyncio
import os
import subprocess
import time
from concurrent.futures import Future
from typing import Any, Self

from grader.engine.client import Engine, engine_socket
from grader.engine.leftovers import remove_leftovers
from grader.engine.loop import LoopThread
from grader.engine.sessions import SessionFolder
from grader.model.lab import Lab
from grader.model.record import Text
from grader.opening import open_session

IMAGE = "alpine:latest"


class Client:
    """The real `docker` at one socket."""

    def __init__(self, socket: object) -> None:
        self._environment = os.environ | {"DOCKER_HOST": f"unix://{socket}"}

    def __call__(self, *words: str) -> float:
        """Run a command whose output nobody reads, and return how long its user waited."""
        began = time.perf_counter()
        done = subprocess.run(
            ["docker", *words],
            env=self._environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
        waited = time.perf_counter() - began
        if done.returncode:
            raise SystemExit(
                f"docker {' '.join(words)} ended with {done.returncode}: {done.stderr}"
            )
        return waited


def straight() -> Client:
    """Return a client straight at the engine."""
    return Client(engine_socket())


class Opened:
    """A session with everything a lab can allow. Use in a `with` block."""

    def __init__(self) -> None:
        self.engine = Engine(engine_socket())
        self._folder = SessionFolder()
        self._loop = LoopThread()
        self._lab = Lab(
            id="bench", title=Text(ko="측정", en="bench"), images=(IMAGE,), network=True, build=True
        )
        self._open = self._loop.run(self._begin())
        self.docker = Client(self._folder.socket_path)

    async def _begin(self) -> Any:  # noqa: ANN401 - only to be closed again
        watched: Future[tuple[str, ...]] = Future()
        watched.set_result(())
        return await open_session(
            self.engine, self._folder, self._lab, watched, lambda token: {"PS1": token}
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.run(self._open.gateway.close())
        self._loop.close()
        self._folder.release()
        asyncio.run(remove_leftovers(self.engine))
