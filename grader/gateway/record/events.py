"""What `docker events` tells: the session's own events, in the engine's form [40].

Each handler adds what it has brought about; the engine's own stream is never asked, because it
tells of everybody's objects, and of the recorder's calls.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

KEPT = 256
"""Past events that can be asked for, as many as the engine keeps."""
WAITING = 4096
"""Events that a follower may lag behind before it loses the oldest."""

Kind = Literal["container", "image", "volume", "network", "daemon"]


@dataclass(frozen=True)
class Event:
    """One thing that happened to one object."""

    kind: Kind
    action: str
    id: str
    attributes: Mapping[str, str]
    nanoseconds: int

    def told(self) -> dict[str, Any]:
        """Return the event in the engine's form."""
        older: dict[str, str] = {}
        if self.kind in ("container", "image"):
            older = {"status": self.action, "id": self.id}
        if self.kind == "container" and "image" in self.attributes:
            older["from"] = self.attributes["image"]
        return older | {
            "Type": self.kind,
            "Action": self.action,
            "Actor": {"ID": self.id, "Attributes": dict(self.attributes)},
            "scope": "local",
            "time": self.nanoseconds // 1_000_000_000,
            "timeNano": self.nanoseconds,
        }


@dataclass
class EventLog:
    """The events of one session, and who listens to them."""

    past: deque[Event] = field(default_factory=lambda: deque(maxlen=KEPT))
    _followers: list[_Follower] = field(default_factory=list)

    def add(
        self, kind: Kind, action: str, id_: str, attributes: Mapping[str, str] | None = None
    ) -> None:
        """Tell of something that happened now; `attributes` hold the student's names only."""
        event = Event(kind, action, id_, dict(attributes or {}), time.time_ns())
        self.past.append(event)
        for follower in self._followers:
            follower.waiting.append(event)
            follower.news.set()

    @property
    def followed(self) -> bool:
        """Whether somebody listens."""
        return bool(self._followers)

    def between(self, since: int, until: int | None) -> list[Event]:
        """Return the kept events of a time, in nanoseconds."""
        return [
            event
            for event in self.past
            if event.nanoseconds >= since and (until is None or event.nanoseconds <= until)
        ]

    async def follow(
        self, wanted: Callable[[Event], bool], since: int | None, until: int | None
    ) -> AsyncIterator[Event]:
        """Yield past events from `since` on, and coming ones up to `until` (nanoseconds)."""
        follower = _Follower()
        self._followers.append(follower)
        try:
            # No await between listening and this look at the past: nothing is told twice or lost.
            asked_for_past = since is not None or until is not None
            past = self.between(since or 0, until) if asked_for_past else []
            for event in past:
                if wanted(event):
                    yield event
            while await follower.has_news(until):
                while follower.waiting:
                    event = follower.waiting.popleft()
                    if wanted(event):
                        yield event
        finally:
            self._followers.remove(follower)


@dataclass(eq=False)
class _Follower:
    waiting: deque[Event] = field(default_factory=lambda: deque(maxlen=WAITING))
    news: asyncio.Event = field(default_factory=asyncio.Event)

    async def has_news(self, until: int | None) -> bool:
        """Wait for an event; return False when the time is over."""
        left = None if until is None else (until - time.time_ns()) / 1e9
        if left is not None and left <= 0:
            return False
        try:
            async with asyncio.timeout(left):
                await self.news.wait()
        except TimeoutError:
            return False
        self.news.clear()
        return True
