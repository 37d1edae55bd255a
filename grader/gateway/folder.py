"""Folders and files of the workbench's `/lab` on their way into a student's containers.

The engine resolves the source of a mount at every start, following links, with all of the host
before it [57]. So it never gets a path that a student can change: we look the folder up ourselves,
inside the workbench's root, and mount what we found at a place of our own. That is what the engine
is told (docs/decisions/0007).
"""

from __future__ import annotations

import os
import re
import stat
from contextlib import ExitStack
from http import HTTPStatus
from pathlib import Path
from typing import Any

from grader.engine.client import Engine
from grader.engine.inside import LeadsOutError, held
from grader.engine.mounting import clear, mount
from grader.engine.view import in_view
from grader.errors import EngineError
from grader.gateway.policy.mounts import LAB_FOLDER, FolderMount
from grader.gateway.refusal import Refusal, forbidden, malformed

_MERGED = re.compile(r"/.+/overlay2/[^/]+/merged")


class LabFolder:
    """The working folder of one session's workbench."""

    def __init__(self, engine: Engine, workbench: str) -> None:
        self.workbench = workbench
        """Name of its container."""
        self._engine = engine
        self._root: Path | None = None
        self._left: list[Path] = []

    async def root(self) -> Path:
        """Return where the working folder is, as the engine sees it. Raises Refusal (500)."""
        if self._root is None:
            try:
                told = await self._engine.call("GET", f"/containers/{self.workbench}/json")
            except EngineError as error:
                if error.status != HTTPStatus.NOT_FOUND:
                    raise
                raise _not_here("there is no workbench") from error
            self._root = _merged(told) / LAB_FOLDER.strip("/")
        return self._root

    async def mount(self, folders: tuple[FolderMount, ...]) -> None:
        """Mount what the student's paths stand for now. Raises Refusal."""
        if not folders:
            return
        root = await self.root()
        left, self._left = self._left, []

        def work() -> None:
            for place in left:
                clear(place)
            # Without this, a workbench that is gone would look like a folder that is not there.
            root.stat()
            for folder in folders:
                _mount(root, folder)

        try:
            await in_view(self._engine.socket, work)
        except OSError as error:
            raise _not_here(str(error)) from error

    def leave(self, folders: tuple[FolderMount, ...]) -> None:
        """Let go of the mounts of a container that is gone, when there is a next occasion."""
        self._left += [Path(folder.place) for folder in folders]


def _merged(told: dict[str, Any]) -> Path:
    driver = told.get("GraphDriver") or {}
    merged = (driver.get("Data") or {}).get("MergedDir") or ""
    if driver.get("Name") != "overlay2" or not _MERGED.fullmatch(merged):
        raise _not_here(f"the storage driver is {driver.get('Name')!r}")
    return Path(merged)


def _mount(root: Path, folder: FolderMount) -> None:
    with ExitStack() as opened:
        try:
            source = opened.enter_context(
                held(root, folder.path, seen_as=LAB_FOLDER, make=folder.make)
            )
        except LeadsOutError:
            raise forbidden(
                "host-mount",
                f"{folder.path}: it leads out of {LAB_FOLDER}",
                f"{folder.path}: {LAB_FOLDER} 밖을 가리킵니다",
            ) from None
        except FileNotFoundError:
            raise malformed(
                'invalid mount config for type "bind": '
                f"bind source path does not exist: {folder.path}"
            ) from None
        except OSError as error:
            raise malformed(
                f'invalid mount config for type "bind": {folder.path}: {error.strerror}'
            ) from None
        mode = os.fstat(source).st_mode
        if not stat.S_ISDIR(mode) and not stat.S_ISREG(mode):
            raise forbidden(
                "host-mount",
                f"{folder.path}: neither a folder nor a file",
                f"{folder.path}: 디렉터리도 파일도 아닙니다",
            )
        place = Path(folder.place)
        place.parent.mkdir(mode=0o700, exist_ok=True)
        clear(place)
        if stat.S_ISDIR(mode):
            place.mkdir()
        else:
            place.touch()
        mount(source, place)


def _not_here(why: str) -> Refusal:
    return Refusal(
        500,
        "folder-mount",
        f"this grader cannot mount folders of {LAB_FOLDER} ({why}) / "
        f"이 채점기는 {LAB_FOLDER} 디렉터리를 마운트할 수 없습니다",
    )
