"""One grading of lab6-1 against the same lines typed by hand."""

from __future__ import annotations

import contextlib
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

from benchmarks.bare import remove, type_bare
from benchmarks.phases import phases

ROOT = Path(__file__).parents[1]
GRADE = str(Path(sys.executable).with_name("grade"))
SOLUTION = ROOT / "labs" / "lab6-1" / "solution.sh"
BARE_CLICK = "import click; click.command()(lambda: None)(['--help'])"


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
    from grader.engine.sessions import sessions

    until = time.monotonic() + 60
    while any(sessions()) and time.monotonic() < until:
        time.sleep(0.05)


def run(rounds: int) -> None:
    """Measure in turn, round by round, and print medians and ratios."""
    taken: dict[str, list[float]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as results:
        for number in range(rounds + 1):
            now: dict[str, float] = {}
            for network in (True, False):
                name = "bare" if network else "bare, no network"
                lines, whole = type_bare(SOLUTION, network=network)
                now |= {f"{name}: lines": lines, f"{name}: whole": whole}
                remove("test-data", "test-data-new")
            now["grade: whole command"] = seconds(
                GRADE,
                "lab6-1",
                "--student",
                "bench",
                "--submission",
                str(SOLUTION),
                "--results",
                results,
            )
            quiet()
            now |= {f"grade: {name}": took for name, took in phases(ROOT, SOLUTION).items()}
            quiet()
            now["python -c pass"] = seconds(sys.executable, "-c", "pass")
            now["bare click: --help"] = seconds(sys.executable, "-c", BARE_CLICK)
            now["grade: --help"] = seconds(GRADE, "--help")
            if number:  # the first round warms the caches
                for name, took in now.items():
                    taken[name].append(took)
            with contextlib.suppress(OSError):
                print(f"round {number}/{rounds}", file=sys.stderr)
    middle = {name: statistics.median(values) for name, values in taken.items()}
    print(f"lab6-1, {rounds} rounds, medians")
    for name, value in middle.items():
        print(f"  {name:32} {value * 1000:8.1f} ms")
    print("ratios (aim)")
    for name, above, below, aim in (
        ("lines through the gateway / bare", "grade: typing", "bare: lines", 1.10),
        ("same, both without network", "grade: typing", "bare, no network: lines", None),
        ("whole command / bare", "grade: whole command", "bare: whole", 1.5),
        ("same, both without network", "grade: whole command", "bare, no network: whole", None),
        ("grade --help / bare click", "grade: --help", "bare click: --help", 1.3),
    ):
        ratio = middle[above] / middle[below]
        print(f"  {name:36} {ratio:5.2f}" + (f"  ({aim})" if aim else ""))
