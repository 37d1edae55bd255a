"""Run the rubric's own commands once everything is on record.

The student's socket is closed by then, so nothing comes between; what still ran, and was paused for
its last snapshot, goes on. What a probe changes is on no record.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from grader.engine.client import READ_SIZE, Engine, Reply, error_message
from grader.engine.quirks import STUDENTS_OWN
from grader.errors import EngineError, EngineUnavailable
from grader.gateway.calls import networks, volumes
from grader.gateway.policy.bodies import ContainerCreate
from grader.gateway.policy.container import create_container
from grader.gateway.refusal import Refusal
from grader.gateway.room import watch
from grader.gateway.session import Session
from grader.model.evidence import Evidence
from grader.model.probe import Probe, ProbeEnd, ProbeRecord, ProbeWish

if TYPE_CHECKING:
    from grader.model.evidence import ContainerRecord

FIRST_PAUSE_SECONDS = 0.2
LAST_PAUSE_SECONDS = 2.0
TRY_SECONDS = 60.0
"""The most for one try, whatever the lab gives a step."""
ALL_SECONDS = 600.0
"""After so long, nothing is tried a second time."""
LOOK_SECONDS = 0.5
"""Silence after which we look whether a command is over: what it started may keep its output."""
MOST_CONTAINERS = 5
"""Of so many containers that fit alike, each is asked."""
_FRAME_HEAD = 8
"""Bytes: stream, three zeros, four of size. Docker API, "Attach to a container"."""


class _Ended(Exception):
    """A try is over before its command could say anything."""

    def __init__(
        self, end: ProbeEnd, message: str | None = None, status: int | None = None
    ) -> None:
        super().__init__(message)
        self.end: ProbeEnd = end
        self.message = message
        self.status = status
        """What the engine answered, where it did."""


async def probed(session: Session, wishes: Sequence[ProbeWish], evidence: Evidence) -> Evidence:
    """Return the evidence with all probes, run one after the other, each question once.

    The session's gateway has to be closed. Raises EngineUnavailable.
    """
    room = asyncio.create_task(watch(session))
    try:
        for container in evidence.containers:
            if not _paused_by_student(container):
                await _go_on(session.engine, container.id)
        records = await _records(session, wishes, evidence)
    finally:
        room.cancel()
    return evidence.model_copy(update={"probes": tuple(records)})


async def _records(
    session: Session, wishes: Sequence[ProbeWish], evidence: Evidence
) -> list[ProbeRecord]:
    records: list[ProbeRecord] = []
    until = time.monotonic() + ALL_SECONDS
    alike: dict[str, list[ProbeWish]] = {}
    for wish in wishes:
        alike.setdefault(wish.asked.model_dump_json(), []).append(wish)
    for same in alike.values():
        probe = same[0].asked
        targets: Sequence[ContainerRecord | None] = [None]
        if probe.container is not None:
            targets = same[0].targets(evidence)[-MOST_CONTAINERS:]
        if not targets:
            records.append(ProbeRecord(asked=probe, end="no container"))
        for target in targets:
            tries = _Tries(session, probe, target.id if target else None)
            records.append(await tries.until_all_hold(same, until))
    return records


def _paused_by_student(container: ContainerRecord) -> bool:
    pauses = [m.label for m in container.moments if m.label in {"paused", "unpaused"}]
    return pauses[-1:] == ["paused"]


async def _go_on(engine: Engine, container: str) -> None:
    with contextlib.suppress(EngineError):  # it does not run, or is gone
        await engine.call("POST", f"/containers/{container}/unpause")


class _Tries:
    """One probe in one container, tried until it holds or its time is over."""

    def __init__(self, session: Session, asked: Probe, container: str | None) -> None:
        self._session = session
        self._engine = session.engine
        self._asked = asked
        self._container = container
        self._seconds = min(session.lab.limits.step_seconds, TRY_SECONDS)

    async def until_all_hold(self, wishes: Sequence[ProbeWish], at_most: float) -> ProbeRecord:
        """Return the last try. One that hangs is the last: what hangs stays in the container."""
        began = time.monotonic()
        until = min(began + max(wish.within for wish in wishes), at_most)
        pause, tries = FIRST_PAUSE_SECONDS, 0
        while True:
            tries += 1
            record = (await self._once()).model_copy(
                update={"tries": tries, "seconds": round(time.monotonic() - began, 3)}
            )
            over = record.end == "timeout" or time.monotonic() + pause > until
            if over or all(wish.holds(record) for wish in wishes):
                return record
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, LAST_PAUSE_SECONDS)

    async def _once(self) -> ProbeRecord:
        output, message = _Output(self._session.lab.limits.output_bytes), None
        status: int | None = None
        end: ProbeEnd = "exited"
        try:
            if self._container is not None:
                status = await self._inside(self._container, output)
            else:
                status = await self._beside(output)
        except _Ended as early:
            end, message = early.end, early.message
        except Refusal as refusal:
            end, message = "refused", refusal.message
        return ProbeRecord(
            asked=self._asked,
            container=self._container,
            end=end,
            status=status,
            output=output.text(),
            truncated=output.truncated,
            message=message,
        )

    async def _inside(self, container: str, output: _Output) -> int:
        """Run it in the student's container, and return how it ended."""
        path = f"/containers/{container}"
        if await self._runs(path):
            return await self._executed(path, output)
        if not self._asked.start:
            raise _Ended("not running")
        plan = self._session.recorder.lives[container].plan
        await self._session.network_files.write(plan.network_files)
        await self._call("POST", f"{path}/start")
        try:
            return await self._executed(path, output)
        except _Ended as early:
            if early.end == "refused" and not await self._runs(path):
                raise _Ended("not running", "started again, it ended at once") from early
            raise

    async def _executed(self, path: str, output: _Output) -> int:
        body = {"Cmd": [*self._asked.run], "AttachStdout": True, "AttachStderr": True}
        exec_ = f"/exec/{(await self._call('POST', f'{path}/exec', body))['Id']}"

        async def status() -> int | None:
            told = await self._call("GET", f"{exec_}/json")
            return None if told["Running"] else told["ExitCode"]

        start = {"Detach": False, "Tty": False}
        async with self._heard(f"{exec_}/start", start, output) as hearing:
            return await self._until_over(hearing, status)

    async def _runs(self, path: str) -> bool:
        try:
            state = (await self._call("GET", f"{path}/json"))["State"]
        except _Ended as gone:
            if gone.status == HTTPStatus.NOT_FOUND:
                raise _Ended("not running", "removed") from gone
            raise
        if state["Paused"]:
            raise _Ended("not running", "paused")
        return bool(state["Running"])

    async def _beside(self, output: _Output) -> int:
        """Run it in a container of its own, and return how it ended."""
        name = self._session.names.real(self._session.names.invent())
        made = await self._call("POST", "/containers/create", await self._plan(), name=name)
        path = f"/containers/{made['Id']}"

        async def status() -> int | None:
            state = (await self._call("GET", f"{path}/json"))["State"]
            return None if state["Running"] else state["ExitCode"]

        # Where nobody can listen it was never started, and goes with the session.
        stream = f"{path}/attach?stream=1&stdout=1&stderr=1"
        async with self._heard(stream, None, output) as hearing:
            try:
                await self._call("POST", f"{path}/start")
                return await self._until_over(hearing, status)
            finally:
                # While it is heard: 20.10 kills nothing whose output nobody takes.
                await self._remove(path)

    async def _remove(self, path: str) -> None:
        query = {"force": "1", "v": "1"}
        await self._engine.call("DELETE", path, query=query, ok=(204, 404, 409))

    async def _plan(self) -> dict[str, Any]:
        """Return the body of the container, as it would be for the student. Raises Refusal."""
        session, asked = self._session, self._asked
        for name in asked.volumes:
            if name not in session.names.volumes:
                raise _Ended("refused", f"no such volume: {name}")
        if asked.image is None or session.names.image(asked.image) is None:
            raise _Ended("refused", f"no such image: {asked.image}")
        host: dict[str, Any] = {
            "Mounts": [
                {"Type": "volume", "Source": name, "Target": target, "ReadOnly": True}
                for name, target in asked.volumes.items()
            ]
        }
        if asked.network is not None:
            host["NetworkMode"] = asked.network
        body: dict[str, Any] = {"Image": asked.image, "HostConfig": host}
        if asked.run:
            body |= {"Entrypoint": [asked.run[0]], "Cmd": [*asked.run[1:]]}
        wish = ContainerCreate.model_validate(body)
        await networks.bridge_ready(session, wish)
        plan = create_container(
            wish,
            session.lab,
            session.names,
            {},
            session.labels,
            declared=await volumes.declared(session, wish.Image),
        )
        return plan.body

    @contextlib.asynccontextmanager
    async def _heard(
        self, path: str, body: object, output: _Output
    ) -> AsyncIterator[asyncio.Task[None]]:
        """Keep what a stream says, for as long as the block lasts."""
        content = b"" if body is None else json.dumps(body).encode()
        kind = "application/json" if content else ""
        reply = await self._engine.send("POST", path, body=content, content_type=kind, hijack=True)
        async with reply:
            if not reply.hijacked and reply.status != HTTPStatus.OK:
                raise _ended(reply.status, error_message(await reply.read()))
            hearing = asyncio.create_task(_listen(reply, output))
            try:
                yield hearing
            finally:
                hearing.cancel()
                await asyncio.gather(hearing, return_exceptions=True)

    async def _until_over(
        self, hearing: asyncio.Task[None], status: Callable[[], Awaitable[int | None]]
    ) -> int:
        """Return the exit status once there is one, with all that was said until then."""
        try:
            async with asyncio.timeout(self._seconds):
                while True:
                    await asyncio.wait({hearing}, timeout=LOOK_SECONDS)
                    ended = await status()
                    if ended is not None:
                        return ended
                    if hearing.done():
                        await asyncio.sleep(FIRST_PAUSE_SECONDS)
        except TimeoutError:
            raise _Ended("timeout") from None

    async def _call(self, method: str, path: str, body: object = None, **query: str) -> Any:  # noqa: ANN401 - as `Engine.call`
        try:
            return await self._engine.call(method, path, json_body=body, query=query)
        except EngineUnavailable:
            raise
        except EngineError as error:
            raise _ended(error.status, str(error)) from error


