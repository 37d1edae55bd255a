"""What an import does to files that a teacher may have edited since the last one."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from grader.importing.merging import merge
from grader.importing.state import State


class Change(NamedTuple):
    """What becomes of one file."""

    file: str
    what: str


def upsert(root: Path, last: State, files: dict[str, str]) -> tuple[list[Change], dict[str, str]]:
    """Return what becomes of a lab's files, and the texts to be written: path in the course → text.

    `last` has the texts of the last import, `files` those of this one.
    """
    changes, texts = [], {}
    for name, theirs in files.items():
        change, text, aside = _merged(root / name, last.files.get(name), theirs)
        changes.append(Change(name, change))
        if text is not None:
            texts[name] = text
        if aside is not None:
            texts[f"{name}.page"] = aside
    changes += [
        Change(name, "kept: it is gone from the page")
        for name in last.files
        if name not in files and (root / name).exists()
    ]
    return changes, texts


def _merged(file: Path, base: str | None, theirs: str) -> tuple[str, str | None, str | None]:
    """Return what is done, the file's new text, and a text to be put beside it."""
    if not file.exists():
        return ("created", theirs, None) if base is None else ("kept: you removed it", None, None)
    aside = file.with_name(f"{file.name}.page")
    content = file.read_bytes()
    mine = _plain(content)
    if mine == theirs:
        done = f"unchanged; you may remove {aside.name}" if aside.exists() else "unchanged"
        return done, None, None
    if mine == base:
        return "updated", _as_in(content, theirs), None
    if base == theirs and not aside.exists():
        return "kept (edited)", None, None
    return _both(file, content, base or "", theirs)


def _both(file: Path, content: bytes, base: str, theirs: str) -> tuple[str, str | None, str | None]:
    """Return the same of a file that the teacher and the page both changed."""
    aside = file.with_name(f"{file.name}.page")
    beside = f"your edit stays, the page's text is in {aside.name}; remove that when you are done"
    if aside.exists():
        return f"conflict, still open: {beside}", None, theirs if base != theirs else None
    yaml = file.suffix == ".yaml"
    mine = _plain(content)
    text, both = (None, []) if mine is None else merge(base, mine, theirs, yaml=yaml)
    if text is not None:
        return "updated, your edits kept", _as_in(content, text), None
    where = f" at {', '.join(both)}" if both else ""
    return f"conflict{where}: {beside}", None, theirs


def _plain(content: bytes) -> str | None:
    """Return a file's text whatever system it was edited on; None if it is not UTF-8."""
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError:
        return None


def _as_in(content: bytes, text: str) -> str:
    """Return a text with the ends of lines that a file has."""
    return text.replace("\n", "\r\n") if b"\r\n" in content else text
