"""What went wrong, as a text for people and an exit status for scripts."""

from __future__ import annotations

import contextlib
import itertools
import os
import platform
import tempfile
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

import click

from grader import __version__
from grader.cli import Stopped
from grader.cli._status import SIGNALLED, UNKNOWN_GRADE, USAGE
from grader.errors import GraderError, OutputError

if TYPE_CHECKING:
    from collections.abc import Sequence

CTRL_C = 2


def tell(error: BaseException, arguments: Sequence[str]) -> int:
    """Print one error on the standard error stream and return the exit status it stands for."""
    if isinstance(error, click.Abort):  # click's own wrapping of ctrl-C
        error = error.__cause__ or KeyboardInterrupt()
    match error:
        case KeyboardInterrupt():
            number = error.number if isinstance(error, Stopped) else CTRL_C
            _print("interrupted")
            return SIGNALLED + number
        case click.exceptions.NoArgsIsHelpError():
            _print(error.format_message())
            return USAGE
        case click.ClickException():
            _print(f"error: {_usage(error)}")
            return USAGE
        case GraderError():
            _print(f"error: {error}")
            return error.exit_code
    log = write_log(error, arguments)
    details = f"; details are in {log}" if log else ""
    _print(f"error: unexpected {type(error).__name__}: {_first_line(error)}{details}")
    return UNKNOWN_GRADE


def _usage(error: click.ClickException) -> str:
    message = error.format_message()
    context = getattr(error, "ctx", None)
    return message if context is None else f"{message}\n  fix: see {context.command_path} --help"


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [""])[0]


def _print(text: str) -> None:
    from grader.cli._github import quiet
    from grader.reports._text import printable

    # Nobody reads it, or there is no room: the exit status still says it.
    with contextlib.suppress(OSError, OutputError), quiet():
        click.echo(printable(text), err=True)


def write_log(error: BaseException, arguments: Sequence[str]) -> Path | None:
    """Write all that is known of a bug into a file; None where there is no room for one."""
    text = (
        f"grade {__version__}, Python {platform.python_version()}, {platform.platform()}\n"
        f"arguments: {list(arguments)!r}\n{_results_of(arguments)}\n"
        + "".join(traceback.format_exception(error))
    )
    name = f"error-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}.log"
    with contextlib.suppress(OSError, RuntimeError):
        folder = _log_folder()
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8", errors="backslashreplace")
        return folder / name
    with contextlib.suppress(OSError):
        handle, path = tempfile.mkstemp(prefix="lab-grader-", suffix=".log")
        os.write(handle, text.encode(errors="backslashreplace"))
        os.close(handle)
        return Path(path)
    return None


def results_line(results: Path) -> str:
    """Return the line of a log that says to which course it belongs: by the folder of its results.

    As it is read again: what is no text is escaped.
    """
    return f"results: {results.resolve()}".encode(errors="backslashreplace").decode()


def _results_of(arguments: Sequence[str]) -> str:
    from grader.cli._results import results_base
    from grader.layout import find_root

    words = [word for one in arguments for word in one.split("=", 1)]
    given = dict(itertools.pairwise(words)).get("--course")
    with contextlib.suppress(OSError, GraderError, ValueError):
        root = find_root(Path(given) if given else None)
        return results_line(results_base(root)) + "\n"
    return ""


def log_files() -> list[Path]:
    """Return all logs that `write_log` wrote for this user."""
    found = sorted(Path(tempfile.gettempdir()).glob("lab-grader-*.log"))
    with contextlib.suppress(RuntimeError):
        found += sorted(_log_folder().glob("error-*.log"))
    return found


def _log_folder() -> Path:
    """Return the folder of logs. Raises RuntimeError where there is no home."""
    state = os.environ.get("XDG_STATE_HOME") or "~/.local/state"
    return Path(state).expanduser() / "lab-grader"
