"""The container that this grader itself runs in, if it does, and what the engine calls its folders.

The engine resolves paths on its own machine. So a folder of this container can be mounted into a
student's only if it lies on a volume, or in a folder of that machine, and by the name it has there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from grader.engine.client import Engine
from grader.engine.sessions import RUNTIME_VARIABLE
from grader.errors import EngineError, OutputError

MOUNTS_FILE = Path("/proc/self/mountinfo")

_OWN_FILE = re.compile(r"/containers/([0-9a-f]{64})/(?:hostname|hosts|resolv\.conf)")
"""What Docker mounts into every container, by its source: the path names the container."""


@dataclass(frozen=True)
class OwnContainer:
    """Where this grader runs; without an id, on the engine's machine itself."""

    id: str = ""
    mounts: tuple[tuple[Path, Path], ...] = ()
    """Place in here, and what the engine calls it."""

    def seen_by_engine(self, path: Path) -> Path:
        """Return what the engine calls an absolute path. Raises OutputError where it has none."""
        if not self.id:
            return path
        for place, source in sorted(self.mounts, key=lambda mount: len(mount[0].parts))[::-1]:
            if path.is_relative_to(place):
                return source / path.relative_to(place)
        raise OutputError(
            f"{path} is inside this container, where the engine cannot see it",
            fix=f"mount a volume (-v lab-grader:/run/lab-grader), and set {RUNTIME_VARIABLE} to it",
        )


def is_in_container() -> bool:
    """Return whether this process seems to run in a container of some Docker engine."""
    return bool(_own_id())


async def own_container(engine: Engine) -> OwnContainer:
    """Return the container of this engine that we run in.

    A container of another engine is none: this engine then runs beside us, and sees what we see.
    Raises EngineError.
    """
    if not (own := _own_id()):
        return OwnContainer()
    try:
        told = await engine.call("GET", f"/containers/{own}/json")
    except EngineError as error:
        if error.status != 404:
            raise
        return OwnContainer()
    mounts = (
        (Path(mount["Destination"]), Path(mount["Source"]))
        for mount in told["Mounts"]
        if mount["Type"] in {"bind", "volume"}
    )
    return OwnContainer(told["Id"], tuple(mounts))


async def runs(engine: Engine, container: str) -> bool:
    """Return whether a container is there and runs. Raises EngineError."""
    try:
        told = await engine.call("GET", f"/containers/{container}/json")
    except EngineError as error:
        if error.status != 404:
            raise
        return False
    return bool(told["State"]["Running"])


def _own_id() -> str:
    try:
        table = MOUNTS_FILE.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    # The fourth field is what is mounted, as its own file system calls it; the fifth is where.
    rows = (line.split(" ", 5) for line in table.splitlines())
    found = (_OWN_FILE.search(row[3]) for row in rows if row[4].startswith("/etc/"))
    return next((match[1] for match in found if match), "")
