"""What one session may ask of its gateway: how much at a time, and how slowly.

A bound that is reached ends or holds up the session's own requests, never another's [10, 27, 28].
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field

from grader.gateway.policy.limits import MIB
from grader.gateway.refusal import Refusal
from grader.gateway.turns import EngineWork


@dataclass(frozen=True)
class Bounds:
    """The numbers; a test may bring smaller ones."""

    head_bytes: int = 64 * 1024
    """A request's head; a build's arguments travel in its target [27]."""
    head_seconds: float = 10
    """Time for a request's head once its first byte is there [28]."""
    body_seconds: float = 60
    bodies_bytes: int = 16 * MIB
    """Bodies in memory at a time; the large ones of copies and builds queue instead."""
    connections: int = 256
    waits: int = 160
    """Answers at a time that take as long as a program does: each is a connection to the engine."""
    calls: int = 16
    """Other calls at the engine at a time; more of them queue."""
    recorded_calls: int = 20_000
    """Calls kept in the timeline."""
    unread_bytes: int = 96 * MIB
    """Answers at a time that their clients have yet to read: behind them connections break off."""
    linger_bytes: int = 16 * MIB
    linger_seconds: float = 2


@dataclass(eq=False)
class Admission:
    """Counts what one session has open."""

    bounds: Bounds
    in_flight: list[float]
    """When each call began that the engine has to answer by itself, now."""
    _connections: int = 0
    _waits: int = 0
    _held: int = 0
    _unread: int = 0
    _calls: asyncio.Semaphore = field(init=False)

    def __post_init__(self) -> None:
        self._calls = asyncio.Semaphore(self.bounds.calls)

    @contextlib.contextmanager
    def connection(self) -> Iterator[bool]:
        """Count a connection; tell whether there is room for it."""
        self._connections += 1
        try:
            yield self._connections <= self.bounds.connections
        finally:
            self._connections -= 1

    @contextlib.contextmanager
    def bytes_held(self) -> Iterator[BytesHeld]:
        """Count the bytes of one body until it is done with."""
        held = BytesHeld(self)
        try:
            yield held
        finally:
            self._held -= held.size

    def grow(self, size: int) -> None:
        """Count more bytes of a body. Raises Refusal."""
        self._held += size
        if self._held > self.bounds.bodies_bytes:
            raise Refusal(429, "too-many", "too many large requests at a time")

    @contextlib.contextmanager
    def unread(self, size: int) -> Iterator[None]:
        """Count an answer until its client has taken it. Raises ConnectionAbortedError."""
        self._unread += size
        try:
            if self._unread > self.bounds.unread_bytes:
                raise ConnectionAbortedError
            yield
        finally:
            self._unread -= size

    @contextlib.contextmanager
    def waiting(self) -> Iterator[None]:
        """Count an answer that takes as long as the student's own program. Raises Refusal."""
        if self._waits >= self.bounds.waits:
            raise Refusal(
                429, "too-many", f"more than {self.bounds.waits} streams at a time are not accepted"
            )
        self._waits += 1
        try:
            yield
        finally:
            self._waits -= 1

    @contextlib.asynccontextmanager
    async def call(self, *, queued: bool) -> AsyncIterator[None]:
        """Count a call while the engine is busy with it."""
        async with self._calls if queued else contextlib.nullcontext():
            with EngineWork(self.in_flight):
                yield


@dataclass
class BytesHeld:
    """The bytes of one body that are in memory."""

    admission: Admission
    size: int = 0

    def add(self, size: int) -> None:
        """Count more of them. Raises Refusal."""
        self.size += size
        self.admission.grow(size)
