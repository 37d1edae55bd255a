"""The `grade` command: parse, call, print, exit code. Knows nothing about grading itself.

A command is found by its file name: `grader/cli/labs.py` holds the click command `command` of
`grade labs`. Files that begin with an underscore are no commands. What a command needs beyond
click is imported when it runs: `grade --help` must not wait for it.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import pkgutil
import signal
import sys
from typing import TYPE_CHECKING, cast

import click

from grader import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType
    from typing import NoReturn

DEFAULT = "run"
"""The command of a line that begins with no command: `grade lab6-1 --student alice`."""


UNNAMED = f"{__name__}.unnamed"
"""Where click keeps the first word of such a line."""


class Stopped(KeyboardInterrupt):
    """Somebody asked the process to end; unwinds like ctrl-C, so that everything is cleaned up."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


class Commands(click.Group):
    """Finds commands by file name."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the names of all commands, the default one first."""
        names = [m.name for m in pkgutil.iter_modules(__path__) if not m.name.startswith("_")]
        return sorted(names, key=lambda name: (name != DEFAULT, name))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load one command."""
        if cmd_name not in self.list_commands(ctx):
            return None
        return cast("click.Command", importlib.import_module(f"{__name__}.{cmd_name}").command)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the default command in front of a line that begins with none."""
        first = args[0] if args else "--help"
        if first not in {"--help", "--version", *self.list_commands(ctx)}:
            args = [DEFAULT, *args]
            ctx.meta[UNNAMED] = first
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; a first word that is a command with a typo is told as that."""
        try:
            return super().invoke(ctx)
        except click.UsageError:
            if (typed := ctx.meta.get(UNNAMED)) is not None:
                _refuse_typo(typed, self.list_commands(ctx))
            raise


def _refuse_typo(typed: str, names: list[str]) -> None:
    """Raise UsageError for a word that was to be a command. Names of labs have digits, mostly."""
    from grader.errors import UsageError
    from grader.wording import did_you_mean

    if typed.isalpha() and (near := did_you_mean(typed, names)):
        problem = f"there is no command {typed!r}{near}"
        raise UsageError(problem, fix="`grade --help` lists all commands") from None


@click.group(
    cls=Commands,
    subcommand_metavar="[COMMAND] LAB …",
    epilog="`grade LAB --student NAME` is short for `grade run LAB --student NAME`. "
    "Exit status: 0 passed, 1 below the pass mark, 2 wrong use or a broken file, "
    "3 could not grade, 130 interrupted.",
)
@click.version_option(__version__, prog_name="grade", message="%(prog)s %(version)s")
def commands() -> None:
    """Grade labs of a Docker course.

    The lines that a student handed in are typed again on a real Docker engine, everything that
    happens is recorded, and the record is scored against a rubric.

    \b
    Example:
      grade lab6-1 --student alice
    """  # noqa: D301 - \b keeps click from joining the lines


def run() -> NoReturn:
    """Run this process's command line and end it.

    Python's own tidying up takes 50 ms, for which nobody has to wait: everything is written and
    given back by then. (mypy ends in the same way.)
    """
    _open_closed_streams()
    status = main()
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.flush()
    with contextlib.suppress(OSError, ValueError):
        sys.stderr.flush()
    with contextlib.suppress(KeyboardInterrupt):
        _clean_up_in_container()
    os._exit(status)


def _clean_up_in_container() -> None:
    """Let the clean-up end before us where it would be killed with us."""
    if "grader.engine.sessions" not in sys.modules:
        return
    from grader.engine.own_container import is_in_container
    from grader.engine.sessions import wait_for_sweepers

    if is_in_container():
        wait_for_sweepers()


def _open_closed_streams() -> None:
    """Let nothing be read from or written to a stream that was closed for us (`>&-`)."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            # The lowest free number is taken: that of the stream.
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123, SIM115


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line and return its exit status. Shows errors as text, never a traceback."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) == signal.SIG_DFL:  # nohup and the like have their reasons
            signal.signal(number, _stop)
    try:
        return commands.main(arguments, prog_name="grade", standalone_mode=False) or 0
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - the last place to catch
        from grader.cli._failures import tell

        return tell(error, sys.argv[1:] if arguments is None else list(arguments))


def _stop(number: int, frame: FrameType | None) -> NoReturn:  # noqa: ARG001 - signal's signature
    raise Stopped(number)
