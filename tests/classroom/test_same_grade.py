from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.same import busy, chosen, course_of, graded


@pytest.mark.engine
def test_one_at_a_time_and_many_at_once_give_the_same_bytes(tmp_path: Path) -> None:
    """`make bench PART=same` does it with all labs, again and again."""
    course = course_of(tmp_path, "lab6-1", chosen("lab6-1", 3))
    one_by_one = graded(course, "lab6-1", "1")
    with busy(2):
        at_once = graded(course, "lab6-1", "6")
    assert len(one_by_one) > 3
    assert len(set(one_by_one.values())) == len(one_by_one)
    assert at_once == one_by_one
