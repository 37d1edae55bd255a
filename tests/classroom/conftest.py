"""A course with a tiny lab, and its class graded by the command line as a process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from grader.engine.sessions import RUNTIME_VARIABLE
from grader.store import Store

PROJECT = Path(__file__).parents[2]
LAB = "title: {ko: 시험, en: test}\nimages: [alpine:latest]\n"
RUBRIC = """\
lab: box
criteria:
  - id: wrote
    title: {ko: 파일, en: Wrote a file}
    points: 10
    check: {kind: file, container: box, at: exit 1, paths: {/kept: {contains: kept}}}
  - id: removed
    title: {ko: 삭제, en: Removed it}
    points: 5
    check: {kind: lifecycle, container: box, sequence: [exit, removed]}
"""


@dataclass
class Course:
    """A course in a folder; sessions are in a folder of its own too."""

    root: Path

    def write(self, files: dict[str, str]) -> None:
        for name, text in files.items():
            file = self.root / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")

    def begin(self, *words: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "grader", *words, "--lang", "en"],
            cwd=self.root,
            env=self.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def environment(self) -> dict[str, str]:
        own = {RUNTIME_VARIABLE: str(self.root / "run"), "PYTHONPATH": str(PROJECT)}
        return os.environ | own

    def grade(self, *words: str) -> tuple[int, str, str]:
        """Run a command; return its status and what it said on both streams."""
        running = self.begin(*words)
        said, complained = running.communicate(timeout=180)
        return running.returncode, said, complained

    def wait(self, happened: Callable[[], object]) -> None:
        until = time.monotonic() + 40
        while not happened():
            assert time.monotonic() < until
            time.sleep(0.05)

    def store(self) -> Store:
        return Store(str(self.root / "results/grades.db"), self.root / "results/evidence")

    def stored(self) -> int:
        """Return how many students have a result by now."""
        if not (self.root / "results/grades.db").exists():
            return 0
        with self.store() as store:
            return sum(1 for _ in store.standings("box"))

    def has_graded_more_than(self, before: int) -> bool:
        """Look at files: to open the store all the time would take the graders' own time."""
        return len(list(self.root.glob("results/box/*/result.json"))) > before

    def is_swept(self) -> bool:
        self.grade("clean")
        return {path.name for path in (self.root / "run").iterdir()} <= {"id", "sweep"}

    def result(self, student: str) -> dict[str, Any]:
        file = self.root / "results/box" / student / "result.json"
        return dict(json.loads(file.read_text(encoding="utf-8")))

    def processes(self, words: str) -> list[int]:
        """Return the processes of this course whose command line has these words."""
        mark = f"{RUNTIME_VARIABLE}={self.root / 'run'}".encode()
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                line = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                if words in line and mark in (folder / "environ").read_bytes():
                    found.append(int(folder.name))
            except OSError:
                continue
        return found


@pytest.fixture
def course(tmp_path: Path) -> Course:
    made = Course(tmp_path)
    made.write({"labs/box/lab.yaml": LAB, "rubrics/box.yaml": RUBRIC})
    return made
