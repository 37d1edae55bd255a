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
from benchmarks.results import Section, Table, milliseconds, ratio

ROOT = Path(__file__).parents[1]
GRADE = str(Path(sys.executable).with_name("grade"))
SOLUTION = ROOT / "labs" / "lab6-1" / "solution.sh"
COMPARED = """\
One grading of lab6-1's solution against the same lines typed by bash and docker at the engine
itself."""
LIMIT = """\
the engine: most of the time passes in its starts and ends of containers, which both sides wait
for."""
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


def run(rounds: int) -> Section:
    """Measure in turn, round by round."""
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
    ratios = (
        ("lines through the gateway / bare", "grade: typing", "bare: lines", 1.10),
        ("same, both without network", "grade: typing", "bare, no network: lines", None),
        ("whole command / bare", "grade: whole command", "bare: whole", 1.5),
        ("same, both without network", "grade: whole command", "bare, no network: whole", None),
        ("grade --help / bare click", "grade: --help", "bare click: --help", 1.3),
    )
    return Section(
        COMPARED,
        (
            Table(
                ("what", "ratio (aim)"),
                [
                    (what, ratio(middle[above] / middle[below], aim))
                    for what, above, below, aim in ratios
                ],
            ),
            Table(("what", "median"), [(what, milliseconds(t)) for what, t in middle.items()]),
        ),
        LIMIT,
    )
