"""A snapshot of a container's writable layer, taken through the engine's API.

In engine 20.10 an archive call costs about 50 ms and a stat (HEAD) a few, so contents are asked for
once per folder, and never again while size, mode and time of a file stand as they were. Where the
writable layer can be read from here, what changed is looked at there instead.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import io
import json
import posixpath
import stat
import tarfile
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from grader.engine.client import Engine, error_message
from grader.engine.quirks import LEADS_NOWHERE
from grader.errors import EngineError
from grader.gateway.record.layer import look, read
from grader.model.evidence import Change, ChangeKind, FileState, FileType, Snapshot

TEXT_CAP = 64 * 1024
"""Bytes of a file's text that are kept."""
FILE_CAP = 8 * 1024 * 1024
"""Of files larger than this only the beginning is read."""
ARCHIVE_CAP = 32 * 1024 * 1024
"""Bytes read of one folder's archive."""
CHANGES_CAP = 10_000
"""Changed paths that are kept [77]."""
CHANGES_BYTES = 4 * 1024 * 1024
PATHS_CAP = 500
"""Changed paths that are looked into; more than that is listed, not looked into."""
STATS_AT_ONCE = 8

_KINDS: dict[int, ChangeKind] = {0: "C", 1: "A", 2: "D"}


@dataclass(frozen=True)
class PathStat:
    """What is known of one path; `mode` in Go's bits, `mtime` a text for comparison only."""

    size: int
    mode: int
    mtime: str
    target: str

    @property
    def type(self) -> FileType:
        """The kind of file, from Go's FileMode bits."""
        for bit, name in _GO_TYPES:
            if self.mode & bit:
                return name
        return "file"


_GO_TYPES: tuple[tuple[int, FileType], ...] = (
    (1 << 31, "dir"),
    (1 << 27, "link"),
    (1 << 26, "device"),
    (1 << 25, "fifo"),
    (1 << 24, "socket"),
    (1 << 21, "device"),
)
_GO_KINDS = (
    (1 << 31, stat.S_ISDIR),
    (1 << 27, stat.S_ISLNK),
    (1 << 26, stat.S_ISBLK),
    (1 << 25, stat.S_ISFIFO),
    (1 << 24, stat.S_ISSOCK),
    (1 << 21, stat.S_ISCHR),
)
_GO_SPECIAL = ((1 << 23, stat.S_ISUID), (1 << 22, stat.S_ISGID), (1 << 20, stat.S_ISVTX))


@dataclass
class Memory:
    """What is known of one container, so that nothing is asked or read twice."""

    layer: Path | None = None
    """Its writable layer, where it can be read from here."""
    etc_files: Path | None = None
    """The engine's folder of its `/etc/hostname` and the like, once it was started."""
    mounts: tuple[str, ...] = ()
    """Where something is mounted: the layer has only an empty place there."""
    stats: dict[str, PathStat] = field(default_factory=dict)
    files: dict[str, FileState] = field(default_factory=dict)


async def take(
    engine: Engine, container: str, watched: tuple[str, ...], memory: Memory
) -> Snapshot:
    """Take a snapshot of a container that does not run (or is paused).

    Never raises for what a student did. A failing engine leaves its reason in `fault`.
    """
    try:
        return await _take(engine, container, watched, memory)
    except EngineError as error:
        return Snapshot(changes=(), files=(), absent=(), fault=str(error))


async def _take(
    engine: Engine, container: str, watched: tuple[str, ...], memory: Memory
) -> Snapshot:
    changes, truncated = await _changes(engine, container)
    present = {change.path for change in changes[:PATHS_CAP] if change.kind != "D"}
    paths = sorted({*watched, *present})
    stats = _looked_at(memory, present)
    asked = [path for path in paths if path not in stats]
    gate = asyncio.Semaphore(STATS_AT_ONCE)
    found = await asyncio.gather(*(_stat(engine, container, path, gate) for path in asked))
    stats |= {path: known for path, known in zip(asked, found, strict=True) if known is not None}
    kept = {
        path: memory.files[path]
        for path, known in stats.items()
        if path in memory.files and memory.stats.get(path) == known
    }
    unread = [path for path, known in stats.items() if known.type == "file" and path not in kept]
    if memory.layer is not None:
        kept |= _from_layer(memory.layer, [path for path in unread if path in present])
        unread = [path for path in unread if path not in kept]
    large = [path for path in unread if stats[path].size > FILE_CAP]
    for folder, names in _by_folder([path for path in unread if path not in large]).items():
        kept |= await _read(engine, container, folder, names)
    for path in large:
        kept |= await _read_beginning(engine, container, path)
    memory.stats, memory.files = stats, kept
    files = [kept.get(path) or _bare(path, known) for path, known in stats.items()]
    return Snapshot(
        changes=changes,
        files=tuple(sorted(files, key=lambda file: file.path)),
        absent=tuple(path for path in watched if path not in stats),
        truncated=truncated,
    )


async def _changes(engine: Engine, container: str) -> tuple[tuple[Change, ...], bool]:
    """Return `docker diff`, sorted, and whether there was more of it than is kept."""
    async with await engine.send("GET", f"/containers/{container}/changes") as reply:
        raw = await reply.read(limit=CHANGES_BYTES)
    if reply.status != 200:
        raise EngineError(
            f"the engine answered {reply.status} to a diff: {error_message(raw)}",
            status=reply.status,
        )
    truncated = len(raw) > CHANGES_BYTES
    if truncated:
        raw = raw[: raw.rindex(b"},") + 1] + b"]"
    changes = sorted(
        (Change(kind=_KINDS[item["Kind"]], path=item["Path"]) for item in json.loads(raw) or ()),
        key=lambda change: change.path,
    )
    return tuple(changes[:CHANGES_CAP]), truncated or len(changes) > CHANGES_CAP


