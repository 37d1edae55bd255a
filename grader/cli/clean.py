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
    from grader.engine.client import Engine, engine_socket
    from grader.engine.leftovers import remove_leftovers

    removed = asyncio.run(remove_leftovers(Engine(engine_socket())))
    say("".join(f"removed {name}\n" for name in removed) or "nothing to remove\n")
    return 0
