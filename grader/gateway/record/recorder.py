"""Collects what happens in one session: the timeline of calls, containers, volumes, networks."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from dataclasses import dataclass, field

from grader.engine.client import Engine, error_message
from grader.gateway.policy.container import CreatePlan
from grader.gateway.policy.networks import BRIDGE
from grader.gateway.policy.restarts import Restarts
from grader.gateway.record.contents import ContentsReader
from grader.gateway.record.events import EventLog
from grader.gateway.record.life import Life
from grader.model.evidence import Call, Contents, NetworkRecord, VolumeRecord


@dataclass
class Recorder:
    """Collects what happens in one session."""

    engine: Engine
    watched: Future[tuple[str, ...]]
    on_gone: Callable[[str], object]
    """Called with the id of a container that is no more."""
    volume_names: dict[str, str] = field(default_factory=dict)
    """The student's name of a volume → the engine's."""
    events: EventLog = field(default_factory=EventLog)
    step: int = 0
    calls: list[Call] = field(default_factory=list)
    lives: dict[str, Life] = field(default_factory=dict)
    volumes: dict[str, VolumeRecord] = field(default_factory=dict)
    """The newest volume of each name; `past_volumes` holds those that are gone."""
    past_volumes: list[VolumeRecord] = field(default_factory=list)
    networks: dict[str, NetworkRecord] = field(default_factory=dict)
    """The newest network of each name, as `volumes`; `network_ids` has the ids that are shown."""
    past_networks: list[NetworkRecord] = field(default_factory=list)
    network_ids: dict[str, str] = field(default_factory=dict)
    contents: ContentsReader | None = None
    """Reads volumes and the working folder, where the lab wants them on record."""
    folder: Contents | None = None
    """What is in the working folder at the end."""
    start_again: Callable[[Life], Awaitable[None]] | None = None
    """Starts a container as its restart policy says; the gateway that serves can do it."""
    _zero: float | None = None

    def now(self) -> float:
        """Return seconds since the first step began; 0 before that."""
        return 0.0 if self._zero is None else round(time.monotonic() - self._zero, 4)

    def begin_step(self, number: int) -> None:
        """Let the calls from now on belong to this step."""
        if self._zero is None:
            self._zero = time.monotonic()
        self.step = number

    def born(self, id_: str, name: str, plan: CreatePlan) -> Life:
        """Put a new container on record."""
        life = Life(id_, plan, [name], self.step, self, restarts=Restarts(plan.restart))
        self.lives[id_] = life
        life.note("created")
        life.event("create")
        if plan.network.endpoint:
            life.joined(plan.network.endpoint)
        return life

    def forget(self, id_: str) -> None:
        """Let go of the name of a container that is no more; its record stays."""
        self.on_gone(id_)

    def volume_made(
        self, name: str, real: str, labels: dict[str, str] | None = None, *, anonymous: bool = False
    ) -> None:
        """Put a volume on record, unless it is there already."""
        if name not in self.volumes:
            self.volumes[name] = VolumeRecord(
                name=name, labels=labels or {}, anonymous=anonymous, step=self.step
            )
            self.volume_names[name] = real
            self.events.add("volume", "create", name, {"driver": "local"})

    def volume_gone(self, name: str, contents: Contents | None = None) -> None:
        """Put the removal of a volume on record."""
        self.volume_names.pop(name, None)
        known = self.volumes.pop(name, None)
        if known is not None:
            self.past_volumes.append(
                known.model_copy(update={"removed_step": self.step, "contents": contents})
            )
            self.events.add("volume", "destroy", name, {"driver": "local"})

    def network_made(
        self, name: str, shown_id: str, labels: dict[str, str], *, internal: bool
    ) -> None:
        """Put a network on record."""
        self.networks[name] = NetworkRecord(
            name=name, labels=labels, internal=internal, step=self.step
        )
        self.network_ids[name] = shown_id
        if name != BRIDGE:
            self.network_event("create", name)

    def network_gone(self, name: str) -> None:
        """Put the removal of a network on record."""
        self.past_networks.append(
            self.networks.pop(name).model_copy(update={"removed_step": self.step})
        )
        self.network_event("destroy", name)
        del self.network_ids[name]

    def network_event(self, action: str, name: str, container: str = "") -> None:
        """Tell those who follow `docker events` of a network, or of a container's place in it."""
        told = {"name": name, "type": "bridge"}
        if container:
            told["container"] = container
        if name in self.network_ids:
            self.events.add("network", action, self.network_ids[name], told)

    async def drop_volume(self, name: str) -> tuple[int, str]:
        """Remove a volume unless a container has it; return the engine's status and words."""
        real = self.volume_names[name]
        contents = await self.contents.volume(name) if self.contents else None
        async with await self.engine.send("DELETE", f"/volumes/{real}") as reply:
            words = error_message(await reply.read())
        if reply.status in (204, 404):
            self.volume_gone(name, contents)
        return reply.status, words

    async def drop_anonymous(self, life: Life) -> None:
        """Remove a container's anonymous volumes that no other has, as `rm -v` does."""
        for mounted in life.plan.mounted:
            if mounted.anonymous and mounted.volume in self.volumes:
                await self.drop_volume(mounted.volume)

    async def exits_noted(self) -> None:
        """Return once each exit that is known is on record, with its snapshot and removals."""
        for life in list(self.lives.values()):
            if life.watcher is not None and life.exit_seen.is_set():
                await asyncio.shield(life.watcher)

    async def finish(self) -> None:
        """Wait for open exits and put the state at the end on record. Raises EngineError."""
        for life in list(self.lives.values()):
            if not life.removed:
                await life.ended()
        if self.contents is not None:
            for name, volume in self.volumes.items():
                contents = await self.contents.volume(name)
                self.volumes[name] = volume.model_copy(update={"contents": contents})
            self.folder = await self.contents.lab_folder()
