"""One container's life, told in moments.

Before a start is sent on, a wait for the next exit is armed; when it returns, the snapshot is
taken, and every call that could change the container waits until the snapshot is there
(`Life.settled`). `--rm` is ours to carry out, after the last snapshot.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grader.engine.client import Reply
from grader.errors import EngineError
from grader.gateway.policy.container import CreatePlan
from grader.gateway.policy.network_files import FILES
from grader.gateway.policy.networks import Endpoint
from grader.gateway.policy.restarts import Restarts
from grader.gateway.record.execs import Exec, all_begun
from grader.gateway.record.layer import writable_layer
from grader.gateway.record.snapshot import Memory, take
from grader.gateway.turns import Turn
from grader.model.evidence import ContainerRecord, Moment, Snapshot

if TYPE_CHECKING:
    from grader.gateway.record.recorder import Recorder

SAME_EXIT_SECONDS = 5
"""The engine tells two waiters of one exit at the same time; so long we wait for ours."""
MESSAGE_CAP = 2000
"""Characters of the engine's words about a failed start."""
KILLED = 137
"""Exit status of a program that a KILL signal ended, as the kernel's for want of memory does."""
OOM_LOOKS = 10
OOM_SECONDS = 0.1
"""Between two looks whether the engine has heard by now that memory ran out."""


