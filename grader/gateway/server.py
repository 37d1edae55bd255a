"""The socket of a session: HTTP in, HTTP out, raw streams in between.

Rules of this file:

1. A request is read whole, by its framing and up to its cap, before anything is decided [9, 10].
2. Raw streams begin only after the engine has granted one [22, 23].
3. A client that has gone ends the engine's answer to it; nothing else does.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket as sockets
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus

import h11

from grader.engine.client import READ_SIZE, error_message
from grader.errors import EngineError, EngineUnavailable, GatewayFault
from grader.gateway.exchange import Answer, AnyAnswer, Exchange, Hijacked, Streamed
from grader.gateway.refusal import Refusal
from grader.gateway.request import MAX_JSON, Request, parse_request
from grader.gateway.routes import Route, match
from grader.gateway.session import Session
from grader.model.evidence import Call

HEAD_CAP = 64 * 1024
"""Bytes of a request's head; a build's arguments travel in its target [27]."""
HEAD_SECONDS = 30
"""Time for a request's head once its first byte is there [28]."""
BODY_SECONDS = 60
PATH_CAP = 512
"""Characters of a path that the timeline keeps [81]."""
LINGER_BYTES = 16 * 1024 * 1024
LINGER_SECONDS = 2
CONNECTIONS = 256
"""Connections of one session at a time."""
CALLS_CAP = 20_000
"""Calls kept in the timeline of one session."""


