"""One student's session: what its gateway knows, and what a replay may ask it."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field

from grader.engine.client import Engine
from grader.engine.sessions import PLACES, runtime_folder, workbench_name
from grader.errors import EngineError, SystemFault
from grader.gateway.exchange import Hijacked
from grader.gateway.folder import LabFolder
from grader.gateway.names import Names
from grader.gateway.network_files import NetworkFiles
from grader.gateway.record.contents import ContentsReader
from grader.gateway.record.events import EventLog
from grader.gateway.record.recorder import Recorder
from grader.gateway.turns import Turn, Turns
from grader.model.evidence import EngineRecord
from grader.model.lab import Lab, Recorded

KILL_SECONDS = 10
COPIES_AT_ONCE = 2
BUILDS_AT_ONCE = 2

PromptEnvironment = Callable[[str], dict[str, str]]
"""Token → environment that makes a shell announce its prompts with that token."""

# Kills, in a container, what stands in the foreground of a terminal: first what a shell started
# there, else the leader of the terminal itself, but never process 1.
_KILL_SCRIPT = """
killed=
for leaders in no yes; do
  for folder in /proc/[0-9]*; do
    read -r line 2>/dev/null < $folder/stat || continue
    pid=${folder#/proc/}
    set -- ${line##*) }
    [ "$3" = "$6" ] && [ "$pid" != 1 ] || continue
    [ "$4" = "$pid" ] && [ $leaders = no ] && continue
    kill -9 "$pid" && killed=yes
  done
  [ -z "$killed" ] || exit 0
done
exit 3
"""


@dataclass(eq=False)
class OpenStream:
    """A hijacked connection between the student's client and a container."""

    step: int
    container: str
    interactive: bool
    joined: bool
    piped_shell: bool
    open: bool = True
    input_over: bool = False
    """The client has sent all: it did not read the terminal, or has seen ctrl-d there."""
    let_go: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the container is to end: what its client does not take is dropped from then on."""


@dataclass(eq=False)
class Session:
    """The state behind one gateway. Also the `DockerSide` of a replay."""

    engine: Engine
    token: str
    lab: Lab
    names: Names
    recorder: Recorder
    engine_facts: EngineRecord
    labels: dict[str, str]
    """Labels of every object that the session makes."""
    prompt: PromptEnvironment
    folder: LabFolder
    network_files: NetworkFiles
    streams: list[OpenStream] = field(default_factory=list)
    in_flight: list[float] = field(default_factory=list)
    """When each call began that the engine has to answer by itself, now."""
    full: bool = False
    """The session holds more on the engine's disk than the lab gives: nothing starts."""
    image_volumes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Id of an image → where it wants volumes, as far as it is known."""
    fault: SystemFault | None = None
    """The first failure of ours; the session's evidence is not to be trusted then."""

    # Locks; `grader.gateway.turns` says in which order they are taken.

    copies: Turns = field(default_factory=lambda: Turns(COPIES_AT_ONCE))
    """Held while a large body is in memory."""
    builds: Turns = field(default_factory=lambda: Turns(BUILDS_AT_ONCE))
    """Held while a build goes on: its containers are not counted among the session's."""
    creating: Turn = field(default_factory=Turn)
    """Held while a container, network or volume is made, so that their number is known, and while
    networks come, are told or go."""
    committing: Turn = field(default_factory=Turn)
    """Held while a container becomes an image, so that the number of images is known."""
    still: Turn = field(default_factory=Turn)
    """Held while containers are paused for a copy: none with a mount starts or goes on then."""

    @classmethod
    def open(
        cls,
        engine: Engine,
        token: str,
        lab: Lab,
        *,
        images: dict[str, str],
        watched: Future[tuple[str, ...]],
        engine_facts: EngineRecord,
        labels: dict[str, str],
        prompt: PromptEnvironment,
    ) -> Session:
        """Return a session without objects.

        `images`: reference → id of what the lab may use. `watched`: the paths that snapshots look
        at in any case, once they are known; no snapshot is taken before.
        """
        places = (runtime_folder() / token / PLACES).absolute()
        names = Names(token, images=images, places=str(places))
        folder = LabFolder(engine, workbench_name(token))
        network_files = NetworkFiles(engine, names, labels, engine_facts.version)

        def gone(id_: str) -> None:
            names.containers.pop(id_)
            plan = recorder.lives[id_].plan
            folder.leave(plan.folders)
            network_files.leave(plan.network_files)

        recorder = Recorder(engine, watched, on_gone=gone, volume_names=names.volumes)
        if lab.record != Recorded():
            recorder.contents = ContentsReader(engine, lab.record, folder, names.volumes)
        return cls(
            engine, token, lab, names, recorder, engine_facts, labels, prompt, folder, network_files
        )

    def new_prompt(self) -> tuple[str, dict[str, str]]:
        """Return a fresh prompt token and its environment."""
        token = secrets.token_hex(6)
        return token, self.prompt(token)

    @property
    def events(self) -> EventLog:
        """What `docker events` tells."""
        return self.recorder.events

    def failed(self, fault: SystemFault) -> None:
        """Keep the first failure of ours."""
        self.fault = self.fault or fault

    # What a replay asks (`grader.workbench.replay.DockerSide`).

    def begin_step(self, number: int) -> None:
        """Let the calls from now on belong to this step. Raises SystemFault if we failed."""
        if self.fault is not None:
            raise self.fault
        self.recorder.begin_step(number)

    def container_of(self, token: str) -> str | None:
        """Return the container whose shell prompts with this token."""
        return self.names.prompts.get(token)

    @property
    def working(self) -> bool:
        """Whether the engine is busy with a call: that time is not the student's."""
        return bool(self.in_flight)

    @property
    def longest_call(self) -> float:
        """Seconds since the oldest call that the engine is busy with began; 0 if there is none."""
        return time.monotonic() - min(self.in_flight) if self.in_flight else 0.0

    def joined(self, container: str) -> bool:
        """Return whether an interactive stream to this container is open."""
        return self._newest(lambda s: s.interactive and s.container == container) is not None

    def attached(self, step: int) -> str | None:
        """Return the running container that was joined in this step and is still open."""
        return self._newest(lambda s: s.interactive and s.joined and s.step == step)

    def streaming(self, step: int) -> str | None:
        """Return the container of an interactive stream opened in this step and still open."""
        return self._newest(lambda s: s.interactive and s.step == step)

    def piped_shell(self, step: int) -> str | None:
        """Return the container of a shell without a terminal that reads since this step."""
        return self._newest(
            lambda s: s.interactive and s.piped_shell and not s.input_over and s.step == step
        )

    def foreground(self) -> str | None:
        """Return the container that the newest open interactive stream belongs to."""
        return self._newest(lambda s: s.interactive) or self._newest(lambda _: True)

    async def kill_foreground(self) -> bool:
        """Kill what hangs in the container in the foreground, in the end the container itself."""
        container = self.foreground()
        if container is None:
            return False
        self.let_go(container)
        try:
            # The shell that carries this out is the student's: it may be anything.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(KILL_SECONDS):
                    if await self._kill_in(container):
                        return True
            await self.engine.call("POST", f"/containers/{container}/kill", ok=(204, 404, 409))
        except EngineError as error:
            self.failed(error)
        return True

    async def _kill_in(self, container: str) -> bool:
        body = {"Cmd": ["/bin/sh", "-c", _KILL_SCRIPT], "User": "0", "AttachStdout": True}
        try:
            made = await self.engine.call("POST", f"/containers/{container}/exec", json_body=body)
            start = {"Detach": False, "Tty": False}
            await self.engine.call("POST", f"/exec/{made['Id']}/start", json_body=start)
            told = await self.engine.call("GET", f"/exec/{made['Id']}/json")
        except (EngineError, ValueError):
            return False
        return bool(told["ExitCode"] == 0)

    def let_go(self, container: str) -> None:
        """Let a container end whose client does not take its output.

        Engine 20.10 answers no kill before all output has been taken from it.
        """
        for stream in self.streams:
            if stream.container == container:
                stream.let_go.set()

    def _newest(self, wanted: Callable[[OpenStream], bool]) -> str | None:
        return next((s.container for s in reversed(self.streams) if s.open and wanted(s)), None)

    @contextlib.contextmanager
    def open_stream(self, hijacked: Hijacked) -> Iterator[OpenStream]:
        """Keep a stream on the list while it is open."""
        stream = OpenStream(
            self.recorder.step,
            hijacked.container,
            hijacked.interactive,
            hijacked.joined,
            hijacked.piped_shell,
        )
        self.streams.append(stream)
        try:
            yield stream
        finally:
            stream.open = False
            self.streams.remove(stream)
