"""A job on a runner: our action as it is checked out there, and a repository it has never seen.

Runners are not root, so neither is the action here where that can be had; whoever runs it is in
the group that may use the engine.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from actions_runner import Run, environment, run_action

PROJECT = Path(__file__).parents[2]
SOCKET = Path(os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock").removeprefix("unix://"))
USER = 1000


@dataclass
class Job:
    """A job of a student's repository."""

    action: Path
    folder: Path
    prefix: tuple[str, ...]
    variables: dict[str, str] = field(default_factory=dict)

    @property
    def workspace(self) -> Path:
        """Where the repository is checked out."""
        return self.folder / "work"

    def write(self, path: str, content: str | bytes) -> Path:
        """Write one file of the repository."""
        file = self.workspace / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return file

    def environment(self) -> dict[str, str]:
        """Return the variables of its steps."""
        return environment(self.workspace, self.folder / "temp", self.folder / "home") | (
            self.variables
        )

    def run(self, **given: str) -> Run:
        """Run the action with these inputs, a `-` in their names written as `_`."""
        owned(self.folder, self.prefix)
        return run_action(
            self.action,
            self.workspace,
            self.folder / "temp",
            {name.replace("_", "-"): text for name, text in given.items()},
            environment=self.environment(),
            prefix=self.prefix,
        )

    def shell(self, script: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run lines of shell in the workspace, as a plain runner does: no variables of GitHub."""
        owned(self.folder, self.prefix)
        plain = {n: t for n, t in self.environment().items() if not n.startswith(("GITHUB", "RUN"))}
        return subprocess.run(
            [*self.prefix, "bash", "-e", "-o", "pipefail", "-c", script],
            cwd=self.workspace,
            env=plain | variables,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )


def owned(folder: Path, prefix: tuple[str, ...]) -> None:
    """Give a folder to who the steps are run as."""
    if prefix:
        subprocess.run(["chown", "-hR", f"{USER}:{USER}", folder], check=True)


@pytest.fixture(scope="session")
def somebody() -> tuple[str, ...]:
    """Return what runs a command as an ordinary user who may use the engine."""
    if os.geteuid() != 0:
        return ()
    ids = [f"--reuid={USER}", f"--regid={USER}", f"--groups={SOCKET.stat().st_gid}"]
    prefix = ("setpriv", *ids, "--inh-caps=-all")
    if not shutil.which("setpriv") or subprocess.run([*prefix, "true"], check=False).returncode:
        return ()
    return prefix


@pytest.fixture(scope="session")
def place() -> Iterator[Path]:
    """Return a folder that other users may enter, unlike those of pytest."""
    with tempfile.TemporaryDirectory(prefix="lab-grader-ci-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture(scope="session")
def action(place: Path, somebody: tuple[str, ...]) -> Path:
    """Return a checkout of this project as a runner has it; its first run makes it ready."""
    folder = place / "_actions" / "TEACHER" / "lab-grader" / "COMMIT"
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=PROJECT, capture_output=True, check=True).stdout
    for name in filter(None, listed.decode().split("\0")):
        if (PROJECT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(PROJECT / name, folder / name)
    owned(place, somebody)
    return folder


@pytest.fixture
def job(action: Path, place: Path, somebody: tuple[str, ...]) -> Job:
    """Return a job with an empty repository."""
    folder = Path(tempfile.mkdtemp(dir=place))
    folder.chmod(0o755)
    job = Job(action, folder, somebody)
    for name in ("work/.git", "temp", "home/.config/pip"):
        (folder / name).mkdir(parents=True)
    index = Path("~/.config/pip/pip.conf").expanduser()
    if index.exists():  # where packages come from is this machine's affair
        shutil.copy(index, folder / "home/.config/pip/pip.conf")
    return job
