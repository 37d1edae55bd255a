"""What a call's handler gets, and what it may answer."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, TypeVar

from pydantic import BaseModel

from grader.engine.client import Body, Query, Reply, error_message
from grader.engine.quirks import HOST_PATH
from grader.gateway.request import Request, parse_body

if TYPE_CHECKING:
    from grader.gateway.names import Names
    from grader.gateway.record.life import Life
    from grader.gateway.session import Session

Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True)
class Answer:
    """A complete answer."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, value: object, status: int = 200) -> Answer:
        """Return a JSON answer."""
        body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        return cls(status, body, {"Content-Type": "application/json"})

    @classmethod
    def error(cls, status: int, message: str) -> Answer:
        """Return an error as Docker clients read it."""
        return cls.of({"message": message}, status)


class Flow(Protocol):
    """An answer whose body comes bit by bit: the engine's, or one of our own."""

    @property
    def status(self) -> int:
        """The HTTP status."""

    @property
    def headers(self) -> dict[str, str]:
        """Names in lower case."""

    def chunks(self) -> AsyncIterator[bytes]:
        """Yield the body as it arrives."""

    def close(self) -> None:
        """End it."""


@dataclass(eq=False)
class OwnFlow:
    """An answer of our own whose body comes bit by bit."""

    parts: AsyncIterator[bytes]
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)

    def chunks(self) -> AsyncIterator[bytes]:
        """Return the body as it arrives."""
        return self.parts

    def close(self) -> None:
        """End it; whoever reads `chunks` has ended by then."""


@dataclass(frozen=True)
class Streamed:
    """An answer to be passed on as it comes; headers by name."""

    reply: Flow
    headers: dict[str, str]
    hold: Callable[[], Awaitable[None]] | None = None
    """Awaited before the first part of the body is passed on."""
    rewrite: Callable[[AsyncIterator[bytes]], AsyncIterator[bytes]] | None = None
    """Turns the body into what the client gets instead."""
    ended: Callable[[], None] | None = None
    """Called when the body is over, or the client has gone."""
    failure: Callable[[], str | None] | None = None
    """Tells, when the body is over, what it said of a failure: its status came too early."""


@dataclass(frozen=True)
class Hijacked:
    """A raw stream in both directions, already granted by the engine."""

    reply: Reply
    container: str
    interactive: bool
    """The client's input goes to the container."""
    joined: bool
    """The container ran already when the stream was opened by `attach`."""
    piped_shell: bool
    """A shell without a terminal has the other end: it reads line by line, and shows no prompt."""


AnyAnswer = Answer | Streamed | Hijacked


@dataclass
class Exchange:
    """One request on its way: parsed, matched to a route, not yet answered."""

    session: Session
    request: Request
    params: dict[str, str]
    raw_body: bytes
    container: str | None = None
    """Id of the container that the call is about; handlers set it for the timeline."""
    command: tuple[str, ...] = ()
    target: str | None = None
    """The path in the container that the call is about."""

    def body(self, model: type[Model]) -> Model:
        """Return the typed body. Raises Refusal."""
        return parse_body(model, self.raw_body)

    @property
    def bodyless(self) -> bool:
        """Whether the client sent nothing, in one of the ways that clients have for it."""
        return self.raw_body.strip() in (b"", b"{}", b"null")

    def life(self) -> Life:
        """Return the container that the path names. Raises Refusal (404)."""
        self.container = self.session.names.container(self.params["container"])
        return self.session.recorder.lives[self.container]

    def pick(self, *keys: str) -> dict[str, str]:
        """Return the named parts of the query, as far as the client sent them."""
        return {key: self.request.query[key] for key in keys if key in self.request.query}

    async def send(self, path: str, query: Query | None = None, body: Body = None) -> Reply:
        """Send the call on under the same method."""
        content_type = "application/json" if isinstance(body, bytes) else ""
        if body is not None and not isinstance(body, bytes):
            content_type = "application/x-tar"
        return await self.session.engine.send(
            self.request.method, path, query=query, body=body, content_type=content_type
        )

    async def forward(self, path: str, query: Query | None = None, body: Body = None) -> Answer:
        """Send the call on, and return the engine's answer in the student's words."""
        return await self.answer(await self.send(path, query, body))

    async def answer(self, reply: Reply) -> Answer:
        """Return a reply of the engine, read whole, in the student's words."""
        return await plain_answer(self.session.names, reply)

    async def stream(
        self,
        path: str,
        query: Query | None = None,
        hold: Callable[[], Awaitable[None]] | None = None,
    ) -> AnyAnswer:
        """Send the call on, and let the answer's body flow to the client as it comes."""
        reply = await self.send(path, query)
        if reply.status >= 400:
            return await self.answer(reply)
        passed = ("content-type", "x-docker-container-path-stat")
        return Streamed(reply, {k: reply.headers[k] for k in passed if k in reply.headers}, hold)


async def plain_answer(names: Names, reply: Reply) -> Answer:
    """Return a reply of the engine, read whole, in the student's words."""
    async with reply:
        raw = await reply.read()
    if reply.status >= 400:
        return Answer.error(
            reply.status, HOST_PATH.sub("(engine)", names.plain(error_message(raw)))
        )
    headers = {}
    if raw and (content_type := reply.headers.get("content-type")):
        headers["Content-Type"] = content_type
    return Answer(reply.status, names.plain(raw.decode()).encode(), headers)
