from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.program import make_course
from benchmarks.same import busy, chosen, graded


@pytest.mark.engine
def test_one_at_a_time_and_many_at_once_give_the_same_bytes(tmp_path: Path) -> None:
    """`make bench PART=same` does it with all labs, again and again."""
    # Where the lines ask for `docker logs` right behind `docker start`, load decides what is there.
    steady = {
        name: path
        for name, path in chosen("lab6-1", 3).items()
        if "docker logs" not in path.read_text()
    }
    course = make_course(tmp_path / "course", "lab6-1", steady)
    one_by_one = graded(course, "lab6-1", "1")
    with busy(2):
        at_once = graded(course, "lab6-1", "6")
    assert len(one_by_one) >= 3
    assert len(set(one_by_one.values())) == len(one_by_one)
    assert at_once == one_by_one
