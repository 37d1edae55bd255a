"""Evidence and results as a class would leave them, made without an engine."""

from __future__ import annotations

from grader.model.evidence import Evidence
from grader.model.lab import Lab
from grader.overrides import Scored, with_sums
from grader.rubric import Rubric
from grader.scoring import score
from grader.store import Store
from grader.store.digests import Key, key_of

NAME = {"ko": "이름", "en": "name"}
LAB = Lab.model_validate(
    {
        "id": "quiz",
        "title": NAME,
        "kind": "quiz",
        "questions": {
            number: {"title": NAME, "choices": {"A": NAME, "B": NAME}} for number in ("1", "2")
        },
    }
)


def rubric(second: float = 4, /, **more: object) -> Rubric:
    """Return a rubric with two questions; the first is worth six points."""
    criteria = [
        {
            "id": name,
            "title": NAME,
            "points": points,
            "hint": NAME,
            "check": {"kind": "answer", "question": number, "correct": ["B"]},
        }
        for name, points, number in (("first", 6, "1"), ("second", second, "2"))
    ]
    return Rubric.model_validate({"lab": "quiz", "criteria": criteria} | more)


RUBRIC = rubric()
KEY = key_of(LAB, RUBRIC)


def evidence(student: str, answers: str = "BB", **more: object) -> Evidence:
    """Return what a student answered: one letter for each question."""
    fields = {
        "grader": "1",
        "lab": "quiz",
        "student": student,
        "submission": f"submissions/{student}/quiz.yaml",
        "submission_digest": f"sha256:{student}{answers}",
        "recorded_at": "2026-12-01T00:00:00+00:00",
        "answers": {"1": [answers[0]], "2": [answers[1]]},
        "answer_lines": {"1": 1, "2": 2},
    }
    return Evidence.model_validate(fields | more)


def scored(record: Evidence, by: Rubric = RUBRIC) -> Scored:
    """Return what evidence earns."""
    return with_sums(score(by, LAB, record), by, LAB, record)


def key(by: Rubric) -> Key:
    """Return by what results of a rubric are made."""
    return key_of(LAB, by)


def records(store: Store, lab: str = "quiz") -> list[tuple[str, str]]:
    """Return student and digest of each attempt's newest evidence."""
    return [(case.student, one.digest) for case in store.cases(lab) for one in case.attempts]
