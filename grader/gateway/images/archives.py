"""Archives in the context of a build: ADD unpacks them, so they are weighed before it does [77].

A few kilobytes can unpack to terabytes, by compression or by a sparse member.
"""

from __future__ import annotations

import bz2
import io
import lzma
import tarfile
import zlib
from collections.abc import Callable, Iterable
from typing import Protocol

from grader.gateway.refusal import Refusal

UNPACKED_CAP = 128 * 1024 * 1024
_BLOCK = 512
_XZ_MEMORY = 64 * 1024 * 1024


class _Unpacker(Protocol):
    """What the decompressors of the standard library have in common."""

    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...


_MAKERS: tuple[tuple[bytes, Callable[[], _Unpacker]], ...] = (
    (b"\x1f\x8b\x08", lambda: zlib.decompressobj(wbits=31)),
    (b"BZh", bz2.BZ2Decompressor),
    (b"\xfd7zXZ\x00", lambda: lzma.LZMADecompressor(memlimit=_XZ_MEMORY)),
)
_ZSTANDARD = b"\x28\xb5\x2f\xfd"


def check_archives(contents: Iterable[bytes]) -> None:
    """Raise Refusal if the archives among these files unpack to too much."""
    left = UNPACKED_CAP
    for content in contents:
        # Its head tells a tar; only what is one is unpacked whole.
        if not _is_tar(_plain(content, _BLOCK)):
            continue
        plain = _plain(content, left)
        if len(plain) > left:
            raise _too_much()
        left -= max(_weight(plain), len(plain))
        if left < 0:
            raise _too_much()


def _plain(content: bytes, cap: int) -> bytes:
    """Return what a compressed file holds, one byte more than `cap` at most. Raises Refusal."""
    if content.startswith(_ZSTANDARD) or content[1:4] == b"\x2a\x4d\x18":
        raise Refusal(400, "archive", "an ADD of zstd archives is not possible in this lab")
    make = next((make for magic, make in _MAKERS if content.startswith(magic)), None)
    if make is None:
        return content
    plain = bytearray()
    try:
        while content and len(plain) <= cap:
            unpacker = make()
            plain += unpacker.decompress(content, cap + 1 - len(plain))
            content = unpacker.unused_data.lstrip(b"\0") if unpacker.eof else b""
    except (zlib.error, lzma.LZMAError, OSError, EOFError):
        pass  # The engine stops there too.
    return bytes(plain)


def _is_tar(plain: bytes) -> bool:
    try:
        tarfile.TarInfo.frombuf(plain[:_BLOCK], "utf-8", "surrogateescape")
    except tarfile.HeaderError:
        return False
    return True


def _weight(plain: bytes) -> int:
    """Return the bytes of all members, as they unpack."""
    weight = 0
    try:
        with tarfile.open(fileobj=io.BytesIO(plain), mode="r:") as given:
            for member in given:
                weight += max(member.size, _BLOCK)
                if weight > UNPACKED_CAP:
                    break
    except (tarfile.TarError, EOFError, ValueError, OverflowError):
        # What one reader cannot read, another may.
        raise Refusal(400, "archive", "an archive for ADD is not a plain tar") from None
    return weight


def _too_much() -> Refusal:
    return Refusal(
        413,
        "too-large",
        f"the archives for ADD unpack to more than {UNPACKED_CAP // 1024**2} MiB",
    )
