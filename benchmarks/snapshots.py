"""What a snapshot costs, by the number of changed files and of the folders that they are in."""

from __future__ import annotations

import asyncio
import statistics
import subprocess
import time

from benchmarks.opened import IMAGE
from grader.engine.client import Engine, engine_socket
from grader.gateway.record.layer import writable_layer
from grader.gateway.record.snapshot import Memory, take

SHAPES = ((1, 1), (10, 1), (100, 1), (500, 1), (10, 10), (100, 10), (100, 100), (500, 100))
"""Files in all, and folders."""


def run(rounds: int) -> None:
    """Print medians, from the layer's folder and through the engine's API."""
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
        told = "  ".join(f"{name} {took * 1000:8.1f} ms" for name, took in middle.items())
        print(f"  {files:4} files in {folders:3} folders   {told}")


async def _measured(container: str, rounds: int) -> dict[str, float]:
    engine = Engine(engine_socket())
    layer = writable_layer(await engine.call("GET", f"/containers/{container}/json"))
    middle = {}
    for name, where in {"read from the layer": layer, "through the API": None}.items():
        if where is None and name == "read from the layer":
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
