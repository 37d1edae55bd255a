# ruff: noqa: E501 — a table reads best with one case per line
from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from grader.checks._examples import made, moment, seen
from grader.checks.diff import Diff
from grader.errors import EvidenceMissing
from grader.model.result import Verdict


def judge(changes: list[str], **fields: Any) -> Verdict:  # noqa: ANN401
    evidence = seen(containers=[made("a", moment("exit 1", 1, changes=changes))])
    return Diff.model_validate({"container": "a", **fields}).judge(evidence)


@pytest.mark.parametrize(
    ("changes", "fields", "credit"),
    [
        (["C /etc", "C /etc/passwd"], {"includes": ["C /etc/passwd"]}, 1),
        (["C /etc", "C /etc/passwd"], {"includes": ["/etc/passwd"]}, 1),
        (["A /etc/passwd"], {"includes": ["C /etc/passwd"]}, 0),
        (["C /etc"], {"includes": ["C /etc", "A /x"]}, 0.5),
        (["C /etc"], {"includes": ["C /etc"], "excludes": ["/etc"]}, 0.5),
        (["A /x"], {"excludes": ["A /y"]}, 1),
        (["A /x", "A /y"], {"exactly": ["A /x"]}, 0.5),
        (["A /x"], {"exactly": ["A /x", "A /y"]}, 0.5),
        (["A /1", "A /2", "A /3"], {"exactly": ["A /x"]}, 0),
        ([], {"exactly": []}, 1),
        (["A /x"], {"exactly": []}, 0),
        (["C /root", "A /root/.ash_history"], {"exactly": []}, 1),
        (["C /root", "A /root/.ash_history", "A /root/x"], {"exactly": ["A /root/x"]}, 2 / 3 - 1 / 6),
        (
            ["C /root", "A /root/.ash_history", "A /root/x"],
            {"exactly": ["C /root", "A /root/x"]},
            1,
        ),
        (["C /home", "C /home/me", "A /home/me/.bash_history"], {"exactly": []}, 1),
        (["A /root/.ash_history"], {"exactly": ["A /root/.ash_history"]}, 1),
        (["C /root"], {"exactly": []}, 0),
        (["C /tmp", "A /tmp/x", "A /y"], {"exactly": ["A /y"], "ignore": ["/tmp/*"]}, 1),
        (["C /var", "D /var/log"], {"excludes": ["D /var/*"]}, 0),
    ],
)  # fmt: skip
def test_credit(changes: list[str], fields: dict[str, Any], credit: float) -> None:
    assert judge(changes, **fields).credit == pytest.approx(credit)


def test_the_reason_lists_what_is_missing_extra_and_seen() -> None:
    reason = judge(["C /etc", "A /y"], exactly=["C /etc", "A /x"]).reason
    assert "'A /x' is missing; 'A /y' should not be there; seen: 'C /etc', 'A /y'" in reason.en
    assert "'A /x' 변경이 없습니다" in reason.ko


def test_a_container_that_never_was_has_no_clean_diff() -> None:
    assert Diff.model_validate({"container": "a", "exactly": []}).judge(seen()).credit == 0


def test_a_broken_snapshot_is_no_zero() -> None:
    evidence = seen(containers=[made("a", moment("exit 1", 1, fault="x"))])
    with pytest.raises(EvidenceMissing):
        Diff.model_validate({"container": "a", "exactly": []}).judge(evidence)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"exactly": ["A /x"], "includes": ["A /x"]},
        {"includes": ["X /x"]},
        {"includes": ["A x"]},
        {"includes": ["A  /x y"]},
    ],
)
def test_what_a_rubric_cannot_ask(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Diff.model_validate({"container": "a", **fields})


def test_of_very_many_changes_those_that_were_kept_are_judged() -> None:
    last = moment("exit 1", 1, changes=["A /a", "A /b"])
    assert last.snapshot is not None
    cut = last.model_copy(update={"snapshot": last.snapshot.model_copy(update={"truncated": True})})
    evidence = seen(containers=[made("a", cut)])
    assert Diff(container="a", includes=("A /a",)).judge(evidence).credit == 1
    verdict = Diff(container="a", includes=("A /c",)).judge(evidence)
    assert verdict.credit == 0
    assert verdict.reason.en.endswith("so many changes that only the first 2 were kept.")
