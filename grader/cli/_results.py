"""The folder of results: which files go where, and how they are written."""

from __future__ import annotations

import contextlib
import errno
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

from grader.errors import OutputError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

ELSEWHERE = "choose another place, for example with --results DIR"
STALE_SECONDS = 600
"""Age at which an unfinished file must be what a killed run left behind: writing takes moments."""


def results_folder(root: Path, lab: str, student: str) -> Path:
    """Return where the results of one student go: under the course, or here if it is read-only."""
    return written_folder(root, "results") / lab / student


def results_base(root: Path) -> Path:
    """Return the folder of all results of a course."""
    return results_folder(root, "lab", "student").parents[1]


def store_file(root: Path) -> Path:
    """Return the file of the store of grades, where no other place is named."""
    return results_base(root) / "grades.db"


def written_folder(root: Path, name: str) -> Path:
    """Return a folder that the program fills: in the course, or here if that is read-only."""
    base = root if os.access(root, os.W_OK) and not _is_installed(root) else Path.cwd()
    return base / name


def _is_installed(root: Path) -> bool:
    return Path(__file__).resolve().parents[1] in root.resolve().parents


def check_writable(files: Mapping[str, Path]) -> None:
    """Raise UsageError where a file could not be written, before anybody waits for its content.

    `files` maps what each one is to its path.
    """
    for what, file in files.items():
        _require_writable(what, file, shown_as=file)
    check_distinct(files)


def check_folder(folder: Path) -> None:
    """Raise UsageError where no report could be written into a folder."""
    _require_writable("reports", folder / "any", shown_as=folder)


def _require_writable(what: str, file: Path, *, shown_as: Path) -> None:
    if obstacle := _obstacle(file):
        problem = f"{what} cannot be written here: {obstacle}"
        raise UsageError(problem, file=shown_as, fix=ELSEWHERE)


def check_distinct(files: Mapping[str, Path]) -> None:
    """Raise UsageError where one file would take the place of another."""
    taken: dict[Path, str] = {}
    for what, file in files.items():
        real = Path(os.path.realpath(file))
        if real in taken and not _is_stream(file):
            problem = f"{what} and {taken[real]} would be the same file"
            raise UsageError(problem, file=file, fix="give each a file of its own")
        taken[real] = what


def _obstacle(file: Path) -> str:
    """Return what keeps a file from being written, empty if nothing is seen."""
    try:
        if file.is_dir():
            return "this is a folder"
        if _is_stream(file):
            return ""
        real = Path(os.path.realpath(file))
        folder = next(parent for parent in real.parents if os.path.lexists(parent))
        if not folder.is_dir():
            return f"{folder} is no folder"
        return "" if os.access(folder, os.W_OK | os.X_OK) else f"{folder} is read-only"
    except OSError as error:
        return str(error.strerror).lower()


def write_all(texts: Mapping[Path, str | Iterable[str]], *, private: bool = False) -> None:
    """Write several files so that each is either the old or the new one, whole.

    A text may come in pieces. All content is on the disk before the first file takes its place.
    `private`: nobody else on this machine may read them. Raises OutputError, and leaves nothing
    half-written.
    """
    with contextlib.ExitStack() as undo:
        path = Path()
        try:
            ready: list[tuple[Path, Path]] = []
            for path, text in texts.items():
                if _is_stream(path):
                    _write(path, text)
                    continue
                target = Path(os.path.realpath(path))  # a link stays a link
                for folder in _make_folders(target.parent):
                    undo.callback(_remove_folder, folder)
                _remove_stale(target)
                part = target.with_name(f".{target.name}.{os.getpid()}.part")
                undo.callback(part.unlink, missing_ok=True)
                _write(part, text, private=private)
                ready.append((part, target))
            for part, target in ready:
                path = target
                part.replace(target)
        except OSError as error:
            full = error.errno in {errno.ENOSPC, errno.EDQUOT}
            raise OutputError(
                f"cannot write {path}: {error.strerror}",
                fix=f"free some space there, or {ELSEWHERE}" if full else ELSEWHERE,
            ) from error


def _write(path: Path, text: str | Iterable[str], *, private: bool = False) -> None:
    with path.open("w", encoding="utf-8") as file:
        if private:
            os.fchmod(file.fileno(), 0o600)  # before anything is in it
        file.writelines([text] if isinstance(text, str) else text)


def shown(path: Path) -> Path:
    """Return a path as people would type it from here."""
    here = os.path.relpath(path)
    return Path(here) if len(here) <= len(str(path)) else path


def _make_folders(folder: Path) -> Iterator[Path]:
    """Make a folder and those above it; yield the ones that were missing, the outermost first."""
    missing = [f for f in (folder, *folder.parents) if not f.exists()]
    for new in reversed(missing):
        new.mkdir(exist_ok=True)
        yield new


def _remove_folder(folder: Path) -> None:
    with contextlib.suppress(OSError):  # what has a file in it was made for good
        folder.rmdir()


def _remove_stale(target: Path) -> None:
    for part in target.parent.glob(f".{target.name}.*.part"):
        with contextlib.suppress(OSError):  # its writer, or another cleaner, was faster
            if time.time() - part.stat().st_mtime > STALE_SECONDS:
                part.unlink()


def _is_stream(path: Path) -> bool:
    """Tell whether a path is a device or a pipe, which must be written to, not replaced.

    To be asked of the path as given: `/dev/stdout` leads to no other name where it is a pipe.
    """
    return path.exists() and not path.is_file() and not path.is_dir()
