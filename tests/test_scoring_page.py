from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from grader.checks._examples import called, made, moment, seen, typed
from grader.course import load_lab, load_rubric
from grader.model.evidence import Evidence
from grader.model.result import Result
from grader.scoring import score

PAGE = Path(__file__).parents[1] / "docs" / "scoring.md"
LAB = "title: {ko: 가, en: a}\nimages: [alpine]\ntime_zone: Asia/Seoul\n"


@pytest.fixture
def course(tmp_path: Path) -> Path:
    (example,) = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    for name, text in (("labs/example/lab.yaml", LAB), ("rubrics/example.yaml", example)):
        file = tmp_path / name
        file.parent.mkdir(parents=True)
        file.write_text(text, encoding="utf-8")
    return tmp_path


def scored(course: Path, evidence: Evidence) -> Result:
    lab = load_lab(course, "example")
    return score(load_rubric(course, lab), lab, evidence)


def test_the_rubric_on_the_page_works(course: Path) -> None:
    life = ("created", "start 1", "exit 1", "start 2", "exit 2")
    box = made("box", *(moment(label, 1, {"/tmp/a.txt": "안녕"}) for label in life))
    done = seen(
        typed(1, "docker cp x box:/tmp"),
        lab="example",
        containers=[box],
        calls=[called(1, "container_copy_in", "box")],
        submitted_at=datetime(2026, 12, 2, 9, 30, tzinfo=UTC),
    )
    result = scored(course, done)
    assert {c.id: c.points for c in result.criteria} == {
        "made-box": 20,
        "copied": 10,
        "wrote": 10,
        "tidy": 0,
        "no-force": 0,
        "secret": 5,
    }
    assert (result.groups[0].points, result.max_points) == (10, 35)
    assert result.late is not None
    assert (result.late.days, result.late.lost, result.points) == (2, 7, 28)
    assert result.criteria[5].withheld


def test_an_empty_submission_earns_nothing_by_it(course: Path) -> None:
    assert scored(course, seen(lab="example")).points == 0
