"""Start a workbench: the sealed container in which a student's lines are typed."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

from grader.engine.client import READ_SIZE, Engine, Reply, error_message
from grader.engine.sessions import workbench_name
from grader.errors import EngineError
from grader.workbench.folder import STUDENT, packed
from grader.workbench.terminal import prompt_environment

ROWS, COLUMNS = 40, 160
# ctrl-p ctrl-q is for the student's client; NUL is never typed, so this stream never detaches.
_DETACH_KEYS = "ctrl-@,ctrl-@"
_STOP_SECONDS = 10
_UPLOAD_CHUNK = 256 * 1024
_KILLED = 128 + 9
_HOSTS_FILE = "hosts"
_HOSTS = "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n"

# How much a workbench may take of the machine.
_MEMORY = 512 * 1024 * 1024
_PROCESSES = 256
_FILE_SIZE = 256 * 1024 * 1024

# The sixth field after the name is the process group in the foreground of process 1's terminal.
# `kill -9 -1` would be for everybody: so only if it is another group than process 1's own.
_KILL_FOREGROUND = """
read -r line </proc/1/stat
set -- ${line##*) }
[ "$6" -gt 1 ] && kill -9 "-$6" && echo killed
"""


@dataclass(eq=False)
class Workbench:
    """A running workbench and its terminal. Removing the container is its owner's business."""

    id: str
    token: str
    """Token of the prompts of its own shell."""
    _engine: Engine
    _stream: Reply
    _early: bytes = b""

    async def read(self) -> bytes:
        """Return what the terminal shows next; nothing when it is gone."""
        if self._early:
            early, self._early = self._early, b""
            return early
        try:
            return await self._stream.reader.read(READ_SIZE)
        except ConnectionError:
            return b""

    def write(self, keys: bytes) -> None:
        """Type at the terminal."""
        self._stream.writer.write(keys)

    async def kill_foreground(self) -> bool:
        """Kill the foreground process group of the terminal. Raises EngineError."""
        # The student's own user may kill the student's processes; root has no capability for it.
        body = {
            "Cmd": ["/bin/sh", "-c", _KILL_FOREGROUND],
            "User": str(STUDENT),
            "AttachStdout": True,
        }
        made = await self._engine.call("POST", f"/containers/{self.id}/exec", json_body=body)
        reply = await self._engine.send(
            "POST",
            f"/exec/{made['Id']}/start",
            body=b'{"Detach": false, "Tty": false}',
            content_type="application/json",
        )
        # The exit status comes later than the end of the output, so the output tells.
        async with reply:
            return b"killed" in await reply.read()

    async def ended_by_student(self) -> bool:
        """Return whether the container ended by itself (or for want of memory), not through us.

        Process 1 is a shell that a student cannot signal; but it ends when it cannot start another
        process, as after a fork bomb. Raises EngineError if the engine cannot tell.
        """
        try:
            async with asyncio.timeout(_STOP_SECONDS):
                await self._engine.call("POST", f"/containers/{self.id}/wait")
                told = await self._engine.call("GET", f"/containers/{self.id}/json")
        except TimeoutError:
            return False
        except EngineError as error:
            if error.status == HTTPStatus.NOT_FOUND:
                return False
            raise
        state = told["State"]
        return bool(state["OOMKilled"] or state["ExitCode"] != _KILLED)

    async def put_files(self, folder: Path) -> None:
        """Copy the files of `folder` into the working folder; before the first line is typed.

        Raises SubmissionError for files that cannot be handed in, and EngineError.
        """
        tar = await asyncio.to_thread(packed, folder)

        async def chunks() -> AsyncIterator[bytes]:
            for start in range(0, len(tar), _UPLOAD_CHUNK):
                yield tar[start : start + _UPLOAD_CHUNK]

        reply = await self._engine.send(
            "PUT",
            f"/containers/{self.id}/archive",
            query={"path": "/lab", "noOverwriteDirNonDir": "1"},
            body=chunks(),
            content_type="application/x-tar",
        )
        async with reply:
            raw = await reply.read()
            if reply.status != HTTPStatus.OK:
                raise EngineError(
                    f"the submission's files could not be copied: {error_message(raw)}",
                    status=reply.status,
                )

    def close(self) -> None:
        """Let go of the terminal."""
        self._stream.close()


async def launch(
    engine: Engine,
    *,
    image: str,
    session: str,
    labels: Mapping[str, str],
    socket: Path,
    seen_as: Path | None = None,
) -> Workbench:
    """Start a workbench whose Docker client talks to `socket`, which must be bound already.

    `seen_as`: what the engine calls it, where it sees it by another path. Raises EngineError;
    nothing is left behind then.
    """
    token = secrets.token_hex(6)
    _hosts_beside(socket)
    body = _container(image, seen_as or socket) | {"Labels": dict(labels)}
    body["Env"] += [f"{name}={value}" for name, value in prompt_environment(token).items()]
    made = await _create(engine, workbench_name(session), image, body)
    path = f"/containers/{made}"
    try:
        stream = await _attach(engine, path)
        try:
            await engine.call("POST", f"{path}/start")
            size = {"h": str(ROWS), "w": str(COLUMNS)}
            await engine.call("POST", f"{path}/resize", query=size)
        except BaseException:
            stream.close()
            raise
    except BaseException:
        await asyncio.shield(_remove(engine, path))
        raise
    return Workbench(made, token, engine, stream, stream.early_bytes)


async def _create(engine: Engine, name: str, image: str, body: dict[str, Any]) -> str:
    try:
        made = await engine.call(
            "POST", "/containers/create", query={"name": name}, json_body=body, ok=(201,)
        )
    except EngineError as error:
        if error.status != HTTPStatus.NOT_FOUND:
            raise
        raise EngineError(
            f"the workbench's image {image!r} is missing",
            status=error.status,
            fix="run scripts/setup: it builds the image",
        ) from error
    return str(made["Id"])


async def _attach(engine: Engine, path: str) -> Reply:
    query = {"stream": "1", "stdin": "1", "stdout": "1", "detachKeys": _DETACH_KEYS}
    stream = await engine.send("POST", f"{path}/attach", query=query, hijack=True)
    if not stream.hijacked:
        async with stream:
            raise EngineError(
                f"the workbench's terminal is not available: {error_message(await stream.read())}",
                status=stream.status,
            )
    return stream


async def _remove(engine: Engine, path: str) -> None:
    await engine.call("DELETE", path, query={"force": "1", "v": "1"}, ok=(204, 404, 409))


def _container(image: str, socket: Path) -> dict[str, Any]:
    mounts = [
        {"Type": "bind", "Source": str(socket.absolute()), "Target": "/var/run/docker.sock"},
        {
            "Type": "bind",
            "Source": str(socket.with_name(_HOSTS_FILE).absolute()),
            "Target": "/etc/hosts",
            "ReadOnly": True,
        },
    ]
    return {
        "Image": image,
        # With -m the terminal's foreground comes back to process 1 when a shell was killed; else
        # the next one would stand in the background and could not read.
        "Cmd": ["/bin/sh", "-m", "/usr/local/bin/workbench-shell"],
        "Hostname": "lab",
        # Nothing in it is worth waiting for when the engine is shut down.
        "StopSignal": "SIGKILL",
        "Env": [
            "TERM=xterm",
            "LANG=C.UTF-8",
            "HISTCONTROL=ignorespace",  # what the grader types for itself begins with a space
            "DOCKER_CLI_HINTS=false",
        ],
        "Tty": True,
        "OpenStdin": True,
        "AttachStdin": True,
        "AttachStdout": True,
        "AttachStderr": True,
        # Of the two ways to have no network, this one costs half of the time to start: the engine
        # makes no sandbox for it, and no file of hosts either.
        "NetworkDisabled": True,
        "HostConfig": {
            "NetworkMode": "none",
            "Mounts": mounts,
            "Memory": _MEMORY,
            "MemorySwap": _MEMORY,
            "PidsLimit": _PROCESSES,
            "Ulimits": [
                {"Name": "fsize", "Soft": _FILE_SIZE, "Hard": _FILE_SIZE},
                {"Name": "core", "Soft": 0, "Hard": 0},
            ],
            "CapDrop": ["ALL"],
            "SecurityOpt": ["no-new-privileges"],
            "LogConfig": {"Type": "none"},
        },
    }


def _hosts_beside(socket: Path) -> None:
    """Write the names that a machine without network knows."""
    file = socket.with_name(_HOSTS_FILE)
    file.write_text(_HOSTS, encoding="utf-8")
    file.chmod(0o644)
