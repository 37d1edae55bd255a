"""An asyncio client for the engine's unix socket, thin enough for streams and hijacked connections.

docker-py is synchronous, costs 0.2 s to import and cannot half-close a hijacked stream
(docs/decisions/0002). HTTP itself is h11's work. Each request has its own connection: connecting
to a unix socket costs microseconds, and nothing can be smuggled from one request to the next.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import json
import os
from collections.abc import AsyncIterable, AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlencode

import h11

from grader.engine.quirks import NO_SPACE_FIX, is_full
from grader.errors import EngineError, EngineUnavailable, UsageError

API_VERSION = "1.41"
"""Spoken by engines from 20.10 (December 2020) on, but for the first releases of 29."""

READ_SIZE = 64 * 1024
ANSWER_SECONDS = 150.0
"""Time for the engine to begin an answer, and to end a short one; nothing it does takes longer."""
DEFAULT_SOCKET = "/var/run/docker.sock"

Query = Mapping[str, str]
Body = bytes | AsyncIterable[bytes] | None


def engine_socket() -> Path:
    """Return the engine's unix socket: `DOCKER_HOST`, or the default one.

    Raises UsageError for an engine on another machine: the student's socket is mounted from here.
    """
    host = os.environ.get("DOCKER_HOST", "")
    if not host:
        return Path(DEFAULT_SOCKET)
    if not host.startswith("unix://"):
        raise UsageError(
            f"DOCKER_HOST={host!r} is not a unix socket",
            fix="run the grader on the engine's own machine, or unset DOCKER_HOST",
        )
    return Path(host.removeprefix("unix://"))


@dataclass(eq=False)
class Reply:
    """An answer of the engine whose body is read on demand. Close it, or use it in `async with`."""

    status: int
    headers: dict[str, str]
    """Names in lower case."""
    _http: h11.Connection
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    _upload: asyncio.Task[None] | None = None

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield the body as it arrives. Raises EngineUnavailable if the engine breaks off."""
        while True:
            event = await _next_event(self._http, self.reader)
            if isinstance(event, h11.Data):
                yield bytes(event.data)
            elif isinstance(event, (h11.EndOfMessage, h11.ConnectionClosed)):
                return

    async def read(self, limit: int | None = None) -> bytes:
        """Return the whole body, or what came before `limit` bytes were exceeded."""
        parts: list[bytes] = []
        size = 0
        async for chunk in self.chunks():
            parts.append(chunk)
            size += len(chunk)
            if limit is not None and size > limit:
                break
        return b"".join(parts)

    @property
    def hijacked(self) -> bool:
        """Whether the connection is now a raw stream (`reader`, `writer`)."""
        return self._http.their_state is h11.SWITCHED_PROTOCOL

    @property
    def early_bytes(self) -> bytes:
        """Bytes of a hijacked stream that arrived together with its head."""
        return bytes(self._http.trailing_data[0])

    def close(self) -> None:
        """Drop the connection."""
        if self._upload is not None:
            self._upload.cancel()
        self.writer.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.close()


