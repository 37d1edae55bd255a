from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from grader.engine import own_container as module
from grader.engine.client import Engine, engine_socket
from grader.engine.own_container import OwnContainer, is_in_container, own_container
from grader.errors import OutputError

ID = "0123456789abcdef" * 4
IN_CONTAINER = f"""\
1 0 0:40 / / rw,relatime - overlay overlay rw,lowerdir=/x,upperdir=/var/lib/docker/overlay2/y/diff
2 1 254:0 /srv/docker/containers/{ID}/resolv.conf /etc/resolv.conf rw,relatime - ext4 /dev/vda rw
3 1 254:0 /srv/docker/containers/{ID}/hostname /etc/hostname rw,relatime - ext4 /dev/vda rw
"""
OUTSIDE = f"""\
1 0 254:0 / / rw,relatime - ext4 /dev/vda rw
2 1 0:41 / /var/lib/docker/containers/{ID}/mounts/shm rw - tmpfs shm rw,size=65536k
"""


@pytest.mark.parametrize(("table", "inside"), [(IN_CONTAINER, True), (OUTSIDE, False), ("", False)])
def test_the_kernels_table_of_mounts_tells_a_container(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, table: str, *, inside: bool
) -> None:
    (tmp_path / "mountinfo").write_text(table)
    monkeypatch.setattr(module, "MOUNTS_FILE", tmp_path / "mountinfo")
    assert is_in_container() == inside


def test_a_path_is_called_what_the_innermost_mount_makes_of_it() -> None:
    mounts = (
        (Path("/run"), Path("/host/run")),
        (Path("/run/lab-grader"), Path("/volumes/x/_data")),
    )
    own = OwnContainer(ID, mounts)
    assert own.seen_by_engine(Path("/run/lab-grader/lg1")) == Path("/volumes/x/_data/lg1")
    assert own.seen_by_engine(Path("/run/lab-grader-2")) == Path("/host/run/lab-grader-2")
    assert OwnContainer().seen_by_engine(Path("/run/lab-grader")) == Path("/run/lab-grader")
    with pytest.raises(OutputError, match="inside this container"):
        own.seen_by_engine(Path("/tmp/lg1"))


@pytest.mark.engine
def test_a_container_of_another_engine_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mountinfo").write_text(IN_CONTAINER)
    monkeypatch.setattr(module, "MOUNTS_FILE", tmp_path / "mountinfo")
    assert asyncio.run(own_container(Engine(engine_socket()))) == OwnContainer()
