"""One client's connection as HTTP events: h11 over asyncio's streams, with a clock and a cap."""

from __future__ import annotations

import asyncio
import contextlib
from http import HTTPStatus

import h11

from grader.engine.client import READ_SIZE
from grader.gateway.admission import Bounds
from grader.gateway.exchange import Answer
from grader.gateway.refusal import Refusal


class Wire:
    """Reads events of one client, and writes ours."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, bounds: Bounds
    ) -> None:
        self.reader = reader
        self.writer = writer
        self.bounds = bounds
        self.http = h11.Connection(h11.SERVER, max_incomplete_event_size=bounds.head_bytes)
        self.head_only = False
        """The request is a HEAD: its answer has the length of a body, but no body."""

    async def head(self) -> h11.Request | None:
        """Return the next request, None when the client has no more. Raises Refusal."""
        self.head_only = False
        event = await self._event(None)
        if not isinstance(event, h11.Request):
            return None
        self.head_only = event.method == b"HEAD"
        return event

    async def data(self, deadline: float) -> bytes | None:
        """Return the next part of the body, None at its end. Raises Refusal."""
        event = await self._event(deadline)
        if isinstance(event, h11.ConnectionClosed):
            raise ConnectionError("the client has gone")
        return bytes(event.data) if isinstance(event, h11.Data) else None

    async def _event(self, deadline: float | None) -> h11.Event:
        """Return the next event; a head that has begun must have come in time [28]."""
        loop = asyncio.get_running_loop()
        while True:
            try:
                event = self.http.next_event()
            except h11.RemoteProtocolError as error:
                status = error.error_status_hint
                raise Refusal(status, "malformed", f"malformed request: {error}") from None
            if isinstance(event, h11.Event):
                return event
            if event is not h11.NEED_DATA:
                return h11.ConnectionClosed()
            if deadline is None and self.http.trailing_data[0]:
                deadline = loop.time() + self.bounds.head_seconds
            try:
                async with asyncio.timeout_at(deadline):
                    self.http.receive_data(await self.reader.read(READ_SIZE))
            except TimeoutError:
                raise Refusal(408, "too-slow", "the request did not come in time") from None

    def send(self, event: h11.Event) -> None:
        """Write one event."""
        self.writer.write(self.http.send(event) or b"")

    def begin(self, status: int, headers: dict[str, str]) -> None:
        """Write the head of an answer."""
        self.send(
            h11.Response(status_code=status, headers=list(headers.items()), reason=_reason(status))
        )

    async def say(self, answer: Answer) -> None:
        """Write a whole answer, unless one has begun already."""
        if self.http.our_state not in {h11.IDLE, h11.SEND_RESPONSE}:
            return
        bodyless = answer.status in (204, 304)
        length = {} if bodyless else {"Content-Length": str(len(answer.body))}
        self.begin(answer.status, answer.headers | length)
        if answer.body and not bodyless and not self.head_only:
            self.send(h11.Data(data=answer.body))
        self.send(h11.EndOfMessage())
        await self.writer.drain()

    async def close(self) -> None:
        """Close; what the client does not take in time is thrown away."""
        self.writer.close()
        try:
            async with asyncio.timeout(self.bounds.linger_seconds):
                await self.writer.wait_closed()
        except (OSError, TimeoutError):
            self.writer.transport.abort()

    async def linger(self) -> None:
        """Read on for a while, so that closing does not tear the answer from the client's hands."""
        self.writer.write_eof()
        left = self.bounds.linger_bytes
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self.bounds.linger_seconds):
                while left > 0 and (data := await self.reader.read(READ_SIZE)):
                    left -= len(data)


def _reason(status: int) -> bytes:
    try:
        return HTTPStatus(status).phrase.encode()
    except ValueError:
        return b""
