"""Removes what ended sessions left: containers, volumes, networks, images and socket folders.

Only objects that carry our label *and* belong to a session of this runtime folder that is over, or
to one from before the machine was started or of a grader's container that is gone, are touched.
Run as a module, it does so in silence: that is how a finished `grade` cleans up without letting its
user wait.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import json
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

from grader.engine.client import Engine, engine_socket
from grader.engine.mounting import clear
from grader.engine.own_container import own_container, runs
from grader.engine.sessions import (
    BOOT_LABEL,
    CONTAINER_LABEL,
    PLACES,
    RUNTIME_LABEL,
    SESSION_LABEL,
    boot,
    forget,
    over,
    runtime_folder,
    runtime_id,
    sessions,
)
from grader.engine.view import in_view
from grader.errors import EngineError, GraderError

PATIENCE = 20.0
"""Seconds for the engine to remove one object: one that is stuck must not hold up the rest."""


@dataclass
class Swept:
    """What became of the leftovers, in words."""

    removed: list[str] = field(default_factory=list)
    stayed: list[str] = field(default_factory=list)
    """What the engine would not remove; the next sweep tries again."""


async def remove_leftovers(engine: Engine) -> Swept:
    """Remove what ended sessions left. Raises EngineError if the engine cannot list it."""
    sweep = _Sweep(engine, runtime_id(runtime_folder()))
    filters = json.dumps({"label": [SESSION_LABEL]})
    found = await engine.call("GET", "/containers/json", query={"all": "1", "filters": filters})
    ours = await sweep.leftovers(found)
    await asyncio.gather(*(sweep.container(token, item) for token, item in ours))
    found = await engine.call("GET", "/volumes", query={"filters": filters})
    for token, item in await sweep.leftovers(found["Volumes"]):
        name = item["Name"]
        await sweep.drop(token, f"volume {name}", f"/volumes/{quote(name)}", {"force": "1"})
    found = await engine.call("GET", "/networks", query={"filters": filters})
    for token, item in await sweep.leftovers(found):
        await sweep.drop(token, f"network {item['Name']}", f"/networks/{item['Id']}", {})
    await sweep.images(filters)
    await sweep.forget_folders()
    return sweep.swept


class _Sweep:
    """One walk over the engine's objects: whose they are, and what became of them."""

    def __init__(self, engine: Engine, runtime: str) -> None:
        self.engine = engine
        self._runtime, self._boot = runtime, boot()
        self.swept = Swept()
        self._folders = {path.name: path for path in sessions()}
        self._alive = {token for token, path in self._folders.items() if not over(path)}
        self._unclean: set[str] = set()

    async def leftovers(
        self, items: list[dict[str, Any]] | None
    ) -> list[tuple[str, dict[str, Any]]]:
        """Return what belongs to sessions that are over, with the session's token."""
        found = []
        for item in items or ():
            labels = item.get("Labels") or {}
            if (token := labels.get(SESSION_LABEL, "")) and await self._is_over(token, labels):
                found.append((token, item))
        return found

    async def _is_over(self, token: str, labels: dict[str, str]) -> bool:
        if labels.get(RUNTIME_LABEL) != self._runtime:
            # Another folder's; or this one's, which did not outlive a restart of the machine.
            if labels.get(BOOT_LABEL, self._boot) != self._boot:
                return True
            # The folder of a grader in a container is often a volume that goes with it.
            container = labels.get(CONTAINER_LABEL)
            return container is not None and not await runs(self.engine, container)
        # A session that began after the folders were read has its folder by now.
        is_known = token in self._folders or not (runtime_folder() / token).exists()
        return is_known and token not in self._alive

    async def container(self, token: str, item: dict[str, Any]) -> None:
        """Remove a container with its anonymous volumes."""
        name = item["Names"][0].removeprefix("/") if item["Names"] else item["Id"][:12]
        path = f"/containers/{item['Id']}"
        with contextlib.suppress(EngineError, TimeoutError):
            # A paused container cannot be killed.
            async with asyncio.timeout(PATIENCE):
                await self.engine.call("POST", f"{path}/unpause", ok=(204, 404, 409, 500))
        await self.drop(token, f"container {name}", path, {"force": "1", "v": "1"})

    async def images(self, filters: str) -> None:
        """Remove images from the newest on: with one go those that it was made from."""
        query = {"all": "1", "filters": filters}
        tried: set[str] = set()
        while True:
            found = await self.engine.call("GET", "/images/json", query=query)
            ours = await self.leftovers(found)
            parents = {item["ParentId"] for _, item in ours}
            newest = [(t, i) for t, i in ours if i["Id"] not in parents | tried]
            if not newest:
                return
            for token, item in newest:
                tried.add(item["Id"])
                what = f"image {item['Id'].removeprefix('sha256:')[:12]}"
                await self.drop(token, what, f"/images/{item['Id']}", {"force": "1"})

    async def drop(self, token: str, what: str, path: str, query: dict[str, str]) -> None:
        """Remove one object, or note that it stays."""
        try:
            async with asyncio.timeout(PATIENCE):
                await self.engine.call("DELETE", path, query=query, ok=(200, 204, 404))
        except (EngineError, TimeoutError) as error:
            if "already in progress" in str(error):
                # The engine is at it by itself, such as with what a build was broken off over.
                return
            self._unclean.add(token)
            self.swept.stayed.append(what)
        else:
            self.swept.removed.append(what)

    async def forget_folders(self) -> None:
        """Remove the folders of sessions that left nothing on the engine."""
        for token, path in self._folders.items():
            if token in self._alive | self._unclean:
                continue
            if (path / PLACES).exists():
                # Not before its mounts are gone: to remove a folder is to remove what is in it.
                try:
                    own = await own_container(self.engine)
                    places = own.seen_by_engine(path / PLACES)
                    await in_view(self.engine.socket, partial(_clear_places, places))
                except (OSError, GraderError):
                    self.swept.stayed.append(f"mounts of {token}")
                    continue
            forget(path)
            self.swept.removed.append(f"socket folder {token}")


def _clear_places(folder: Path) -> None:
    for place in folder.iterdir():
        clear(place)


def sweep() -> None:
    """Remove leftovers in silence, unless somebody else is at it: that one does it all."""
    with contextlib.suppress(GraderError, OSError), (runtime_folder() / "sweep").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        tried: set[str] = set()
        # Sessions that end meanwhile have started a process too, which found the lock taken.
        while ended := {path.name for path in sessions() if over(path)} - tried:
            asyncio.run(remove_leftovers(Engine(engine_socket())))
            tried |= ended


if __name__ == "__main__":
    sweep()