def _ended(status: int, message: str) -> _Ended:
    ours = status >= HTTPStatus.INTERNAL_SERVER_ERROR
    ours = ours and not any(part in message for part in STUDENTS_OWN)
    return _Ended("failed" if ours else "refused", message, status)


async def _listen(reply: Reply, output: _Output) -> None:
    if not reply.hijacked:
        async for chunk in reply.chunks():
            output.add(chunk)
        return
    output.add(reply.early_bytes)
    while chunk := await reply.reader.read(READ_SIZE):
        output.add(chunk)


class _Output:
    """The beginning of what a command says, out of the frames in which it comes."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept = bytearray()
        self._head = bytearray()
        self._left = 0
        """Bytes of the present frame that are still to come."""
        self.truncated = False

    def add(self, chunk: bytes) -> None:
        """Take in a part of the stream, cut anywhere."""
        while chunk:
            if self._left == 0:
                missing = _FRAME_HEAD - len(self._head)
                self._head += chunk[:missing]
                chunk = chunk[missing:]
                if len(self._head) == _FRAME_HEAD:
                    self._left = int.from_bytes(self._head[4:], "big")
                    self._head.clear()
                continue
            said, chunk = chunk[: self._left], chunk[self._left :]
            self._left -= len(said)
            room = self._most - len(self._kept)
            self._kept += said[:room]
            self.truncated = self.truncated or len(said) > room

    def text(self) -> str:
        """Return what is kept."""
        return self._kept.decode("utf-8", "replace").replace("\r\n", "\n")
