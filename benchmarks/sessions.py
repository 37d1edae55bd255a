"""Students per minute, several at once, against as many bare replays of the same lines."""

from __future__ import annotations

import itertools
import subprocess
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.bare import remove, type_bare
from benchmarks.replay import GRADE, ROOT, SOLUTION, quiet

AT_ONCE = (1, 2, 4, 8, 16)
_numbers = itertools.count()


def run(rounds: int) -> None:
    """Print students per minute for each number at once, and the ratio."""
    with tempfile.TemporaryDirectory() as folder:
        for count in AT_ONCE:
            runs = count * max(rounds // 5, 1)
            graded = _per_minute(lambda: _grade(Path(folder)), count, runs)
            quiet()
            bare = _per_minute(lambda: _bare(Path(folder)), count, runs)
            print(
                f"  {count:2} at once   bare {bare:6.1f}/min  graded {graded:6.1f}/min"
                f"  ratio {bare / graded:5.2f}"
            )


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
    name = f"lgb-{next(_numbers)}"
    lines = folder / f"{name}.sh"
    text = SOLUTION.read_text(encoding="utf-8").replace("test-data", name)
    lines.write_text(text, encoding="utf-8")
    type_bare(lines, network=False)
    remove(name, f"{name}-new")
