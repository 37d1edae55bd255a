"""A file with evidence: compressed, and on the disk whole or not at all."""

from __future__ import annotations

import contextlib
import gzip
import os
import zlib
from pathlib import Path

from grader.model.evidence import Evidence

ENDING = ".json.gz"
UNREADABLE = (OSError, EOFError, zlib.error)
"""What `read` raises for a file that is missing or damaged."""


def content_of(evidence: Evidence) -> bytes:
    """Return the bytes that evidence is stored as, and its digest is of."""
    return evidence.model_dump_json().encode()


def write(file: Path, content: bytes) -> None:
    """Write a content, the same one as the same bytes. Raises OSError."""
    part = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as stream:
            stream.write(gzip.compress(content, compresslevel=6, mtime=0))
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(file)
        _sync_folder(file.parent)
    except OSError:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
        raise


def read(file: Path) -> bytes:
    """Return the content of a file. Raises one of `UNREADABLE`."""
    return gzip.decompress(file.read_bytes())


def _sync_folder(folder: Path) -> None:
    """See to it that a new name outlives a loss of power."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