class Gateway:
    """Serves one session on a listening socket until it is closed."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()

    async def serve(self, listening: sockets.socket) -> None:
        """Start to accept connections."""
        self._server = await asyncio.start_unix_server(
            self._accept, sock=listening, limit=READ_SIZE * 4
        )

    async def close(self) -> None:
        """Stop accepting and drop every connection."""
        if self._server is not None:
            self._server.close()
        for task in list(self._connections):
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - a callback of a server runs in a task
        self._connections.add(task)
        try:
            if len(self._connections) <= CONNECTIONS:
                await _Connection(self.session, reader, writer).run()
        except (ConnectionError, TimeoutError, asyncio.CancelledError):
            pass
        except Exception as bug:  # noqa: BLE001 - as in `_handle`
            self.session.failed(_our_bug("a connection", bug))
        finally:
            self._connections.discard(task)
            writer.close()


@dataclass
class _Handling:
    """What becomes known of a request while it is handled, for the timeline."""

    request: Request | None = None
    route: str = ""
    exchange: Exchange | None = None
    refused: str | None = None

    def call(
        self, head: h11.Request, answer: AnyAnswer, step: int, began: float, ended: float
    ) -> Call:
        """Return the line of the timeline."""
        exchange = self.exchange
        path = self.request.shown_path if self.request else head.target.decode("ascii", "replace")
        return Call(
            step=step,
            at=began,
            seconds=round(ended - began, 4),
            route=self.route,
            method=head.method.decode("ascii", "replace")[:16],
            path=path[:PATH_CAP],
            container=exchange.container if exchange else None,
            status=_status(answer),
            refused=self.refused,
            message=_message(answer),
            command=exchange.command if exchange else (),
        )


class _Connection:
    """One connection of a client: request after request, or a raw stream in the end."""

    def __init__(
        self, session: Session, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.session = session
        self.reader = reader
        self.writer = writer
        self.http = h11.Connection(h11.SERVER, max_incomplete_event_size=HEAD_CAP)
        self.head_only = False
        """The request is a HEAD: its answer has the length of a body, but no body."""

    async def run(self) -> None:
        """Serve until one side closes."""
        try:
            while True:
                event = await self._event()
                if not isinstance(event, h11.Request):
                    return
                await self._serve(event)
                if self.http.our_state is not h11.DONE or self.http.their_state is not h11.DONE:
                    return
                self.http.start_next_cycle()
        except h11.RemoteProtocolError as error:
            await self._say(Answer.error(error.error_status_hint, f"malformed request: {error}"))

    async def _event(self, deadline: float | None = None) -> h11.Event:
        """Return the next event; a request that has begun must have come by the deadline."""
        while True:
            event = self.http.next_event()
            if isinstance(event, h11.Event):
                return event
            if event is not h11.NEED_DATA:
                return h11.ConnectionClosed()
            if deadline is None and self.http.trailing_data[0]:
                deadline = asyncio.get_running_loop().time() + HEAD_SECONDS
            async with asyncio.timeout_at(deadline):
                self.http.receive_data(await self.reader.read(READ_SIZE))

    async def _body(self, cap: int) -> bytes:
        parts: list[bytes] = []
        size = 0
        deadline = asyncio.get_running_loop().time() + BODY_SECONDS
        while isinstance(event := await self._event(deadline), h11.Data):
            size += len(event.data)
            if size > cap:
                raise Refusal(413, "too-large", f"a body of more than {cap} bytes is not accepted")
            parts.append(bytes(event.data))
        return b"".join(parts)

    async def _serve(self, head: h11.Request) -> None:
        recorder = self.session.recorder
        began, step = recorder.now(), recorder.step
        self.head_only = head.method == b"HEAD"
        handling = _Handling()
        answer = await self._handle(head, handling)
        if len(recorder.calls) < CALLS_CAP:
            recorder.calls.append(handling.call(head, answer, step, began, recorder.now()))
        if isinstance(answer, Hijacked):
            await self._raw(answer)
        elif isinstance(answer, Streamed):
            await self._stream(answer)
        elif self.http.their_state is h11.SEND_BODY:
            # What is left of a refused body is not worth reading: the connection ends here.
            headers = answer.headers | {"Connection": "close"}
            await self._say(Answer(answer.status, answer.body, headers))
            await self._linger()
        else:
            await self._say(answer)

    async def _handle(self, head: h11.Request, handling: _Handling) -> AnyAnswer:
        """Answer one request. Whatever fails on our side is kept as the session's fault."""
        session = self.session
        upgrade = any(name == b"upgrade" for name, _ in head.headers)
        try:
            request = handling.request = parse_request(head.method, head.target, upgrade=upgrade)
            route, params = match(request)
            handling.route = route.name
            gate = session.copies if route.body_cap > MAX_JSON else contextlib.nullcontext()
            async with gate:
                body = await self._body(route.body_cap)
                exchange = handling.exchange = Exchange(session, request, params, body)
                with _counted(session, route):
                    return await route.handler(exchange)
        except Refusal as refusal:
            handling.refused = refusal.rule
            return Answer.error(refusal.status, refusal.message)
        except EngineUnavailable as error:
            session.failed(error)
            return Answer.error(503, "the Docker engine of the lab does not answer")
        except EngineError as error:
            session.failed(error)
            return Answer.error(500, "the Docker engine of the lab failed")
        except (ConnectionError, TimeoutError, h11.RemoteProtocolError):
            raise
        except Exception as bug:  # noqa: BLE001 - a bug of ours must not pass for the student's
            session.failed(_our_bug(f"{head.method!r} {head.target[:200]!r}", bug))
            return Answer.error(500, "the gateway of the lab failed")

    async def _say(self, answer: Answer) -> None:
        if self.http.our_state not in {h11.IDLE, h11.SEND_RESPONSE}:
            return
        headers = dict(answer.headers)
        if answer.status not in (204, 304):
            headers["Content-Length"] = str(len(answer.body))
        self._send(
            h11.Response(
                status_code=answer.status,
                headers=list(headers.items()),
                reason=_reason(answer.status),
            )
        )
        if answer.body and answer.status not in (204, 304) and not self.head_only:
            self._send(h11.Data(data=answer.body))
        self._send(h11.EndOfMessage())
        await self.writer.drain()

    async def _linger(self) -> None:
        """Read on for a while, so that closing does not tear the answer from the client's hands."""
        self.writer.write_eof()
        left = LINGER_BYTES
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LINGER_SECONDS):
                while left > 0 and (data := await self.reader.read(READ_SIZE)):
                    left -= len(data)

    async def _stream(self, answer: Streamed) -> None:
        """Pass an answer on as it comes; stop when the client has gone."""
        reply = answer.reply
        length = {"content-length": v} if (v := reply.headers.get("content-length")) else {}
        headers = list((answer.headers | length).items())
        self._send(
            h11.Response(status_code=reply.status, headers=headers, reason=_reason(reply.status))
        )
        await self.writer.drain()
        gone = asyncio.create_task(self._gone())
        copy = asyncio.create_task(self._copy(answer))
        try:
            await asyncio.wait({gone, copy}, return_when=asyncio.FIRST_COMPLETED)
            if copy.done():
                copy.result()
                self._send(h11.EndOfMessage())
                await self.writer.drain()
        except EngineError as error:
            self.session.failed(error)
            self.writer.close()
        finally:
            for task in (gone, copy):
                task.cancel()
            await asyncio.gather(gone, copy, return_exceptions=True)
            reply.close()

    async def _copy(self, answer: Streamed) -> None:
        hold = answer.hold
        chunks = answer.reply.chunks()
        if answer.rewrite is not None:
            chunks = answer.rewrite(chunks)
        async for chunk in chunks:
            if hold is not None:
                await hold()
                hold = None
            self._send(h11.Data(data=chunk))
            await self.writer.drain()

    async def _gone(self) -> None:
        """Return when the client has closed; keep what it sends ahead for the next request."""
        ahead = 0
        while data := await self.reader.read(READ_SIZE):
            ahead += len(data)
            if ahead > HEAD_CAP:
                return
            self.http.receive_data(data)
        self.http.receive_data(b"")

    async def _raw(self, answer: Hijacked) -> None:
        """Join the client and the container. Each direction ends by itself."""
        reply = answer.reply
        tty = "Content-Type", "application/vnd.docker.raw-stream"
        self._send(
            h11.InformationalResponse(
                status_code=101,
                headers=[tty, ("Connection", "Upgrade"), ("Upgrade", "tcp")],
                reason=b"UPGRADED",
            )
        )
        early = bytes(self.http.trailing_data[0])
        with self.session.open_stream(answer):
            up = asyncio.create_task(_pipe(self.reader, reply.writer, early))
            try:
                await _pipe(reply.reader, self.writer, reply.early_bytes)
            finally:
                up.cancel()
                await asyncio.gather(up, return_exceptions=True)
                reply.close()

    def _send(self, event: h11.Event) -> None:
        self.writer.write(self.http.send(event) or b"")


