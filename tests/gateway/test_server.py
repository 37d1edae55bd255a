"""The server without an engine: what it does when we fail ourselves."""

from __future__ import annotations

import asyncio
import socket
from concurrent.futures import Future
from pathlib import Path

import pytest

from grader.engine.client import Engine
from grader.errors import EngineUnavailable, GatewayFault, SystemFault
from grader.gateway import handling
from grader.gateway.exchange import Answer, Exchange
from grader.gateway.routes import Route
from grader.gateway.server import Gateway
from grader.gateway.session import Session
from grader.model.evidence import EngineRecord
from grader.model.lab import Lab
from grader.model.record import Text


def session(folder: Path) -> Session:
    return Session.open(
        Engine(folder / "nowhere.sock"),
        "lgtest",
        Lab(id="t", title=Text(ko="", en="")),
        images={},
        watched=Future(),
        engine_facts=EngineRecord(version="", api_version="", os="", arch=""),
        labels={},
        prompt=lambda _: {},
    )


def ask(opened: Session, folder: Path, request: bytes) -> bytes:
    async def talk() -> bytes:
        listening = socket.socket(socket.AF_UNIX)
        listening.bind(str(folder / "s"))
        gateway = Gateway(opened)
        await gateway.serve(listening)
        reader, writer = await asyncio.open_unix_connection(str(folder / "s"))
        writer.write(request)
        writer.write_eof()
        answer = await reader.read()
        writer.close()
        await gateway.close()
        await asyncio.sleep(0)
        return answer

    return asyncio.run(talk())


def test_a_bug_of_ours_is_kept_as_the_sessions_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def buggy(_: Exchange) -> Answer:
        raise OverflowError("oops")

    def match(_: object) -> tuple[Route, dict[str, str]]:
        return Route("info", "GET", "/info", buggy), {}

    monkeypatch.setattr(handling, "match", match)
    opened = session(tmp_path)
    assert ask(opened, tmp_path, b"GET /info HTTP/1.1\r\nHost: x\r\n\r\n").startswith(
        b"HTTP/1.1 500"
    )
    assert isinstance(opened.fault, GatewayFault)
    with pytest.raises(SystemFault):
        opened.begin_step(1)


def test_an_engine_that_does_not_answer_is_the_sessions_fault(tmp_path: Path) -> None:
    opened = session(tmp_path)
    answer = ask(opened, tmp_path, b"GET /containers/json HTTP/1.1\r\nHost: x\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 503")
    assert isinstance(opened.fault, EngineUnavailable)
    assert [(call.route, call.status) for call in opened.recorder.calls] == [
        ("container_list", 503)
    ]


def test_a_call_that_the_engine_has_to_answer_counts_as_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = session(tmp_path)
    seen: list[tuple[bool, bool]] = []

    async def look(_: Exchange) -> Answer:
        seen.append((opened.working, opened.longest_call >= 0))
        return Answer(204)

    for waits in (False, True):
        route = Route("info", "GET", "/info", look, waits=waits)
        monkeypatch.setattr(handling, "match", lambda _, route=route: (route, {}))
        (tmp_path / str(waits)).mkdir()
        ask(opened, tmp_path / str(waits), b"GET /info HTTP/1.1\r\nHost: x\r\n\r\n")
    assert seen == [(True, True), (False, True)]
    assert not opened.working
    assert opened.longest_call == 0
    assert opened.fault is None
