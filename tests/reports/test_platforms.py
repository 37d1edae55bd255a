"""What learning platforms are told: never a number for what we failed to judge."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from grader import reports
from grader.model.evidence import Evidence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from grader.model.result import Result

PLATFORMS = ("check50", "classroom50", "gradescope")
RUNNER = {
    "CLASSROOM": "cs-2026",
    "ASSIGNMENT": "lab6-1",
    "SUBMISSION_TAG": "submit/2026-12-01T00-00-00Z-abc",
    "COMMIT_URL": "https://example.org/c",
    "RELEASE_URL": "https://example.org/r",
}


def rendered(name: str, result: Result, evidence: Evidence | None = None) -> Any:  # noqa: ANN401 - JSON
    graded = reports.Graded(result, evidence=evidence)
    return json.loads(reports.load_format(name).render(graded, "en"))


def numbers(value: object) -> Iterator[float]:
    """Yield all numbers but those of lines."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from numbers(inner) if key != "line" else ()
    elif isinstance(value, list):
        for inner in value:
            yield from numbers(inner)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield value


@pytest.mark.parametrize("name", PLATFORMS)
def test_a_criterion_in_error_leaves_no_number_at_all(
    name: str, results: dict[str, Result]
) -> None:
    report = rendered(name, results["every-outcome"])
    assert not list(numbers(report))
    assert "passed" not in report
    assert list(numbers(rendered(name, results["passed"])))


def test_gradescope_counts_the_whole_and_not_the_sum(results: dict[str, Result]) -> None:
    report = rendered("gradescope", results["groups-and-late"])
    assert report["score"] == 20.9
    assert [test.get("score") for test in report["tests"]] == [20, 6.666666666666667, 2, None, None]
    assert {test["status"] for test in report["tests"]} == {"passed", "failed"}
    assert report["tests"][3]["name"].startswith("[-3] ")


def test_classroom50_takes_what_it_is_told(
    results: dict[str, Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in RUNNER.items():
        monkeypatch.setenv(name, value)
    evidence = Evidence(
        grader="1",
        lab="lab6-1",
        student="alice",
        submission="a.sh",
        submission_digest="sha256:0",
        recorded_at="2026-12-01T09:00:00+09:00",
    )
    for result in results.values():
        report = rendered("classroom50", result, evidence)
        texts = ("classroom", "assignment", "submission", "commit", "release", "review", "datetime")
        assert all(isinstance(report[field], str) and report[field] for field in texts)
        assert report["datetime"] == "2026-12-01T00:00:00Z"
        assert report["review"] == RUNNER["COMMIT_URL"]
        names = [test["test-name"] for test in report["tests"]]
        assert len(set(names)) == len(names) == len(result.criteria)
        for part in (report, *report["tests"]) if "score" in report else ():
            assert type(part["score"]) is type(part["max-score"]) is int
            assert 0 <= part["score"] <= part["max-score"]


def test_check50_knows_three_answers(results: dict[str, Result]) -> None:
    checks = rendered("check50", results["every-outcome"])["results"]
    assert [check["passed"] for check in checks] == [True, False, False, None, None]
    assert [check["cause"] is None for check in checks] == [True, False, False, False, False]
