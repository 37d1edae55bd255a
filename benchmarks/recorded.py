"""Evidence of the course's own solutions and samples: recorded once, and kept for the next run."""

from __future__ import annotations

import os
from typing import NamedTuple

from benchmarks.program import ROOT
from grader.course import load_lab, load_rubric
from grader.model.evidence import Evidence
from grader.model.lab import Lab
from grader.overrides import Scored, with_sums
from grader.proof.cases import others, solution
from grader.proof.evidence import Recorder
from grader.proof.kept import Kept
from grader.rubric import Rubric
from grader.scoring import score

KEPT = ROOT / "build" / "recorded"
SAMPLES = 12
"""Of each lab; from all its samples, evenly."""


class Recorded(NamedTuple):
    """What one submission did, and what it earned."""

    evidence: Evidence
    scored: Scored


def recordings(lab_id: str, samples: int = SAMPLES) -> list[Recorded]:
    """Return the solution and some samples of a lab, the fewest points first."""
    lab = load_lab(ROOT, lab_id)
    rubric = load_rubric(ROOT, lab)
    cases = sorted(others(ROOT, lab), key=lambda case: case.percent)
    chosen = [solution(ROOT, lab), *cases[:: max(len(cases) // samples, 1)]]
    kept = Kept(KEPT / lab_id, lab)
    with Recorder(lab, rubric, kept, jobs=2 * (os.cpu_count() or 1), again=False) as recorder:
        futures = [recorder.begin(case.submission) for case in chosen]
        found = [_scored(lab, rubric, future.result()) for future in futures]
    return sorted(found, key=lambda one: one.scored.result.percent)


def _scored(lab: Lab, rubric: Rubric, evidence: Evidence) -> Recorded:
    return Recorded(evidence, with_sums(score(rubric, lab, evidence), rubric, lab, evidence))
