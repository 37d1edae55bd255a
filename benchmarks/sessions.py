"""Students per minute, several at once, against as many bare replays of the same lines."""

from __future__ import annotations

import itertools
import subprocess
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.bare import remove_renamed, renamed, type_bare
from benchmarks.program import GRADE, ROOT, SOLUTION, quiet
from benchmarks.results import Section, Table, ratio

AT_ONCE = (1, 2, 4, 8, 16)
COMPARED = """\
Students per minute of `grade lab6-1`, a process each, several at once, against as many bare
replays of the same lines, both without network."""
LIMIT = """\
the cores: a grading is a start of Python and of a workbench more than its lines (`grade class`
pays these once)."""
_numbers = itertools.count()


def run(rounds: int) -> Section:
    """Measure for each number at once."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for count in AT_ONCE:
            runs = count * max(rounds // 5, 1)
            graded = _per_minute(lambda: _grade(Path(folder)), count, runs)
            quiet()
            bare = _per_minute(lambda: _bare(Path(folder)), count, runs)
            told = (f"{speed:.1f}/min" for speed in (bare, graded))
            rows.append((str(count), *told, ratio(bare / graded)))
    return Section(COMPARED, (Table(("at once", "bare", "graded", "bare / graded"), rows),), LIMIT)


def _per_minute(one: Callable[[], None], at_once: int, runs: int) -> float:
    began = time.perf_counter()
    with ThreadPoolExecutor(at_once) as pool:
        list(pool.map(lambda _: one(), range(runs)))
    return 60 * runs / (time.perf_counter() - began)


def _grade(folder: Path) -> None:
    results = folder / str(next(_numbers))
    words = [GRADE, "lab6-1", "--student", "bench", "--submission", str(SOLUTION)]
    subprocess.run([*words, "--results", results], cwd=ROOT, capture_output=True, check=True)


def _bare(folder: Path) -> None:
    file = renamed(SOLUTION, folder)
    type_bare(file, network=False)
    remove_renamed(file)
