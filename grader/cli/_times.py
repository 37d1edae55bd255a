"""Times on the command line."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from grader.errors import UsageError
from grader.model.units import instant, read_time

if TYPE_CHECKING:
    from grader.model.lab import Lab


def when_submitted(text: str | None, lab: Lab) -> datetime | None:
    """Return when something was handed in, in UTC; None if that was not said.

    Raises UsageError for what is no time, and for a time that may be meant in any zone.
    """
    if text is None:
        return None
    fix = "write it like '2026-12-01 18:00+09:00'"
    try:
        when = read_time(text)
    except ValueError as bad:
        raise UsageError(f"--submitted-at: {text!r} is no date with a time", fix=fix) from bad
    if when.tzinfo is None and lab.time_zone is None:
        raise UsageError(f"--submitted-at: {text!r} may be meant in any time zone", fix=fix)
    return instant(when, lab.time_zone).astimezone(UTC)
