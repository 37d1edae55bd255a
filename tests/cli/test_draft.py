"""`grade draft`: where the evidence comes from, and where the rubric goes."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from grader.checks._examples import called, made, moment, seen, typed

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Course, Here

SOLUTION = "docker run --name box alpine touch /tmp/x\n"


@pytest.fixture
def evidence(course: Course) -> Path:
    """Return a record of a solution of lab `typed`."""
    record = seen(
        typed(1, SOLUTION.strip()),
        containers=(made("box", moment("created", 1), moment("exit 1", 1, {"/tmp/x": ""})),),
        calls=(called(1, "container_create"),),
        lab="typed",
    )
    return course.write("record.json", record.model_dump_json())


def test_a_draft_is_a_rubric_that_passes_lint(
    course: Course, evidence: Path, grade_here: Here
) -> None:
    rubric = course.root / "rubrics/typed.yaml"
    rubric.unlink()
    done = grade_here("draft", "typed", "--evidence", str(evidence))
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("2 criteria:\n  rubrics/typed.yaml\n")
    text = rubric.read_text()
    assert text.startswith("# yaml-language-server: $schema=")
    assert '  - id: wrote-box\n    title:\n      ko: "`box` 컨테이너의' in text
    assert "    check: {kind: container, container: box, image: alpine:latest}\n" in text
    assert grade_here("lint", "typed").stdout == "1 lab: no mistakes\n"


def test_a_rubric_is_replaced_only_with_force(
    course: Course, evidence: Path, grade_here: Here
) -> None:
    before = course.files()
    done = grade_here("draft", "typed", "--evidence", str(evidence))
    assert done.returncode == 2
    assert "rubrics/typed.yaml: there is a rubric already" in done.stderr
    shown = grade_here("draft", "typed", "--evidence", str(evidence), "--output", "-")
    assert "id: made-box" in shown.stdout
    assert course.files() == before
    assert grade_here("draft", "typed", "--evidence", str(evidence), "--force").returncode == 0
    assert (course.root / "rubrics/typed.yaml").read_text() == shown.stdout


def test_without_record_and_solution_it_says_what_to_do(course: Course) -> None:
    done = course.grade("draft", "typed", "--output", "-")
    assert done.returncode == 2
    assert "grade record typed" in done.stderr


@pytest.mark.engine
def test_without_a_record_the_solution_is_typed(course: Course) -> None:
    if "DOCKER_HOST" in os.environ:
        course.environment["DOCKER_HOST"] = os.environ["DOCKER_HOST"]
    else:
        del course.environment["DOCKER_HOST"]
    course.write("labs/typed/solution.sh", SOLUTION)
    done = course.grade("draft", "typed", "--output", "-")
    assert "id: wrote-box" in done.stdout, done.stderr
