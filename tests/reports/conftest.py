"""Results that every format must render, by name."""

from __future__ import annotations

from typing import Any

import pytest

from grader.model.record import Text
from grader.model.result import CriterionResult, GroupResult, Lateness, Result


def criterion(**fields: object) -> CriterionResult:
    """Return a criterion that failed, with some fields changed."""
    defaults: dict[str, Any] = {
        "id": "wrote-file",
        "title": Text(ko="파일을 만들었다", en="Wrote the file"),
        "points": 0,
        "max_points": 20,
        "outcome": "failed",
        "reason": Text(ko="파일이 없다", en="there is no such file"),
    }
    return CriterionResult.model_validate(defaults | fields)


def result(*criteria: CriterionResult, **fields: object) -> Result:
    """Return a result of these criteria, with some fields changed."""
    points = sum(c.points for c in criteria)
    max_points = sum(c.max_points for c in criteria)
    percent = round(100 * points / max_points, 2)
    defaults: dict[str, Any] = {
        "lab": "lab6-1",
        "lab_title": Text(
            ko="실습 6-1: 컨테이너와 함께 사라지는 데이터",
            en="Lab 6-1: Data that goes with its container",
        ),
        "student": "alice",
        "submission": "submissions/alice/lab6-1.sh",
        "points": points,
        "max_points": max_points,
        "percent": percent,
        "pass_mark": 60,
        "passed": percent >= 60,
        "needs_review": any(c.outcome == "error" for c in criteria),
        "criteria": criteria,
    }
    return Result.model_validate(defaults | fields)


PASSED = criterion(
    points=20,
    outcome="passed",
    title=Text(ko="컨테이너 안에 두 파일을 만들었다", en="Created both files inside the container"),
    reason=Text(ko="'exit 1' 시점에 두 파일이 모두 있다", en="both files are there at 'exit 1'"),
    line=3,
)
PARTIAL = criterion(
    id="looked-at-diff",
    points=6.666666666666667,
    outcome="partial",
    title=Text(ko="docker diff로 바뀐 것을 보았다", en="Looked at what changed with docker diff"),
    reason=Text(
        ko="컨테이너 'cow-test'의 diff를 보았지만 /etc/passwd 줄은 아직 없었다",
        en="looked at the diff of 'cow-test', but before /etc/passwd was in it",
    ),
    expected=Text(
        ko="파일을 바꾼 뒤의 docker diff cow-test", en="docker diff cow-test after the change"
    ),
    hint=Text(ko="먼저 파일을 바꾸세요.", en="Change the file first."),
    line=9,
)
FAILED = criterion(
    id="survived-restart",
    title=Text(ko="다시 시작한 뒤에도 데이터가 남아 있다", en="The data survived a restart"),
    reason=Text(
        ko="/tmp/important.txt가 없다. 대신 /tmp/importent.txt를 썼다",
        en="there is no /tmp/important.txt; you wrote /tmp/importent.txt",
    ),
    expected=Text(ko="'exit 2' 시점의 /tmp/important.txt", en="/tmp/important.txt at 'exit 2'"),
    hint=Text(ko="파일 이름을 다시 읽어 보세요.", en="Read the file's name again."),
    line=4,
)
SKIPPED = criterion(
    id="gone-after-rm",
    outcome="skipped",
    max_points=10,
    title=Text(ko="삭제와 함께 데이터도 사라졌다", en="Removal took the data with it"),
    reason=Text(ko="'survived-restart'가 먼저 필요하다", en="needs 'survived-restart' first"),
    hint=Text(ko="위의 기준부터 해 보세요.", en="Start with the criterion above."),
)
ERROR = criterion(
    id="clean-container",
    outcome="error",
    title=Text(ko="새 컨테이너는 깨끗하다", en="A new container is clean"),
    reason=Text(
        ko="'exit 3'의 스냅샷이 없다 (채점기의 문제)",
        en="the snapshot at 'exit 3' is missing (our fault)",
    ),
)

HOSTILE = "a\x00b\x1b[31mred\x07\x85\ud800\ufffe\u202e&<]]>\"'\r\nsecond\tline\x7f 끝 😀"
"""What a student's container can print, in one string."""


def _hostile_text() -> Text:
    # Records refuse lone surrogates; a report must hold even where one slips by.
    return Text.model_construct(ko=HOSTILE, en=HOSTILE)


CASES: dict[str, Result] = {
    "passed": result(PASSED),
    "every-outcome": result(
        PASSED,
        PARTIAL,
        FAILED,
        SKIPPED,
        ERROR,
        notes=(
            Text(
                ko="제출 파일을 CP949로 읽었습니다. UTF-8로 저장하세요.",
                en="the submission was read as CP949; save it as UTF-8",
            ),
        ),
    ),
    "hostile": result(
        FAILED.model_copy(
            update={
                "title": _hostile_text(),
                "reason": _hostile_text(),
                "expected": _hostile_text(),
                "hint": _hostile_text(),
            }
        ),
        student="alice\x1b]0;x\x07",
        submission="제출/\x08a&b.sh",
        notes=(Text(ko="\x1b[2J", en="\x1b[2J"),),
    ),
    "long": result(
        FAILED.model_copy(
            update={
                "title": Text(ko="긴 제목 " * 30, en="a long title " * 30),
                "reason": Text(ko="가" * 20000, en="x" * 20000),
            }
        )
    ),
    "groups-and-late": result(
        PASSED.model_copy(update={"group": "files"}),
        PARTIAL.model_copy(update={"group": "files"}),
        PASSED.model_copy(update={"id": "more", "counts": "bonus", "points": 2, "max_points": 5}),
        FAILED.model_copy(
            update={"id": "rude", "counts": "penalty", "points": -3, "max_points": 0}
        ),
        PASSED.model_copy(update={"id": "tidy", "counts": "penalty", "points": 0, "max_points": 0}),
        points=20.9,
        max_points=20,
        percent=104.5,
        passed=True,
        groups=(
            GroupResult(
                id="files",
                title=Text(ko="파일", en="Files"),
                points=20,
                max_points=20,
                take="best",
            ),
        ),
        late=Lateness(days=1, lost=2.1),
        notes=(Text(ko="마감보다 1일 늦게 제출", en="handed in 1 day late"),),
    ),
    "same-titles": result(criterion(id="first"), criterion(id="second", line=1)),
}


@pytest.fixture
def results() -> dict[str, Result]:
    """Return all results by name."""
    return CASES


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest) -> tuple[str, Result]:
    """Return each result in turn, with its name."""
    return str(request.param), CASES[request.param]
