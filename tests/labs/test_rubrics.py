"""What holds for every rubric of the course, whatever it asks for."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.checks._text import found
from grader.course import lab_ids, load_lab, load_rubric

COURSE = Path(__file__).parents[2]
LONG = 64 * 1024
"""As much as is kept of an output or a file."""
SECONDS = 5.0
"""A student must not be able to hold up the grader; 5 s leave room for a slow machine."""


def _patterns(value: object) -> Iterator[str]:
    """Yield the regular expressions in a dumped check."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in {"typed", "ran", "matches"} and isinstance(inner, str):
                yield inner
            else:
                yield from _patterns(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _patterns(inner)


PATTERNS = sorted(
    {
        pattern
        for lab in lab_ids(COURSE)
        for criterion in load_rubric(COURSE, load_lab(COURSE, lab)).criteria
        for pattern in _patterns(criterion.check.model_dump())
    }
)


@pytest.mark.parametrize("piece", ["\n", " ", "a", "1", "\t\n", "> ", "x:x:1:"])
@pytest.mark.parametrize("pattern", PATTERNS)
def test_no_text_takes_long_to_search(pattern: str, piece: str) -> None:
    text = piece * (LONG // len(piece))
    began = time.perf_counter()
    found(pattern, text)
    assert time.perf_counter() - began < SECONDS
