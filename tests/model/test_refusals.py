from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from grader import gateway
from grader.checks import load_kind
from grader.checks._examples import called, seen, typed
from grader.model.refusals import RULES


def test_every_rule_is_one_by_which_the_gateway_refuses() -> None:
    folder = Path(gateway.__file__).parent
    text = "".join(file.read_text(encoding="utf-8") for file in folder.rglob("*.py"))
    assert [rule for rule in RULES if f'"{rule}"' not in text] == []
    assert list(RULES) == sorted(RULES)


def test_a_rubric_asks_for_known_rules_only() -> None:
    refused = load_kind("refused")
    refused.model_validate({"rule": "host-mount"})
    with pytest.raises(
        ValidationError, match="unknown rule 'host-mout', did you mean 'host-mount'"
    ):
        refused.model_validate({"rule": "host-mout"})


@pytest.mark.parametrize(("rule", "by"), [("running", "engine"), ("privileged", "gateway")])
def test_what_the_engine_would_have_said_is_no_rule_of_the_lab(rule: str, by: str) -> None:
    call = called(1, "container_remove", status=409, refused=rule)
    evidence = seen(typed(1, "docker rm -v web"), calls=[call])
    credits_ = {
        side: load_kind("refused").model_validate({"call": "rm", "by": side}).judge(evidence).credit
        for side in ("engine", "gateway")
    }
    assert credits_ == {"engine": by == "engine", "gateway": by == "gateway"}
