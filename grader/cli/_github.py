"""The runner of GitHub Actions, and those that speak like it: its log, its files, its links.

The runner obeys commands that it finds in the log (`::add-mask::…` at the start of a line, `##[…]`
anywhere), whoever printed them. So while we print what students can choose, it is told to obey
nothing until a word comes that nobody can guess. It reads the two output streams side by side, in
no certain order: inside, all goes to one.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import sys
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from pathlib import Path
from urllib.parse import quote

from grader.cli._screen import say
from grader.errors import OutputError

SUMMARY = "GITHUB_STEP_SUMMARY"
OUTPUT = "GITHUB_OUTPUT"
UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


def present() -> bool:
    """Return whether this runs in a job of such a runner."""
    return os.environ.get("GITHUB_ACTIONS") == "true"


_quiet: ContextVar[bool] = ContextVar("_quiet", default=False)


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Let nothing that is printed inside be obeyed as a command; elsewhere, do nothing."""
    if not present() or _quiet.get():
        yield
        return
    word = secrets.token_hex(16)
    before = _quiet.set(True)
    say(f"::stop-commands::{word}\n")
    try:
        with contextlib.redirect_stderr(sys.stdout):
            yield
    finally:
        _quiet.reset(before)
        say(f"\n::{word}::\n")


def folder_for(lab: str) -> Path:
    """Return where the reports of a job go. No sign in it means anything to who uploads them."""
    temporary = os.environ.get("RUNNER_TEMP") or "."
    return Path(temporary, "lab-grader", UNSAFE.sub("-", lab))


def artifacts() -> str:
    """Return a link to what this run uploads, as Markdown; nothing where that is not known."""
    names = ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID")
    server, repository, run = (os.environ.get(name, "") for name in names)
    if not (server and repository and run):
        return ""
    place = f"{server}/{quote(repository)}/actions/runs/{quote(run)}#artifacts"
    return f"[→ junit.xml, result.json, report.html]({place})"


def write_summary(text: str) -> None:
    """Show a text on the page of the run. Raises OutputError."""
    _append(SUMMARY, text)


def write_outputs(values: Mapping[str, str]) -> None:
    """Set the outputs of this step. Raises OutputError.

    Each value stands between lines that nobody can guess, so none can end early and set another.
    """
    lines = []
    for name, value in values.items():
        end = f"end-{secrets.token_hex(16)}"
        lines.append(f"{name}<<{end}\n{value}\n{end}\n")
    _append(OUTPUT, "".join(lines))


def _append(variable: str, text: str) -> None:
    path = os.environ.get(variable)
    if not path:
        return
    try:
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(text)
    except OSError as bad:
        problem = f"cannot write {path}: {bad.strerror}"
        raise OutputError(problem, fix=f"see where {variable} leads") from bad
