"""Ten questions about what a student left: asked by other tools, and by a rubric."""

from __future__ import annotations

import contextlib
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from benchmarks.bare import remove, type_bare
from benchmarks.program import GRADE, ROOT, quiet, seconds
from benchmarks.results import Section, Table, milliseconds, ratio

ASKED = Path(__file__).with_name("asked")
LINES = ASKED / "lines.sh"
INSTALLED = ROOT / "build" / "others"
TOOLS = ("container-structure-test", "pytest-testinfra")
NAME = "asked"
IMAGE = "lab-grader-bench-asked"
COMPARED = """\
The same ten questions (seven about files, three commands) about one container that a student's
six lines left running, as whole commands. `pytest-testinfra` asks the running container;
`container-structure-test` can ask images only, so the container is committed first; `grade` asks
its record. *Answers alone*: the container runs, the image is committed, the record is on the disk
(`grade rescore`). *On top of the lines*: all that has to be done beside typing them, for `grade`
the workbench, the gateway, the snapshot and the three commands; that is the whole less the same
lines typed into a bare shell. *Whole*: from the lines to ten answers."""
LIMIT = """\
each of the others starts a client or a container per question; `grade` takes one snapshot, but
starts Python, a workbench and a gateway first, which is most of what it adds, and is paid once
for any number of questions."""


def run(rounds: int) -> Section:
    """Measure the three in turn, round by round."""
    install()
    taken: dict[str, list[float]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as folder:
        for number in range(rounds + 1):
            now = {**_others(), **_ours(Path(folder))}
            if number:  # the first round warms the caches
                for name, took in now.items():
                    taken[name].append(took)
    middle = {name: statistics.median(values) for name, values in taken.items()}
    lines = middle["lines"]
    rows = {
        "answers alone": (middle["structure"], middle["testinfra"], middle["rescore"]),
        "on top of the lines": (
            middle["commit"] + middle["structure"],
            middle["testinfra"],
            middle["grade"] - lines,
        ),
        "whole": (
            lines + middle["commit"] + middle["structure"],
            lines + middle["testinfra"],
            middle["grade"],
        ),
    }
    table = Table(
        ("", *TOOLS, "grade", "the better one / grade (aim)"),
        [
            (what, *map(milliseconds, times), ratio(min(times[:2]) / times[2], 2))
            for what, times in rows.items()
        ],
    )
    return Section(COMPARED, (table,), LIMIT)


def install() -> None:
    """Bring the other tools into an environment of their own, as they are pinned."""
    wanted = ASKED / "requirements.txt"
    stamp = INSTALLED / "installed.txt"
    if stamp.exists() and stamp.read_bytes() == wanted.read_bytes():
        return
    subprocess.run([sys.executable, "-m", "venv", "--clear", INSTALLED], check=True)
    pip = (str(INSTALLED / "bin" / "python"), "-m", "pip", "install", "--quiet")
    subprocess.run([*pip, "--require-hashes", "-r", str(wanted)], check=True)
    _structure_test().chmod(0o755)
    stamp.write_bytes(wanted.read_bytes())


def _others() -> dict[str, float]:
    with _left() as lines:
        testinfra = ask_testinfra(NAME)
        commit = seconds("docker", "commit", NAME, IMAGE)
        try:
            structure = ask_structure(IMAGE)
        finally:
            seconds("docker", "rmi", "--force", IMAGE)
    return {"lines": lines, "testinfra": testinfra, "commit": commit, "structure": structure}


@contextlib.contextmanager
def _left() -> Iterator[float]:
    """Type the lines by hand, and keep the container that they leave."""
    remove(NAME)
    try:
        yield type_bare(LINES, network=False)[1]
    finally:
        remove(NAME)


def ask_testinfra(*containers: str) -> float:
    """Return how long pytest-testinfra takes to ask the containers."""
    tests = str(INSTALLED / "bin" / "pytest")
    hosts = ",".join(f"docker://{name}" for name in containers)
    apart = ("-c", os.devnull, f"--rootdir={ASKED}", "-p", "no:cacheprovider")
    return seconds(tests, "-q", *apart, f"--hosts={hosts}", str(ASKED / "test_asked.py"))


def ask_structure(image: str) -> float:
    """Return how long container-structure-test takes to ask an image."""
    asked = ("--image", image, "--config", str(ASKED / "structure.yaml"))
    return seconds(str(_structure_test()), "test", *asked)


def _structure_test() -> Path:
    """Return the program itself, without the Python that its package wraps around it."""
    (program,) = INSTALLED.glob("lib/*/site-packages/container_structure_test/bin/*")
    return program


def _ours(folder: Path) -> dict[str, float]:
    words = (NAME, "--student", "bench", "--course", str(ASKED), "--results", str(folder))
    began = time.perf_counter()
    seconds(GRADE, *words, "--submission", str(LINES))
    grade = time.perf_counter() - began
    quiet()
    kept = str(folder / "evidence.json")
    return {"grade": grade, "rescore": seconds(GRADE, "rescore", *words, "--evidence", kept)}
