"""A gateway in memory: no socket, and an engine that only keeps what would have been sent to it."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import h11

from grader.engine.client import Engine
from grader.gateway import connection
from grader.gateway.admission import Admission, Bounds
from grader.gateway.policy.bodies import ContainerCreate
from grader.gateway.policy.container import create_container
from grader.gateway.record.execs import Exec
from grader.gateway.session import Session
from grader.gateway.wire import Wire
from grader.model.evidence import EngineRecord
from grader.model.lab import Lab
from grader.model.record import Text

TOKEN = "lgfuzz"  # noqa: S105 - names a session, opens nothing
IMAGE_ID = "sha256:" + "a" * 64
CONTAINER = "c" * 64
EXEC = "e" * 64


@dataclass(frozen=True)
class Sent:
    """One request as the engine would have read it."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


class _Writer:
    """The writing end of a stream in memory."""

    def __init__(self, taken: Callable[[bytes], object]) -> None:
        self.write = taken

    async def drain(self) -> None:
        await asyncio.sleep(0)

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        pass

    def close(self) -> None:
        pass


class FakeEngine(Engine):
    """Keeps requests, and answers each as an engine could."""

    def __init__(self) -> None:
        super().__init__(Path("/nowhere"))
        self.sent: list[Sent] = []

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader = asyncio.StreamReader()
        http = h11.Connection(h11.SERVER)
        told: list[Any] = []

        def taken(data: bytes) -> None:
            if not data:
                return
            http.receive_data(data)
            while isinstance(event := http.next_event(), h11.Event):
                told.append(event)
                if isinstance(event, h11.EndOfMessage):
                    sent = _sent(told)
                    self.sent.append(sent)
                    reader.feed_data(_answer(sent))
                    reader.feed_eof()
                    return

        return reader, cast("asyncio.StreamWriter", _Writer(taken))


def _sent(events: list[Any]) -> Sent:
    head = events[0]
    return Sent(
        head.method.decode(),
        head.target.decode(),
        {k.decode(): v.decode() for k, v in head.headers},
        b"".join(bytes(event.data) for event in events[1:-1]),
    )


def _answer(sent: Sent) -> bytes:
    if "upgrade" in sent.headers:
        return b"HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n"
    status, value = _told(sent.method, sent.target.partition("?")[0].removeprefix("/v1.41"))
    body = b"" if status == 204 else json.dumps(value).encode()
    length = b"" if status == 204 else b"Content-Length: %d\r\n" % len(body)
    head = b"HTTP/1.1 %d X\r\nContent-Type: application/json\r\n%s\r\n" % (status, length)
    return head + (b"" if sent.method == "HEAD" else body)


def _told(method: str, path: str) -> tuple[int, object]:
    for wanted, status, value in (
        (r"GET /containers/[^/]+/json", 200, _inspected()),
        (r"GET /images/[^/]+/json", 200, {"Id": IMAGE_ID, "Config": {}, "RepoTags": []}),
        (r"GET /(containers|images)/json|GET .*/history", 200, []),
        (r"GET /volumes", 200, {"Volumes": []}),
        (r"POST /containers/create", 201, {"Id": CONTAINER[:-1] + "d", "Warnings": []}),
        (r"POST /volumes/create", 201, {"Name": "x", "Mountpoint": "", "Labels": {}}),
        (r"POST .*/exec", 201, {"Id": EXEC}),
        (
            r"GET /exec/.*",
            200,
            {"ProcessConfig": {}, "ContainerID": CONTAINER, "ExitCode": 0, "Pid": 0},
        ),
        (r"DELETE .*|POST .*/(rename|kill|stop|pause|unpause)", 204, None),
    ):
        if re.fullmatch(wanted, f"{method} {path}"):
            return status, value
    return 409, {"message": "not now"}


def _inspected() -> dict[str, Any]:
    return {
        "Id": CONTAINER,
        "Name": f"/{TOKEN}-known",
        "State": {"Status": "exited", "Running": False, "ExitCode": 0, "OOMKilled": False},
        "Config": {"Env": [], "Labels": {}, "Image": IMAGE_ID},
        "HostConfig": {},
        "NetworkSettings": {"Networks": {}},
        "Mounts": [],
    }


class GatewayInMemory:
    """One session with one container, `known`, and what its gateway answered and sent."""

    def __init__(self, lab: Lab | None = None) -> None:
        self.engine = FakeEngine()
        self.lab = lab or Lab(id="t", title=Text(ko="", en=""), images=("alpine:latest",))
        watched: Future[tuple[str, ...]] = Future()
        watched.set_result(())
        self.session = Session.open(
            self.engine,
            TOKEN,
            self.lab,
            images={"alpine:latest": IMAGE_ID},
            watched=watched,
            engine_facts=EngineRecord(version="", api_version="", os="", arch=""),
            labels={"lab-grader.session": TOKEN},
            prompt=lambda _: {},
        )
        self._admission = Admission(Bounds(linger_seconds=0), self.session.in_flight)
        self.session.names.containers[CONTAINER] = "known"
        plan = create_container(
            ContainerCreate(Image="alpine"), self.lab, self.session.names, {}, {}
        )
        life = self.session.recorder.born(CONTAINER, "known", plan)
        life.execs[EXEC] = Exec("true", interactive=False, piped_shell=False)
        self.session.names.execs[EXEC] = CONTAINER

    async def ask(self, raw: bytes) -> bytes:
        """Send bytes on one connection, and return all that comes back."""
        answer = bytearray()
        reader = asyncio.StreamReader()
        reader.feed_data(raw)
        reader.feed_eof()
        writer = cast("asyncio.StreamWriter", _Writer(answer.extend))
        wire = Wire(reader, writer, self._admission.bounds)
        await connection.serve(self.session, self._admission, wire)
        return bytes(answer)
