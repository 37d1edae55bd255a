"""How fast output comes through an attached stream."""

from __future__ import annotations

import statistics

from benchmarks.opened import IMAGE, Opened, straight
from benchmarks.results import Section, Table, ratio

MEGABYTES = 64
COMPARED = f"""\
{MEGABYTES} MB of output of `docker run` at both sockets, without the start of the container."""
LIMIT = "every byte is copied once more, by Python, on one core."


def run(rounds: int) -> Section:
    """Measure both sockets in turn."""
    quiet = ("run", "--rm", "--network", "none", IMAGE, "true")
    loud = (*quiet[:-1], "dd", "if=/dev/zero", "bs=64k", f"count={MEGABYTES * 16}")
    speed: dict[str, list[float]] = {"engine": [], "gateway": []}
    with Opened() as opened:
        for _ in range(max(rounds // 2, 1)):
            for side, docker in (("engine", straight()), ("gateway", opened.docker)):
                start = docker(*quiet)
                speed[side].append(MEGABYTES / max(docker(*loud) - start, 0.001))
    middle = {side: statistics.median(values) for side, values in speed.items()}
    slower = ratio(middle["engine"] / middle["gateway"])
    told = (f"{middle[side]:.0f} MB/s" for side in ("engine", "gateway"))
    head = ("stream", "engine", "gateway", "ratio")
    return Section(COMPARED, (Table(head, [("attach", *told, slower)]),), LIMIT)
