"""Containers without a network: what is in them is what the engine would put there."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from opened_gateway import IMAGE, OpenedGateway

from grader.gateway import network_files
from grader.model.lab import Lab
from grader.model.record import Text

pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(os.geteuid() != 0, reason="only root writes what containers read"),
]

FILES = "/etc/hosts /etc/resolv.conf /etc/hostname"
LOOK = f"""
cat /etc/hosts /etc/hostname
grep ^nameserver /etc/resolv.conf
ls -ln {FILES} | cut -c 1-38
grep ' /etc/' /proc/mounts
ls /sys/class/net
ip address
ip route
hostname
cat /proc/net/if_inet6
grep -r . /proc/sys/net/ipv6/conf/*/disable_ipv6 /proc/sys/net/ipv4/ip_unprivileged_port_start
touch /etc/hosts && echo may be written
"""


@pytest.fixture(scope="module")
def gateway() -> Iterator[OpenedGateway]:
    lab = Lab(id="test", title=Text(ko="시험", en="test"), images=(IMAGE,), build=True)
    with OpenedGateway(lab) as opened:
        yield opened


def at_the_engine(gateway: OpenedGateway, name: str) -> Any:  # noqa: ANN401
    """Return what the engine says of a container."""
    id_ = next(id_ for id_, known in gateway.session.names.containers.items() if known == name)
    return gateway.run(gateway.engine.call("GET", f"/containers/{id_}/json"))


def ours(gateway: OpenedGateway, name: str) -> bool:
    """Return whether the engine knows no network of a container."""
    return bool(at_the_engine(gateway, name)["Config"].get("NetworkDisabled"))


def shown(gateway: OpenedGateway, *words: str) -> Any:  # noqa: ANN401
    return json.loads(gateway.docker(*words).stdout)[0]


@pytest.mark.parametrize("options", [(), ("--read-only",), ("--user", "1000"), ("--init",)])
def test_a_container_has_what_the_engine_gives_it(
    gateway: OpenedGateway, options: tuple[str, ...]
) -> None:
    words = ("run", "--rm", "--hostname", "box", *options)
    script = (IMAGE, "sh", "-c", f"exec 2>&1; {LOOK}")
    bare = subprocess.run(
        ["docker", *words, "--network", "none", "--dns", "127.0.0.1", *script],
        capture_output=True,
        text=True,
        check=False,
    )
    gateway.docker("create", "--name", "like", *words[2:], *script)
    assert ours(gateway, "like")
    through = gateway.docker("start", "-a", "like")
    gateway.docker("rm", "like")
    assert "127.0.0.1\tlocalhost" in through.stdout
    assert through.stdout.splitlines() == bare.stdout.splitlines()


def test_each_container_has_files_of_its_own_and_each_start_writes_them(
    gateway: OpenedGateway,
) -> None:
    script = f"cat {FILES}; echo 10.0.0.9 mine | tee -a {FILES}"
    gateway.docker("run", "--name", "first", IMAGE, "sh", "-c", script)
    first = gateway.docker("logs", "first").stdout
    assert "10.0.0.9" in gateway.docker("cp", "first:/etc/hosts", "-").stdout
    assert "10.0.0.9" not in gateway.docker("run", "--rm", IMAGE, "cat", "/etc/hosts").stdout
    gateway.docker("start", "-a", "first")
    assert gateway.docker("logs", "first").stdout == first * 2
    gateway.docker("rm", "first")


def test_a_restart_writes_them_too(gateway: OpenedGateway) -> None:
    gateway.docker("run", "-d", "--name", "on", IMAGE, "sleep", "300")
    gateway.docker("exec", "on", "sh", "-c", "echo x > /etc/resolv.conf")
    assert gateway.docker("exec", "on", "cat", "/etc/resolv.conf").stdout == "x\n"
    gateway.docker("restart", "-t", "0", "on")
    said = gateway.docker("exec", "on", "cat", "/etc/resolv.conf").stdout
    gateway.docker("rm", "-f", "on")
    assert said == "nameserver 127.0.0.1\n"


def test_the_student_sees_a_container_in_none(gateway: OpenedGateway) -> None:
    gateway.docker("run", "-d", "--name", "seen", IMAGE, "sleep", "300")
    assert ours(gateway, "seen")
    running = shown(gateway, "inspect", "seen")
    listed = gateway.docker("ps", "--filter", "network=none", "--format", "{{.Names}} {{.Mounts}}|")
    volumes = gateway.docker("volume", "ls", "-q").stdout
    gateway.docker("kill", "seen")
    gateway.docker("wait", "seen")
    ended = shown(gateway, "inspect", "seen")
    diff = gateway.docker("diff", "seen").stdout
    gateway.docker("rm", "seen")
    assert listed.stdout == "seen |\n"
    assert volumes == ""
    assert diff == ""
    for told in (running, ended):
        assert told["Mounts"] == []
        assert "NetworkDisabled" not in told["Config"]
        assert not {"Mounts", "Sysctls"} & told["HostConfig"].keys()
        assert list(told["NetworkSettings"]["Networks"]) == ["none"]
    none = shown(gateway, "network", "inspect", "none")["Id"]
    place = running["NetworkSettings"]["Networks"]["none"]
    assert place["NetworkID"] == none
    assert len(place["EndpointID"]) == 64
    assert ended["NetworkSettings"]["Networks"]["none"]["EndpointID"] == ""
    texts = json.dumps([running, ended])
    assert "lab-grader" not in texts
    assert gateway.session.token not in texts


def test_what_is_seen_has_the_fields_that_an_engine_shows(gateway: OpenedGateway) -> None:
    """The last one is in the engine's own network, for it has a line of its own in its file."""
    gateway.docker("create", "--name", "one", IMAGE, "sleep", "300")
    gateway.docker("create", "--name", "two", "--add-host", "db:10.0.0.9", IMAGE, "sleep", "300")
    seen = {}
    for name in ("one", "two"):
        before = shown(gateway, "inspect", name)["NetworkSettings"]
        gateway.docker("start", name)
        running = shown(gateway, "inspect", name)["NetworkSettings"]
        gateway.docker("kill", name)
        gateway.docker("wait", name)
        after = shown(gateway, "inspect", name)["NetworkSettings"]
        seen[name] = [_kinds(told) for told in (before, running, after)]
    assert [ours(gateway, name) for name in seen] == [True, False]
    gateway.docker("rm", *seen)
    assert seen["one"] == seen["two"]


def _kinds(told: Any) -> Any:  # noqa: ANN401
    """Return a document with the lengths of its ids, so that two containers can be compared."""
    if isinstance(told, dict):
        return {key: _kinds(value) for key, value in told.items() if key != "DNSNames"}
    return len(told) if isinstance(told, str) and len(told) > 20 else told


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (("--add-host", "db:10.0.0.9"), "10.0.0.9\tdb"),
        (("--dns-search", "course.example"), "search course.example"),
        (("--dns-option", "attempts:1"), "attempts:1"),
    ],
)
def test_what_else_may_be_in_them_the_engine_writes(
    gateway: OpenedGateway, options: tuple[str, ...], line: str
) -> None:
    gateway.docker(
        "create", "--name", "more", *options, IMAGE, "cat", "/etc/hosts", "/etc/resolv.conf"
    )
    engines = not ours(gateway, "more")
    said = gateway.docker("start", "-a", "more").stdout
    gateway.docker("rm", "more")
    assert engines
    assert line in said


def test_a_snapshot_does_not_hold_them(gateway: OpenedGateway) -> None:
    script = "echo x >> /etc/hosts; echo y > /made"
    gateway.docker("run", "--name", "shot", IMAGE, "sh", "-c", script)
    snapshot = gateway.finish()["shot"].moments[-1].snapshot
    gateway.docker("rm", "shot")
    assert snapshot is not None
    assert [change.path for change in snapshot.changes] == ["/made"]


def test_an_image_of_a_container_has_a_network_again(gateway: OpenedGateway) -> None:
    gateway.docker("run", "--name", "source", IMAGE, "sh", "-c", "echo 10.0.0.9 mine >> /etc/hosts")
    assert ours(gateway, "source")
    id_ = gateway.docker("commit", "source", "mine:1").stdout.strip()
    told = gateway.run(gateway.engine.call("GET", f"/images/{id_}/json"))
    said = gateway.docker("run", "--rm", "mine:1", "cat", "/etc/hosts").stdout
    gateway.docker("rm", "source")
    gateway.docker("rmi", "mine:1")
    assert not told["Config"].get("NetworkDisabled")
    assert "127.0.0.1\tlocalhost" in said
    assert "10.0.0.9" not in said


def test_files_of_a_container_that_is_gone_go_with_the_next_one() -> None:
    with OpenedGateway() as gateway:
        gateway.docker("create", "--name", "gone", IMAGE)
        place = Path(at_the_engine(gateway, "gone")["HostConfig"]["Mounts"][0]["Source"]).parent
        gateway.docker("rm", "gone")
        gateway.docker("create", IMAGE)
        mounted = Path("/proc/mounts").read_text(encoding="utf-8")
        assert place.name not in mounted


def test_who_cannot_write_them_leaves_it_to_the_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network_files, "_suits_this_machine", lambda: False)
    with OpenedGateway() as gateway:
        gateway.docker("run", "--name", "box", IMAGE, "cat", "/etc/hosts")
        assert not ours(gateway, "box")
        assert "localhost" in gateway.docker("logs", "box").stdout


def test_nothing_is_left_of_a_session() -> None:
    with OpenedGateway() as gateway:
        gateway.docker("run", "--name", "box", IMAGE, "true")
        token = gateway.session.token
    listed = subprocess.run(
        ["docker", "volume", "ls", "-q"], capture_output=True, text=True, check=True
    )
    assert token not in listed.stdout
    assert token not in Path("/proc/mounts").read_text(encoding="utf-8")
