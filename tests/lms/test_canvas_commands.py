"""The command line against a Canvas: the page's example, and runs that are killed."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from fake_canvas import ASSIGNMENT, BULK, PROGRESS, SUBMISSIONS, TOKEN, FakeCanvas, Student
from loopback import Faults, Response, served
from uploading_course import LAB, Course, blocks

PUT = f"PUT {SUBMISSIONS}/"
LIST = f"GET {SUBMISSIONS}?"


@dataclass
class Class(Course):
    """A course on a Canvas."""

    fake: FakeCanvas

    @property
    def there(self) -> dict[str, tuple[float | None, int, int]]:
        """Return points, how often they were saved, and the number of texts."""
        return {
            one.login: (one.entered, one.writes, len(one.texts))
            for one in self.fake.students.values()
        }


@contextmanager
def opened(root: Path) -> Iterator[Class]:
    fake = FakeCanvas(
        [
            Student(101, "Alice 김", "alice", "alice@example.org"),
            Student(102, "Bob 이", "bob", "bob@example.org"),
        ]
    )
    faults = Faults(fake.app)
    [target] = blocks("Canvas", "yaml")
    with served(faults) as url:
        course = Class(root, "canvas", faults, {"CANVAS_TOKEN": TOKEN}, fake)
        course.fill(target.replace("https://canvas.example.org", url))
        yield course


@pytest.fixture
def course(tmp_path: Path) -> Iterator[Class]:
    with opened(tmp_path / "course") as course:
        yield course


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a course with grades in its store, and students with accounts."""
    with opened(tmp_path_factory.mktemp("graded") / "course") as course:
        course.prepare()
        return course.root


@pytest.fixture
def graded(course: Class, results: Path) -> Class:
    for folder in ("results", "accounts"):
        shutil.copytree(results / folder, course.root / folder)
    return course


ALICE, BOB = (100, 1, 1), (0, 1, 1)
ONCE = {"alice": ALICE, "bob": BOB}


def test_the_example_of_the_page(course: Class) -> None:
    [example] = blocks("Canvas", "sh")
    course.follow(example)
    assert course.there == ONCE
    (text,) = course.fake["alice"].texts
    assert "100/100" in text
    jobs = len(course.fake.jobs)
    assert course.upload()[0] == 0
    assert (course.there, len(course.fake.jobs)) == (ONCE, jobs)


def test_the_plan_shows_what_is_there_and_writes_nothing(graded: Class) -> None:
    graded.fake.set_by_teacher("alice", 55)
    status, said = graded.grade("upload", LAB, "--to", "canvas")
    assert status == 0
    assert "user 8" in said
    assert not graded.fake.jobs
    assert graded.faults.count(PUT) == 0


@pytest.mark.parametrize("moment", [BULK, PROGRESS, f"{PUT}101", f"{PUT}102"])
@pytest.mark.parametrize("done", [False, True])
def test_killed_in_the_middle_of_writing(graded: Class, moment: str, *, done: bool) -> None:
    if done:
        graded.faults.after(moment, graded.kill)
    else:
        graded.faults.add(moment, "drop-before", before=graded.kill)
    graded.killed()
    status, said = graded.upload()
    assert status == 0, said
    assert graded.there == ONCE


def test_killed_while_the_job_waits_in_the_queue(graded: Class) -> None:
    graded.fake.lag = 1000
    graded.faults.after(BULK, graded.kill)
    graded.killed()
    graded.fake.lag = 2
    status, said = graded.upload()
    assert status == 0, said
    assert [job.state for job in graded.fake.jobs] == ["queued", "completed"]
    graded.fake.jobs[0].left = 0
    assert graded.upload()[0] == 0
    assert graded.fake.jobs[0].state == "completed"
    assert graded.there == ONCE


def test_killed_after_the_writing_and_before_the_reading_back(graded: Class) -> None:
    lists = iter(range(100))
    graded.faults.after(lambda asked: LIST in asked and next(lists) == 1, graded.kill)
    graded.killed()
    assert graded.there == ONCE
    status, said = graded.upload()
    assert (status, graded.there) == (0, ONCE), said
    assert len(graded.fake.jobs) == 1


def test_waits_are_not_told(graded: Class) -> None:
    graded.faults.add(LIST, Response(503), times=2)
    status, said = graded.upload()
    assert (status, graded.there) == (0, ONCE)
    assert "retry" not in said


def test_a_teachers_grade_that_came_while_we_were_dead_is_kept(graded: Class) -> None:
    graded.faults.after(f"{PUT}101", graded.kill)
    graded.killed()
    graded.fake.set_by_teacher("alice", 55)
    status, said = graded.upload()
    assert status == 0
    assert "user 8" in said
    assert graded.there == {"alice": (55, 2, 1), "bob": BOB}
    assert graded.upload("--replace", "alice")[0] == 0
    assert graded.there == {"alice": (100, 3, 1), "bob": BOB}


def test_a_student_whom_canvas_refuses_is_status_3_and_the_others_are_there(graded: Class) -> None:
    graded.fake["alice"].period = 1
    graded.fake.closed_periods, graded.fake.may_see_periods = {1}, False
    status, said = graded.upload()
    assert status == 3
    assert "Cannot grade this submission" in said
    assert graded.there == {"alice": (None, 0, 0), "bob": BOB}
    graded.fake.closed_periods = set()
    assert graded.upload()[0] == 0
    assert graded.there == ONCE


def test_a_missing_right_is_status_2_with_a_remedy(graded: Class) -> None:
    graded.fake.may_grade = False
    status, said = graded.upload()
    assert status == 2
    assert "not authorized" in said
    assert "fix: " in said


def test_an_assignment_of_another_course_is_status_2(graded: Class) -> None:
    file = graded.root / "course.yaml"
    file.write_text(file.read_text().replace(str(ASSIGNMENT), "999"))
    status, said = graded.upload()
    assert status == 2
    assert "does not know assignment 999" in said
