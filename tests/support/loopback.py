"""Serves an ASGI app on loopback, and breaks chosen requests on the way."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import Any, Literal

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]

PATIENCE = 60
"""Seconds until a server that does not come up, or does not end, fails the test."""


@dataclass(frozen=True)
class Asked:
    """One request as it came."""

    method: str
    target: str
    """Path and query."""
    body: bytes = b""

    def __contains__(self, text: str) -> bool:
        return text in f"{self.method} {self.target}" or text.encode() in self.body


@dataclass(frozen=True)
class Response:
    """An answer in the app's stead; with `done`, the app did all the same what was asked."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    done: bool = False


Match = str | Callable[[Asked], bool]
"""Text in 'METHOD /path?query' or in the body; or any other question about a request."""
Fault = Literal["drop-before", "drop-after", "stall-after"] | Response
"""The connection is dropped before the app does anything, or after it did and before it answers;
or the answer never comes while the client waits."""


@dataclass
class _Rule:
    match: Match
    fault: Fault | None
    left: int
    before: Callable[[], object] | None = None
    after: Callable[[], object] | None = None

    def fits(self, asked: Asked) -> bool:
        if not self.left:
            return False
        return self.match in asked if isinstance(self.match, str) else self.match(asked)


class Faults:
    """Stands before an app; as long as nothing is added, all goes through.

    `asked` has all requests that came, in order.
    """

    def __init__(self, app: App) -> None:
        self.asked: list[Asked] = []
        self._app = app
        self._rules: list[_Rule] = []

    def add(
        self,
        match: Match,
        fault: Fault,
        times: int = 1,
        *,
        before: Callable[[], object] | None = None,
    ) -> None:
        """Break the next requests that fit, so many times; `before` is called first."""
        self._rules.append(_Rule(match, fault, times, before=before))

    def heal(self) -> None:
        """Break nothing any more."""
        self._rules.clear()

    def before(self, match: Match, act: Callable[[], object], times: int = 1) -> None:
        """Call something before the app gets the next requests that fit."""
        self._rules.append(_Rule(match, None, times, before=act))

    def after(self, match: Match, act: Callable[[], object], times: int = 1) -> None:
        """Call something when the app has done the next requests that fit, before it answers."""
        self._rules.append(_Rule(match, None, times, after=act))

    def count(self, match: Match) -> int:
        """Return how many requests came that fit."""
        return sum(_Rule(match, None, 1).fits(asked) for asked in self.asked)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body = await _read(receive)
        target = scope["raw_path"].decode() + ("?" if scope["query_string"] else "")
        asked = Asked(scope["method"], target + scope["query_string"].decode(), body)
        self.asked.append(asked)
        rule = next((rule for rule in self._rules if rule.fits(asked)), None)
        if rule is None:
            await self._app(scope, _again(body, receive), send)
            return
        rule.left -= 1
        await self._broken(rule, body, scope, receive, send)

    async def _broken(
        self, rule: _Rule, body: bytes, scope: Message, receive: Receive, send: Send
    ) -> None:
        if rule.before:
            rule.before()
        answer: list[Message] = []
        undone = isinstance(rule.fault, Response) and not rule.fault.done
        if not undone and rule.fault != "drop-before":
            await self._app(scope, _again(body, receive), _kept(answer))
        if rule.after:
            rule.after()
        match rule.fault:
            case "drop-before" | "drop-after":
                await _drop(scope, receive)
            case "stall-after":
                await _gone(receive)
            case Response():
                await _answer(rule.fault, send)
            case _:
                for message in answer:
                    await send(message)


@contextmanager
def served(app: App) -> Iterator[str]:
    """Serve an app in a thread; yields its address, without a slash at the end.

    What the app raises comes up at the end of the block: a bug of a fake is no fault of a platform.
    """
    errors: list[Exception] = []

    async def watched(scope: Message, receive: Receive, send: Send) -> None:
        try:
            await app(scope, receive, send)
        except Exception as error:
            errors.append(error)
            raise

    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        server = _Server(
            uvicorn.Config(
                watched,
                http=_Protocol,
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
            )
        )
        thread = Thread(target=server.run, args=([listening],), daemon=True)
        thread.start()
        assert server.up.wait(PATIENCE), "the server did not come up"
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            server.end()
            thread.join(PATIENCE)
        assert not thread.is_alive(), "the server did not end"
    if errors:
        raise errors[0]


class _Server(uvicorn.Server):
    """Tells when it is up, and ends when it is told; uvicorn's own takes its time for both."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = Event()
        self._ending = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._loop = asyncio.get_running_loop()
        self.up.set()

    async def main_loop(self) -> None:
        await self._ending.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for one in (*self.servers, *(sockets or ())):
            one.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        if tasks := self.server_state.tasks:
            await asyncio.wait(tasks, timeout=1)

    def end(self) -> None:
        self._loop.call_soon_threadsafe(self._ending.set)


class _Protocol(H11Protocol):
    """Hands its connection on to the app, which may drop it."""

    def connection_made(  # type: ignore[override] # uvicorn names a narrower type than asyncio
        self, transport: asyncio.Transport
    ) -> None:
        super().connection_made(transport)
        # asyncio does this only where the listening socket names TCP; else each answer takes 40 ms.
        connection = transport.get_extra_info("socket")
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.app_state = {**self.app_state, "connection": transport}


async def _read(receive: Receive) -> bytes:
    """Return the whole body; what came so far, if the client goes away."""
    body = b""
    while True:
        message = await receive()
        body += bytes(message.get("body", b""))
        if not message.get("more_body", False):
            return body


def _again(body: bytes, receive: Receive) -> Receive:
    """Return how the app reads a body that was read before."""
    whole: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return whole.pop() if whole else await receive()

    return again


def _kept(answer: list[Message]) -> Send:
    async def keep(message: Message) -> None:
        await asyncio.sleep(0)
        answer.append(message)

    return keep


async def _answer(response: Response, send: Send) -> None:
    headers = {"content-length": str(len(response.body)), **response.headers}
    pairs = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": response.status, "headers": pairs})
    await send({"type": "http.response.body", "body": response.body})


async def _drop(scope: Message, receive: Receive) -> None:
    scope["state"]["connection"].abort()
    await _gone(receive)


async def _gone(receive: Receive) -> None:
    """Wait until the client has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass
