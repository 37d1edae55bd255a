"""Students, as a command line names several."""

from __future__ import annotations

from pathlib import Path

from grader.errors import UsageError


def names(given: str | None) -> tuple[str, ...]:
    """Return the students that are named, or stand in a file. Raises UsageError."""
    if given is None:
        return ()
    listed = given.split(",")
    if given.startswith("@"):
        file = Path(given[1:])
        try:
            listed = file.read_text(encoding="utf-8-sig").splitlines()
        except (OSError, UnicodeError) as bad:
            fix = "name a file with the name of a student in each line"
            raise UsageError(f"cannot be read: {bad}", file=file, fix=fix) from bad
    found = tuple(dict.fromkeys(name.strip() for name in listed if name.strip()))
    if not found:
        raise UsageError(f"--students {given!r} names nobody", fix="leave it out for all")
    return found
