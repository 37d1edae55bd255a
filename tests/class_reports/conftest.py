"""Classes that every format must render, by name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from graded import LAB, evidence, rubric, scored

from grader.errors import StoreError
from grader.gradebook import Entry, Gradebook, Typed, TypedStep
from grader.model.record import Text
from grader.model.result import Lateness

NOW = datetime(2026, 12, 1, tzinfo=UTC)
HOSTILE = (
    '=HYPERLINK("//x","alice")',
    "＠sum(A1)",
    "<script>alert(1)</script>",
    "a|b](//x)`c` **d** _e_ @f",
    "'\"&<>{{ 7*7 }}</title></style>",
    "bidi\u202e\x1b[31m\u2028end",
    "김하늘",
)
"""What students may call themselves, and more than `check_name` lets pass."""
ALIKE = [f"docker volume create v{number} # <b>" for number in range(6)]
"""Lines that nobody types by chance."""


def _rubric() -> Any:  # noqa: ANN401 - pydantic's own signature
    first, second = rubric().criteria
    title = Text(ko="`diff`를 보았다 | 둘째", en="Looked at `diff` | second")
    until = datetime(2026, 12, 24, 18, tzinfo=UTC)
    hidden = second.model_copy(update={"title": title, "hidden_until": until})
    return rubric().model_copy(update={"criteria": (first, hidden)})


def graded(student: str, answers: str = "BB", /, **more: object) -> Entry:
    """Return a student who was graded, with some fields of the entry changed."""
    fields: dict[str, Any] = {
        "student": student,
        "state": "graded",
        "result": scored(evidence(student, answers), _rubric()).result,
        "attempts": 1,
        "submission": f"sha256:{answers}",
        "evidence": student,
        "recorded_at": "2026-12-01T00:00:00+00:00",
    }
    return Entry(**{**fields, **more})


def in_error(entry: Entry) -> Entry:
    """Return an entry whose first criterion we failed to judge."""
    assert entry.result is not None
    first, *others = entry.result.criteria
    reason = Text(ko="우리의 문제", en="our fault")
    first = first.model_copy(update={"outcome": "error", "points": 0.0, "reason": reason})
    changes = {"criteria": (first, *others), "points": 4.0, "percent": 40.0, "passed": False}
    result = entry.result.model_copy(update=changes | {"needs_review": True})
    return replace(entry, result=result)


def _late(entry: Entry) -> Entry:
    assert entry.result is not None
    result = entry.result.model_copy(update={"late": Lateness(days=2, lost=1)})
    return replace(entry, result=result, submitted_at="2026-12-03T00:00:00+00:00")


def book(entries: Sequence[Entry], lines: dict[str, Sequence[str]] | None = None) -> Gradebook:
    """Return a gradebook of entries; `lines` are what was typed, by the evidence's digest."""

    def entries_of() -> Iterator[Entry]:
        return iter(entries)

    def typed(digest: str) -> Typed:
        if lines is not None and digest not in lines:
            raise StoreError("the evidence is missing")
        texts = (lines or {}).get(digest, ())
        return Typed(steps=tuple(TypedStep(text=text, seconds=0.5) for text in texts))

    lab = LAB.model_copy(update={"kind": "terminal"})
    return Gradebook(lab=lab, rubric=_rubric(), entries=entries_of, typed=typed, now=NOW)


CASES: dict[str, Gradebook] = {
    "mixed": book(
        [
            graded("alice"),
            _late(graded("bob", "BA", attempts=3)),
            graded("carol", "AB", by_hand=("second",), outdated=True),
            in_error(graded("dave")),
            graded("eve", "AA"),
            Entry(student="frank", state="waiting"),
            Entry(student="Grace", state="nothing"),
            Entry(student="heidi", state="unreadable", reason="=q.yaml:2: <no> such|choice"),
        ],
        {"alice": ALIKE, "bob": [*ALIKE, "ls"], "carol": ["pwd"], "dave": []},
    ),
    "hostile": book([graded(name) for name in HOSTILE]),
    "nobody": book([]),
}


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest) -> tuple[str, Gradebook]:
    """Return each class in turn, with its name."""
    return str(request.param), CASES[request.param]
