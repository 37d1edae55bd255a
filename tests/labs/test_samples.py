"""The course keeps its word: a solution earns everything, a sample what its name says."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from grader.course import lab_ids, load_lab, load_rubric
from grader.model.result import Result

COURSE = Path(__file__).parents[2]
LABS = lab_ids(COURSE)

Graded = Callable[[str, Path], Result]


def _samples(lab: str) -> list[Path]:
    return sorted((COURSE / "labs" / lab / "samples").iterdir())


def _promised(path: Path) -> float:
    return 100 if path.stem == "solution" else float(path.name.partition("-")[0])


def _told(result: Result) -> str:
    return "\n".join(
        f"{c.points:g}/{c.max_points:g} {c.id}: {c.reason.en}" for c in result.criteria
    )


def _case(lab: str, path: Path) -> object:
    typed = load_lab(COURSE, lab).kind == "terminal"
    return pytest.param(
        lab,
        path,
        id=f"{lab}-{path.parent.name}-{path.stem}",
        marks=[pytest.mark.engine] if typed else [],
    )


CASES = [
    _case(lab, path)
    for lab in LABS
    for path in [*(COURSE / "labs" / lab).glob("solution.*"), *_samples(lab)]
]
CLASS = [
    _case(path.stem, path)
    for student in ("alice", "bob")
    for path in sorted((COURSE / "submissions" / student).iterdir())
]


@pytest.mark.parametrize(("lab", "path"), CASES)
def test_a_sample_earns_the_percent_in_its_name(lab: str, path: Path, graded: Graded) -> None:
    result = graded(lab, path)

    assert 100 * result.points / result.max_points == _promised(path), _told(result)


@pytest.mark.parametrize(("lab", "path"), CLASS)
def test_the_example_class_has_one_who_passes_and_one_who_slips(
    lab: str, path: Path, graded: Graded
) -> None:
    result = graded(lab, path)

    if path.parent.name == "alice":
        assert result.points == result.max_points, _told(result)
    else:
        assert 0 < result.points < result.max_points, _told(result)


@pytest.mark.parametrize("lab", LABS)
def test_a_lab_comes_with_all_its_parts(lab: str) -> None:
    rubric = load_rubric(COURSE, load_lab(COURSE, lab))

    assert len(rubric.criteria) >= 6
    assert sum(criterion.points for criterion in rubric.criteria) == 100
    assert all(criterion.hint is not None for criterion in rubric.criteria)
    assert len(list((COURSE / "labs" / lab).glob("solution.*"))) == 1
    assert len([path for path in _samples(lab) if _promised(path) < 100]) >= 8
    assert any(path.stem == "0-only-a-comment" for path in _samples(lab))


@pytest.mark.parametrize("lab", LABS)
@pytest.mark.parametrize("language", ["ko", "en"])
def test_the_handout_tells_what_each_criterion_is_worth(lab: str, language: str) -> None:
    rubric = load_rubric(COURSE, load_lab(COURSE, lab))
    handout = (COURSE / "labs" / lab / f"handout.{language}.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\|.*\| (\d+) \|$", handout, re.MULTILINE)

    assert [float(points) for points in rows] == [c.points for c in rubric.criteria]
