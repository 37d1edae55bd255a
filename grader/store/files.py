"""Evidence on the disk: compressed, and named by what is in it."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from grader import evidence_file
from grader.errors import RecordLost, StoreError
from grader.evidence_file import ENDING
from grader.model.evidence import Evidence

Model = TypeVar("Model", bound=BaseModel)


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
        try:
            evidence_file.write(file, content)
        except OSError as error:
            problem = f"the evidence cannot be written to {file.parent}: {error.strerror}"
            raise StoreError(problem, fix="make room, or make the folder writable") from error
        return digest

    def read(self, digest: str) -> Evidence:
        """Return evidence. Raises RecordLost if it is missing or damaged."""
        return self.read_as(Evidence, digest)

    def read_as(self, model: type[Model], digest: str) -> Model:
        """Return what a record keeps of evidence. Raises RecordLost if it is missing or damaged."""
        try:
            return model.model_validate_json(self._content(digest))
        except ValidationError as error:
            problem = f"the evidence in {self.path(digest)} is of another version of the program"
            raise RecordLost(problem, fix="grade the submission again") from error

    def _content(self, digest: str) -> bytes:
        file = self.path(digest)
        fix = "put the file back from a copy, or grade the submission again"
        try:
            content = evidence_file.read(file)
        except FileNotFoundError as error:
            raise RecordLost(f"the evidence {file} is missing", fix=fix) from error
        except evidence_file.UNREADABLE as error:
            raise RecordLost(f"the evidence {file} is damaged: {error}", fix=fix) from error
        if digest_of(content) != digest:
            problem = f"the evidence {file} is damaged: this is not what was written"
            raise RecordLost(problem, fix=fix)
        return content

    def _is_whole(self, digest: str) -> bool:
        with contextlib.suppress(StoreError):
            return bool(self._content(digest))
        return False

    def remove_others(self, digests: Collection[str]) -> Iterator[Path]:
        """Remove and yield all files but those of these digests. Raises OSError."""
        for file, digest in self._all():
            if digest not in digests:
                file.unlink(missing_ok=True)
                with contextlib.suppress(OSError):  # others are in the folder
                    file.parent.rmdir()
                yield file

    def _all(self) -> Iterator[tuple[Path, str | None]]:
        """Yield all files with their digests, None for those that a killed process left."""
        for file in sorted(self.folder.glob("??/*")):
            whole = not file.name.startswith(".") and file.name.endswith(ENDING)
            yield file, file.parent.name + file.name.removesuffix(ENDING) if whole else None
