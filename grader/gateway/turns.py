"""One turning point at a time, and whose time it takes.

While the engine works on a call, the student's clock stands, and an engine that works for too long
counts as hung. A call that waits for another call of the same student is neither.

Who holds several of a session's locks takes them in this order, so that no two wait for each other:
`Admission`'s calls, `Session.copies`, `Session.committing`, `Life.lock`, `Session.still`. Two are
taken as the last one: `Session.builds` (within `copies`) and `Session.creating`. What watches a
container for its exit takes none of them, so an exit may be awaited under any.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Literal, Self

_work: ContextVar[EngineWork | None] = ContextVar("_work", default=None)


class EngineWork:
    """A call that the engine has to answer by itself; on the session's list while it does."""

    def __init__(self, in_flight: list[float]) -> None:
        self._in_flight = in_flight
        self._began = 0.0

    def begin(self) -> None:
        """Note that the engine has the call, or has it again."""
        self._began = time.monotonic()
        self._in_flight.append(self._began)

    def rest(self) -> None:
        """Note that the call waits for something else than the engine."""
        self._in_flight.remove(self._began)

    def __enter__(self) -> Self:
        self.begin()
        self._token = _work.set(self)
        return self

    def __exit__(self, *_: object) -> None:
        _work.reset(self._token)
        self.rest()


@contextlib.contextmanager
def _off_the_clock(*, waits: bool) -> Iterator[None]:
    """Take the current call off the list while it waits."""
    work = _work.get() if waits else None
    if work is None:
        yield
        return
    work.rest()
    try:
        yield
    finally:
        work.begin()


class Turn(asyncio.Lock):
    """A lock; waiting for it is not the engine's work."""

    async def acquire(self) -> Literal[True]:
        """Wait for our turn."""
        with _off_the_clock(waits=self.locked()):
            return await super().acquire()


class Turns(asyncio.Semaphore):
    """So many at a time; waiting for one of them to end is not the engine's work either."""

    async def acquire(self) -> Literal[True]:
        """Wait for our turn."""
        with _off_the_clock(waits=self.locked()):
            return await super().acquire()
