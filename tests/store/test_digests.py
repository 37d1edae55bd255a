from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

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


KEYS = """
from pathlib import Path
from grader.course import load_lab, load_rubric
from grader.store.digests import key_of

for file in sorted(Path("rubrics").glob("*.yaml")):
    lab = load_lab(Path(), file.stem)
    print(lab.id, *key_of(lab, load_rubric(Path(), lab)))
"""


def test_all_processes_make_results_by_the_same_keys() -> None:
    root = Path(__file__).parents[2]

    def keys(seed: str) -> str:
        env = os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": str(root)}
        command = [sys.executable, "-c", KEYS]
        return subprocess.run(
            command, cwd=root, env=env, check=True, capture_output=True, text=True
        ).stdout

    first = keys("1")

    assert "quiz6-1" in first
    assert [keys("2"), keys("3")] == [first, first]
