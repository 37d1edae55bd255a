"""A submission's folder -> a plain tar for the workbench's working folder."""

from __future__ import annotations

import io
import stat
import tarfile
from pathlib import Path

from grader.submission_folder import Entry, entries

STUDENT = 1000
"""User and group id of the student in the workbench's image."""


def packed(folder: Path) -> bytes:
    """Return the files of `folder` as a tar whose owner is the student.

    Raises SubmissionError for a folder that cannot be handed in.
    """
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for entry in entries(folder):
            tar.addfile(_header(entry), io.BytesIO(entry.content))
    return out.getvalue()


def _header(entry: Entry) -> tarfile.TarInfo:
    info = tarfile.TarInfo(entry.name)
    info.uid = info.gid = STUDENT
    info.mtime = int(entry.state.st_mtime)
    info.mode = stat.S_IMODE(entry.state.st_mode) & 0o755 | 0o600
    if stat.S_ISDIR(entry.state.st_mode):
        info.type = tarfile.DIRTYPE
        info.mode |= 0o700
    elif stat.S_ISLNK(entry.state.st_mode):
        info.type, info.linkname = tarfile.SYMTYPE, entry.target
    else:
        info.size = len(entry.content)
    return info
