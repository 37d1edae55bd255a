"""The program as its users run it, and courses to run it in."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from grader.engine.sessions import sessions

ROOT = Path(__file__).parents[1]
GRADE = str(Path(sys.executable).with_name("grade"))
SOLUTION = ROOT / "labs" / "lab6-1" / "solution.sh"


def seconds(*command: str, expected: int = 0) -> float:
    """Run a command to its end and return how long its user waited."""
    began = time.perf_counter()
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    waited = time.perf_counter() - began
    if done.returncode != expected:
        raise SystemExit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stderr}")
    return waited


def quiet() -> None:
    """Wait until the clean-up of the round before is done: rounds do not share the engine."""
    until = time.monotonic() + 60
    while any(sessions()) and time.monotonic() < until:
        time.sleep(0.05)


def make_course(course: Path, lab: str, handed_in: Mapping[str, Path]) -> Path:
    """Make a course with one lab, and what each student handed in."""
    without = shutil.ignore_patterns("samples")
    shutil.copytree(ROOT / "labs" / lab, course / "labs" / lab, ignore=without)
    (course / "rubrics").mkdir()
    shutil.copy(ROOT / "rubrics" / f"{lab}.yaml", course / "rubrics")
    for student, path in handed_in.items():
        own = course / "submissions" / student
        own.mkdir(parents=True)
        shutil.copy(path, own / f"{lab}{path.suffix}")
    return course
