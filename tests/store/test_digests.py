from __future__ import annotations

from datetime import UTC, datetime

from graded import LAB, evidence, rubric

from grader.scoring import score
from grader.store.digests import key_by, key_of, keys_of

DATES = ("2026-12-01 09:00", "2026-12-05 09:00")


def test_hidden_texts_that_come_out_are_other_results_of_the_same_rubric() -> None:
    plain = rubric()
    criteria = [
        one.model_dump() | {"hidden_until": date}
        for one, date in zip(plain.criteria, DATES, strict=True)
    ]
    hidden = plain.model_validate(plain.model_dump() | {"criteria": criteria})

    keys = [
        key_by(LAB, hidden, score(hidden, LAB, evidence("alice"), now=now))
        for now in (datetime(2026, 12, day, tzinfo=UTC) for day in (1, 2, 6))
    ]

    assert len(set(keys)) == 3
    assert keys_of(LAB, hidden) == set(keys)
    assert keys_of(LAB, plain) == {key_of(LAB, plain)}
    assert keys_of(LAB, plain).isdisjoint(keys)
