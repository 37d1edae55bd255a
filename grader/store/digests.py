"""By what a result was made: digests of lab, rubric and program."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from functools import cache
from pathlib import Path
from typing import NamedTuple

from grader import __version__
from grader.model.lab import Lab
from grader.model.result import Result
from grader.model.units import instant
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


def key_of(lab: Lab, rubric: Rubric, withheld: Collection[str] = ()) -> Key:
    """Return by what results are made now; `withheld` are the criteria whose text they hide."""
    hidden = "".join(f" -{name}" for name in sorted(withheld))
    return Key(lab.digest, rubric.digest + hidden, program())


def key_by(lab: Lab, rubric: Rubric, result: Result) -> Key:
    """Return by what a result was made that has just been scored."""
    return key_of(lab, rubric, [one.id for one in result.criteria if one.withheld])


def keys_of(lab: Lab, rubric: Rubric) -> frozenset[Key]:
    """Return by what results are made before, between and after the dates of hidden criteria."""
    dates = {
        criterion.id: instant(criterion.hidden_until, lab.time_zone)
        for criterion in rubric.criteria
        if criterion.hidden_until is not None
    }
    hidden = [set(dates), *({name for name in dates if dates[name] > at} for at in dates.values())]
    return frozenset(key_of(lab, rubric, some) for some in hidden)


@cache
def program() -> str:
    """Return the program's version, with a digest of what decides about points."""
    root = Path(__file__).parents[1]
    digest = hashlib.sha256()
    for pattern in DECIDES:
        for file in sorted(root.glob(pattern)):
            digest.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return f"{__version__}+{digest.hexdigest()[:12]}"
