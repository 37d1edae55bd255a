"""A session that misbehaves, and another one on the same engine that must not notice."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest
from opened_gateway import IMAGE, OpenedGateway

from grader.gateway.admission import Bounds
from grader.model.lab import Lab, Limits
from grader.model.record import Text

SMALL = Limits(memory_mb=32, pids=32, cpus=0.5, containers=12, file_mb=64, disk_mb=24, files=1500)
SLOWER = 20
"""How much slower the other session may be; on an idle machine it is 1 to 3."""
LEAST_SECONDS = 0.5

Undisturbed = Callable[[str], None]


def lesson(gateway: OpenedGateway) -> tuple[str, float]:
    """Do what a student of the course does; return what came out, and how long it took."""
    began = time.monotonic()
    script = "echo kept > /data; cat /data"
    first = gateway.docker("run", "--name", "lesson", "alpine", "sh", "-c", script)
    changed = gateway.docker("diff", "lesson")
    gone = gateway.docker("rm", "lesson")
    told = first.stdout + first.stderr + changed.stdout + gone.stdout
    return told, time.monotonic() - began


@pytest.fixture(scope="module")
def wild() -> Iterator[OpenedGateway]:
    lab = Lab(id="wild", title=Text(ko="", en=""), images=(IMAGE,), limits=SMALL)
    bounds = Bounds(connections=64, waits=8, head_seconds=5)
    with OpenedGateway(lab, bounds=bounds) as opened:
        yield opened
        assert opened.session.fault is None


@pytest.fixture(scope="module")
def undisturbed() -> Iterator[Undisturbed]:
    """Do the lesson in another session, and compare with how it goes in peace."""
    with OpenedGateway() as gateway:
        peace, seconds = lesson(gateway)
        assert peace == "kept\nA /data\nlesson\n"

        def check(flood: str) -> None:
            told, now = lesson(gateway)
            ratio = now / max(seconds, LEAST_SECONDS)
            print(f"{flood}: the other session took {ratio:.1f} times as long")  # noqa: T201
            assert told == peace
            assert ratio < SLOWER

        yield check
        assert gateway.session.fault is None
