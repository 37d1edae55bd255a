"""Times on the command line."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from grader.errors import CourseError, UsageError
from grader.model.units import instant, read_time

if TYPE_CHECKING:
    from grader.model.lab import Lab

FIX = "write it like '2026-12-01 18:00+09:00'"
COLUMN = "submitted_at"


def when_submitted(text: str | None, lab: Lab) -> datetime | None:
    """Return when something was handed in, in UTC; None if that was not said.

    Raises UsageError for what is no time, and for a time that may be meant in any zone.
    """
    if text is None:
        return None
    try:
        return _time(text, lab)
    except ValueError as bad:
        raise UsageError(f"--submitted-at: {bad}", fix=FIX) from bad


def times_in(file: Path, lab: Lab) -> dict[str, datetime]:
    """Return when each student handed something in, by the folded name, from a CSV file.

    A line without a time says nothing. Raises CourseError for a broken file.
    """
    from grader.personal.derivation import folded
    from grader.roster import COLUMN as STUDENT
    from grader.roster import listed

    times: dict[str, datetime] = {}
    for line, (student, text) in listed(file, STUDENT, COLUMN):
        try:
            if text:
                times[folded(student)] = _time(text, lab)
        except ValueError as bad:
            raise CourseError(str(bad), file=file, line=line, fix=FIX) from bad
    return times


def _time(text: str, lab: Lab) -> datetime:
    """Return a time in UTC. Raises ValueError that tells what is wrong."""
    try:
        when = read_time(text)
    except ValueError as bad:
        raise ValueError(f"{text!r} is no date with a time") from bad
    if when.tzinfo is None and lab.time_zone is None:
        raise ValueError(f"{text!r} may be meant in any time zone")
    return instant(when, lab.time_zone).astimezone(UTC)
