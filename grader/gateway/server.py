"""The socket of a session: accepts connections, and counts them."""

from __future__ import annotations

import asyncio
import socket as sockets
from functools import partial

from grader.engine.client import READ_SIZE
from grader.gateway import connection
from grader.gateway.admission import Admission, Bounds
from grader.gateway.calls.lifecycle import start_again
from grader.gateway.handling import our_bug
from grader.gateway.room import watch
from grader.gateway.session import Session
from grader.gateway.wire import Wire


class Gateway:
    """Serves one session on a listening socket until it is closed."""

    def __init__(self, session: Session, bounds: Bounds | None = None) -> None:
        self.session = session
        session.recorder.start_again = partial(start_again, session)
        self.bounds = bounds or Bounds()
        self._admission = Admission(self.bounds, session.in_flight)
        self._server: asyncio.Server | None = None
        self._room: asyncio.Task[None] | None = None
        self._connections: set[asyncio.Task[None]] = set()

    async def serve(self, listening: sockets.socket) -> None:
        """Start to accept connections."""
        self._server = await asyncio.start_unix_server(
            self._accept, sock=listening, limit=READ_SIZE * 4
        )
        self._room = asyncio.create_task(watch(self.session))

    async def close(self) -> None:
        """Stop accepting and drop every connection."""
        if self._server is not None:
            self._server.close()
        for life in self.session.recorder.lives.values():
            life.hold_back()
        tasks = [*self._connections, *([self._room] if self._room else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - a callback of a server runs in a task
        self._connections.add(task)
        wire = Wire(reader, writer, self.bounds)
        try:
            with self._admission.connection() as room:
                serve = connection.serve if room else connection.turn_away
                try:
                    await serve(self.session, self._admission, wire)
                finally:
                    await wire.close()
        except (ConnectionError, TimeoutError, asyncio.CancelledError):
            pass
        except Exception as bug:  # noqa: BLE001 - as in `Handling.answer`
            self.session.failed(our_bug("a connection", bug))
        finally:
            self._connections.discard(task)
