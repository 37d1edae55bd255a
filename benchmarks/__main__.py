"""Prints ratios of one run: `python -m benchmarks [--rounds N] [PART…]`."""

from __future__ import annotations

import argparse
import os

from benchmarks import calls, replay, sessions, snapshots, streams

PARTS = {
    "replay": replay.run,
    "calls": calls.run,
    "streams": streams.run,
    "snapshots": snapshots.run,
    "sessions": sessions.run,
}


def main() -> None:
    """Measure the named parts, or all."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=10, help="repetitions (default: 10)")
    parser.add_argument("part", nargs="*", help=f"of {', '.join(PARTS)} (default: all)")
    asked = parser.parse_args()
    if unknown := set(asked.part) - PARTS.keys():
        parser.error(f"there is no part {', '.join(sorted(unknown))}")
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    for name in asked.part or PARTS:
        print(f"\n{name}")
        PARTS[name](asked.rounds)


if __name__ == "__main__":
    main()
