"""What is in volumes and in the working folder, where the lab wants it on record.

Read on the engine's machine where we may (as `record/layer.py` does); else by archive calls on a
container that does not run, in which case a volume that no container has is known as it was last
seen. What is in a tmpfs is gone with the container: only its own processes see it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grader.engine.client import Engine, error_message
from grader.engine.view import in_view
from grader.errors import EngineError
from grader.gateway.folder import LabFolder
from grader.gateway.policy.mounts import LAB_FOLDER, Mounted
from grader.gateway.record.snapshot import ARCHIVE_CAP
from grader.gateway.record.tree import from_folder, from_tar
from grader.gateway.refusal import Refusal
from grader.model.evidence import Contents, Snapshot
from grader.model.lab import Recorded

if TYPE_CHECKING:
    from grader.gateway.record.life import Life

FILES_CAP = 50_000
"""Files and folders that one session's record keeps, in all contents together."""
TEXT_CAP = 64 * 1024 * 1024
"""Characters of their text."""


@dataclass
class ContentsReader:
    """Reads what lies outside the containers' own layers."""

    engine: Engine
    wanted: Recorded
    folder: LabFolder
    volumes: dict[str, str]
    """The student's name of a volume → the engine's."""
    files_left: int = FILES_CAP
    text_left: int = TEXT_CAP
    seen: dict[str, Contents] = field(default_factory=dict)
    """What was in each volume when it was last looked at."""

    async def added(self, snapshot: Snapshot, life: Life, watched: tuple[str, ...]) -> Snapshot:
        """Return a snapshot with the files of the container's mounts, read anew.

        The container does not run, or is paused.
        """
        if not self.wanted.volumes or snapshot.fault is not None:
            return snapshot
        for mounted in life.plan.mounted:
            if mounted.record.type == "tmpfs":
                continue
            contents = self._within_caps(await self._mounted(life, mounted))
            snapshot = _with(snapshot, contents, mounted.record.target, watched)
        return snapshot

    async def volume(self, name: str) -> Contents | None:
        """Return what is in a volume, None if the lab does not want to know."""
        if not self.wanted.volumes:
            return None
        try:
            found = await self._read_volume(name, "/")
        except OSError:
            # A volume that no container ever had is empty.
            return self.seen.get(name, Contents())
        except EngineError as error:
            return Contents(fault=str(error))
        return self._within_caps(found)

    async def lab_folder(self) -> Contents | None:
        """Return what is in the working folder, None if the lab does not want to know."""
        if not self.wanted.folder:
            return None
        try:
            root = await self.folder.root()
            return await in_view(self.engine.socket, partial(from_folder, root, LAB_FOLDER))
        except (OSError, Refusal):
            pass
        except EngineError as error:
            return Contents(fault=str(error))
        bench = self.folder.workbench
        # On a running container an archive call would follow what the student can still move [73].
        await self._turn(bench, "pause")
        try:
            return await self._archive(bench, LAB_FOLDER)
        finally:
            await self._turn(bench, "unpause")

    def _within_caps(self, contents: Contents) -> Contents:
        """Return what of the contents there is still room for: many exits see the same files."""
        kept = []
        for file in contents.files[: self.files_left]:
            size = len(file.text or "")
            if size > self.text_left:
                kept.append(file.model_copy(update={"text": None, "truncated": True}))
            else:
                self.text_left -= size
                kept.append(file)
        self.files_left -= len(kept)
        cut = len(kept) < len(contents.files)
        update = {"files": tuple(kept), "truncated": contents.truncated or cut}
        return contents.model_copy(update=update)

    async def _mounted(self, life: Life, mounted: Mounted) -> Contents:
        target = mounted.record.target
        try:
            if mounted.folder is not None:
                place = Path(mounted.folder.place)
                return await in_view(self.engine.socket, partial(from_folder, place, target))
            return await self._read_volume(mounted.volume, target)
        except OSError:
            contents = await self._archive(life.id, target)
        except EngineError as error:
            contents = Contents(fault=str(error))
        if mounted.volume:
            self.seen[mounted.volume] = _moved(contents, target)
        return contents

    async def _read_volume(self, name: str, prefix: str) -> Contents:
        told: dict[str, Any] = await self.engine.call("GET", f"/volumes/{self.volumes[name]}")
        root = Path(told["Mountpoint"])
        return await in_view(self.engine.socket, partial(from_folder, root, prefix))

    async def _archive(self, container: str, path: str) -> Contents:
        call = f"/containers/{container}/archive"
        try:
            async with await self.engine.send("GET", call, query={"path": path}) as reply:
                raw = await reply.read(limit=ARCHIVE_CAP)
        except EngineError as error:
            return Contents(fault=str(error))
        if reply.status != 200:
            return Contents(fault=f"the engine answered {reply.status}: {error_message(raw)}")
        return from_tar(raw, path)

    async def _turn(self, container: str, how: str) -> None:
        async with await self.engine.send("POST", f"/containers/{container}/{how}"):
            pass


def _with(
    snapshot: Snapshot, contents: Contents, target: str, watched: tuple[str, ...]
) -> Snapshot:
    """Return a snapshot with what is mounted at `target` as it is now."""
    if contents.fault is not None:
        return snapshot.model_copy(update={"fault": contents.fault})

    def inside(path: str) -> bool:
        return path == target or path.startswith(f"{target}/")

    now = {file.path: file for file in contents.files}
    kept = [
        file
        for file in snapshot.files
        if file.path not in now
        # Of a watched path the engine told us too, however much there is beside it.
        and (not inside(file.path) or file.path == target or contents.truncated)
    ]
    absent = [path for path in watched if not inside(path) and path in snapshot.absent]
    absent += [
        path
        for path in watched
        if inside(path)
        and path not in now
        and path != target
        and (not contents.truncated or path in snapshot.absent)
    ]
    return snapshot.model_copy(
        update={
            "files": tuple(sorted([*kept, *now.values()], key=lambda file: file.path)),
            "absent": tuple(path for path in watched if path in absent),
        }
    )


def _moved(contents: Contents, target: str) -> Contents:
    """Return the contents of a mount as those of the volume itself."""
    files = tuple(
        file.model_copy(update={"path": file.path.removeprefix(target)}) for file in contents.files
    )
    return contents.model_copy(update={"files": files})
