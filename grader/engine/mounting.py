"""Mounts of our own, from a handle instead of a path."""

from __future__ import annotations

import ctypes
import os
from contextlib import suppress
from pathlib import Path

_LIBC = ctypes.CDLL(None, use_errno=True)
_OPEN_TREE, _MOVE_MOUNT = 428, 429
"""Numbers of system calls for which older C libraries have no name; everywhere the same."""
_OPEN_TREE_CLONE, _AT_EMPTY_PATH, _MOVE_MOUNT_F_EMPTY_PATH = 1, 0x1000, 4
_MNT_DETACH, _UMOUNT_NOFOLLOW = 2, 8
_AT_FDCWD = -100


def mount(source: int, place: Path) -> None:
    """Mount the folder or file behind the handle `source` at a place of our own. Raises OSError.

    No name leads to the source any more, so nobody can put another thing in its way [57].
    """
    flags = _OPEN_TREE_CLONE | _AT_EMPTY_PATH | os.O_CLOEXEC
    tree = _check(_LIBC.syscall(_OPEN_TREE, source, b"", flags))
    try:
        to = os.fsencode(place)
        _check(_LIBC.syscall(_MOVE_MOUNT, tree, b"", _AT_FDCWD, to, _MOVE_MOUNT_F_EMPTY_PATH))
    finally:
        os.close(tree)


def clear(place: Path) -> None:
    """Take a place away, with all that is mounted there. Nothing happens where there is none."""
    while _LIBC.umount2(os.fsencode(place), _MNT_DETACH | _UMOUNT_NOFOLLOW) == 0:
        pass
    with suppress(OSError):
        place.unlink()
    with suppress(OSError):
        place.rmdir()


def _check(answer: int) -> int:
    if answer < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return answer
