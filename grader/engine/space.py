"""How much of the disk some folders take, found out without reading all there is."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from pathlib import Path

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_DEPTH = 200


class _Full(Exception):
    """There is more than was asked about."""


class _Tally:
    def __init__(self, most_bytes: int, most_files: int) -> None:
        self.bytes, self.files = most_bytes, most_files

    def folder(self, folder: int, depth: int) -> None:
        """Count what is in a folder, and close it."""
        try:
            device = os.fstat(folder).st_dev
            with os.scandir(folder) as entries:
                for entry in entries:
                    try:
                        told = entry.stat(follow_symlinks=False)
                        if told.st_dev != device:
                            continue  # mounted there, such as a container's shared memory
                        self._count(told)
                        if stat.S_ISDIR(told.st_mode):
                            if depth == _DEPTH:
                                raise _Full  # nothing is hidden by being deep
                            inner = os.open(entry.name, _FOLDER, dir_fd=folder)
                            self.folder(inner, depth + 1)
                    except OSError:
                        continue  # gone meanwhile
        finally:
            os.close(folder)

    def _count(self, told: os.stat_result) -> None:
        # Blocks, not sizes: a hole takes no room.
        self.bytes -= told.st_blocks * 512
        self.files -= 1
        if self.bytes < 0 or self.files < 0:
            raise _Full


def more_than(roots: Iterable[Path], most_bytes: int, most_files: int) -> bool:
    """Return whether the folders hold more than so much, or so many files, together."""
    tally = _Tally(most_bytes, most_files)
    try:
        for root in roots:
            try:
                folder = os.open(root, _FOLDER)
            except OSError:
                continue  # gone meanwhile
            tally.folder(folder, 0)
    except _Full:
        return True
    return False
