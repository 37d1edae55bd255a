"""Students per minute of `grade class`, against bare replays of the same lines in parallel."""

from __future__ import annotations

import itertools
import statistics
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.bare import remove_renamed, renamed, type_bare
from benchmarks.program import GRADE, SOLUTION, make_course, quiet, seconds
from benchmarks.results import Section, Table, ratio

LAB = "lab6-1"
SIZES = (10, 40)
JOBS = (1, 2, 4)
AIM = 0.9
COMPARED = """\
Students per minute of `grade class lab6-1`, the whole command with its start, store and reports,
everybody with the solution; against the same lines of as many students, as many at once, typed by
bash and docker at the engine itself, with `--network none`. The grader's containers have no network
either, but do not ask the engine for it (decision 3), which halves the time of their starts. `auto`
is the number of jobs that the program finds by itself, and is compared with the best of the bare
ones."""
LIMIT = """\
the engine's starts and ends of containers, which both wait for; beyond those, the processor time
of the typists, of one workbench for each student, and of the gateway, which one core more would
take over. In a small class, the start of Python, once for the command and once for all workers."""
_numbers = itertools.count()


def run(rounds: int) -> Section:
    """Measure both sides in turn for each size and number of jobs."""
    del rounds  # a class is an average already
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for size in SIZES:
            best = 0.0
            for jobs in (*JOBS, None):
                ours, theirs = [], []
                for _ in range(max(SIZES) // size):  # as many students at every size
                    ours.append(per_minute(size, graded_in(folder, size, jobs)))
                    quiet()
                    if jobs is not None:
                        theirs.append(per_minute(size, _typed_in(folder, size, jobs)))
                graded = statistics.median(ours)
                bare = statistics.median(theirs) if theirs else best
                best = max(best, bare)
                told = (f"{speed:.1f}/min" for speed in (bare, graded))
                what = f"{size} students, {jobs or 'auto'}"
                rows.append((what, *told, ratio(graded / bare, AIM)))
    head = ("class, jobs", "bare", "grade class", "grade class / bare (aim)")
    return Section(COMPARED, (Table(head, rows),), LIMIT)


def per_minute(students: int, took: float) -> float:
    """Return a rate."""
    return 60 * students / took


def course_with(folder: Path, students: int) -> Path:
    """Make a course in which everybody handed in the solution."""
    handed_in = {f"student{number:03}": SOLUTION for number in range(students)}
    return make_course(folder / str(next(_numbers)), LAB, handed_in)


def graded_in(folder: Path, students: int, jobs: int | None) -> float:
    """Return the seconds of grading a class that was never graded."""
    words = (
        "--course",
        str(course_with(folder, students)),
        *(("--jobs", str(jobs)) if jobs else ()),
    )
    return seconds(GRADE, "class", LAB, *words)


def _typed_in(folder: Path, students: int, jobs: int) -> float:
    """Return the seconds of typing the same lines as often, by hand."""
    files = [renamed(SOLUTION, folder) for _ in range(students)]
    began = time.perf_counter()
    with ThreadPoolExecutor(jobs) as pool:
        list(pool.map(lambda file: type_bare(file, network=False), files))
    took = time.perf_counter() - began
    remove_renamed(*files)
    return took
