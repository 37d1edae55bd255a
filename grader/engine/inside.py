"""What a path stands for inside a folder, looked up so that nothing can lead out of it."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

LINKS_CAP = 40
DEPTH_CAP = 100
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_HANDLE = os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC


class LeadsOutError(OSError):
    """A path leaves the folder that it was to stay in."""


@contextmanager
def held(root: Path, path: str, *, seen_as: str, make: bool = False) -> Iterator[int]:
    """Hold on to what `path` stands for below `root`, which is called `seen_as` in there.

    Links are followed as long as they stay inside. Each name is looked up in a folder that is held
    already: what others move meanwhile leads nowhere else. With `make`, folders that are not there
    are made. Raises OSError, LeadsOutError.
    """
    with ExitStack() as opened:

        def hold(name: str) -> int:
            found = os.open(name, _HANDLE, dir_fd=way[-1])
            opened.callback(os.close, found)
            return found

        way = [os.open(root, _FOLDER)]
        opened.callback(os.close, way[0])
        names = _names(path, seen_as)
        links = 0
        while names:
            name = names.pop(0)
            if links > LINKS_CAP or len(way) > DEPTH_CAP or (name == ".." and len(way) == 1):
                raise LeadsOutError(f"{path} does not stay in {seen_as}")
            if name == "..":
                way.pop()
                continue
            try:
                found = hold(name)
            except FileNotFoundError:
                if not make:
                    raise
                with suppress(FileExistsError):
                    os.mkdir(name, 0o755, dir_fd=way[-1])
                found = hold(name)
            if not stat.S_ISLNK(os.fstat(found).st_mode):
                way.append(found)
                continue
            links += 1
            target = os.readlink("", dir_fd=found)
            if target.startswith("/"):
                way = way[:1]
            names = [*_names(target, seen_as), *names]
        yield way[-1]


def _names(path: str, seen_as: str) -> list[str]:
    names = [name for name in path.split("/") if name not in {"", "."}]
    if not path.startswith("/"):
        return names
    top = seen_as.strip("/").split("/")
    if names[: len(top)] != top:
        raise LeadsOutError(f"{path} does not stay in {seen_as}")
    return names[len(top) :]
