from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from graded import evidence, records

from grader.store import Store

HERE = Path(__file__).parent
PROGRAM = HERE / "grading_process.py"
ON_POSTGRESQL = ("evidence is written", "rows are sent")
"""Where the database matters."""
ON_SQLITE = ("file is open", "file is named", *ON_POSTGRESQL, "kept", "settled")
POINTS = [("sqlite", p) for p in ON_SQLITE] + [("postgresql", p) for p in ON_POSTGRESQL]


def begin(place: str, folder: Path, first: int, count: int, *more: str) -> subprocess.Popen[bytes]:
    path = os.pathsep.join([str(HERE.parents[1]), str(HERE.parent / "support")])
    command = [sys.executable, str(PROGRAM), place, str(folder), str(first), str(count), *more]
    return subprocess.Popen(command, env=os.environ | {"PYTHONPATH": path})


def graded(store: Store) -> list[str]:
    """Return who has a grade, after a look at whether everything of each is there."""
    students = [standing.student for standing in store.standings("quiz")]
    assert students == [student for student, _ in records(store)]
    for student, digest in records(store):
        assert store.evidence(digest) == evidence(student)
        assert len(store.history("quiz", student)) == 1
    return students


def test_several_processes_make_one_store_and_write_it(
    place: str, evidence_folder: Path, opened: Callable[[], Store]
) -> None:
    # Ten students each; every second one is graded by two processes at the same time.
    processes = [begin(place, evidence_folder, first, 10) for first in (0, 5, 10, 15)]
    assert [process.wait(60) for process in processes] == [0] * 4
    assert sorted(graded(opened())) == sorted(f"student{number}" for number in range(25))


@pytest.mark.parametrize(("place", "point"), POINTS, indirect=["place"])
def test_a_process_killed_in_the_middle_leaves_nothing_half(
    place: str, evidence_folder: Path, opened: Callable[[], Store], point: str
) -> None:
    process = begin(place, evidence_folder, 0, 10, point)
    assert process.wait(60) == -signal.SIGKILL
    store = opened()
    assert graded(store) in ([], ["student0"], ["student0", "student1"])
    assert begin(place, evidence_folder, 0, 10).wait(60) == 0
    assert len(graded(store)) == 10
    store.forget("nobody")
    assert len(list(evidence_folder.glob("??/*"))) == 10
