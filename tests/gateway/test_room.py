"""The room on the engine's disk that a session may take."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from opened_gateway import IMAGE, OpenedGateway
from workbench_container import workbench_of

from grader.engine.space import more_than
from grader.model.lab import Lab, Limits
from grader.model.record import Text

LAB = Lab(id="t", title=Text(ko="", en=""), images=(IMAGE,), limits=Limits(disk_mb=32))
FILL = "i=0; while true; do head -c 4000000 /dev/zero > $0/$i; i=$((i + 1)); sleep 0.1; done"
GROW = "while true; do head -c 4000000 /dev/zero || exit; sleep 0.1; done"
"""Until there is no more room in one file: 256 MiB."""
KILLED = 137


@pytest.mark.engine
@pytest.mark.skipif(os.geteuid() != 0, reason="only root measures what a session holds")
@pytest.mark.parametrize("place", ["layer", "volume", "folder", "hosts", "hostname"])
def test_threat_63_a_session_that_fills_the_disk_is_stopped(place: str) -> None:
    mounts = {"volume": ["-v", "vol:/d"], "folder": ["-v", "/lab/d:/d"]}.get(place, [])
    folder = "/d" if mounts else "/tmp"
    with OpenedGateway(LAB) as gateway, workbench_of(gateway):
        script = f"{GROW} > /etc/{place}" if place.startswith("host") else FILL
        fill = ("alpine", "sh", "-c", script, folder)
        filled = gateway.docker("run", "--name", "fills", *mounts, *fill)
        assert filled.returncode == KILLED
        (told,) = (c for c in gateway.session.recorder.calls if c.route == "disk_limit")
        assert told.refused == "disk"
        refused = gateway.docker("run", "--rm", "alpine", "true")
        assert "not allowed in this lab: more than 32 MiB" in refused.stderr
        # Who makes room can go on.
        gateway.docker("rm", "fills")
        gateway.docker("volume", "prune", "-f")
        if place != "folder":
            until = time.monotonic() + 60
            while gateway.session.full and time.monotonic() < until:
                time.sleep(0.1)
            assert gateway.docker("run", "--rm", "alpine", "true").returncode == 0
        assert gateway.session.fault is None


@pytest.mark.engine
@pytest.mark.skipif(os.geteuid() != 0, reason="only root measures what a session holds")
def test_shared_memory_is_no_room_on_the_disk() -> None:
    script = "head -c 40000000 /dev/zero > /dev/shm/x; sleep 4"
    with OpenedGateway(LAB) as gateway:
        ran = gateway.docker("run", "--ipc", "shareable", IMAGE, "sh", "-c", script)
        assert ran.returncode == 0


def test_holes_take_no_room_and_links_lead_nowhere(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    with (tmp_path / "in" / "sparse").open("wb") as sparse:
        sparse.truncate(2**40)
    (tmp_path / "out").symlink_to("/")
    assert not more_than([tmp_path], 1024 * 1024, 10)
    assert more_than([tmp_path], 1024 * 1024, 2)
    (tmp_path / "in" / "full").write_bytes(b"x" * 2 * 1024 * 1024)
    assert more_than([tmp_path], 1024 * 1024, 10)
    assert not more_than([tmp_path / "nowhere"], 0, 0)