def _looked_at(memory: Memory, paths: set[str]) -> dict[str, PathStat]:
    """Return what the writable layer tells of changed paths, as far as it can be read."""
    found = {}
    for path in paths if memory.layer is not None else ():
        mounted = any(path == place or path.startswith(f"{place}/") for place in memory.mounts)
        if not mounted and memory.layer and (known := look(memory.layer, path)) is not None:
            told, target = known
            found[path] = PathStat(
                told.st_size, _go_mode(told.st_mode), str(told.st_mtime_ns), target
            )
    return found


def _go_mode(mode: int) -> int:
    kind = next((go for go, is_kind in _GO_KINDS if is_kind(mode)), 0)
    return mode & 0o777 | kind | sum(go for go, unix in _GO_SPECIAL if mode & unix)


async def _stat(
    engine: Engine, container: str, path: str, gate: asyncio.Semaphore
) -> PathStat | None:
    call = f"/containers/{container}/archive"
    async with gate:
        async with await engine.send("HEAD", call, query={"path": path}) as reply:
            header = reply.headers.get("x-docker-container-path-stat", "")
        if reply.status == 404:
            return None
        if reply.status != 200 or not header:
            # An answer to HEAD has no text; asked again, it says whether the path leads nowhere.
            async with await engine.send("GET", call, query={"path": path}) as reply:
                words = error_message(await reply.read(limit=4096))
            if any(sign in words for sign in LEADS_NOWHERE):
                return None
            raise EngineError(f"the engine answered {reply.status} about {path}: {words}")
    told: dict[str, Any] = json.loads(base64.b64decode(header))
    return PathStat(told["size"], told["mode"], told["mtime"], told.get("linkTarget", ""))


def _by_folder(paths: list[str]) -> dict[str, list[str]]:
    """Group paths so that each folder is asked for once; a lone file is asked for by itself."""
    folders: dict[str, list[str]] = defaultdict(list)
    for path in paths:
        folders[posixpath.dirname(path)].append(path)
    return {(names[0] if len(names) == 1 else folder): names for folder, names in folders.items()}


async def _read(
    engine: Engine, container: str, root: str, wanted: list[str]
) -> dict[str, FileState]:
    """Read the wanted files from the archive of one file or folder; nothing is ever unpacked."""
    reply = await engine.send("GET", f"/containers/{container}/archive", query={"path": root})
    async with reply:
        raw = await reply.read(limit=ARCHIVE_CAP)
    if reply.status == 404:
        return {}
    if reply.status != 200:
        raise EngineError(f"the engine answered {reply.status} about {root}")
    missing = set(wanted)
    found: dict[str, FileState] = {}
    with tarfile.open(fileobj=io.BytesIO(raw), mode="r:") as archive:
        while missing:
            try:
                member = archive.next()
            except tarfile.ReadError:
                # Cut off at the cap: what was not reached is asked for by itself.
                break
            if member is None:
                break
            path = posixpath.join(posixpath.dirname(root), member.name)
            if path not in missing or not member.isreg() or member.size > FILE_CAP:
                continue
            content = archive.extractfile(member)
            data = content.read() if content else b""
            if len(data) < member.size:
                break
            found[path] = _member(path, member, data)
            missing.discard(path)
    if len(wanted) > 1:
        for path in missing:
            found |= await _read(engine, container, path, [path])
    return found


def _from_layer(layer: Path, paths: list[str]) -> dict[str, FileState]:
    found = {}
    for path in paths:
        # One byte more than the cap tells whether there is more.
        file = read(layer, path, FILE_CAP + 1)
        if file is not None:
            data = file.data if file.size <= FILE_CAP else file.data[: TEXT_CAP + 1]
            found[path] = file_state(path, file.mode, file.uid, file.gid, file.size, data)
    return found


async def _read_beginning(engine: Engine, container: str, path: str) -> dict[str, FileState]:
    reply = await engine.send("GET", f"/containers/{container}/archive", query={"path": path})
    async with reply:
        raw = await reply.read(limit=TEXT_CAP + 16 * tarfile.BLOCKSIZE)
    if reply.status != 200:
        return {}
    with tarfile.open(fileobj=io.BytesIO(raw), mode="r:") as archive:
        member = archive.next()
    if member is None or not member.isreg():
        return {}
    data = raw[member.offset_data : member.offset_data + TEXT_CAP + 1]
    return {path: _member(path, member, data)}


def file_state(path: str, mode: int, uid: int, gid: int, size: int, data: bytes) -> FileState:
    """Return what is known of a file; `data` is its content, or the beginning of it."""
    return FileState(
        path=path,
        type="file",
        mode=mode,
        uid=uid,
        gid=gid,
        size=size,
        digest="sha256:" + hashlib.sha256(data).hexdigest() if len(data) == size else None,
        text=_text(data),
        truncated=size > TEXT_CAP,
    )


def _member(path: str, member: tarfile.TarInfo, data: bytes) -> FileState:
    return file_state(path, stat.S_IMODE(member.mode), member.uid, member.gid, member.size, data)


def _text(data: bytes) -> str | None:
    if b"\0" in data:
        return None
    try:
        return data[:TEXT_CAP].decode("utf-8")
    except UnicodeDecodeError as error:
        # A character that the cap cut in two is no sign of a binary file.
        if len(data) > TEXT_CAP and error.start >= TEXT_CAP - 3:
            return data[: error.start].decode("utf-8")
        return None


def _bare(path: str, known: PathStat) -> FileState:
    mode = known.mode & 0o777
    for go, unix in _GO_SPECIAL:
        if known.mode & go:
            mode |= unix
    return FileState(
        path=path, type=known.type, mode=mode, size=known.size, target=known.target or None
    )
