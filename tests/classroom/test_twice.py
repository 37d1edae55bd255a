from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Self

import pytest

from grader.checks._examples import made, seen
from grader.classroom.rounds import graded
from grader.classroom.stop import Stop
from grader.classroom.work import Course, Done, Grader, Outcome, Task
from grader.model.evidence import Evidence
from grader.model.lab import Lab
from grader.model.record import Text
from grader.model.submission import Submission
from grader.rubric import Rubric

NAME = Text(ko="이름", en="name")
LAB = Lab(id="lab", title=NAME)
RUBRIC = Rubric.model_validate(
    {
        "lab": "lab",
        "criteria": [
            {
                "id": "box",
                "title": NAME,
                "points": 10,
                "check": {"kind": "container", "container": "box"},
            }
        ],
    }
)


class Races:
    """Stands for what types: the container is made every second time only."""

    typed: list[str]

    def __init__(self, *, sweeps: bool) -> None:
        assert not sweeps

    def warm_up(self) -> None:
        pass

    def grade(
        self,
        lab: Lab,  # noqa: ARG002
        load: Callable[[], Rubric],
        submission: Submission,
        submitted_at: datetime | None,  # noqa: ARG002
    ) -> tuple[Evidence, object]:
        load()
        self.typed.append(submission.student)
        return seen(containers=[made("box")]) if len(self.typed) % 2 else seen(), None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass


def test_a_race_in_the_students_lines_is_flagged_and_no_third_try_decides(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Races.typed = []
    monkeypatch.setattr("grader.classroom.work.Grading", Races)
    file = tmp_path / "lab.sh"
    file.write_text("ls\n")
    grader = Grader(Course(tmp_path, LAB, RUBRIC, twice=True))

    def outcomes(tasks: Iterable[Task]) -> Iterator[Outcome]:
        yield from map(grader.outcome, tasks)

    with Stop(lambda: None) as stop:
        (outcome,) = graded([Task("kim", file)], outcomes, stop)
    assert isinstance(outcome.became, Done)
    assert outcome.became.result.needs_review
    assert outcome.became.record.again == seen()
    assert Races.typed == ["kim"] * 2
