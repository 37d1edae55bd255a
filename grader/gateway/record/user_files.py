"""Guards `/etc/passwd` and `/etc/group` of a container that has run before.

The engine and its runtime open both at each start, and some execs; a pipe in their place would let
them wait for ever, with the container locked, and its image for everybody.
"""

from __future__ import annotations

import os
import posixpath
import stat
from pathlib import Path

USER_FILES = ("/etc/passwd", "/etc/group")
LINKS_CAP = 8
_LIVE = ("dev", "proc", "sys")


def can_wait(layer: Path) -> str | None:
    """Return the file of a writable layer whose opening may not end, None if there is none."""
    return next((path for path in USER_FILES if not _ends(layer, path)), None)


def _ends(layer: Path, path: str) -> bool:
    for _ in range(LINKS_CAP):
        target = _link(layer, path)
        if target is None:
            return _plain(layer, path)
        path = target
        if path.strip("/").partition("/")[0] in _LIVE or _told(layer, path) is None:
            # What it leads to is not in the layer: it may be a mount, or something live.
            return False
    return True


def _link(layer: Path, path: str) -> str | None:
    """Return where the first link in a path leads, with the rest of the path."""
    done = "/"
    names = path.strip("/").split("/")
    for index, name in enumerate(names):
        place = posixpath.join(done, name)
        told = _told(layer, place)
        if told is not None and stat.S_ISLNK(told.st_mode):
            target = str((layer / place.lstrip("/")).readlink())
            return posixpath.normpath(posixpath.join(done, target, *names[index + 1 :]))
        if told is None or not stat.S_ISDIR(told.st_mode):
            return None
        done = place
    return None


def _plain(layer: Path, path: str) -> bool:
    told = _told(layer, path)
    if told is None or stat.S_ISREG(told.st_mode) or stat.S_ISDIR(told.st_mode):
        return True
    # The layer's mark of a file that was deleted.
    return stat.S_ISCHR(told.st_mode) and told.st_rdev == 0


def _told(layer: Path, path: str) -> os.stat_result | None:
    try:
        return (layer / path.lstrip("/")).lstat()
    except OSError:
        return None
