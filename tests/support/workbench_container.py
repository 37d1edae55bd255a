"""A container in the place of a session's workbench, for tests of what `/lab` is mounted into."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from opened_gateway import IMAGE, OpenedGateway

from grader.engine.sessions import workbench_name

STUDENT = "1000:1000"


@dataclass
class WorkbenchContainer:
    """Runs commands as the student would, and as root where a test needs it."""

    name: str

    def sh(self, script: str, user: str = STUDENT) -> str:
        """Run a script in `/lab` and return its output."""
        words = ["docker", "exec", "-u", user, "-w", "/lab", self.name, "sh", "-c", script]
        return subprocess.run(words, capture_output=True, text=True, check=True).stdout

    def start(self, script: str) -> None:
        """Begin to run a script in `/lab`."""
        words = ["docker", "exec", "-d", "-u", STUDENT, "-w", "/lab", self.name, "sh", "-c", script]
        subprocess.run(words, check=True)


@contextmanager
def workbench_of(gateway: OpenedGateway) -> Iterator[WorkbenchContainer]:
    """Run a workbench for a gateway; the sweep of its session removes it."""
    name = workbench_name(gateway.folder.token)
    labels = [f"--label={k}={v}" for k, v in gateway.folder.labels("workbench").items()]
    made = ["docker", "run", "-d", "--name", name, *labels, "--network=none", "--init"]
    subprocess.run([*made, IMAGE, "sleep", "900"], check=True, capture_output=True)
    bench = WorkbenchContainer(name)
    prepare = ["docker", "exec", name, "sh", "-c", f"mkdir /lab; chown {STUDENT} /lab"]
    subprocess.run(prepare, check=True)
    yield bench
