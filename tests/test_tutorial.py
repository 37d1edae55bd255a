"""Pages of docs/ that are followed to the letter (`tests/support/followed_page.py`)."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from followed_page import ROOT, follow


@pytest.mark.engine
@pytest.mark.timeout(300)
def test_the_tutorial_works_as_it_is_written(tmp_path: Path) -> None:
    follow("rubrics.md", tmp_path)


@pytest.mark.engine
def test_grading_a_class_works_as_it_is_written(tmp_path: Path) -> None:
    for name in ("labs/lab6-1/lab.yaml", "rubrics/lab6-1.yaml"):
        (tmp_path / name).parent.mkdir(parents=True)
        shutil.copy(ROOT / name, tmp_path / name)
    shutil.copytree(ROOT / "submissions", tmp_path / "submissions")
    follow("teaching.md", tmp_path)


@pytest.mark.engine
def test_grading_in_ci_works_as_it_is_written(tmp_path: Path) -> None:
    follow("ci.md", tmp_path)
