"""Phrases that messages of several rooms share."""

from __future__ import annotations

from collections.abc import Iterable


def did_you_mean(name: str, known: Iterable[str], most: int = 1) -> str:
    """Return a question after the known names nearest to `name`, empty if none is near."""
    import difflib  # only when something is wrong: messages must not slow the start

    by_lower = {one.lower(): one for one in known}
    near = [by_lower[n] for n in difflib.get_close_matches(name.lower(), by_lower, n=most)]
    return f", did you mean {' or '.join(repr(n) for n in near)}?" if near else ""


def size(count: int) -> str:
    """Return a number of bytes as people say it: `64 KiB`."""
    for unit, name in ((1024 * 1024, "MiB"), (1024, "KiB")):
        if count >= unit:
            return f"{count / unit:.1f}".removesuffix(".0") + f" {name}"
    return f"{count} bytes"
