"""`docker cp`, both ways."""

from __future__ import annotations

import asyncio
import io
import posixpath
import tarfile
from collections.abc import AsyncIterator
from dataclasses import replace

from grader.gateway.calls._still import held_still
from grader.gateway.exchange import Answer, Exchange
from grader.gateway.refusal import Refusal, forbidden, malformed

COPY_CAP = 16 * 1024 * 1024
"""Bytes of one copy, in and out."""
MEMBERS_CAP = 10_000
STAT_HEADER = "x-docker-container-path-stat"


async def stat(exchange: Exchange) -> Answer:
    """Say what a path is."""
    return await copy_out(exchange)


async def copy_out(exchange: Exchange) -> Answer:
    """Give out a file or folder as a tar."""
    life = exchange.life()
    exchange.target = exchange.request.query.get("path", "")
    async with exchange.session.copies, held_still(exchange.session, life):
        reply = await exchange.send(f"/containers/{life.id}/archive", exchange.pick("path"))
        if reply.status != 200:
            return _as_asked(await exchange.answer(reply), exchange)
        async with reply:
            raw = await reply.read(limit=COPY_CAP)
    if len(raw) > COPY_CAP:
        raise forbidden(
            "copy-size",
            f"copying more than {COPY_CAP // 1024**2} MiB at a time",
            f"한 번에 {COPY_CAP // 1024**2} MiB를 넘는 복사",
        )
    headers = {"Content-Type": "application/x-tar", STAT_HEADER: reply.headers[STAT_HEADER]}
    return Answer(200, raw, headers)


async def copy_in(exchange: Exchange) -> Answer:
    """Take in a tar, written anew: plain files, folders and links only."""
    life = exchange.life()
    exchange.target = exchange.request.query.get("path", "")
    clean = await asyncio.to_thread(rewrite, exchange.raw_body)
    query = exchange.pick("path")
    query |= {
        key: "1" for key in ("noOverwriteDirNonDir", "copyUIDGID") if exchange.request.flag(key)
    }

    async def body() -> AsyncIterator[bytes]:
        yield clean

    async with life.lock:
        await life.settled()
        life.last_snapshot = None
        async with held_still(exchange.session, life):
            answer = await exchange.forward(f"/containers/{life.id}/archive", query, body())
        return _as_asked(answer, exchange)


def _as_asked(answer: Answer, exchange: Exchange) -> Answer:
    """Return an error with the container as the student named it, as the engine has it."""
    if answer.status < 400:
        return answer
    named = exchange.params["container"].encode()
    return replace(answer, body=answer.body.replace((exchange.container or "").encode(), named))


def rewrite(raw: bytes) -> bytes:
    """Return a clean copy of an uncompressed tar [74, 75]. Raises Refusal.

    Sparse members are refused: a few bytes of them stand for terabytes [77]. A hard link becomes a
    file with the content of the one before it.
    """
    out = io.BytesIO()
    size = 0
    try:
        with (
            tarfile.open(fileobj=io.BytesIO(raw), mode="r:") as given,
            tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as clean,
        ):
            for count, member in enumerate(given):
                fresh, content = _fresh(member), None
                if fresh.isreg():
                    # Of a hard link this is the file that came before it, under its other name.
                    content = given.extractfile(member)
                    fresh.size = content.seek(0, io.SEEK_END) if content else 0
                size += fresh.size
                if count >= MEMBERS_CAP or size > COPY_CAP:
                    raise Refusal(413, "too-large", "that is too much for one copy")
                if content is not None:
                    content.seek(0)
                clean.addfile(fresh, content)
    except (tarfile.TarError, EOFError, KeyError, ValueError, OverflowError) as error:
        raise malformed(f"the copy is not a plain tar: {error}") from None
    return out.getvalue()


def _fresh(member: tarfile.TarInfo) -> tarfile.TarInfo:
    name = posixpath.normpath(member.name)
    plain = member.isreg() or member.isdir() or member.issym() or member.islnk()
    leads_out = name == ".." or name.startswith(("/", "../"))
    if not plain or member.sparse is not None or leads_out:
        raise malformed(f"{member.name!r} is no file that can be copied")
    fresh = tarfile.TarInfo(name)
    fresh.mode, fresh.mtime = member.mode & 0o7777, int(member.mtime)
    fresh.uid, fresh.gid = member.uid, member.gid
    if member.isreg() or member.islnk():
        fresh.type = tarfile.REGTYPE
    else:
        fresh.type, fresh.linkname = member.type, member.linkname
    return fresh