@dataclass
class Life:
    """One container of the student, as it goes on."""

    id: str
    plan: CreatePlan
    names: list[str]
    step: int
    recorder: Recorder
    moments: list[Moment] = field(default_factory=list)
    starts: int = 0
    exits: int = 0
    removed: bool = False
    memory: Memory = field(default_factory=Memory)
    _began: float = 0.0
    last_snapshot: Snapshot | None = None
    """The newest snapshot, while nothing can have changed since; else None."""
    watcher: asyncio.Task[None] | None = None
    """Waits for the running container's exit and takes the snapshot; None when it does not run."""
    exit_seen: asyncio.Event = field(default_factory=asyncio.Event)
    """Set as soon as we know of the running container's exit."""
    restarting: bool = False
    """An exit now is half of a restart, at which `--rm` does not remove."""
    stopping: bool = False
    """An exit now is what `docker stop` has asked for."""
    killed: bool = False
    """The student has sent it a signal since its last start."""
    paused: bool = False
    """The student has paused it."""
    born: int = field(default_factory=time.time_ns)
    """When it was made, in nanoseconds."""
    endpoints: dict[str, Endpoint] = field(default_factory=dict)
    """The student's name of a network → its place there now."""
    networks: list[str] = field(default_factory=list)
    """All networks that it was ever in."""
    failed_starts: int = 0
    updated: dict[str, Any] = field(default_factory=dict)
    """What `docker update` was asked for."""
    execs: dict[str, Exec] = field(default_factory=dict)
    restarts: Restarts = field(default_factory=Restarts)
    pending: asyncio.Task[None] | None = None
    """Waits to start the container again, as its restart policy says."""
    lock: Turn = field(default_factory=Turn)
    """Held while the container is started, restarted or removed: one turning point at a time."""

    async def settled(self) -> None:
        """Return once an exit that has already happened is on record. Raises EngineError."""
        watcher = self.watcher
        if watcher is not None and (watcher.done() or not await self.running()):
            await asyncio.shield(watcher)

    async def exit_known(self) -> None:
        """Return when an exit that the client is about to hear of is known to us too.

        Without this, the client could be gone, and the next step begun, before we note the exit.
        """
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(SAME_EXIT_SECONDS):
                while self.watcher is not None and not self.exit_seen.is_set():
                    if await self.running():
                        return
                    await self.exit_seen.wait()
        if self.exit_seen.is_set():
            await self.mounts_seen()

    async def mounts_seen(self) -> None:
        """Return once the mounts of an exited container are on record, where the lab wants them.

        The student's next line can change them from outside. Raises EngineError.
        """
        if self.recorder.contents is not None and self.plan.mounted:
            await self.settled()

    async def running(self) -> bool:
        """Ask the engine whether the container runs now. Raises EngineError."""
        try:
            told = await self._inspect()
        except EngineError as error:
            if error.status == 404:
                return False
            raise
        return bool(told["State"]["Running"])

    async def command(self) -> list[str]:
        """Return what it runs, be it the image's; nothing if it is gone. Raises EngineError."""
        try:
            told = await self._inspect()
        except EngineError as error:
            if error.status == 404:
                return []
            raise
        return [told["Path"], *told["Args"]]

    async def _inspect(self) -> dict[str, Any]:
        told: dict[str, Any] = await self.recorder.engine.call("GET", f"/containers/{self.id}/json")
        self.memory.layer = writable_layer(told)
        if hostname := told.get("HostnamePath"):
            self.memory.etc_files = Path(hostname).parent
        ours = FILES if self.plan.network_files else ()
        mounts = (mount["Destination"] for mount in told.get("Mounts") or ())
        self.memory.mounts = tuple(place for place in mounts if place not in ours)
        return told

    async def started(self, start: Callable[[], Awaitable[Reply]]) -> Reply:
        """Send a start on and watch for the exit. The caller holds `lock` and has settled.

        Raises EngineUnavailable.
        """
        engine = self.recorder.engine
        wait = await engine.send(
            "POST", f"/containers/{self.id}/wait", query={"condition": "next-exit"}
        )
        # A shell can prompt, and the next step begin, before the engine's answer is read.
        step, at = self.recorder.step, self.recorder.now()
        try:
            reply = await start()
        except BaseException:
            wait.close()
            raise
        if reply.status != 204:
            wait.close()
            return reply
        self.starts += 1
        self.exit_seen.clear()
        self.last_snapshot = None
        self.moments.append(Moment(label=f"start {self.starts}", at=at, step=step))
        self._began = time.monotonic()
        self.killed = False
        self._networks_event("connect")
        self._mounts_event("mount")
        self.event("start")
        self.watcher = asyncio.create_task(self._watch(wait))
        # Its failure is told by `settled`; where the replay breaks off, nobody asks any more.
        self.watcher.add_done_callback(lambda task: task.cancelled() or task.exception())
        return reply

    async def _watch(self, wait: Reply) -> None:
        async with wait:
            told: dict[str, Any] = json.loads(await wait.read() or b"{}")
        if told.get("Error") or "StatusCode" not in told:
            raise EngineError(f"the engine lost sight of container {self.names[-1]!r}: {told}")
        await self.exited(int(told["StatusCode"]))

    async def exited(self, code: int) -> None:
        """Put an exit on record, and carry out `--rm`. Raises EngineError."""
        step, at = self.recorder.step, self.recorder.now()
        self.exit_seen.set()
        oom = False
        with contextlib.suppress(EngineError):
            told = await self._inspect()
            oom = bool(told["State"]["OOMKilled"])
        self._tell_exit(code, oom=oom)
        snapshot = await self.snapshot()
        oom = oom or (code == KILLED and not self.killed and await self._oom_told_late())
        self.exits += 1
        self.moments.append(
            Moment(
                label=f"exit {self.exits}",
                at=at,
                step=step,
                exit_code=code,
                oom_killed=oom,
                snapshot=snapshot,
            )
        )
        if self.plan.auto_remove and not self.restarting:
            await self.recorder.engine.call(
                "DELETE",
                f"/containers/{self.id}",
                query={"v": "1", "force": "1"},
                ok=(204, 404, 409),
            )
            self.gone()
            await self.recorder.drop_anonymous(self)
        self.watcher = None
        if not self.removed and not self.restarting:
            self._start_again_after(code)

    async def _oom_told_late(self) -> bool:
        """Return whether memory ran out: the engine can hear of that after the exit."""
        for _ in range(OOM_LOOKS):
            with contextlib.suppress(EngineError):
                if (await self._inspect())["State"]["OOMKilled"]:
                    self.event("oom")
                    return True
            await asyncio.sleep(OOM_SECONDS)
        return False

    def killing(self, signal: str) -> None:
        """Note that the student sends a signal, by its number."""
        self.killed = True
        self.event("kill", signal=signal)

    def _tell_exit(self, code: int, *, oom: bool) -> None:
        self.paused = False
        if oom:
            self.event("oom")
        self.event("die", exitCode=str(code))
        self._networks_event("disconnect")
        self._mounts_event("unmount")
        if self.stopping or self.restarting:
            self.stopping = False
            self.event("stop")

    def _start_again_after(self, code: int) -> None:
        delay = self.restarts.after_exit(code, time.monotonic() - self._began)
        if delay is not None:
            self.pending = asyncio.create_task(self._start_again(delay))

    async def _start_again(self, delay: float) -> None:
        await asyncio.sleep(delay)
        async with self.lock:
            self.pending = None
            start_again = self.recorder.start_again
            if start_again is None or self.removed or self.restarts.held_back or self.watcher:
                return
            await start_again(self)

    async def execs_begun(self) -> None:
        """Return once no exec is about to begin: a pause meanwhile can lock the engine up."""
        await all_begun(self.recorder.engine, self.execs)

    def hold_back(self) -> bool:
        """Start it no more by itself; return whether it was about to be started."""
        self.restarts.held_back = True
        pending, self.pending = self.pending, None
        if pending is not None:
            pending.cancel()
        return pending is not None

    async def failed_start(self, message: str) -> None:
        """Put a start on record that the engine could not carry out: it tells of no exit then."""
        code = None
        with contextlib.suppress(EngineError):
            code = (await self._inspect())["State"]["ExitCode"]
        self.failed_starts += 1
        moment = Moment(
            label=f"failed start {self.failed_starts}",
            at=self.recorder.now(),
            step=self.recorder.step,
            exit_code=code,
            message=message[:MESSAGE_CAP],
        )
        self.moments.append(moment)

    def event(self, action: str, **attributes: str) -> None:
        """Tell those who follow `docker events`."""
        own = {"image": self.plan.image, "name": self.names[-1]} | (self.plan.asked.Labels or {})
        self.recorder.events.add("container", action, self.id, own | attributes)

    def joined(self, endpoint: Endpoint, *, live: bool = False) -> None:
        """Note that it is in a network now; `live`: it runs."""
        self.endpoints[endpoint.network] = endpoint
        if endpoint.network not in self.networks:
            self.networks.append(endpoint.network)
        if live:
            self.recorder.network_event("connect", endpoint.network, self.id)

    def left(self, network: str) -> None:
        """Note that it is in a network no more."""
        self.endpoints.pop(network, None)
        self.recorder.network_event("disconnect", network, self.id)

    def _networks_event(self, action: str) -> None:
        for network in self.endpoints:
            self.recorder.network_event(action, network, self.id)

    def _mounts_event(self, action: str) -> None:
        for mounted in self.plan.mounts:
            if mounted.type != "volume":
                continue
            told = {"container": self.id, "driver": "local"}
            if action == "mount":
                writable = "false" if mounted.read_only else "true"
                more = {"destination": mounted.target, "propagation": "", "read/write": writable}
                told |= more
            self.recorder.events.add("volume", action, mounted.source, told)

    async def snapshot(self) -> Snapshot:
        """Return the state of the writable layer; the container does not run, or is paused."""
        if self.last_snapshot is None:
            watched = await asyncio.shield(asyncio.wrap_future(self.recorder.watched))
            self.last_snapshot = await take(self.recorder.engine, self.id, watched, self.memory)
        if (reader := self.recorder.contents) is not None:
            # What is mounted can change while the container itself does not.
            watched = self.recorder.watched.result()
            self.last_snapshot = await reader.added(self.last_snapshot, self, watched)
        return self.last_snapshot

    def note(self, label: str, snapshot: Snapshot | None = None) -> None:
        """Add a moment that happens now."""
        self.moments.append(
            Moment(label=label, at=self.recorder.now(), step=self.recorder.step, snapshot=snapshot)
        )

    def gone(self) -> None:
        """Put the removal on record, with the last state that was seen."""
        self.removed = True
        self.note("removed", self.last_snapshot)
        self.event("destroy")
        self.recorder.forget(self.id)

    async def ended(self) -> None:
        """Put the state at the end of the session on record, pausing what still runs.

        Raises EngineError.
        """
        self.hold_back()
        await self.settled()
        if self.removed:
            return
        if self.watcher is None:
            self.note("end", await self.snapshot())
            return
        engine = self.recorder.engine
        # On a running container an archive call would follow links that the student can still move.
        async with await engine.send("POST", f"/containers/{self.id}/pause"):
            pass
        await self.settled()
        if self.watcher is not None:
            self.last_snapshot = None
            self.watcher.cancel()
        if not self.removed:
            self.note("end", await self.snapshot())

    def record(self) -> ContainerRecord:
        """Return the finished record."""
        body, plan = self.plan.body, self.plan
        asked = plan.asked
        return ContainerRecord(
            id=self.id,
            names=tuple(self.names),
            image=plan.image,
            image_id=plan.image_id,
            command=_words(asked.Cmd),
            entrypoint=_words(asked.Entrypoint),
            environment=tuple(asked.Env or ()),
            working_dir=body["WorkingDir"],
            user=asked.User or "",
            hostname=asked.Hostname or "",
            tty=bool(asked.Tty),
            open_stdin=bool(asked.OpenStdin),
            auto_remove=plan.auto_remove,
            network=plan.shown["NetworkMode"],
            labels=dict(asked.Labels or {}),
            networks=tuple(self.networks),
            mounts=plan.mounts,
            ports=plan.ports,
            moments=tuple(self.moments),
        )


def _words(command: list[str] | str | None) -> tuple[str, ...]:
    if command is None:
        return ()
    return (command,) if isinstance(command, str) else tuple(command)
