"""The same lines typed by hand, so to speak: bare bash and docker on the host, no grader at all."""

from __future__ import annotations

import itertools
import os
import pty
import select
import subprocess
import time
from pathlib import Path

PROMPT = b"bare-prompt> "
CONTAINER_PROMPT = b"# "
PATIENCE = 60
_numbers = itertools.count()


class Typing:
    """One bare bash at a terminal of its own."""

    def __init__(self) -> None:
        self.shell, terminal = pty.openpty()
        self.process = subprocess.Popen(
            ["bash", "--noediting", "--norc", "--noprofile", "-i"],
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
            start_new_session=True,
            env=os.environ | {"PS1": PROMPT.decode(), "PS2": "bare-more> ", "TERM": "xterm"},
        )
        os.close(terminal)

    def wait(self) -> None:
        """Return when a shell, here or in a container, asks for the next line."""
        seen = b""
        until = time.monotonic() + PATIENCE
        while not seen.endswith((PROMPT, CONTAINER_PROMPT, b"bare-more> ")):
            ready, _, _ = select.select([self.shell], [], [], until - time.monotonic())
            if not ready:
                message = f"no prompt within {PATIENCE} seconds: {seen[-200:]!r}"
                raise TimeoutError(message)
            seen += os.read(self.shell, 65536)
            if b"\x1b[6n" in seen[-8:]:
                os.write(self.shell, b"\x1b[1;1R")
                seen = seen.replace(b"\x1b[6n", b"")

    def line(self, text: str) -> None:
        """Type one line and wait for the next prompt."""
        os.write(self.shell, text.encode() + b"\n")
        self.wait()

    def close(self) -> None:
        """Leave the shell."""
        os.write(self.shell, b"exit\n")
        self.process.wait(PATIENCE)
        os.close(self.shell)


def type_bare(file: Path, *, network: bool) -> tuple[float, float]:
    """Type a submission; return the seconds of its lines, and those with the shell around them.

    Without `network` the containers get none, as the grader's do.
    """
    lines = [
        line if network else line.replace("docker run ", "docker run --network none ")
        for line in file.read_text().splitlines()
        if line.strip() and not line.startswith("#")
    ]
    began = time.perf_counter()
    typing = Typing()
    typing.wait()
    first = time.perf_counter()
    for line in lines:
        typing.line(line)
    last = time.perf_counter()
    typing.close()
    return last - first, time.perf_counter() - began


def renamed(file: Path, folder: Path) -> Path:
    """Return a copy of lab6-1's solution with names of containers that nobody else has."""
    copy = folder / f"lgb-{os.getpid()}-{next(_numbers)}.sh"
    text = file.read_text(encoding="utf-8").replace("test-data", copy.stem)
    copy.write_text(text, encoding="utf-8")
    return copy


def remove_renamed(*files: Path) -> None:
    """Remove the containers that such copies leave."""
    remove(*(name for file in files for name in (file.stem, f"{file.stem}-new")))


def remove(*names: str) -> None:
    """Remove the containers that a bare run leaves."""
    subprocess.run(["docker", "rm", "-f", *names], capture_output=True, check=False)
