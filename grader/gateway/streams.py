"""Answers without an end in sight: passed on as they come, or raw in both directions.

Rules of this file:

1. A raw stream begins only after the engine has granted one [22, 23].
2. A client that has gone ends the engine's answer to it; nothing else does.
3. Nothing is read that the other side has not taken: endless output waits in the container, as
   long as nobody wants its end.
"""

from __future__ import annotations

import asyncio
import contextlib

import h11

from grader.engine.client import READ_SIZE
from grader.errors import EngineError
from grader.gateway.exchange import Hijacked, Streamed
from grader.gateway.session import OpenStream, Session
from grader.gateway.wire import Wire

STUCK_SECONDS = 1
"""A client that takes nothing for so long while its container is to end is waited for no more."""


async def pass_on(session: Session, wire: Wire, answer: Streamed) -> None:
    """Pass an answer on as it comes; let go of it when it is over or the client has gone."""
    try:
        await _pass_on(session, wire, answer)
    finally:
        answer.reply.close()
        if answer.ended is not None:
            answer.ended()


async def _pass_on(session: Session, wire: Wire, answer: Streamed) -> None:
    reply = answer.reply
    length = {"content-length": v} if (v := reply.headers.get("content-length")) else {}
    if answer.rewrite is not None:
        # The engine tells the length of a short answer, which is not that of ours.
        length = {}
    wire.begin(reply.status, answer.headers | length)
    await wire.writer.drain()
    gone = asyncio.create_task(_gone(wire))
    copy = asyncio.create_task(_copy(wire, answer))
    try:
        await asyncio.wait({gone, copy}, return_when=asyncio.FIRST_COMPLETED)
        if copy.done():
            copy.result()
            wire.send(h11.EndOfMessage())
            await wire.writer.drain()
    except EngineError as error:
        session.failed(error)
        wire.writer.close()
    finally:
        for task in (gone, copy):
            task.cancel()
        await asyncio.gather(gone, copy, return_exceptions=True)


async def _copy(wire: Wire, answer: Streamed) -> None:
    hold = answer.hold
    chunks = answer.reply.chunks()
    if answer.rewrite is not None:
        chunks = answer.rewrite(chunks)
    async for chunk in chunks:
        if hold is not None:
            await hold()
            hold = None
        wire.send(h11.Data(data=chunk))
        await wire.writer.drain()


async def _gone(wire: Wire) -> None:
    """Return when the client has closed; keep what it sends ahead for the next request."""
    ahead = 0
    while data := await wire.reader.read(READ_SIZE):
        ahead += len(data)
        if ahead > wire.bounds.head_bytes:
            return
        wire.http.receive_data(data)
    wire.http.receive_data(b"")


async def pass_raw(session: Session, wire: Wire, answer: Hijacked) -> None:
    """Join the client and the container. Each direction ends by itself."""
    reply = answer.reply
    tty = "Content-Type", "application/vnd.docker.raw-stream"
    wire.send(
        h11.InformationalResponse(
            status_code=101,
            headers=[tty, ("Connection", "Upgrade"), ("Upgrade", "tcp")],
            reason=b"UPGRADED",
        )
    )
    early = bytes(wire.http.trailing_data[0])
    with session.open_stream(answer) as stream:
        up = asyncio.create_task(_pass_up(stream, wire.reader, reply.writer, early))
        try:
            await _pipe(reply.reader, wire.writer, reply.early_bytes, stream.let_go)
        finally:
            up.cancel()
            await asyncio.gather(up, return_exceptions=True)
            reply.close()


async def _pass_up(
    stream: OpenStream, source: asyncio.StreamReader, sink: asyncio.StreamWriter, early: bytes
) -> None:
    await _pipe(source, sink, early)
    stream.input_over = True


async def _pipe(
    source: asyncio.StreamReader,
    sink: asyncio.StreamWriter,
    early: bytes,
    let_go: asyncio.Event | None = None,
) -> None:
    """Copy until the source ends, and pass the end on as a half-close."""
    stuck = False
    with contextlib.suppress(ConnectionError):
        if early:
            sink.write(early)
        while data := await source.read(READ_SIZE):
            if stuck and sink.transport.get_write_buffer_size():
                continue
            sink.write(data)
            if let_go is None or not sink.transport.get_write_buffer_size():
                await sink.drain()
            else:
                stuck = not await _taken(sink, let_go)
        if sink.can_write_eof():
            sink.write_eof()


async def _taken(sink: asyncio.StreamWriter, let_go: asyncio.Event) -> bool:
    """Wait until the client has taken enough; return whether it has, once it need not any more."""
    drained, gone = asyncio.create_task(sink.drain()), asyncio.create_task(let_go.wait())
    try:
        await asyncio.wait({drained, gone}, return_when=asyncio.FIRST_COMPLETED)
        if not drained.done():
            await asyncio.wait({drained}, timeout=STUCK_SECONDS)
        if drained.done():
            drained.result()
        return drained.done()
    finally:
        for task in (drained, gone):
            task.cancel()
        await asyncio.gather(drained, gone, return_exceptions=True)