class Engine:
    """Calls to one engine. Cheap to make; holds no connection."""

    def __init__(self, socket: Path) -> None:
        self.socket = socket

    async def send(
        self,
        method: str,
        path: str,
        *,
        query: Query | None = None,
        body: Body = None,
        content_type: str = "",
        hijack: bool = False,
    ) -> Reply:
        """Send one request and return its answer as soon as the head is there.

        `path` has no version and is already percent-encoded. Raises EngineUnavailable, also when
        no answer begins within ANSWER_SECONDS.
        """
        reader, writer = await self._connect()
        http = h11.Connection(h11.CLIENT, max_incomplete_event_size=256 * 1024)
        target = f"/v{API_VERSION}{path}" + (f"?{urlencode(query)}" if query else "")
        headers = _headers(body, content_type, hijack=hijack)
        upload: asyncio.Task[None] | None = None
        try:
            request = h11.Request(method=method, target=target, headers=headers)
            writer.write(http.send(request) or b"")
            if isinstance(body, bytes) or body is None:
                if body:
                    writer.write(http.send(h11.Data(data=body)) or b"")
                writer.write(http.send(h11.EndOfMessage()) or b"")
            else:
                # The engine may answer and close before the body ends; so both go on at once.
                upload = asyncio.create_task(_upload(http, writer, body))
            async with _deadline(method, path):
                head = await _head(http, reader)
        except BaseException:
            if upload is not None:
                upload.cancel()
            writer.close()
            raise
        answer = {
            bytes(k).decode("latin-1").lower(): bytes(v).decode("latin-1") for k, v in head.headers
        }
        return Reply(head.status_code, answer, http, reader, writer, upload)

    async def call(
        self,
        method: str,
        path: str,
        *,
        query: Query | None = None,
        json_body: object = None,
        ok: tuple[int, ...] = (200, 201, 204, 304),
    ) -> Any:  # noqa: ANN401 - JSON of the engine, whose form the caller knows
        """Send one request and return its JSON answer.

        Raises EngineError (with `status`) for any status that is not in `ok`, EngineUnavailable
        when the answer does not end within ANSWER_SECONDS.
        """
        body = None if json_body is None else json.dumps(json_body).encode()
        content_type = "application/json" if body else ""
        reply = await self.send(method, path, query=query, body=body, content_type=content_type)
        async with reply:
            async with _deadline(method, path):
                raw = await reply.read()
            if reply.status not in ok:
                words = error_message(raw)
                raise EngineError(
                    f"the engine answered {reply.status} to {method} {path}: {words}",
                    status=reply.status,
                    fix=NO_SPACE_FIX if is_full(words) else "",
                )
        return json.loads(raw) if raw.strip() else None

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        try:
            return await asyncio.open_unix_connection(str(self.socket), limit=READ_SIZE * 4)
        except PermissionError as error:
            raise EngineUnavailable(
                f"no permission to use the Docker engine's socket {self.socket}",
                fix="run as root, or as a member of the group 'docker'",
            ) from error
        except OSError as error:
            why = "does not exist" if error.errno == errno.ENOENT else "does not answer"
            raise EngineUnavailable(
                f"the Docker engine's socket {self.socket} {why}",
                fix="start the engine: scripts/setup does it on Debian",
            ) from error


@contextlib.asynccontextmanager
async def _deadline(method: str, path: str) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            yield
    except TimeoutError as error:
        raise EngineUnavailable(
            f"the Docker engine did not answer {method} {path} within {ANSWER_SECONDS:.0f} seconds",
            fix="look at the engine's log, and restart the engine if it hangs",
        ) from error


def error_message(raw: bytes) -> str:
    """Return the text of an error body, whatever its form."""
    with contextlib.suppress(ValueError):
        value = json.loads(raw)
        if isinstance(value, dict) and isinstance(value.get("message"), str):
            return str(value["message"])
    return raw.decode("utf-8", "replace").strip()


def _headers(body: Body, content_type: str, *, hijack: bool) -> list[tuple[str, str]]:
    headers = [("Host", "docker")]
    if content_type:
        headers.append(("Content-Type", content_type))
    if isinstance(body, bytes) or body is None:
        headers.append(("Content-Length", str(len(body or b""))))
    else:
        headers.append(("Transfer-Encoding", "chunked"))
    if hijack:
        return [*headers, ("Connection", "Upgrade"), ("Upgrade", "tcp")]
    return [*headers, ("Connection", "close")]


async def _head(
    http: h11.Connection, reader: asyncio.StreamReader
) -> h11.Response | h11.InformationalResponse:
    while True:
        event = await _next_event(http, reader)
        if isinstance(event, h11.Response):
            return event
        if isinstance(event, h11.InformationalResponse) and event.status_code == 101:
            return event
        if isinstance(event, h11.ConnectionClosed):
            raise EngineUnavailable("the Docker engine closed the connection")


async def _upload(
    http: h11.Connection, writer: asyncio.StreamWriter, body: AsyncIterable[bytes]
) -> None:
    with contextlib.suppress(ConnectionError, h11.LocalProtocolError):
        async for chunk in body:
            writer.write(http.send(h11.Data(data=chunk)) or b"")
            await writer.drain()
        writer.write(http.send(h11.EndOfMessage()) or b"")
        await writer.drain()


async def _next_event(http: h11.Connection, reader: asyncio.StreamReader) -> h11.Event:
    while True:
        try:
            event = http.next_event()
            if event is h11.NEED_DATA:
                http.receive_data(await reader.read(READ_SIZE))
                continue
        except (h11.RemoteProtocolError, ConnectionError) as error:
            raise EngineUnavailable(f"the Docker engine broke off its answer: {error}") from error
        return event if isinstance(event, h11.Event) else h11.ConnectionClosed()
