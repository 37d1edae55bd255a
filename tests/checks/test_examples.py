from __future__ import annotations

import pytest

from grader.checks import Example, known_kinds, load_examples, load_kind
from grader.checks._examples import seen
from grader.errors import EvidenceMissing

KINDS = known_kinds()
EVIDENCES = [e.evidence() for kind in KINDS for e in load_examples(kind)]
ALL = [(kind, example) for kind in KINDS for example in load_examples(kind)]


def test_kinds_are_the_files() -> None:
    assert set(KINDS) >= {
        "all_of",
        "answer",
        "any_of",
        "command",
        "container",
        "diff",
        "file",
        "lifecycle",
        "none_of",
    }


@pytest.mark.parametrize(("kind", "example"), ALL, ids=[f"{k}: {e.shows}" for k, e in ALL])
def test_example(kind: str, example: Example) -> None:
    check = load_kind(kind).model_validate({"kind": kind, **example.check})
    verdict = check.judge(example.evidence())
    assert verdict.credit == pytest.approx(example.credit)
    assert example.says in verdict.reason.en
    assert verdict.reason.ko
    assert verdict.reason.ko != verdict.reason.en


@pytest.mark.parametrize(("kind", "example"), ALL, ids=[f"{k}: {e.shows}" for k, e in ALL])
def test_a_check_has_an_answer_to_any_evidence(kind: str, example: Example) -> None:
    check = load_kind(kind).model_validate({"kind": kind, **example.check})
    for evidence in EVIDENCES:
        try:
            verdict = check.judge(evidence)
        except EvidenceMissing:
            continue
        assert 0 <= verdict.credit <= 1
        assert verdict.reason.en
        assert verdict.reason.ko
        assert verdict == check.judge(evidence)


@pytest.mark.parametrize("kind", KINDS)
def test_examples_show_full_partial_and_no_credit(kind: str) -> None:
    credits_ = [example.credit for example in load_examples(kind)]
    assert len(credits_) >= 3
    assert max(credits_) == 1
    assert min(credits_) == 0
    assert any(0 < credit < 1 for credit in credits_)


@pytest.mark.parametrize(("kind", "example"), ALL, ids=[f"{k}: {e.shows}" for k, e in ALL])
def test_an_empty_submission_earns_nothing(kind: str, example: Example) -> None:
    verdict = load_kind(kind).model_validate({"kind": kind, **example.check}).judge(seen())
    assert verdict.credit == (1 if kind == "none_of" else 0)


@pytest.mark.parametrize(("kind", "example"), ALL, ids=[f"{k}: {e.shows}" for k, e in ALL])
def test_a_check_survives_its_own_json(kind: str, example: Example) -> None:
    check = load_kind(kind).model_validate({"kind": kind, **example.check})
    assert load_kind(kind).model_validate_json(check.model_dump_json()) == check


@pytest.mark.parametrize(("kind", "example"), ALL, ids=[f"{k}: {e.shows}" for k, e in ALL])
def test_less_than_full_credit_says_what_was_expected(kind: str, example: Example) -> None:
    verdict = (
        load_kind(kind).model_validate({"kind": kind, **example.check}).judge(example.evidence())
    )
    secret = kind in {"answer", "none_of"}
    assert (verdict.expected is not None) == (verdict.credit < 1 and not secret)
