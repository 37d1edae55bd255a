from __future__ import annotations

from pathlib import Path

import pytest

from grader.checks.container import Container
from grader.course import load_lab
from grader.errors import CourseError
from grader.own_work import own_work
from grader.submissions import read

LAB = "title: {ko: 가, en: a}\nimages: [alpine:latest]\n"
RUBRIC = """\
lab: lab1
criteria:
  - id: one
    title: {ko: 가, en: a}
    points: 10
    check: {kind: container, container: "x-{{ box }}"}
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name, text in (
        ("labs/lab1/lab.yaml", LAB + "values: {box: {kind: name}}\n"),
        ("labs/lab1/solution.sh", "\ufeffdocker run --name x-{{box}} alpine\r\n"),
        ("rubrics/lab1.yaml", RUBRIC),
    ):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8", newline="")
    return tmp_path


def test_a_solution_and_its_rubric_are_those_of_one_student(root: Path) -> None:
    path = root / "labs/lab1/solution.sh"
    submission, rubric = own_work(root, load_lab(root, "lab1"), path)
    check = rubric.criteria[0].check
    assert isinstance(check, Container)
    box = check.container.name
    assert submission.text == f"docker run --name {box} alpine\n"
    assert str(box).startswith("x-")
    assert "{" not in submission.text
    raw = read(path, "alice", load_lab(root, "lab1"))
    assert "{{box}}" in raw.text
    assert raw.digest != submission.digest


def test_a_lab_without_values_is_left_as_it_is(root: Path) -> None:
    (root / "labs/lab1/lab.yaml").write_text(LAB, encoding="utf-8")
    (root / "rubrics/lab1.yaml").write_text(RUBRIC.replace("{{ box }}", "box"), encoding="utf-8")
    submission, _ = own_work(root, load_lab(root, "lab1"), root / "labs/lab1/solution.sh")
    assert "{{box}}" in submission.text


def test_an_unknown_value_in_a_solution_is_told_with_its_place(root: Path) -> None:
    path = root / "labs/lab1/solution.sh"
    path.write_text("docker ps\necho {{boxx}}\n", encoding="utf-8")
    with pytest.raises(CourseError, match=r"solution.sh:2:6: the lab has no value 'boxx', did you"):
        own_work(root, load_lab(root, "lab1"), path)
