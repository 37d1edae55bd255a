from __future__ import annotations

from typing import Any

import pytest

from grader.checks import load_kind
from grader.checks._examples import made, moment, seen, typed
from grader.errors import EvidenceMissing
from grader.model.evidence import Evidence
from grader.model.result import Verdict

LINE = {"kind": "command", "typed": "^ls$"}
OTHER = {"kind": "command", "typed": "^pwd$"}
UNKNOWN = {"kind": "file", "container": "a", "paths": {"/x": None}}
EVIDENCE = seen(typed(1, "ls"), containers=[made("a", moment("exit 1", 1, fault="x"))])


def judge(kind: str, *checks: dict[str, Any], evidence: Evidence = EVIDENCE) -> Verdict:
    return load_kind(kind).model_validate({"kind": kind, "checks": checks}).judge(evidence)


def test_an_unknown_part_matters_only_where_it_can_change_the_verdict() -> None:
    assert judge("any_of", UNKNOWN, LINE).credit == 1
    assert judge("none_of", UNKNOWN, LINE).credit == 0
    for kind, checks in (
        ("any_of", (UNKNOWN, OTHER)),
        ("none_of", (UNKNOWN, OTHER)),
        ("all_of", (UNKNOWN, LINE)),
    ):
        with pytest.raises(EvidenceMissing):
            judge(kind, *checks)


def test_checks_nest_to_any_depth_and_watch_their_paths() -> None:
    inner = {"kind": "all_of", "checks": [UNKNOWN, {"kind": "none_of", "checks": [OTHER]}]}
    outer = load_kind("any_of").model_validate({"kind": "any_of", "checks": [LINE, inner]})
    assert outer.watched() == {"/x"}
    assert outer.judge(EVIDENCE).credit == 1


def test_the_worst_part_of_all_is_told() -> None:
    verdict = judge("all_of", LINE, OTHER)
    assert verdict.credit == 0.5
    assert verdict.reason.en == "No line types the command asked for. (1 of 2 conditions hold)"
    assert verdict.expected is not None
    assert verdict.expected.en == "type `pwd`"


def test_of_several_ways_that_hold_the_first_is_told() -> None:
    shown = {"kind": "command", "output": {"contains": "a.txt"}}
    evidence = seen(typed(1, "ls", "a.txt\n"))
    assert "shows output with 'a.txt'" in judge("any_of", shown, LINE, evidence=evidence).reason.en
    assert judge("any_of", LINE, shown, evidence=evidence).reason.en == "Line 1: 'ls'."


def test_what_any_of_several_ways_would_have_been_is_told() -> None:
    verdict = judge("any_of", OTHER, {"kind": "command", "call": "diff"})
    assert verdict.expected is not None
    assert verdict.expected.en == "type `pwd` / run `docker diff`"
    assert verdict.reason.en == "No line types the command asked for."
