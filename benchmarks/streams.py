"""How fast output comes through an attached stream."""

from __future__ import annotations

import statistics

from benchmarks.opened import IMAGE, Opened, straight

MEGABYTES = 64


def run(rounds: int) -> None:
    """Print MB/s of `docker run` at both sockets, without the start of the container."""
    quiet = ("run", "--rm", "--network", "none", IMAGE, "true")
    loud = (*quiet[:-1], "dd", "if=/dev/zero", "bs=64k", f"count={MEGABYTES * 16}")
    speed: dict[str, list[float]] = {"engine": [], "gateway": []}
    with Opened() as opened:
        for _ in range(max(rounds // 2, 1)):
            for side, docker in (("engine", straight()), ("gateway", opened.docker)):
                start = docker(*quiet)
                speed[side].append(MEGABYTES / max(docker(*loud) - start, 0.001))
    middle = {side: statistics.median(values) for side, values in speed.items()}
    print(
        f"  attach           engine {middle['engine']:7.0f} MB/s  gateway"
        f" {middle['gateway']:7.0f} MB/s  ratio {middle['engine'] / middle['gateway']:5.2f}"
    )
