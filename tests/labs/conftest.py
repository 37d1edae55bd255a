"""The one way in which these tests grade: with the command, a few at a time, ahead of use."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

COURSE = Path(__file__).parents[2]
AT_ONCE = 2

Report = dict[str, Any]
"""What `result.json` says."""


@pytest.fixture(scope="session")
def graded(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str, Path], Report]]:
    """Grade a submission; all those that the chosen tests need begin with the first one."""
    results = tmp_path_factory.mktemp("results")
    ahead: dict[tuple[str, Path], Future[Report]] = {}

    def grade(lab: str, path: Path, folder: Path) -> Report:
        words = [lab, "--student", "sample", "--submission", str(path), "--results", str(folder)]
        done = subprocess.run(
            [sys.executable, "-m", "grader", "run", *words],
            cwd=COURSE,
            env=os.environ | {"PYTHONUTF8": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode in (0, 1), done.stdout + done.stderr
        report: Report = json.loads((folder / "result.json").read_text(encoding="utf-8"))
        return report

    with ThreadPoolExecutor(AT_ONCE) as pool:

        def wanted(lab: str, path: Path) -> Future[Report]:
            if (lab, path) not in ahead:
                ahead[lab, path] = pool.submit(grade, lab, path, results / str(len(ahead)))
            return ahead[lab, path]

        for item in request.session.items:
            case = getattr(item, "callspec", None)
            if case is not None and {"lab", "path"} <= case.params.keys():
                wanted(case.params["lab"], case.params["path"])
        yield lambda lab, path: wanted(lab, path).result()
        pool.shutdown(cancel_futures=True)
