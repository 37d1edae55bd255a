from __future__ import annotations

from pathlib import Path

from grader.checks import load_examples, load_kind
from grader.checks._examples import called, seen, typed
from grader.course import load_lab, load_rubric
from grader.scoring import score

ROOT = Path(__file__).parents[2]


def test_a_changed_copy_keeps_nothing_of_the_old_fields() -> None:
    evidence = seen(typed(1, "docker ps"), calls=[called(1, "container_list")])
    assert evidence.calls_in(1)
    assert evidence.step(1)
    other = evidence.model_copy(update={"calls": (), "steps": ()})
    assert not other.calls_in(1)
    assert other.step(1) is None


def test_what_is_kept_for_speed_is_no_part_of_a_record() -> None:
    example = load_examples("command")[0]
    check = load_kind("command").model_validate({"kind": "command", **example.check})
    evidence = example.evidence()
    before = [record.model_dump_json() for record in (check, evidence)]
    check.judge(evidence)
    assert [record.model_dump_json() for record in (check, evidence)] == before
    assert evidence == example.evidence()
    assert check == type(check).model_validate({"kind": "command", **example.check})


def test_a_rubric_that_has_scored_is_still_the_same_rubric() -> None:
    lab = load_lab(ROOT, "lab6-1")
    used, unused = load_rubric(ROOT, lab), load_rubric(ROOT, lab)
    score(used, lab, seen(typed(1, "docker ps")).model_copy(update={"lab": lab.id}))
    assert used.digest == unused.digest
    assert used == unused
    assert dict(used) == dict(unused)
