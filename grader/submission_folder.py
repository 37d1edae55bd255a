"""The folder that a student handed in: everything in it, read safely and within limits."""

from __future__ import annotations

import os
import posixpath
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from grader.errors import SubmissionError
from grader.wording import size

MOST_BYTES = 16 * 1024 * 1024
MOST_ENTRIES = 1000
LESS = "hand in only the files that the lab needs"


@dataclass(frozen=True)
class Entry:
    """One file, folder or link in the folder."""

    path: Path
    name: str
    """The path from the folder on, with slashes."""
    state: os.stat_result
    content: bytes = b""
    """Of a file."""
    target: str = ""
    """Of a link: where it points, inside the folder."""


def entries(folder: Path) -> Iterator[Entry]:
    """Yield everything below a folder, sorted, a folder before what is in it; follow no links.

    Raises SubmissionError for too much, for links that lead out, and for what is neither a file,
    a folder nor a link.
    """
    count = total = 0
    waiting = _children(folder)
    while waiting:
        if count + len(waiting) > MOST_ENTRIES:
            problem = f"the folder holds more than {MOST_ENTRIES} files and folders"
            raise SubmissionError(problem, file=folder, fix=LESS)
        entry = _entry(waiting.pop(), folder, MOST_BYTES - total)
        count, total = count + 1, total + len(entry.content)
        if total > MOST_BYTES:
            problem = f"the files are larger than {size(MOST_BYTES)} together"
            raise SubmissionError(problem, file=folder, fix=LESS)
        yield entry
        if stat.S_ISDIR(entry.state.st_mode):
            waiting += _children(entry.path)


def _children(folder: Path) -> list[Path]:
    """Return what lies in a folder, the first one last; of very much, only enough to refuse it."""
    try:
        return sorted(islice(folder.iterdir(), MOST_ENTRIES + 1), reverse=True)
    except OSError as error:
        raise _unreadable(folder, error) from error


def _entry(path: Path, folder: Path, room: int) -> Entry:
    name = path.relative_to(folder).as_posix()
    try:
        state = path.lstat()
        if stat.S_ISDIR(state.st_mode):
            return Entry(path, name, state)
        if stat.S_ISLNK(state.st_mode):
            return Entry(path, name, state, target=_inside(path, name))
        if stat.S_ISREG(state.st_mode):
            return Entry(path, name, state, content=_content(path, room))
    except OSError as error:
        raise _unreadable(path, error) from error
    raise SubmissionError("this is neither a file nor a folder", file=path, fix="leave it out")


def _inside(path: Path, name: str) -> str:
    target = path.readlink().as_posix()
    there = posixpath.normpath(posixpath.join(posixpath.dirname(name), target))
    if there == ".." or there.startswith(("../", "/")):
        problem = f"the link leads out of the folder, to {target!r}"
        raise SubmissionError(problem, file=path, fix="hand in the file itself")
    return target


def _content(path: Path, room: int) -> bytes:
    # Opened without following a link or waiting for a fifo, whatever it has become meanwhile.
    opened = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(opened, "rb") as file:
        return file.read(room + 1)


def _unreadable(path: Path, error: OSError) -> SubmissionError:
    return SubmissionError(f"cannot be read: {error.strerror}", file=path, fix="make it readable")
