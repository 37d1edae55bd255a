"""One build under way: its messages, its limits, and the image in the end."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator
from typing import Any

from grader.engine.quirks import HOST_PATH
from grader.engine.sessions import SESSION_LABEL
from grader.errors import EngineError
from grader.gateway.calls._own_images import keep
from grader.gateway.images.options import BuildOptions
from grader.gateway.images.output import OUTPUT_CAP, Output, is_removal
from grader.gateway.images.own import OwnImage
from grader.gateway.images.plan import BuildPlan
from grader.gateway.policy.limits import MIB
from grader.gateway.session import Session

BUILD_SECONDS = 600.0
"""The longest that a build may take."""
LIMIT_TRIES = 50
LIMIT_PAUSE = 0.1
"""Seconds between tries to limit a container that the engine has just begun."""
LAYER_FILES = 4
"""A step of a build may write so many files of the largest size."""
WATCH_PAUSE = 1.0
"""Seconds between two looks at what a step has written."""


class RunningBuild:
    """One build under way."""

    def __init__(
        self,
        session: Session,
        options: BuildOptions,
        plan: BuildPlan,
        made: OwnImage,
        tags: list[str],
    ) -> None:
        self.session = session
        self.options = options
        self.made = made
        self.tags = tags
        self.output = Output(plan, options.labels, self._plain)
        self.held: list[dict[str, Any]] = []
        self.removal: list[dict[str, Any]] = []
        """The removal of a step's container, held back: after a failure we do it unasked."""
        self.size = 0
        self.watch: asyncio.Task[None] | None = None
        """Looks at what the `RUN` under way writes."""
        self.why_stopped = ""
        self.failure: str | None = "the client broke the build off"

    async def messages(self, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """Yield the messages for the client. Raises EngineError."""
        try:
            async for told in self._told(chunks):
                for message in await self._passed_on(told):
                    yield _message(message)
        except (TimeoutError, _TooMuch) as error:
            why = str(error) or f"took longer than {BUILD_SECONDS:.0f} seconds"
            self.failure = text = f"the build {why}, and was stopped"
            yield _message({"errorDetail": {"message": text}, "error": text})
            return
        finally:
            self._unwatch()
            self.failure = self.output.error or self.failure
        if self.output.error is None and self.output.image:
            try:
                lines = await self._finished(self.output.image)
            except EngineError as error:
                if error.status != 404:
                    raise
                # Another call of the student has removed it already.
                self.failure = text = f"No such image: {self.output.image}"
                yield _message({"errorDetail": {"message": text}, "error": text})
                return
            self.failure = None
            for line in lines:
                yield _message({"stream": line})

    async def _told(self, chunks: AsyncIterator[bytes]) -> AsyncIterator[dict[str, Any]]:
        """Yield the engine's messages. Raises TimeoutError, EngineError.

        The student's clock stands while the engine works, and goes while a `RUN` does.
        """
        deadline = asyncio.get_running_loop().time() + BUILD_SECONDS
        while True:
            with _Working(self.session, counted=not self.output.busy):
                async with asyncio.timeout_at(deadline):
                    chunk = await anext(chunks, None)
            if chunk is None:
                return
            for message in self.output.messages(chunk):
                yield message

    async def _passed_on(self, told: dict[str, Any]) -> list[dict[str, Any]]:
        """Return what the client gets for a message, now; without `-q` that is the message."""
        shown = self.output.shown(told)
        if self.output.running:
            await self._limit(self.output.running)
            self.watch = asyncio.create_task(self._watch(self.output.running))
        elif not self.output.busy:
            self._unwatch()
        if shown is None:
            return []
        if "error" in shown and self.why_stopped:
            raise _TooMuch(self.why_stopped)
        self.size += len(str(shown))
        if self.size > OUTPUT_CAP:
            raise _TooMuch(f"printed more than {OUTPUT_CAP // 1024**2} MiB")
        if self.options.quiet and "stream" in shown:
            self.held.append(shown)
            return []
        if "error" in shown and self.removal and self.options.flags.get("forcerm") != "1":
            self.removal = []
        ready, self.removal = [*self.removal, shown], []
        if is_removal(str(shown.get("stream"))):
            ready, self.removal = ready[:-1], ready[-1:]
        return [*self.held, *ready] if "error" in shown else ready

    async def _finished(self, id_: str) -> list[str]:
        """Put the image on record; return the last lines of the build's output."""
        self.made.id = id_
        own = self.session.names.own_images
        own.stages |= self.output.stages - {id_}
        own.steps |= self.output.steps
        own.hidden |= self.output.hidden
        await keep(self.session, self.made, self.tags)
        if self.options.quiet:
            return [f"{id_}\n"]
        return [f"Successfully tagged {tag}\n" for tag in self.tags]

    async def _limit(self, beginning: str) -> None:
        """Limit the processes of a `RUN`, for which the build itself has no option [72].

        Raises EngineError where it runs on without.
        """
        engine = self.session.engine
        body = {"PidsLimit": self.session.lab.limits.pids}
        for last in (*[False] * LIMIT_TRIES, True):
            try:
                told = await engine.call("GET", f"/containers/{beginning}/json")
                if (told["Config"].get("Labels") or {}).get(SESSION_LABEL) == self.session.token:
                    path = f"/containers/{told['Id']}/update"
                    await engine.call("POST", path, json_body=body)
            except EngineError as error:
                if error.status in (404, 409):
                    return
                # It may just have ended: the engine needs a moment to notice.
                if error.status != 500 or last:
                    raise
                await asyncio.sleep(LIMIT_PAUSE)
            else:
                return

    async def _watch(self, beginning: str) -> None:
        """Kill the container of a `RUN` that fills the disk [63]; the build ends with it."""
        engine = self.session.engine
        most = LAYER_FILES * self.session.lab.limits.file_mb
        with contextlib.suppress(EngineError):
            while True:
                await asyncio.sleep(WATCH_PAUSE)
                path = f"/containers/{beginning}"
                told = await engine.call("GET", f"{path}/json", query={"size": "1"})
                labels = told["Config"].get("Labels") or {}
                if labels.get(SESSION_LABEL) != self.session.token:
                    return
                if told.get("SizeRw", 0) > most * MIB:
                    self.why_stopped = f"wrote more than {most} MiB in one step"
                    await engine.call("POST", f"/containers/{told['Id']}/kill")
                    return

    def _unwatch(self) -> None:
        if self.watch is not None:
            self.watch.cancel()
            self.watch = None

    def _plain(self, text: str) -> str:
        return HOST_PATH.sub("(engine)", self.session.names.plain(text))


class _TooMuch(Exception):
    """A build took more than it may have: its text says of what."""


class _Working:
    """Counts the engine's own work, as the server does for calls that are answered at once."""

    def __init__(self, session: Session, *, counted: bool) -> None:
        self.in_flight = session.in_flight if counted else []
        self.began = time.monotonic()

    def __enter__(self) -> None:
        self.in_flight.append(self.began)

    def __exit__(self, *_: object) -> None:
        self.in_flight.remove(self.began)


def _message(message: dict[str, Any]) -> bytes:
    return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode() + b"\r\n"
