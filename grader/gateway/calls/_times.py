"""Times in queries, in each of the forms that the engine reads."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime

from grader.gateway.refusal import malformed

_SECONDS = re.compile(r"(\d{1,11})(?:\.(\d{1,9}))?")
_PART = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)(ns|us|µs|ms|s|m|h)")
_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}


def moment(text: str) -> int | None:
    """Return a time in nanoseconds: a number of seconds, a date, or how long ago. Raises Refusal.

    None where none is given.
    """
    if not text:
        return None
    if found := _SECONDS.fullmatch(text):
        return int(found[1]) * 1_000_000_000 + int((found[2] or "0").ljust(9, "0"))
    parts = _PART.findall(text)
    if parts and "".join(number + unit for number, unit in parts) == text:
        ago = sum(float(number) * _UNITS[unit] for number, unit in parts)
        return time.time_ns() - int(ago * 1e9)
    try:
        told = datetime.fromisoformat(text)
    except ValueError:
        raise malformed(f"failed to parse value as time or duration: {text[:80]!r}") from None
    return int((told if told.tzinfo else told.replace(tzinfo=UTC)).timestamp() * 1e9)
