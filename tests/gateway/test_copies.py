"""`docker cp`, both ways: what stands still meanwhile, what is let through, what is on record."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import os
import subprocess
import tarfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from opened_gateway import OpenedGateway
from workbench_container import workbench_of

pytestmark = pytest.mark.engine


def tar(*members: tuple[str, bytes, str]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, kind, content in members:
            info = tarfile.TarInfo(name)
            info.type = kind
            if kind == tarfile.REGTYPE:
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content.encode()))
            else:
                info.linkname = content
                archive.addfile(info)
    return out.getvalue()


def put(gateway: OpenedGateway, container: str, path: str, body: bytes) -> tuple[int, str]:
    head = f"PUT /containers/{container}/archive?path={path} HTTP/1.1\r\nHost: x\r\n"
    head += f"Content-Type: application/x-tar\r\nContent-Length: {len(body)}\r\n\r\n"
    answer = gateway.raw(head.encode() + body).decode()
    return int(answer.split()[1]), answer.partition("\r\n\r\n")[2]


def events(gateway: OpenedGateway, began: float) -> list[tuple[str, str]]:
    """Return what the engine did with the session's containers since then: (name, event)."""
    label = f"label=lab-grader.session={gateway.session.token}"
    words = ["docker", "events", "--since", f"{began:.9f}", "--until", f"{time.time():.9f}"]
    words += ["--filter", label, "--format", "{{json .}}"]
    told = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    rows = [json.loads(line) for line in told.splitlines()]
    return [(row["Actor"]["Attributes"]["name"], row["Action"]) for row in rows]


@pytest.mark.parametrize("way", ["in", "out"])
def test_threat_73_all_that_share_a_mount_stand_still_while_it_is_looked_into(
    gateway: OpenedGateway, tmp_path: Path, way: str
) -> None:
    sleep = ("alpine", "sleep", "300")
    gateway.docker("run", "-d", "--name", f"{way}-one", "-v", f"{way}-v:/d", *sleep)
    gateway.docker("run", "-d", "--name", f"{way}-two", "-v", f"{way}-v:/e", *sleep)
    gateway.docker("run", "-d", "--name", f"{way}-far", *sleep)
    gateway.docker("exec", f"{way}-one", "touch", "/d/f")
    (tmp_path / "f").write_text("x")
    began = time.time()
    words = [str(tmp_path / "f"), f"{way}-one:/d/f"]
    assert gateway.docker("cp", *(words if way == "in" else reversed(words))).returncode == 0
    done = [(gateway.session.names.plain(name), event) for name, event in events(gateway, began)]
    looks = [i for i, (_, event) in enumerate(done) if event in {"archive-path", "extract-to-dir"}]
    assert looks
    for name in (f"{way}-one", f"{way}-two"):
        for look in looks:
            turns = [event for who, event in done[:look] if who == name and "pause" in event]
            assert turns[-1] == "pause"
        assert [event for who, event in done if who == name][-1] == "unpause"
    assert (f"{way}-far", "pause") not in done


@pytest.mark.skipif(os.geteuid() != 0, reason="only root mounts folders of the workbench")
def test_threat_73_the_workbench_stands_still_too_where_its_folder_is_mounted(
    tmp_path: Path,
) -> None:
    with OpenedGateway() as gateway, workbench_of(gateway) as bench:
        bench.sh("mkdir d; echo x > d/f")
        gateway.docker("run", "-d", "--name", "box", "-v", "/lab/d:/d", "alpine", "sleep", "300")
        began = time.time()
        assert gateway.docker("cp", "box:/d/f", str(tmp_path / "f")).returncode == 0
        assert (tmp_path / "f").read_text() == "x\n"
        done = [event for name, event in events(gateway, began) if name == bench.name]
        assert done[:2] == ["pause", "unpause"]
        assert bench.sh("cat d/f") == "x\n"


@pytest.mark.parametrize(
    "pack", [gzip.compress, bz2.compress, lzma.compress], ids=["gz", "bz2", "xz"]
)
def test_threat_74_a_compressed_copy_is_refused(
    gateway: OpenedGateway, pack: Callable[[bytes], bytes]
) -> None:
    gateway.docker("create", "--name", "packed", "alpine")
    status, text = put(gateway, "packed", "/", pack(tar(("f", tarfile.REGTYPE, "x"))))
    assert status == 400
    assert "not a plain tar" in text


@pytest.mark.parametrize(
    "members",
    [
        [("../../evil", tarfile.REGTYPE, "x")],
        [("/evil", tarfile.REGTYPE, "x")],
        [("evil", tarfile.LNKTYPE, "/etc/passwd")],
        [("evil", tarfile.LNKTYPE, "../../../etc/passwd")],
    ],
)
def test_threat_75_names_that_lead_out_of_a_copy_are_refused(
    gateway: OpenedGateway, members: list[tuple[str, bytes, str]]
) -> None:
    gateway.docker("create", "--name", "led", "alpine")
    assert put(gateway, "led", "/tmp", tar(*members))[0] == 400


def test_threat_75_a_link_in_a_copy_leads_nowhere_on_the_host(
    gateway: OpenedGateway, tmp_path: Path
) -> None:
    tmp_path.chmod(0o755)
    gateway.docker("create", "--name", "linked", "alpine")
    link = ("lnk", tarfile.SYMTYPE, str(tmp_path))
    put(gateway, "linked", "/", tar(link, ("lnk/evil", tarfile.REGTYPE, "x")))
    put(gateway, "linked", "/lnk", tar(("evil", tarfile.REGTYPE, "x")))
    assert list(tmp_path.iterdir()) == []
    assert gateway.docker("cp", f"linked:{tmp_path}/.", "-").stdout == ""
    assert gateway.session.fault is None


def test_threat_77_a_large_sparse_file_is_not_copied_out(gateway: OpenedGateway) -> None:
    hole = "dd if=/dev/zero of=/hole bs=1 count=1 seek=250000000"
    gateway.docker("run", "--name", "sparse", "alpine", "sh", "-c", hole)
    answer = gateway.docker("cp", "sparse:/hole", "-")
    assert answer.returncode != 0
    assert gateway.session.recorder.calls[-1].refused == "copy-size"


def test_threat_78_what_is_copied_in_after_the_exit_does_not_replace_what_was_there() -> None:
    with OpenedGateway() as gateway:
        gateway.docker("run", "--name", "box", "alpine", "sh", "-c", "echo real > /tmp/f")
        copy = tar(("f", tarfile.REGTYPE, "forged\n"))
        assert put(gateway, "box", "/tmp", copy)[0] == 200
        gateway.docker("rm", "box")
        record = gateway.finish()["box"]
        calls = [call.route for call in gateway.session.recorder.calls]
    texts = []
    for label in ("exit 1", "removed"):
        moment = record.moment(label)
        assert moment is not None
        assert moment.snapshot is not None
        file = moment.snapshot.file("/tmp/f")
        assert file is not None
        texts.append(file.text)
    assert texts == ["real\n", "forged\n"]
    assert "container_copy_in" in calls
