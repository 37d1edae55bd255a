"""A class of eight on the real engine: killed, stopped, broken; everybody gets their grade."""

from __future__ import annotations

import os
import random
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

import pytest

from grader.engine.client import DEFAULT_SOCKET

if TYPE_CHECKING:
    from tests.classroom.conftest import Course

pytestmark = pytest.mark.engine

WROTE = "docker run --name box alpine:latest sh -c 'echo kept > /kept'\n"
SORTS = (
    WROTE,
    WROTE + "docker rm box\n",
    "docker run --name box alpine:latest sh -c 'echo lost > /kept'\ndocker rm box\n",
    "docker run --name other alpine:latest true\n",
)
POINTS = (12.5, 15, 5, 0)
STUDENTS = {f"student{number}": number % len(SORTS) for number in range(8)}
SEED = 20_261_124


@pytest.fixture
def mixed(course: Course) -> Course:
    """Return a course with eight submissions, one that is none, and somebody who did nothing."""
    roster = "\n".join(["student", "lazy", "broken", *WHOLE])
    course.write(
        {f"submissions/{name}/box.sh": SORTS[sort] for name, sort in STUDENTS.items()}
        | {"submissions/broken/box.sh": "", "roster.csv": roster}
    )
    return course


def grades(course: Course) -> dict[str, float]:
    """Return the points of everybody who is in the store, each with a history of one line."""
    with course.store() as store:
        found = {one.student: one.scored.result.points for one in store.standings("box")}
        for student in found:
            assert len(store.history("box", student)) == 1
    return found


def name(student: str) -> str:
    return "STUDENT1" if student == "student1" else student


WHOLE = {name(student): POINTS[sort] for student, sort in STUDENTS.items()}


def test_killed_twice_and_gone_on_the_grades_are_those_of_single_gradings(mixed: Course) -> None:
    chance = random.Random(SEED)  # noqa: S311 - moments, not secrets
    before = killed = 0
    for _ in range(2):
        running = mixed.begin("class", "box", "--jobs", "3")
        mixed.wait(partial(mixed.has_graded_more_than, before))
        time.sleep(chance.random() / 2)
        running.kill()
        running.communicate()
        killed += running.returncode == -signal.SIGKILL
        assert before <= mixed.stored()
        before = mixed.stored()
        # Nobody tells the workers; they notice.
        mixed.wait(lambda: not mixed.processes("grader.classroom.worker"))
        if before == len(STUDENTS):
            break  # on a fast machine, the first kill may be the only one
    assert killed, "all had ended by themselves"

    status, said, complained = mixed.grade("class", "box", "--jobs", "3")

    assert (status, complained) == (2, "")
    first, *others = said.splitlines()
    assert first.startswith("broken: unreadable: submissions/broken/box.sh: the file is empty; fix")
    assert others[1:] == ["without submission (1): lazy", "unreadable (1): broken"]
    assert grades(mixed) == WHOLE
    _, again, _ = mixed.grade("class", "box")
    assert "box: 0 graded (0 passed), 8 unchanged\n" in again
    with ThreadPoolExecutor(2) as pool:
        single = ("student0", "student5", "student6")
        results = {student: mixed.result(student) for student in single}
        list(pool.map(lambda student: mixed.grade("box", "--student", student), single))
    assert {student: mixed.result(student) for student in single} == results
    mixed.wait(mixed.is_swept)


def test_ctrl_c_finishes_what_runs_and_a_killed_worker_costs_nobody_a_grade(mixed: Course) -> None:
    running = mixed.begin("class", "box", "--jobs", "2")
    mixed.wait(partial(mixed.has_graded_more_than, 0))
    running.send_signal(signal.SIGINT)
    said, complained = running.communicate(timeout=180)
    assert (running.returncode, complained) == (130, "")
    done = mixed.stored()
    assert 1 < done < len(STUDENTS), "what was being typed is finished, and no more begun"
    assert f"interrupted: {len(STUDENTS) - done} left" in said
    assert not mixed.processes("grader.classroom.worker")

    running = mixed.begin("class", "box", "--jobs", "2")
    mixed.wait(partial(mixed.has_graded_more_than, done))
    first, *_, last = sorted(mixed.processes("grader.classroom.worker"))
    os.kill(first, signal.SIGKILL)  # what workers are forked from: the next one needs another
    os.kill(last, signal.SIGKILL)
    said, complained = running.communicate(timeout=180)
    assert (running.returncode, complained) == (2, ""), said
    assert grades(mixed) == WHOLE


def test_ctrl_c_twice_stops_at_once(mixed: Course) -> None:
    mixed.write({"submissions/aaron/box.sh": "docker run --name box alpine:latest sleep 60\n"})
    running = mixed.begin("class", "box", "--jobs", "1")
    mixed.wait(lambda: mixed.processes("grader.classroom.worker"))
    running.send_signal(signal.SIGINT)
    assert running.stdout is not None
    assert any("ctrl-C again stops at once" in line for line in running.stdout)
    running.send_signal(signal.SIGINT)
    _, complained = running.communicate(timeout=45)
    assert (running.returncode, complained) == (130, "\ninterrupted\n")
    assert not mixed.processes("grader.classroom.worker")


def test_without_an_engine_there_is_one_error(
    mixed: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{mixed.root}/{DEFAULT_SOCKET}")
    status, said, complained = mixed.grade("class", "box")
    assert (status, complained.count("error: ")) == (3, 1)
    assert "does not exist" in complained
    assert said.startswith("broken: unreadable")
    assert mixed.stored() == 0
