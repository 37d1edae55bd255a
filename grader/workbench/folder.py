"""A submission's folder -> a plain tar for the workbench's working folder."""

from __future__ import annotations

import io
import os
import posixpath
import stat
import tarfile
from collections.abc import Iterator
from pathlib import Path

from grader.errors import SubmissionError

MAX_BYTES = 64 * 1024 * 1024
MAX_FILES = 10_000
STUDENT = 1000
"""User and group id of the student in the workbench's image."""


def packed(folder: Path) -> bytes:
    """Return the files of `folder` as a tar whose owner is the student.

    Raises SubmissionError for too much, for links that lead out, and for what is neither a file,
    a folder nor a link.
    """
    packing = _Packing(folder)
    with tarfile.open(fileobj=packing.out, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for path in _walk(folder):
            packing.add(tar, path)
    return packing.out.getvalue()


def _walk(folder: Path) -> Iterator[Path]:
    """Yield everything below `folder`, a folder before what is in it, without following links."""
    try:
        entries = sorted(folder.iterdir())
    except OSError as error:
        raise SubmissionError(f"cannot be read: {error.strerror}", file=folder) from error
    for path in entries:
        yield path
        if path.is_dir() and not path.is_symlink():
            yield from _walk(path)


class _Packing:
    def __init__(self, folder: Path) -> None:
        self.out = io.BytesIO()
        self._folder = folder
        self._count = 0
        self._bytes = 0

    def add(self, tar: tarfile.TarFile, path: Path) -> None:
        """Add one path. Raises SubmissionError."""
        self._count += 1
        if self._count > MAX_FILES:
            raise SubmissionError(
                f"more than {MAX_FILES} files",
                file=self._folder,
                fix="hand in only what the lab asks for",
            )
        name = path.relative_to(self._folder).as_posix()
        info = tarfile.TarInfo(name)
        info.uid = info.gid = STUDENT
        try:
            state = path.lstat()
            info.mtime = int(state.st_mtime)
            info.mode = stat.S_IMODE(state.st_mode) & 0o755 | 0o600
            if stat.S_ISDIR(state.st_mode):
                info.type = tarfile.DIRTYPE
                info.mode |= 0o700
                tar.addfile(info)
            elif stat.S_ISLNK(state.st_mode):
                info.type = tarfile.SYMTYPE
                info.linkname = _inside(path, name)
                tar.addfile(info)
            elif stat.S_ISREG(state.st_mode):
                content = self._read(path)
                info.size = len(content)
                tar.addfile(info, io.BytesIO(content))
            else:
                raise SubmissionError(
                    "is neither a file nor a folder", file=path, fix="leave it out"
                )
        except OSError as error:
            raise SubmissionError(f"cannot be read: {error.strerror}", file=path) from error

    def _read(self, path: Path) -> bytes:
        left = MAX_BYTES - self._bytes
        # Opened without following a link or waiting for a fifo, whatever it has become meanwhile.
        opened = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(opened, "rb") as file:
            content = file.read(left + 1)
        self._bytes += len(content)
        if len(content) > left:
            raise SubmissionError(
                f"the files are larger than {MAX_BYTES // 1024 // 1024} MiB together",
                file=self._folder,
                fix="hand in only what the lab asks for",
            )
        return content


def _inside(path: Path, name: str) -> str:
    target = path.readlink().as_posix()
    there = posixpath.normpath(posixpath.join(posixpath.dirname(name), target))
    if there == ".." or there.startswith(("../", "/")):
        raise SubmissionError(
            f"the link leads out of the folder, to {target!r}",
            file=path,
            fix="hand in the file itself",
        )
    return target
