from __future__ import annotations

import os
from pathlib import Path

import pytest
from opened_gateway import OpenedGateway

from grader.gateway.record import life
from grader.gateway.record.layer import look, read, writable_layer
from grader.model.evidence import Snapshot

SCRIPT = """
echo hi > /tmp/a; chmod 4755 /tmp/a; chown 7:8 /tmp/a
mkdir -p /tmp/d/e; printf '중요한 데이터' > '/tmp/d/e/한글 파일'; : > /tmp/d/empty
ln -s /etc/passwd /tmp/link; ln /tmp/a /tmp/hard; mkfifo /tmp/pipe
echo x >> /etc/passwd; rm /etc/group; chmod 600 /etc/hosts.allow 2>/dev/null; chmod 640 /etc/shells
head -c 100000 /dev/zero > /tmp/big; head -c 9000000 /dev/zero | tr '\\0' x > /tmp/large
mkdir /tmp/outside && rmdir /tmp/outside && ln -s / /tmp/outside
"""
WATCHED = (
    "/etc/passwd",
    "/etc/shells",
    "/etc/os-release",
    "/tmp/a",
    "/tmp/no",
    "/tmp/outside/etc/passwd",
)


def snapshot(monkeypatch: pytest.MonkeyPatch, *, layer: bool) -> tuple[Snapshot, bool]:
    used = []

    def watch(told: dict[str, object]) -> Path | None:
        found = writable_layer(told) if layer else None
        used.append(found is not None)
        return found

    monkeypatch.setattr(life, "writable_layer", watch)
    with OpenedGateway(watched=WATCHED) as gateway:
        gateway.docker("run", "--name", "box", "alpine", "sh", "-c", SCRIPT)
        moment = gateway.finish()["box"].moment("exit 1")
    assert moment is not None
    assert moment.snapshot is not None
    assert moment.snapshot.fault is None
    return moment.snapshot, any(used)


@pytest.mark.engine
def test_the_layer_and_the_archive_tell_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    by_archive, _ = snapshot(monkeypatch, layer=False)
    by_layer, used = snapshot(monkeypatch, layer=True)
    assert used == (os.geteuid() == 0)
    assert by_archive == by_layer
    large = by_layer.file("/tmp/large")
    assert large is not None
    assert (large.size, large.digest, len(large.text or "")) == (9_000_000, None, 65536)


def test_links_are_never_followed(tmp_path: Path) -> None:
    layer = tmp_path / "layer"
    (layer / "d").mkdir(parents=True)
    (tmp_path / "secret").write_text("secret")
    (layer / "d" / "link").symlink_to(tmp_path / "secret")
    (layer / "out").symlink_to(tmp_path)
    os.mkfifo(layer / "pipe")
    (layer / "d" / "plain").write_text("plain")
    for path in ("/d/link", "/out/secret", "/pipe", "/d", "/no", "/../secret", "/d/../../secret"):
        assert read(layer, path, 100) is None, path
    for path in ("/out/secret", "/no", "/../secret", "/d/../../secret"):
        assert look(layer, path) is None, path
    link = look(layer, "/d/link")
    assert link is not None
    assert link[1] == str(tmp_path / "secret")
    file = read(layer, "/d/plain", 3)
    assert file is not None
    assert (file.data, file.size) == (b"pla", 5)


@pytest.mark.parametrize(
    "driver",
    [
        {},
        {"Name": "btrfs", "Data": None},
        {"Name": "overlay2", "Data": {"UpperDir": "/var/lib/docker/1000.1000/overlay2/x/diff"}},
        {"Name": "overlay2", "Data": {"UpperDir": "/nowhere/overlay2/x/diff"}},
        {"Name": "overlay2", "Data": {"UpperDir": "relative/overlay2/x/diff"}},
    ],
)
def test_without_a_readable_overlay_there_is_no_layer(driver: dict[str, object]) -> None:
    assert writable_layer({"GraphDriver": driver}) is None
