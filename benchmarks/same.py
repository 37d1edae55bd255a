"""The same class graded again and again, one at a time and many at once, compared byte by byte."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from benchmarks.program import GRADE, ROOT, make_course, quiet
from benchmarks.results import Section, Table
from grader.course import lab_ids, load_lab
from grader.store import Store

SAMPLES = 4
"""Of each lab, evenly from the fewest points to the most."""
MANY = "8"
ID = re.compile(rb"\b[0-9a-f]{12,64}\b")
"""Of a container, where a reason quotes what the engine said: it is another one each time."""
COMPARED = f"""\
Samples of each lab of the course, as a class, graded at `--jobs 1` and at `--jobs {MANY}` in
turn, each time into a new store, while the machine is kept at a load of two for each core at least.
Compared with the first time, byte by byte: each student's `result.json`, and the result in the
store with how it was added up; ids of containers are left out."""
LIMIT = """\
what the student's own lines leave to chance, such as two containers that race; those are graded
twice and flagged."""


def run(rounds: int) -> Section:
    """Grade as often as wanted, and count what differs."""
    rows = []
    labs = [lab for lab in lab_ids(ROOT) if load_lab(ROOT, lab).kind == "terminal"]
    with tempfile.TemporaryDirectory() as name, busy():
        for lab in labs:
            course = make_course(Path(name) / lab, lab, chosen(lab))
            first = graded(course, lab, "1")
            unlike: Counter[str] = Counter()
            for number in range(1, rounds):
                again = graded(course, lab, MANY if number % 2 else "1")
                unlike.update(who for who in first if first[who] != again.get(who))
            told = ", ".join(f"{who} {times}x" for who, times in sorted(unlike.items())) or "none"
            rows.append((lab, str(len(first)), str(rounds), told))
    head = ("lab", "submissions", "times graded", "results that differ")
    return Section(COMPARED, (Table(head, rows),), LIMIT)


def chosen(lab: str, count: int = SAMPLES) -> dict[str, Path]:
    """Return some samples of a lab and its solution, by name, each of them another student's."""
    folder = ROOT / "labs" / lab
    samples = sorted((folder / "samples").iterdir(), key=_points)
    some = [*samples[:: max(len(samples) // count, 1)], *folder.glob("solution.*")]
    return {path.stem: path for path in some}


def _points(sample: Path) -> float:
    return float(sample.name.partition("-")[0])


def graded(course: Path, lab: str, jobs: str) -> dict[str, bytes]:
    """Grade a class as if never before; return student → all that was found, but the evidence."""
    results = course / "results"
    shutil.rmtree(results, ignore_errors=True)
    words = [GRADE, "class", lab, "--jobs", jobs]
    done = subprocess.run(words, cwd=course, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.stderr.write(done.stdout + done.stderr)
        raise SystemExit(f"grade class {lab} ended with {done.returncode}")
    quiet()
    with Store(str(results / "grades.db"), results / "evidence") as store:
        return {
            standing.student: ID.sub(
                b"(id)",
                (results / lab / standing.student / "result.json").read_bytes()
                + standing.scored.model_dump_json().encode(),
            )
            for standing in store.standings(lab)
        }


@contextlib.contextmanager
def busy(loops: int | None = None) -> Iterator[None]:
    """Keep all cores busy meanwhile; with two loops for each, less what runs."""
    if loops is None:
        loops = max(2 * (os.cpu_count() or 1) - round(os.getloadavg()[0]), 0)
    endless = [sys.executable, "-ISc", "while True: pass"]
    running = [subprocess.Popen(endless) for _ in range(loops)]
    try:
        yield
    finally:
        for process in running:
            process.kill()
            process.wait()
