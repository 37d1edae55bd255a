"""Reports and regrading of big classes: how long, and how much memory."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from benchmarks.classes import make
from benchmarks.program import GRADE
from benchmarks.results import Section, Table, ratio
from grader.class_reports import known_formats

SIZES = (1000, 5000, 10_000)
LAB = "lab6-1"
AIM = 2000
"""Submissions that one core scores anew in a second."""
REGRADES = {
    "regrade --jobs 1": ("regrade", LAB, "--jobs", "1"),
    "regrade": ("regrade", LAB),
    "regrade --apply": ("regrade", LAB, "--apply", "--why", "measured"),
}
"""In this order: what is applied is scored already."""
COMPARED = """\
Whole commands over classes of lab6-1 that `benchmarks/classes.py` made of recorded evidence:
seconds (those of processor time), and the most memory that any one process of them had."""
LIMIT = """\
results are read from JSON into checked records, one student at a time, on one core; a table of
numbers is kept of all students, since the columns, the order and the statistics need them, but no
result and no evidence. The aim of a regrade is 2,000 students a second and core, which is half a
millisecond for each. Reading and checking a record takes 0.2 ms of that, the store and comparing
with the result before 0.1 ms, adding up a result 0.08 ms; what is left would be a hundredth of a
millisecond for each criterion. Judging twelve of them takes 0.7 to 1 ms: each looks at the lines of
the submission, in Python."""

BETWEEN = """
import os, sys, time
began = time.perf_counter()
child = os.posix_spawn(sys.argv[2], sys.argv[2:], os.environ)
_, status, used = os.wait4(child, 0)
with open(sys.argv[1], "w") as told:
    print(time.perf_counter() - began, used.ru_utime + used.ru_stime, used.ru_maxrss, file=told)
sys.exit(os.waitstatus_to_exitcode(status))
"""
"""A small process between: Linux counts the memory of the one that forks as the child's."""


class Run(NamedTuple):
    """What one command took."""

    seconds: float
    cpu: float
    """Seconds of processor time, of all its processes."""
    mebibytes: float

    def __str__(self) -> str:
        return f"{self.seconds:.1f} s ({self.cpu:.1f}), {self.mebibytes:.0f} MiB"


def run(rounds: int) -> Section:
    """Make a class of each size, and run the commands once on it."""
    del rounds  # a command over thousands of students is an average already
    commands: dict[str, tuple[str, ...]] = {"show": ("show", LAB)}
    for name in known_formats():
        commands[f"report --as {name}"] = ("report", LAB, "--as", name)
    taken: dict[str, list[Run]] = {name: [] for name in commands}
    for size in SIZES:
        with tempfile.TemporaryDirectory() as folder:
            make(Path(folder), students=size, of=(LAB,))
            for name, words in commands.items():
                taken[name].append(measured(Path(folder), *words))
            _change_rubric(Path(folder))
            for name, words in REGRADES.items():
                taken.setdefault(name, []).append(measured(Path(folder), *words))
    head = ("grade …", *(f"{size:,} students" for size in SIZES))
    growth = f"memory at {SIZES[-1]:,} / at {SIZES[0]:,}"
    rows = []
    for name, runs in taken.items():
        rows.append((name, *map(str, runs), ratio(runs[-1].mebibytes / runs[0].mebibytes)))
    rates = []
    for name in REGRADES:
        last = taken[name][-1]
        told = (f"{SIZES[-1] / seconds:,.0f}" for seconds in (last.seconds, last.cpu))
        rates.append((name, *told, ratio(SIZES[-1] / last.cpu / AIM, 1)))
    per = ("per second", "per second of processor time", f"of {AIM:,} a second and core (aim)")
    tables = (Table((*head, growth), rows), Table((f"{SIZES[-1]:,} students", *per), rates))
    return Section(COMPARED, tables, LIMIT)


def _change_rubric(course: Path) -> None:
    """Make the first criterion worth more, so that everybody is to be scored anew."""
    file = course / "rubrics" / f"{LAB}.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(re.sub(r"points: \d+", "points: 11", text, count=1), encoding="utf-8")


def measured(course: Path, *words: str, expected: int = 0) -> Run:
    """Run a command of `grade` in a course, and return its time and its peak of memory."""
    with tempfile.NamedTemporaryFile("r") as told:
        done = subprocess.run(
            [sys.executable, "-ISc", BETWEEN, told.name, GRADE, *words],
            cwd=course,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != expected:
            sys.stderr.write(done.stdout + done.stderr)
            raise SystemExit(f"grade {' '.join(words)} ended with {done.returncode}")
        seconds, cpu, kibibytes = map(float, told.read().split())
    return Run(seconds, cpu, kibibytes / 1024)
