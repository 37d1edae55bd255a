"""`docker cp`, both ways."""

from __future__ import annotations

import io
import posixpath
import tarfile
from collections.abc import AsyncIterator

from grader.gateway.exchange import Answer, AnyAnswer, Exchange
from grader.gateway.recorder import Life
from grader.gateway.refusal import forbidden, malformed

COPY_CAP = 16 * 1024 * 1024
MEMBERS_CAP = 10_000


async def stat(exchange: Exchange) -> AnyAnswer:
    """Say what a path is."""
    return await copy_out(exchange)


async def copy_out(exchange: Exchange) -> AnyAnswer:
    """Give out a file or folder as a tar."""
    life = exchange.life()
    _refuse_on_running_with_mounts(life)
    return await exchange.stream(f"/containers/{life.id}/archive", exchange.pick("path"))


async def copy_in(exchange: Exchange) -> Answer:
    """Take in a tar, written anew: plain, without links that lead away and without devices."""
    life = exchange.life()
    _refuse_on_running_with_mounts(life)
    clean = rewrite(exchange.raw_body)
    query = exchange.pick("path")
    query |= {
        key: "1" for key in ("noOverwriteDirNonDir", "copyUIDGID") if exchange.request.flag(key)
    }

    async def body() -> AsyncIterator[bytes]:
        yield clean

    async with life.lock:
        await life.settled()
        life.last_snapshot = None
        return await exchange.forward(f"/containers/{life.id}/archive", query, body())


def rewrite(raw: bytes) -> bytes:
    """Return a clean copy of an uncompressed tar. Raises Refusal."""
    out = io.BytesIO()
    try:
        with (
            tarfile.open(fileobj=io.BytesIO(raw), mode="r:") as given,
            tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as clean,
        ):
            for count, member in enumerate(given):
                if count >= MEMBERS_CAP:
                    raise malformed(f"more than {MEMBERS_CAP} files in one copy")
                name = posixpath.normpath(member.name)
                if name.startswith(("/", "..")) or not (
                    member.isreg() or member.isdir() or member.issym()
                ):
                    raise malformed(f"{member.name!r} is no file that can be copied")
                fresh = tarfile.TarInfo(name)
                fresh.mode, fresh.mtime = member.mode & 0o7777, member.mtime
                fresh.uid, fresh.gid = member.uid, member.gid
                fresh.type, fresh.linkname, fresh.size = member.type, member.linkname, member.size
                clean.addfile(fresh, given.extractfile(member) if member.isreg() else None)
    except (tarfile.TarError, EOFError) as error:
        raise malformed(f"the copy is not a plain tar: {error}") from None
    return out.getvalue()


def _refuse_on_running_with_mounts(life: Life) -> None:
    # Engines before 29.5.1 resolve such paths in the host's mount namespace [73].
    if life.watcher is not None and life.plan.mounts:
        raise forbidden(
            "copy-running",
            "docker cp while a container with volumes runs; stop it first",
            "볼륨이 있는 실행 중인 컨테이너의 docker cp (먼저 정지하세요)",
        )
