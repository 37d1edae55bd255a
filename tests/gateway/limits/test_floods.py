"""What a container takes too much of: it is held or stopped, on record, and alone."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from opened_gateway import OpenedGateway

from grader.gateway.record.life import Life
from grader.model.evidence import Moment

pytestmark = [pytest.mark.engine, pytest.mark.usefixtures("cleared")]

Undisturbed = Callable[[str], None]


@pytest.fixture
def cleared(wild: OpenedGateway) -> Iterator[None]:
    yield
    if ids := wild.docker("ps", "-aq").stdout.split():
        wild.docker("rm", "-f", "-v", *ids)
    wild.docker("volume", "prune", "-f")
    until = time.monotonic() + 60
    while wild.session.full and time.monotonic() < until:
        time.sleep(0.1)


def life_of(wild: OpenedGateway, name: str) -> Life:
    """Return the newest container of a name, with its exit on record if it has exited."""
    life = [x for x in wild.session.recorder.lives.values() if x.names[-1] == name][-1]
    wild.run(life.settled())
    return life


def moments(wild: OpenedGateway, name: str, label: str) -> list[Moment]:
    return [m for m in life_of(wild, name).moments if m.label.startswith(label)]


def start(wild: OpenedGateway, name: str, script: str, *options: str) -> None:
    answer = wild.docker("run", "-d", "--name", name, *options, "alpine", "sh", "-c", script)
    assert answer.returncode == 0, answer.stderr


def test_a_fork_bomb_stays_within_its_processes(
    wild: OpenedGateway, undisturbed: Undisturbed
) -> None:
    start(wild, "bomb", "f() { f | f & }; while :; do f; sleep 1; done 2>/dev/null")
    undisturbed("fork bomb")
    assert len(wild.docker("top", "bomb").stdout.splitlines()) <= 33
    assert wild.docker("rm", "-f", "bomb").returncode == 0


def test_a_memory_hog_is_killed_and_it_is_on_record(
    wild: OpenedGateway, undisturbed: Undisturbed
) -> None:
    start(wild, "hog", "sleep 1; tail /dev/zero")
    undisturbed("memory hog")
    assert wild.docker("wait", "hog").stdout.strip() == "137"
    (exit_,) = moments(wild, "hog", "exit")
    assert exit_.oom_killed


def test_a_tmpfs_is_memory_too(wild: OpenedGateway) -> None:
    script = "dd if=/dev/zero of=/t/x bs=1M count=100"
    answer = wild.docker("run", "--name", "mem", "--tmpfs", "/t", "alpine", "sh", "-c", script)
    assert answer.returncode != 0


@pytest.mark.parametrize("terminal", ["", "-t"])
def test_endless_output_waits_for_its_reader_and_fills_no_disk(
    wild: OpenedGateway, undisturbed: Undisturbed, terminal: str
) -> None:
    words = ["docker", "run", "--name", "yes", *filter(None, [terminal]), "alpine", "yes"]
    environment = os.environ | {"DOCKER_HOST": f"unix://{wild.socket}"}
    with subprocess.Popen(words, env=environment, stdout=subprocess.PIPE) as client:
        assert client.stdout is not None
        assert client.stdout.read(4).startswith(b"y")
        undisturbed(f"endless output {terminal}")
        id_ = life_of(wild, "yes").id
        told = wild.run(wild.engine.call("GET", f"/containers/{id_}/json"))
        with contextlib.suppress(FileNotFoundError):  # where the engine's disk is not ours
            assert Path(told["LogPath"]).stat().st_size < 3_000_000
        wild.docker("kill", "yes")
        client.kill()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root measures what a session holds")
@pytest.mark.parametrize(
    "script",
    [
        "dd if=/dev/zero of=/big bs=1M count=32",
        "dd if=/dev/zero of=/volume/big bs=1M count=32",
        "mkdir -p $(seq -s / 250) && sleep 0",
        "i=0; while [ $i -lt 1000000 ]; do : > /tmp/$i; i=$((i+1)); done",
    ],
    ids=["bytes", "bytes in a volume", "deep folders", "a million files"],
)
def test_threat_63_a_filled_disk_stops_the_container_but_not_the_others(
    wild: OpenedGateway, undisturbed: Undisturbed, script: str
) -> None:
    start(wild, "fills", f"{script} 2>/dev/null; sleep 100", "--restart=always", "-v=vol:/volume")
    undisturbed("filled disk")
    assert wild.docker("wait", "fills").stdout.strip() == "137"
    refused = wild.docker("start", "fills")
    assert "24 MiB or 1500 files" in refused.stderr
    assert moments(wild, "fills", "killed: no room")
    assert not moments(wild, "fills", "start 2")


def test_threat_77_a_sparse_file_is_neither_large_nor_read(
    wild: OpenedGateway, undisturbed: Undisturbed
) -> None:
    script = "truncate -s 1T /sparse || truncate -s 60M /sparse; sleep 2"
    start(wild, "sparse", script)
    undisturbed("sparse file")
    assert wild.docker("wait", "sparse").stdout.strip() == "0"
    assert moments(wild, "sparse", "killed") == []


def test_a_container_that_ignores_a_stop_is_killed(
    wild: OpenedGateway, undisturbed: Undisturbed
) -> None:
    start(wild, "deaf", 'trap "" TERM; while :; do sleep 1; done')
    undisturbed("deaf container")
    assert wild.docker("stop", "-t", "1", "deaf").returncode == 0
    assert [m.exit_code for m in moments(wild, "deaf", "exit")] == [137]


def test_a_thousand_containers_are_refused_from_the_limit_on(
    wild: OpenedGateway, undisturbed: Undisturbed
) -> None:
    one = json.dumps({"Image": "alpine"})
    head = f"POST /v1.41/containers/create HTTP/1.1\r\nHost: x\r\nContent-Length: {len(one)}"
    answer = wild.raw(f"{head}\r\n\r\n{one}".encode() * 1000)
    undisturbed("a thousand containers")
    assert answer.count(b"HTTP/1.1 201") == 12
    assert answer.count(b"HTTP/1.1 403") == 988
    assert wild.session.recorder.calls[-1].refused == "container-count"


def test_two_thousand_connections_are_turned_away_from_the_limit_on(
    wild: OpenedGateway, undisturbed: Undisturbed
) -> None:
    ping = b"HEAD /_ping HTTP/1.1\r\nHost: x\r\n\r\n"
    served = refused = 0
    with contextlib.ExitStack() as opened:
        for number in range(2000):
            client = opened.enter_context(socket.socket(socket.AF_UNIX))
            client.settimeout(60)
            client.connect(str(wild.socket))
            client.sendall(ping)
            answer = client.recv(4096)
            served += answer.startswith(b"HTTP/1.1 200")
            if answer.startswith(b"HTTP/1.1 503"):
                refused += 1
                client.close()
            if number == 1000:
                undisturbed("two thousand connections")
    assert (served, refused) == (64, 1936)


def test_slow_senders_are_dropped_and_hold_nobody_up(
    wild: OpenedGateway, undisturbed: Undisturbed
) -> None:
    with contextlib.ExitStack() as opened:
        slow = []
        for _ in range(30):
            client = opened.enter_context(socket.socket(socket.AF_UNIX))
            client.settimeout(60)
            client.connect(str(wild.socket))
            client.sendall(b"POST /v1.41/containers/create HTTP/1.1\r\nHost:")
            slow.append(client)
        undisturbed("slow senders")
        assert wild.docker("ps").returncode == 0
        answers = [client.recv(4096) for client in slow]
    assert {answer.split()[1] for answer in answers} == {b"408"}


def test_streams_have_a_limit(wild: OpenedGateway, undisturbed: Undisturbed) -> None:
    start(wild, "quiet", "sleep 100")
    follow = b"GET /v1.41/containers/quiet/logs?follow=1&stdout=1 HTTP/1.1\r\nHost: x\r\n\r\n"
    with contextlib.ExitStack() as opened:
        statuses = []
        for _ in range(9):
            client = opened.enter_context(socket.socket(socket.AF_UNIX))
            client.settimeout(60)
            client.connect(str(wild.socket))
            client.sendall(follow)
            statuses.append(client.recv(4096).split()[1])
        undisturbed("streams")
    assert statuses == [b"200"] * 8 + [b"429"]
