"""`grade clean`: remove what crashed runs left on the engine."""

from __future__ import annotations

import click


@click.command(
    short_help="Remove what crashed runs left on the engine.",
    epilog="Example: grade clean",
)
def command() -> int:
    """Remove what crashed runs left: containers, volumes, networks and sockets of ours.

    Every grading does this for itself; by hand it is only needed to leave an engine tidy. What
    runs right now, and what is not ours, stays.
    """
    import asyncio

    from grader.cli._screen import say
    from grader.cli._status import UNKNOWN_GRADE
    from grader.engine.client import Engine, engine_socket
    from grader.engine.leftovers import remove_leftovers

    swept = asyncio.run(remove_leftovers(Engine(engine_socket())))
    told = [f"removed {name}\n" for name in swept.removed]
    told += [f"could not remove {name}: the engine did not do it\n" for name in swept.stayed]
    say("".join(told) or "nothing to remove\n")
    return UNKNOWN_GRADE if swept.stayed else 0
