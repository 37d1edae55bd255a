"""Whether a grader could work here: the engine answers, and sees where sessions lie.

Run as a module, it says so in a line and by its exit status: 0, or 1 with the remedy. That is the
health check of our image, for runs that last, such as `grade class`.
"""

from __future__ import annotations

import asyncio
import sys

from grader.engine.client import Engine, engine_socket
from grader.engine.own_container import own_container
from grader.engine.sessions import no_session, runtime_folder, runtime_id
from grader.errors import GraderError


async def check(engine: Engine) -> str:
    """Return what the engine is. Raises GraderError where no session could be had."""
    told = await engine.call("GET", "/version")
    folder = runtime_folder()
    try:
        runtime_id(folder)
    except OSError as error:
        raise no_session(folder, error) from error
    seen = (await own_container(engine)).seen_by_engine(folder)
    return f"Docker {told['Version']} answers, sessions lie in {seen}"


def main() -> int:
    """Print how it is and return the exit status."""
    try:
        told = asyncio.run(check(Engine(engine_socket())))
    except GraderError as error:
        sys.stdout.write(f"{error}\n")
        return 1
    sys.stdout.write(f"{told}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
