"""The terminal: what is shown when all is done, and while it is not."""

from __future__ import annotations

import os
import re
import shutil
import sys
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from grader.model.record import Language

ERASE_LINE = "\r\x1b[K"


def locale_language() -> Language:
    """Return Korean where the environment asks for it, else English."""
    names = ("LC_ALL", "LC_MESSAGES", "LANG")
    locale = next((value for name in names if (value := os.environ.get(name))), "")
    return "ko" if re.match(r"ko(?![a-z])", locale.lower()) else "en"


def say(text: str) -> None:
    """Print on the standard output. A reader that has gone away is no error.

    Raises OutputError where there is no room for it.
    """
    from grader.errors import OutputError

    try:
        encoding = sys.stdout.encoding or "utf-8"
        sys.stdout.write(text.encode(encoding, "replace").decode(encoding))
        sys.stdout.flush()
    except BrokenPipeError:
        _forget_stdout()
    except OSError as error:
        _forget_stdout()
        raise OutputError(
            f"cannot write to the standard output: {error.strerror}", fix="see where it leads"
        ) from error


def _forget_stdout() -> None:
    # What is still buffered would fail once more when Python closes the stream at exit.
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, sys.stdout.fileno())
    os.close(nothing)


class Progress:
    """One line on the terminal that says which line is being typed; silent when piped."""

    def __init__(self, lines: int, language: Language, *, word: str = "") -> None:
        self._lines = lines
        self._word = word or ("줄" if language == "ko" else "line")
        self._shown = sys.stderr.isatty() and os.environ.get("TERM") not in {None, "", "dumb"}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        if self._shown:
            self._write(ERASE_LINE)

    def count(self, done: int, of: int) -> None:
        """Show how much is done of something that is counted."""
        self._lines = of
        self.step(done, "")

    def step(self, line: int, text: str) -> None:
        """Show that a line of the submission is typed now."""
        if not self._shown:
            return
        from rich.cells import chop_cells

        from grader.reports._text import one_line

        said = f"{self._word} {line}/{self._lines}  {one_line(text)}"
        # One column stays free: a full line would wrap, and only half of it could be erased.
        columns = max(shutil.get_terminal_size().columns - 1, 10)
        self._write(ERASE_LINE + next(iter(chop_cells(said, columns)), ""))

    def _write(self, text: str) -> None:
        try:
            sys.stderr.write(text)
            sys.stderr.flush()
        except (OSError, UnicodeError):
            self._shown = False  # progress is a courtesy
