"""The command line against a Moodle: the page's example, and runs that are killed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import uploading_course
from fake_moodle import TOKEN, Assignment, FakeMoodle
from fake_worksheet import downloaded, uploaded
from loopback import Faults, served
from uploading_course import LAB, blocks

ITEM = 117
SAVE = "mod_assign_save_grade"
READ = "gradereport_user_get_grade_items"
ALICE, BOB = 101, 102


@dataclass
class Course(uploading_course.Course):
    """A course with a target on a site."""

    site: FakeMoodle


@pytest.fixture
def course(tmp_path: Path) -> Iterator[Course]:
    site = FakeMoodle()
    site.staff()
    site.enrol("alice", "bob")
    site.assignments = {ITEM: Assignment(ITEM, 501, "Quiz 6-1")}
    faults = Faults(site.app())
    [target] = blocks("Moodle", "yaml")
    with served(faults) as url:
        course = Course(tmp_path / "course", "moodle", faults, {"MOODLE_TOKEN": TOKEN}, site)
        course.fill(target.replace("https://moodle.example.org", url))
        yield course


@pytest.fixture
def graded(course: Course) -> Course:
    """Return a course whose grades are in the store, and whose students have accounts."""
    course.prepare()
    return course


def test_the_example_of_the_page(course: Course) -> None:
    [example] = blocks("Moodle", "sh")
    course.follow(example)
    assert course.site.points(ITEM, ALICE) == 100
    assert [saved.user for saved in course.site.saved] == [ALICE, BOB]
    status, said = course.upload()
    assert (status, len(course.site.saved)) == (0, 2), said


def test_the_example_of_the_page_with_a_worksheet(course: Course) -> None:
    heading = "Moodle's offline grading worksheet"
    [target], [example] = blocks(heading, "yaml"), blocks(heading, "sh")
    (course.root / "course.yaml").write_text(target)
    download = course.root / "downloads" / "quiz6-1.csv"
    download.parent.mkdir()
    download.write_bytes(downloaded(course.site, ITEM))
    for line in example.splitlines():
        status, said = course.grade(*line.split()[1:])
        assert status == 0, said
    assert "downloads/quiz6-1.filled.csv" in said
    filled = download.with_name("quiz6-1.filled.csv")
    assert uploaded(course.site, ITEM, filled.read_bytes()) == ["alice", "bob"]
    assert course.site.points(ITEM, ALICE) == 100
    download.write_bytes(downloaded(course.site, ITEM))
    status, said = course.grade("upload", LAB)
    assert (status, "unchanged 2" in said) == (0, True)


def test_killed_after_the_write_and_before_reading_back(graded: Course) -> None:
    graded.faults.after(SAVE, graded.kill)
    graded.killed()
    assert [saved.user for saved in graded.site.saved] == [ALICE]
    status, said = graded.upload()
    assert status == 0, said
    assert [saved.user for saved in graded.site.saved] == [ALICE, BOB]
    assert graded.site.notified == [ALICE, BOB]
    assert "alice" not in said  # it is there: nothing new
    status, said = graded.upload()
    assert (status, len(graded.site.saved)) == (0, 2)


def test_killed_after_the_ledger_and_before_the_write(graded: Course) -> None:
    graded.faults.add(SAVE, "drop-before", before=graded.kill)
    graded.killed()
    assert not graded.site.saved
    assert graded.upload()[0] == 0
    assert [saved.user for saved in graded.site.saved] == [ALICE, BOB]


def test_a_teachers_grade_that_came_while_we_were_dead_is_kept(graded: Course) -> None:
    graded.faults.after(SAVE, graded.kill)
    graded.killed()
    graded.site.grade_by_hand(ITEM, ALICE, 55)
    status, said = graded.upload()
    assert status == 0
    assert "set by somebody else (user 8" in said
    assert graded.site.points(ITEM, ALICE) == 55
    assert [saved.user for saved in graded.site.saved] == [ALICE, BOB]
    status, said = graded.upload("--replace", "alice")
    assert (status, graded.site.points(ITEM, ALICE)) == (0, 100)


def test_a_line_that_breaks_after_each_write_is_no_failure(graded: Course) -> None:
    graded.faults.add(SAVE, "drop-after", times=9)
    status, said = graded.upload()
    assert status == 0, said
    assert [saved.user for saved in graded.site.saved] == [ALICE, BOB]


def test_a_wrong_token_is_status_2_with_a_remedy(graded: Course) -> None:
    (graded.root / "token").write_text("not the one")
    target = (graded.root / "course.yaml").read_text()
    (graded.root / "course.yaml").write_text(target.replace("{env: MOODLE_TOKEN}", "{file: token}"))
    status, said = graded.upload()
    assert status == 2
    assert "the token is not accepted" in said
    assert "fix: " in said
    assert "not the one" not in said


def test_a_right_that_is_taken_away_in_the_middle_is_told_and_loses_nothing(
    graded: Course,
) -> None:
    graded.faults.after(SAVE, lambda: graded.site.rights.discard("viewall"))
    status, said = graded.upload()
    assert status == 2
    assert "nopermissions" in said
    assert "failed 1, not tried 1" in said
    graded.site.rights.add("viewall")
    assert graded.upload()[0] == 0
    assert [saved.user for saved in graded.site.saved] == [ALICE, BOB]
