"""`/etc/hosts` and `/etc/resolv.conf` of containers without a network, as the engine writes them.

They lie in a volume of the session: on the engine's disk like the engine's own, and removed with
all that the session leaves. Each container has its own two, and may write to them; each start
writes them anew, as the engine does. The engine is told a mount of ours of them: what lies in its
own folder it mounts only where mounts may come after it.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

from grader.engine.client import Engine
from grader.engine.mounting import clear, mount
from grader.engine.view import in_view
from grader.errors import EngineError
from grader.gateway.names import Names
from grader.gateway.policy.network_files import FILES, HOSTS, RESOLV_CONF, NetworkFilesPlace

LOOPBACK6_SINCE = 26
"""The first engine whose containers have `::1` without an IPv6 network (moby/moby#47062)."""

_TEXTS = {
    HOSTS: (
        "127.0.0.1\tlocalhost\n"
        "::1\tlocalhost ip6-localhost ip6-loopback\n"
        "fe00::0\tip6-localnet\n"
        "ff00::0\tip6-mcastprefix\n"
        "ff02::1\tip6-allnodes\n"
        "ff02::2\tip6-allrouters\n"
    ),
    RESOLV_CONF: "nameserver 127.0.0.1\n",
}


class NetworkFiles:
    """The files of one session's containers."""

    def __init__(
        self, engine: Engine, names: Names, labels: dict[str, str], engine_version: str
    ) -> None:
        """Do nothing yet."""
        self._engine = engine
        self._names = names
        self._labels = labels
        self._major = engine_version.partition(".")[0]
        self._asked = False
        self.folder: Path | None = None
        """The volume, once there is one."""
        self._left: list[NetworkFilesPlace] = []

    async def place(self) -> NetworkFilesPlace | None:
        """Return a place for one container, None where only the engine can write the files.

        Root on the engine's machine can, where root there is root in containers. The caller holds
        `creating`.
        """
        if not self._asked:
            self._asked = True
            if self._major.isdecimal() and _suits_this_machine():
                self.folder = await self._new_folder()
        if self.folder is None:
            return None
        loopback6 = int(self._major) >= LOOPBACK6_SINCE
        return NetworkFilesPlace(self._names.new_place("(engine)"), loopback6=loopback6)

    async def _new_folder(self) -> Path | None:
        body = {"Name": f"lab-grader-network-files-{self._names.session}", "Labels": self._labels}
        with contextlib.suppress(EngineError, OSError):
            made = await self._engine.call("POST", "/volumes/create", json_body=body, ok=(201,))
            folder = Path(made["Mountpoint"])
            if await in_view(self._engine.socket, lambda: folder.stat().st_uid) == 0:
                return folder
        return None

    async def make(self, place: NetworkFilesPlace | None) -> None:
        """Make the files of a container, empty until it starts. Raises EngineError."""
        if place is not None and self.folder is not None:
            left, self._left = self._left, []
            await self._in_view(partial(_make, self.folder, place, left))

    async def write(self, place: NetworkFilesPlace | None) -> None:
        """Write the files of a container that is about to start. Raises EngineError."""
        if place is not None:
            await self._in_view(partial(_write, place))

    async def _in_view(self, work: Callable[[], None]) -> None:
        try:
            await in_view(self._engine.socket, work)
        except OSError as error:
            raise EngineError(f"files of a container cannot be written: {error}") from error

    def leave(self, place: NetworkFilesPlace | None) -> None:
        """Let go of the files of a container that is gone, when there is a next occasion."""
        if place is not None:
            self._left.append(place)


def _suits_this_machine() -> bool:
    """Return whether we may write here what a container reads.

    A kernel without IPv6 has other files, and SELinux wants labels on them.
    """
    has_ipv6, has_selinux = Path("/proc/sys/net/ipv6"), Path("/sys/fs/selinux/enforce")
    return os.geteuid() == 0 and has_ipv6.exists() and not has_selinux.exists()


def _make(folder: Path, place: NetworkFilesPlace, left: list[NetworkFilesPlace]) -> None:
    for gone in left:
        clear(Path(gone.path))
        shutil.rmtree(folder / Path(gone.path).name, ignore_errors=True)
    seen = Path(place.path)
    made = folder / seen.name
    made.mkdir(mode=0o700)
    for file in FILES:
        (made / Path(file).name).touch(mode=0o644)
    seen.parent.mkdir(mode=0o700, exist_ok=True)
    seen.mkdir()
    handle = os.open(made, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        mount(handle, seen)
    finally:
        os.close(handle)


def _write(place: NetworkFilesPlace) -> None:
    for file, text in _TEXTS.items():
        Path(place.of(file)).write_text(text, encoding="ascii")
