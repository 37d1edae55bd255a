"""Volumes through the gateway: the session's own, named and anonymous, with their content."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from opened_gateway import IMAGE, OpenedGateway
from workbench_container import workbench_of

from grader.gateway.record import contents
from grader.model.evidence import Contents, Snapshot
from grader.model.lab import Lab, Recorded
from grader.model.record import Text

pytestmark = pytest.mark.engine

ID = r"[0-9a-f]{64}"


def lab(**options: object) -> Lab:
    return Lab.model_validate(
        {"id": "t", "title": Text(ko="", en=""), "images": (IMAGE,)} | options
    )


def lines(gateway: OpenedGateway, *words: str) -> list[str]:
    answer = gateway.docker(*words)
    assert answer.returncode == 0, answer.stderr
    return answer.stdout.split()


@pytest.fixture
def clean(gateway: OpenedGateway) -> Iterator[OpenedGateway]:
    yield gateway
    ids = gateway.docker("ps", "-aq").stdout.split()
    if ids:
        gateway.docker("rm", "-f", *ids)
    gateway.docker("volume", "prune", "-f")
    assert lines(gateway, "volume", "ls", "-q") == []


def test_volumes_are_listed_by_name_label_and_use(clean: OpenedGateway) -> None:
    lines(clean, "volume", "create", "--label", "kind=data", "first")
    lines(clean, "volume", "create", "second")
    lines(clean, "create", "-v", "second:/x", "alpine")
    listed = {
        "name=fir": ["first"],
        "label=kind": ["first"],
        "label=kind=data": ["first"],
        "label=kind=other": [],
        "dangling=true": ["first"],
        "dangling=false": ["second"],
        "driver=local": ["first", "second"],
        "driver=nfs": [],
    }
    for chosen, names in listed.items():
        assert lines(clean, "volume", "ls", "-q", "-f", chosen) == names, chosen
    for wrong in ("nonsense=1", "dangling=perhaps"):
        assert "Invalid filter" in clean.docker("volume", "ls", "-f", wrong).stderr


def test_a_volume_is_shown_as_on_an_engine_of_the_students_own(clean: OpenedGateway) -> None:
    lines(clean, "volume", "create", "data")
    told = clean.docker("volume", "inspect", "data").stdout
    assert '"Mountpoint": "/var/lib/docker/volumes/data/_data"' in told
    assert clean.session.token not in told
    lines(clean, "create", "--name", "has", "-v", "data:/d", "alpine")
    held = clean.docker("volume", "rm", "data")
    assert "volume is in use" in held.stderr
    assert clean.session.token not in held.stderr
    assert "no such volume" in clean.docker("volume", "rm", "nothing").stderr
    assert clean.docker("volume", "rm", "-f", "nothing").returncode == 0


def test_the_mode_of_a_mount_is_shown_as_the_engine_shows_it(clean: OpenedGateway) -> None:
    named = ("-v", "one:/plain", "-v", "two:/ro:ro", "-v", "/anon")
    lines(clean, "create", "--name", "modes", *named, "alpine")
    lines(clean, "create", "--name", "lent", "--volumes-from", "modes", "alpine")
    template = "{{range .Mounts}}{{.Destination}}={{.Mode}} {{end}}"
    shown = {name: set(lines(clean, "inspect", "-f", template, name)) for name in ("modes", "lent")}
    assert shown == {
        "modes": {"/plain=z", "/ro=ro", "/anon="},
        "lent": {"/plain=", "/ro=", "/anon="},
    }


def test_threat_43_prune_takes_the_sessions_own_unused_volumes_only(clean: OpenedGateway) -> None:
    with OpenedGateway() as other:
        lines(other, "volume", "create", "kept")
        lines(clean, "volume", "create", "unused")
        lines(clean, "volume", "create", "--label", "spare", "spared")
        lines(clean, "create", "-v", "used:/x", "alpine")
        lines(clean, "volume", "prune", "-f", "--filter", "label!=spare")
        assert lines(clean, "volume", "ls", "-q") == ["spared", "used"]
        assert lines(other, "volume", "ls", "-q") == ["kept"]


def test_threat_35_one_name_in_two_sessions_is_two_volumes(clean: OpenedGateway) -> None:
    with OpenedGateway() as other:
        for gateway, text in ((clean, "one"), (other, "two")):
            lines(gateway, "volume", "create", "same")
            write = f"[ ! -e /d/x ] && echo {text} > /d/x"
            lines(gateway, "run", "--rm", "-v", "same:/d", "alpine", "sh", "-c", write)
        read = ("run", "--rm", "-v", "same:/d", "alpine", "cat", "/d/x")
        assert lines(clean, *read) == ["one"]
        # Neither does the engine's own name lead to it.
        real = clean.session.names.real("same")
        assert other.docker("volume", "inspect", real).returncode == 1
        theirs = ("run", "--rm", "-v", f"{real}:/d", "alpine", "ls", "/d")
        assert lines(other, *theirs) == []


def test_threat_45_a_volume_with_driver_options_is_refused(clean: OpenedGateway) -> None:
    options = {"type": "none", "o": "bind", "device": "/etc"}
    status, _ = clean.post("/volumes/create", {"Name": "evil", "DriverOpts": options})
    assert status == 403
    mount = {"Type": "volume", "Source": "evil", "Target": "/x"}
    mount["VolumeOptions"] = {"DriverConfig": {"Name": "local", "Options": options}}  # type: ignore[assignment]
    body = {"Image": "alpine", "HostConfig": {"Mounts": [mount]}}
    assert clean.post("/containers/create", body)[0] == 403
    assert clean.docker("volume", "create", "--driver", "nfs", "evil").returncode == 1
    assert lines(clean, "volume", "ls", "-q") == []


def test_threat_56_an_anonymous_volume_is_seen_named_and_ends_with_rm_v(
    clean: OpenedGateway,
) -> None:
    lines(clean, "create", "--name", "anon", "-v", "/cache", "alpine")
    (name,) = lines(clean, "volume", "ls", "-q")
    assert re.fullmatch(ID, name)
    template = "{{range .Mounts}}{{.Name}} {{.Destination}}{{end}}"
    assert lines(clean, "inspect", "-f", template, "anon") == [name, "/cache"]
    assert lines(clean, "volume", "inspect", "-f", "{{.Name}}", name) == [name]
    lines(clean, "rm", "anon")
    assert lines(clean, "volume", "ls", "-q") == [name]
    for words in (
        ["run", "--rm", "-v", "/a", "alpine", "true"],
        ["run", "--name", "bb", "-v", "/a", "alpine"],
    ):
        lines(clean, *words)
    assert len(lines(clean, "volume", "ls", "-q")) == 2
    lines(clean, "rm", "-v", "bb")
    assert lines(clean, "volume", "ls", "-q") == [name]
    record = [v for v in clean.session.recorder.past_volumes if v.anonymous]
    assert len(record) >= 2


def test_threat_48_volumes_come_from_own_containers_only(clean: OpenedGateway) -> None:
    with OpenedGateway() as other:
        lines(other, "create", "--name", "theirs", "-v", "secret:/d", "alpine")
        for ref in (
            "theirs",
            other.session.names.container("theirs"),
            other.session.names.real("theirs"),
        ):
            refused = clean.docker("run", "--rm", "--volumes-from", ref, "alpine", "true")
            assert f"No such container: {ref}" in refused.stderr
            assert "Pulling" not in refused.stderr


def test_volumes_from_another_container_can_be_read_only_and_give_way(clean: OpenedGateway) -> None:
    keep = "echo x > /d/x; echo y > /anon/y"
    lines(clean, "run", "--name", "src", "-v", "data:/d", "-v", "/anon", "alpine", "sh", "-c", keep)
    read = "cat /d/x /anon/y; touch /d/no 2>/dev/null || echo refused"
    seen = lines(clean, "run", "--rm", "--volumes-from", "src:ro", "alpine", "sh", "-c", read)
    assert seen == ["x", "y", "refused"]
    own = ("run", "--rm", "--volumes-from", "src", "-v", "other:/d", "alpine", "ls", "/d")
    assert lines(clean, *own) == []
    # The anonymous one is still the first container's.
    assert len(lines(clean, "volume", "ls", "-q")) == 3


def test_a_lab_without_volumes_refuses_them() -> None:
    with OpenedGateway(lab(volumes=False)) as gateway:
        for words in (
            ["volume", "create", "x"],
            ["run", "-v", "x:/x", "alpine"],
            ["run", "-v", "/x", "alpine"],
        ):
            answer = gateway.docker(*words)
            assert answer.returncode != 0
            assert gateway.session.recorder.calls[-1].refused == "volumes"


def test_there_are_no_more_volumes_than_a_session_may_have(
    clean: OpenedGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("grader.gateway.calls.volumes.VOLUMES_CAP", 2)
    lines(clean, "volume", "create", "one")
    assert clean.docker("create", "-v", "/a", "-v", "/b", "alpine").returncode != 0
    lines(clean, "create", "-v", "one:/a", "-v", "two:/b", "alpine")
    assert clean.docker("volume", "create", "three").returncode != 0
    assert clean.session.recorder.calls[-1].refused == "volume-count"


def told(found: Contents | Snapshot | None) -> dict[str, str | None]:
    assert found is not None
    assert found.fault is None
    return {file.path: file.text for file in found.files if file.type == "file"}


@pytest.mark.parametrize("root", [True, False])
def test_content_is_on_record_where_the_lab_asks_for_it(
    monkeypatch: pytest.MonkeyPatch, *, root: bool
) -> None:
    if not root:

        async def closed(*_: object) -> None:
            raise PermissionError

        monkeypatch.setattr(contents, "in_view", closed)
    recorded = Recorded(volumes=True, folder=True)
    watched = ("/d/x", "/d/no", "/tmp/l")
    with OpenedGateway(lab(record=recorded), watched) as gateway, workbench_of(gateway) as bench:
        bench.sh("mkdir src; echo lab > src/file; ln -s /etc/passwd link")
        script = "echo 1 > /d/x; mkdir /d/sub; echo 2 > /d/sub/y; echo 3 > /tmp/l"
        gateway.docker("run", "--name", "writer", "-v", "vol:/d", "alpine", "sh", "-c", script)
        gateway.docker(
            "run", "--rm", "-v", "vol:/e", "alpine", "sh", "-c", "rm /e/x; echo 4 > /e/z"
        )
        gateway.docker("rm", "writer")
        gateway.docker("volume", "rm", "vol")
        gateway.docker(
            "run", "-d", "-v", "open:/o", "alpine", "sh", "-c", "echo 5 > /o/5; sleep 99"
        )
        gateway.docker("volume", "create", "empty")
        gateway.finish()
        recorder = gateway.session.recorder
        record = next(iter(recorder.lives.values())).record()
    first, removed = record.moment("exit 1"), record.moment("removed")
    assert first is not None
    assert removed is not None
    assert first.snapshot is not None
    assert removed.snapshot is not None
    assert told(first.snapshot) == {"/d/x": "1\n", "/d/sub/y": "2\n", "/tmp/l": "3\n"}
    assert first.snapshot.absent == ("/d/no",)
    assert told(removed.snapshot) == {"/d/z": "4\n", "/d/sub/y": "2\n", "/tmp/l": "3\n"}
    assert removed.snapshot.absent == ("/d/x", "/d/no")
    assert told(recorder.past_volumes[0].contents) == {"/sub/y": "2\n", "/z": "4\n"}
    assert {n: told(v.contents) for n, v in recorder.volumes.items()} == {
        "open": {"/5": "5\n"},
        "empty": {},
    }
    assert told(recorder.folder) == {"/lab/src/file": "lab\n"}
    assert recorder.folder is not None
    link = recorder.folder.file("/lab/link")
    assert link is not None
    assert link.target == "/etc/passwd"
