"""Whole labs of the course, proven: `make prove` does it for all of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.proof.proving import prove

COURSE = Path(__file__).parents[2]


@pytest.mark.timeout(300)
@pytest.mark.parametrize("lab", ["quiz6-1", pytest.param("lab6-2", marks=[pytest.mark.engine])])
def test_a_lab_is_proven(lab: str, tmp_path: Path) -> None:
    counted: list[tuple[int, int]] = []

    def on_case(done: int, of: int) -> None:
        counted.append((done, of))

    proof = prove(COURSE, lab, tmp_path, jobs=4, again=False, on_case=on_case)

    assert proof.proven, proof.model_dump_json(indent=1)
    assert not proof.undecided
    assert counted[-1][0] == counted[-1][1] >= len(proof.mutants)
