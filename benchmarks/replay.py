"""One grading of lab6-1 against the same lines typed by hand."""

from __future__ import annotations

import contextlib
import statistics
import sys
import tempfile
from collections import defaultdict

from benchmarks.bare import remove, type_bare
from benchmarks.phases import phases
from benchmarks.program import GRADE, ROOT, SOLUTION, quiet, seconds
from benchmarks.results import Section, Table, milliseconds, ratio

COMPARED = """\
One grading of lab6-1's solution against the same lines typed by bash and docker at the engine
itself."""
LIMIT = """\
the engine: most of the time passes in its starts and ends of containers, which both sides wait
for."""
BARE_CLICK = "import click; click.command()(lambda: None)(['--help'])"


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
