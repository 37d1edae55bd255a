"""Measures, prints, and writes results.md: `python -m benchmarks [--rounds N] [PART…]`."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
from subprocess import CalledProcessError

from benchmarks import (
    big,
    calls,
    classroom,
    first,
    others,
    page,
    replay,
    same,
    sessions,
    snapshots,
    streams,
)
from benchmarks.program import quiet
from benchmarks.results import FILE, write
from grader.engine.client import Engine, engine_socket
from grader.engine.leftovers import remove_leftovers
from grader.engine.sessions import RUNTIME_VARIABLE

PARTS = {
    "replay": replay.run,
    "calls": calls.run,
    "streams": streams.run,
    "snapshots": snapshots.run,
    "sessions": sessions.run,
    "classroom": classroom.run,
    "first": first.run,
    "others": others.run,
    "same": same.run,
    "big": big.run,
    "page": page.run,
}


def main() -> None:
    """Measure the named parts, or all."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=10, help="repetitions (default: 10)")
    parser.add_argument("part", nargs="*", help=f"of {', '.join(PARTS)} (default: all)")
    parser.add_argument("--dry", action="store_true", help=f"leave {FILE.name} as it is")
    asked = parser.parse_args()
    if unknown := set(asked.part) - PARTS.keys():
        parser.error(f"there is no part {', '.join(sorted(unknown))}")
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    without: list[str] = []
    # Sessions in a folder of their own: nobody else's are waited for, or swept.
    with tempfile.TemporaryDirectory(prefix="lgb", ignore_cleanup_errors=True) as runtime:
        os.environ[RUNTIME_VARIABLE] = runtime
        try:
            for name in asked.part or PARTS:
                print(f"\n{name}\n", flush=True)
                try:
                    section = PARTS[name](asked.rounds)
                except (SystemExit, CalledProcessError, OSError) as why:
                    without.append(name)
                    print(f"cannot be measured: {why}", file=sys.stderr)
                    continue
                print(section.text(), flush=True)
                if not asked.dry:
                    write(name, section, PARTS)
        finally:
            quiet()
            asyncio.run(remove_leftovers(Engine(engine_socket())))
    if without:
        raise SystemExit(f"not measured: {', '.join(without)}")


if __name__ == "__main__":
    main()
