"""What a snapshot costs, by the number of changed files and of the folders that they are in."""

from __future__ import annotations

import asyncio
import statistics
import subprocess
import time

from benchmarks.opened import IMAGE
from benchmarks.results import Section, Table, milliseconds
from grader.engine.client import Engine, engine_socket
from grader.gateway.record.layer import writable_layer
from grader.gateway.record.snapshot import Memory, take

SHAPES = ((1, 1), (10, 1), (100, 1), (500, 1), (10, 10), (100, 10), (100, 100), (500, 100))
"""Files in all, and folders."""
DIRECT, API = "read from the layer", "through the API"
COMPARED = """\
One snapshot of a container, read from its layer's folder on the disk, and through the engine's
API, which is the way where that folder cannot be read."""
LIMIT = "through the API, one request for each folder of changed files; from the layer, the disk."


def run(rounds: int) -> Section:
    """Measure both ways for each shape."""
    rows = []
    for files, folders in SHAPES:
        script = (
            f"for d in $(seq {folders}); do mkdir -p /new/$d; "
            f"for f in $(seq {files // folders}); do echo $f > /new/$d/$f; done; done"
        )
        container = _docker("run", "-d", "--network", "none", IMAGE, "sh", "-c", script)
        try:
            _docker("wait", container)
            middle = asyncio.run(_measured(container, max(rounds // 2, 1)))
        finally:
            _docker("rm", "-f", container)
        told = (milliseconds(middle[way]) if way in middle else "-" for way in (DIRECT, API))
        rows.append((f"{files} files in {folders} folders", *told))
    return Section(COMPARED, (Table(("changed", DIRECT, API), rows),), LIMIT)


async def _measured(container: str, rounds: int) -> dict[str, float]:
    engine = Engine(engine_socket())
    layer = writable_layer(await engine.call("GET", f"/containers/{container}/json"))
    middle = {}
    for name, where in {DIRECT: layer, API: None}.items():
        if where is None and name == DIRECT:
            continue
        taken = []
        for _ in range(rounds):
            began = time.perf_counter()
            await take(engine, container, (), Memory(layer=where))
            taken.append(time.perf_counter() - began)
        middle[name] = statistics.median(taken)
    return middle


def _docker(*words: str) -> str:
    done = subprocess.run(["docker", *words], capture_output=True, text=True, check=True)
    return done.stdout.strip()
