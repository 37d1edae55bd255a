"""`docker export`: a container's whole file system as a tar."""

from __future__ import annotations

from collections.abc import AsyncIterator

from grader.gateway.exchange import AnyAnswer, Exchange, Streamed

EXPORT_CAP = 256 * 1024 * 1024
"""Bytes of one export; the connection breaks off behind them [77]."""


async def export(exchange: Exchange) -> AnyAnswer:
    """Give it out as it comes."""
    life = exchange.life()
    reply = await exchange.send(f"/containers/{life.id}/export")
    if reply.status != 200:
        return await exchange.answer(reply)
    return Streamed(reply, {"Content-Type": "application/octet-stream"}, rewrite=_capped)


async def _capped(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    size = 0
    async for chunk in chunks:
        size += len(chunk)
        if size > EXPORT_CAP:
            raise ConnectionAbortedError
        yield chunk
