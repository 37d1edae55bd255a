"""Whole labs of the course, proven: `make prove` does it for all of them.

Here without most of their samples, which `tests/labs` grades anyway.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from grader.proof.proving import prove

COURSE = Path(__file__).parents[2]
NEEDED = {"95-copies-beside-it.sh", "90-file-overwritten.sh"}
"""Samples that make a criterion fall short which no change of the solution does."""


@pytest.mark.timeout(300)
@pytest.mark.parametrize("lab", ["quiz6-1", pytest.param("lab6-2", marks=[pytest.mark.engine])])
def test_a_lab_is_proven(lab: str, tmp_path: Path) -> None:
    counted: list[tuple[int, int]] = []

    def on_case(done: int, of: int) -> None:
        counted.append((done, of))

    for folder in ("labs", "rubrics"):
        shutil.copytree(COURSE / folder, tmp_path / folder)
    for sample in (tmp_path / "labs" / lab / "samples").iterdir():
        if sample.suffix == ".sh" and sample.name not in NEEDED:
            sample.unlink()
    proof = prove(tmp_path, lab, tmp_path / "kept", jobs=4, again=False, on_case=on_case)

    assert proof.proven, proof.model_dump_json(indent=1)
    assert not proof.undecided
    assert counted[-1][0] == counted[-1][1] >= len(proof.mutants)
