"""Where the time of one grading goes, measured inside one process."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from grader import course, submissions
from grader.engine.client import Engine, engine_socket
from grader.engine.leftovers import remove_leftovers
from grader.recording import Recording
from grader.scoring import score


def phases(root: Path, file: Path) -> dict[str, float]:
    """Return seconds per phase of grading one submission of lab6-1."""
    lab = course.load_lab(root, "lab6-1")
    rubric = course.load_rubric(root, lab)
    submission = submissions.read(file, "bench", lab)
    clock = time.perf_counter
    began = clock()
    with Recording() as recording:
        recording.workbench()
        up = clock()
        recording.begin(lab, submission)
        evidence = recording.finish(rubric.wanted())
        recorded = clock()
    closed = clock()
    score(rubric, lab, evidence)
    scored = clock()
    asyncio.run(remove_leftovers(Engine(engine_socket())))
    cleaned = clock()
    typing = evidence.steps[-1].at + evidence.steps[-1].seconds
    return {
        "workbench up": up - began,
        "typing": typing,
        "first prompt, last snapshots": recorded - up - typing,
        "letting go": closed - recorded,
        "scoring": scored - closed,
        "clean-up (nobody waits)": cleaned - scored,
    }
