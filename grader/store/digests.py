"""By what a result was made: digests of lab, rubric and program."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import NamedTuple

from pydantic import BaseModel

from grader import __version__
from grader.model.lab import Lab
from grader.rubric import Rubric

DECIDES = (
    "checks/*.py",
    "model/*.py",
    "doubts.py",
    "late.py",
    "rubric.py",
    "scoring.py",
    "totals.py",
)
"""The files of the program that a result depends on."""


class Key(NamedTuple):
    """Same key and same evidence: same result."""

    lab: str
    rubric: str
    grader: str


def key_of(lab: Lab, rubric: Rubric) -> Key:
    """Return by what results are made now."""
    return Key(_digest(lab), _digest(rubric), program())


def _digest(record: BaseModel) -> str:
    return hashlib.sha256(record.model_dump_json().encode()).hexdigest()


@cache
def program() -> str:
    """Return the program's version, with a digest of what decides about points."""
    root = Path(__file__).parents[1]
    digest = hashlib.sha256()
    for pattern in DECIDES:
        for file in sorted(root.glob(pattern)):
            digest.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return f"{__version__}+{digest.hexdigest()[:12]}"