@contextlib.contextmanager
def _counted(session: Session, route: Route) -> Iterator[None]:
    if route.waits:
        yield
        return
    began = time.monotonic()
    session.in_flight.append(began)
    try:
        yield
    finally:
        session.in_flight.remove(began)


async def _pipe(source: asyncio.StreamReader, sink: asyncio.StreamWriter, early: bytes) -> None:
    """Copy until the source ends, and pass the end on as a half-close."""
    with contextlib.suppress(ConnectionError):
        if early:
            sink.write(early)
        while data := await source.read(READ_SIZE):
            sink.write(data)
            await sink.drain()
        if sink.can_write_eof():
            sink.write_eof()


def _our_bug(what: str, bug: Exception) -> GatewayFault:
    fault = GatewayFault(f"the gateway failed over {what}: {bug!r}", fix="report this bug")
    fault.__cause__ = bug
    return fault


def _reason(status: int) -> bytes:
    try:
        return HTTPStatus(status).phrase.encode()
    except ValueError:
        return b""


def _status(answer: AnyAnswer) -> int:
    if isinstance(answer, Answer):
        return answer.status
    return 101 if isinstance(answer, Hijacked) else answer.reply.status


def _message(answer: AnyAnswer) -> str | None:
    if not isinstance(answer, Answer) or answer.status < 400:
        return None
    return error_message(answer.body)[:2000]
