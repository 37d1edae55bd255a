"""The command line against a tool's platform: the page's examples, and runs that are killed."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from fake_ags import PRIVATE, PUBLIC, FakeAgs, Member
from loopback import Faults, served
from uploading_course import LAB, PROJECT, Course, blocks

SECTION = "Any platform with LTI 1.3"
POINTS = {"3": 100, "4": 0}


@dataclass
class Class(Course):
    """A course that is a tool of a Moodle."""

    fake: FakeAgs
    home: Path

    def shell(self, lines: str) -> str:
        """Run lines of the page as they stand, and return what they said."""
        programs = self.home / "bin"
        programs.mkdir(parents=True, exist_ok=True)
        grade = programs / "grade"
        grade.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m grader "$@" --lang en\n')
        grade.chmod(0o755)
        python = programs / "python3"
        python.unlink(missing_ok=True)
        python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
        python.chmod(0o755)
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", lines],
            cwd=self.root,
            env=os.environ
            | {
                "HOME": str(self.home),
                "PATH": f"{programs}:{os.environ['PATH']}",
                "PYTHONPATH": str(PROJECT),
            },
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@contextmanager
def opened(root: Path) -> Iterator[Class]:
    fake = FakeAgs(client_id="A1b2C3d4E5f6G7h", key_id="lab-grader")
    fake.members = {
        "3": Member("Alice 김", "alice@example.org"),
        "4": Member("Bob 이", "bob@example.org"),
        "9": Member("Kim", "kim@example.org", roles=("Instructor",)),
    }
    faults = Faults(fake.app)
    [target] = blocks(SECTION, "yaml")
    with served(faults) as url:
        home = root.parent / "home"
        course = Class(root, "lti", faults, {"TOOL_KEY": PRIVATE}, fake, home)
        assert target.count("https://moodle.example.org") == 3
        target = target.replace("https://moodle.example.org", url)
        course.fill(target.replace("{file: ~/.config/lab-grader/tool.pem}", "{env: TOOL_KEY}"))
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


def test_the_example_of_the_page(course: Class) -> None:
    file = course.root / "course.yaml"
    by_file = "{file: ~/.config/lab-grader/tool.pem}"
    file.write_text(file.read_text("utf-8").replace("{env: TOOL_KEY}", by_file), "utf-8")
    make, jwk, upload = blocks(SECTION, "sh")
    course.shell(make)
    keys = course.home / ".config" / "lab-grader"
    assert (keys / "tool.pem").stat().st_mode & 0o077 == 0
    course.fake.public_key = (keys / "tool.pub").read_text()
    found = json.loads(course.shell(jwk))
    assert {name: found[name] for name in ("kty", "kid", "alg", "use")} == {
        "kty": "RSA",
        "kid": "lab-grader",
        "alg": "RS256",
        "use": "sig",
    }
    assert "d" not in found  # of the private half
    said = course.shell(upload)
    assert said.count("nothing was written") == 1
    assert course.fake.held(LAB) == POINTS
    assert "100/100" in str(course.fake.item(LAB).grades["3"].comment)
    course.shell(upload.splitlines()[-1])
    assert len(course.fake.scores) == 2


def test_the_plan_shows_what_is_there_and_makes_nothing(graded: Class) -> None:
    status, said = graded.grade("upload", LAB, "--to", "lti")
    assert (status, graded.fake.items) == (0, [])
    assert re.search(r"^alice: – → 100", said, re.MULTILINE)
    graded.fake.add_item(LAB)
    graded.fake.teacher_sets(LAB, "3", 55)
    status, said = graded.grade("upload", LAB, "--to", "lti")
    assert status == 0
    assert re.search(r"^alice: 55 .*kept: set by somebody else", said, re.MULTILINE)
    assert not graded.fake.scores


@pytest.mark.parametrize("user", ["3", "4"])
@pytest.mark.parametrize("done", [False, True])
def test_killed_between_ledger_write_and_read_back(graded: Class, user: str, *, done: bool) -> None:
    def this(asked: object) -> bool:
        return "/scores" in str(asked) and f'"userId": "{user}"' in str(asked)

    if done:
        graded.faults.after(this, graded.kill)
    else:
        graded.faults.add(this, "drop-before", before=graded.kill)
    graded.killed()
    sent = len(graded.fake.scores)
    status, said = graded.upload()
    assert status == 0, said
    assert graded.fake.held(LAB) == POINTS
    assert len(graded.fake.scores) == 2
    assert sent == (user == "4") + done
    assert graded.upload()[0] == 0
    assert len(graded.fake.scores) == 2


def test_killed_while_the_column_is_made(graded: Class) -> None:
    graded.faults.after(
        lambda asked: asked.method == "POST" and b'"label"' in asked.body, graded.kill
    )
    graded.killed()
    assert graded.upload()[0] == 0
    assert len(graded.fake.items) == 1
    assert graded.fake.held(LAB) == POINTS


def test_a_teachers_grade_that_came_while_we_were_dead_is_kept(graded: Class) -> None:
    graded.faults.after("/scores", graded.kill)
    graded.killed()
    graded.fake.teacher_sets(LAB, "3", 55)
    status, said = graded.upload()
    assert status == 0, said
    assert graded.fake.held(LAB) == {"3": 55, "4": 0}


def test_a_missing_student_is_told_and_the_others_are_written(graded: Class) -> None:
    del graded.fake.members["3"]
    status, said = graded.upload()
    assert status == 1
    assert re.search(r"^alice: .*no participant there has this account", said, re.MULTILINE)
    assert graded.fake.held(LAB) == {"4": 0}


def test_a_tool_that_the_platform_does_not_know_is_wrong_use(graded: Class) -> None:
    graded.fake.key_id = "another"
    status, said = graded.upload()
    assert status == 2
    assert "invalid_client" in said
    assert "Traceback" not in said
    assert PUBLIC != PRIVATE


def test_the_example_of_a_file(tmp_path: Path) -> None:
    course = Class(tmp_path / "course", "file", Faults(FakeAgs().app), {}, FakeAgs(), tmp_path)
    [target] = blocks("A CSV file", "yaml")
    [example] = blocks("A CSV file", "sh")
    course.fill(target)
    assert course.shell(example).count("nothing was written") == 1
    text = (course.root / "grades" / "quiz.csv").read_text("utf-8-sig")
    rows = list(csv.DictReader(text.splitlines(keepends=True)))
    assert [(row["student"], row["points"], row["max"]) for row in rows] == [
        ("alice", "100", "100"),
        ("bob", "0", "100"),
    ]
