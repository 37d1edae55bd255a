"""All files below one folder, read with bounds; through no link, and no device is ever opened."""

from __future__ import annotations

import io
import os
import posixpath
import stat
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from grader.gateway.record.snapshot import FILE_CAP, TEXT_CAP, file_state
from grader.model.evidence import Contents, FileState, FileType

ENTRIES_CAP = 1_000
"""Files and folders that are listed [77]."""
READ_CAP = 32 * 1024 * 1024
"""Bytes read of all files together; of the rest only the facts are told."""
DEPTH_CAP = 50

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_HANDLE = os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC
_TYPES: dict[int, FileType] = {
    stat.S_IFREG: "file",
    stat.S_IFDIR: "dir",
    stat.S_IFLNK: "link",
    stat.S_IFIFO: "fifo",
    stat.S_IFSOCK: "socket",
}


@dataclass
class _Found:
    """What was found so far, and what may still be read."""

    prefix: str
    """Where the folder is in the container, or in the workbench."""
    files: list[FileState] = field(default_factory=list)
    left: int = READ_CAP
    truncated: bool = False

    def contents(self) -> Contents:
        files = sorted(self.files, key=lambda file: file.path)
        return Contents(files=tuple(files), truncated=self.truncated)


def from_folder(root: Path, prefix: str) -> Contents:
    """Return what is below `root`, named as below `prefix`; a lone file is named `prefix` itself.

    Raises OSError if there is no such root.
    """
    found = _Found(prefix)
    handle = os.open(root, _HANDLE)
    try:
        if stat.S_ISREG(os.fstat(handle).st_mode):
            found.files.append(_state(found, prefix, handle))
        else:
            _walk(found, os.open(root, _FOLDER), "", 0)
    finally:
        os.close(handle)
    return found.contents()


def _walk(found: _Found, folder: int, path: str, depth: int) -> None:
    """Note what is in a folder, in the order of names, and close it."""
    try:
        for name in sorted(_names(found, folder)):
            inner = posixpath.join(path, name)
            try:
                handle = os.open(name, _HANDLE, dir_fd=folder)
            except OSError:
                continue  # gone meanwhile
            try:
                state = _state(found, posixpath.join(found.prefix, inner), handle)
                found.files.append(state)
                if state.type == "dir" and depth < DEPTH_CAP:
                    _walk(found, os.open(name, _FOLDER, dir_fd=folder), inner, depth + 1)
                elif state.type == "dir":
                    found.truncated = True
            except OSError:
                found.truncated = True
            finally:
                os.close(handle)
    finally:
        os.close(folder)


def _names(found: _Found, folder: int) -> Iterator[str]:
    with os.scandir(folder) as entries:
        for count, entry in enumerate(entries):
            if count + len(found.files) >= ENTRIES_CAP:
                found.truncated = True
                return
            # A name that is no text cannot be told in a record.
            if entry.name.isprintable():
                yield entry.name


def _state(found: _Found, path: str, handle: int) -> FileState:
    told = os.fstat(handle)
    mode, size = stat.S_IMODE(told.st_mode), told.st_size
    kind = _TYPES.get(stat.S_IFMT(told.st_mode), "device")
    wanted = size if size <= FILE_CAP else TEXT_CAP + 1
    if kind == "file" and wanted <= found.left:
        found.left -= wanted
        # The handle stands for the plain file that we looked at, whatever its name leads to now.
        with Path(f"/proc/thread-self/fd/{handle}").open("rb") as content:
            data = content.read(wanted)
        return file_state(path, mode, told.st_uid, told.st_gid, size, data)
    found.truncated |= kind == "file"
    target = os.readlink("", dir_fd=handle) if kind == "link" else None
    return FileState(
        path=path,
        type=kind,
        mode=mode,
        uid=told.st_uid,
        gid=told.st_gid,
        size=size,
        truncated=kind == "file",
        target=target if target is None or target.isprintable() else None,
    )


def from_tar(raw: bytes, prefix: str) -> Contents:
    """Return the same from an archive of the folder, or of its beginning."""
    found = _Found(prefix)
    with tarfile.open(fileobj=io.BytesIO(raw), mode="r:") as archive:
        while True:
            try:
                member = archive.next()
            except tarfile.ReadError:
                found.truncated = True
                break
            if member is None or len(found.files) >= ENTRIES_CAP:
                found.truncated |= member is not None
                break
            _add_member(found, archive, member)
    return found.contents()


def _add_member(found: _Found, archive: tarfile.TarFile, member: tarfile.TarInfo) -> None:
    # The first name is that of the folder itself.
    inner = posixpath.normpath(member.name).partition("/")[2]
    path = posixpath.join(found.prefix, inner) if inner else found.prefix
    if (not inner and member.isdir()) or not path.isprintable():
        return
    mode = stat.S_IMODE(member.mode)
    if member.isreg():
        content = archive.extractfile(member)
        whole = member.size <= FILE_CAP
        data = content.read(member.size if whole else TEXT_CAP + 1) if content else b""
        if whole and len(data) < member.size:
            found.truncated = True
        found.files.append(file_state(path, mode, member.uid, member.gid, member.size, data))
        return
    kinds: dict[bytes, FileType] = {
        tarfile.DIRTYPE: "dir",
        tarfile.SYMTYPE: "link",
        tarfile.LNKTYPE: "file",
        tarfile.FIFOTYPE: "fifo",
    }
    found.files.append(
        FileState(
            path=path,
            type=kinds.get(member.type, "device"),
            mode=mode,
            uid=member.uid,
            gid=member.gid,
            size=member.size,
            target=member.linkname if member.issym() else None,
        )
    )
