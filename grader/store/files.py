"""Evidence on the disk: compressed, and named by what is in it."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import os
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from grader.errors import StoreError
from grader.model.evidence import Evidence

ENDING = ".json.gz"

Model = TypeVar("Model", bound=BaseModel)


def content_of(evidence: Evidence) -> bytes:
    """Return the bytes that evidence is stored as, and its digest is of."""
    return evidence.model_dump_json().encode()


def digest_of(content: bytes) -> str:
    """Return the name of a content."""
    return hashlib.sha256(content).hexdigest()


class EvidenceFiles:
    """A folder of evidence."""

    def __init__(self, folder: Path) -> None:
        """Take a folder that need not be there yet."""
        self.folder = folder

    def path(self, digest: str) -> Path:
        """Return where evidence lies."""
        return self.folder / digest[:2] / f"{digest[2:]}{ENDING}"

    def write(self, content: bytes) -> str:
        """Keep a content and return its digest; it is on the disk, or not there at all.

        Raises StoreError.
        """
        digest = digest_of(content)
        file = self.path(digest)
        if file.exists() and self._is_whole(digest):
            return digest
        part = file.with_name(f".{file.name}.{os.getpid()}.part")
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            with part.open("wb") as stream:
                stream.write(gzip.compress(content, compresslevel=6, mtime=0))
                stream.flush()
                os.fsync(stream.fileno())
            part.replace(file)
            _sync_folder(file.parent)
        except OSError as error:
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)
            problem = f"the evidence cannot be written to {file.parent}: {error.strerror}"
            raise StoreError(problem, fix="make room, or make the folder writable") from error
        return digest

    def read(self, digest: str) -> Evidence:
        """Return evidence. Raises StoreError if it is missing or damaged."""
        return self.read_as(Evidence, digest)

    def read_as(self, model: type[Model], digest: str) -> Model:
        """Return what a record keeps of evidence. Raises StoreError if it is missing or damaged."""
        try:
            return model.model_validate_json(self._content(digest))
        except ValidationError as error:
            problem = f"the evidence in {self.path(digest)} is of another version of the program"
            raise StoreError(problem, fix="grade the submission again") from error

    def _content(self, digest: str) -> bytes:
        file = self.path(digest)
        fix = "put the file back from a copy, or grade the submission again"
        try:
            content = gzip.decompress(file.read_bytes())
        except FileNotFoundError as error:
            raise StoreError(f"the evidence {file} is missing", fix=fix) from error
        except (OSError, EOFError, zlib.error) as error:
            raise StoreError(f"the evidence {file} is damaged: {error}", fix=fix) from error
        if digest_of(content) != digest:
            problem = f"the evidence {file} is damaged: this is not what was written"
            raise StoreError(problem, fix=fix)
        return content

    def _is_whole(self, digest: str) -> bool:
        with contextlib.suppress(StoreError):
            return bool(self._content(digest))
        return False

    def remove(self, digest: str) -> Path | None:
        """Remove evidence, and return its file if it was there."""
        file = self.path(digest)
        if not file.exists():
            return None
        file.unlink()
        with contextlib.suppress(OSError):  # others are in the folder
            file.parent.rmdir()
        return file

    def all(self) -> Iterator[tuple[Path, str | None]]:
        """Yield all files with their digests, None for those that a killed process left."""
        for file in sorted(self.folder.glob("??/*")):
            whole = not file.name.startswith(".") and file.name.endswith(ENDING)
            yield file, file.parent.name + file.name.removesuffix(ENDING) if whole else None


def _sync_folder(folder: Path) -> None:
    """See to it that a new name outlives a loss of power."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
