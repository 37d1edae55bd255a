"""When a class shows its first result: with all files in the machine's caches, and with none."""

from __future__ import annotations

import contextlib
import os
import statistics
import subprocess
import tempfile
import time
from collections import defaultdict
from pathlib import Path

from benchmarks.bare import remove, type_bare
from benchmarks.classroom import LAB, course_with
from benchmarks.program import GRADE, SOLUTION, quiet
from benchmarks.results import Section, Table, milliseconds, ratio

SIZE = 4
CACHES = Path("/proc/sys/vm/drop_caches")
COMPARED = f"""\
From the start of `grade class {LAB}`, with {SIZE} students, to the first `result.json`; and of
`grade {LAB}` for one student, to its end. *Warm*: run before. *Cold*: the kernel has just dropped
all files from its caches (root only), as after a reboot; the engine runs. Against the same lines
typed by bash and docker at the engine itself, from the start of bash."""
LIMIT = """\
the lines of the student themselves; before them the start of Python and of a workbench, and cold,
the disk."""


def run(rounds: int) -> Section:
    """Measure all in turn, warm and cold."""
    taken: dict[tuple[str, str], list[float]] = defaultdict(list)
    states = ("warm", "cold") if os.access(CACHES, os.W_OK) else ("warm",)
    with tempfile.TemporaryDirectory() as name:
        for number in range(max(rounds // 2, 1) + 1):
            for state in states:
                for what, measure in (("class", _first), ("one", _one), ("bare", _bare)):
                    if state == "cold":
                        _forget_files()
                    took = measure(Path(name))
                    if number:  # the first round warms the caches
                        taken[state, what].append(took)
    rows = []
    for state in states:
        bare, one, first = (statistics.median(taken[state, w]) for w in ("bare", "one", "class"))
        told = map(milliseconds, (bare, one, first))
        rows.append((state, *told, ratio(one / bare), ratio(first / bare)))
    head = ("", "bare", "grade", "grade class, the first", "grade / bare", "the first / bare")
    return Section(COMPARED, (Table(head, rows),), LIMIT)


def _forget_files() -> None:
    os.sync()
    CACHES.write_text("3")


def _first(folder: Path) -> float:
    """Return when the first result of a class is there."""
    course = course_with(folder, SIZE)
    began = time.perf_counter()
    with subprocess.Popen(
        [GRADE, "class", LAB], cwd=course, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        while not any(course.glob(f"results/{LAB}/*/result.json")):
            if process.poll() is not None:
                raise SystemExit(f"grade class ended with {process.returncode}, without a result")
            time.sleep(0.005)
        took = time.perf_counter() - began
    quiet()
    return took


def _one(folder: Path) -> float:
    """Return how long one grading takes."""
    course = course_with(folder, 1)
    began = time.perf_counter()
    words = [GRADE, LAB, "--student", "student000"]
    subprocess.run(words, cwd=course, capture_output=True, check=True)
    took = time.perf_counter() - began
    quiet()
    return took


def _bare(folder: Path) -> float:
    """Return how long the lines take by hand."""
    del folder
    with contextlib.ExitStack() as undo:
        undo.callback(remove, "test-data", "test-data-new")
        return type_bare(SOLUTION, network=False)[1]
