"""Calls of one student that meet each other: whatever they do, it is no failure of ours."""

from __future__ import annotations

import json
import socket as sockets
from collections.abc import Iterator

import pytest
from opened_gateway import IMAGE, OpenedGateway

from grader.model.lab import Lab
from grader.model.record import Text

pytestmark = pytest.mark.engine

ROUNDS = 3


@pytest.fixture(scope="module")
def opened() -> Iterator[OpenedGateway]:
    title = Text(ko="시험", en="test")
    lab = Lab(id="test", title=title, images=(IMAGE,), build=True, volumes=True, network=True)
    with OpenedGateway(lab) as gateway:
        yield gateway


def call(line: str, body: object = None) -> bytes:
    raw = b"" if body is None else json.dumps(body).encode()
    head = f"{line} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {len(raw)}\r\n\r\n"
    return head.encode() + raw


def at_once(opened: OpenedGateway, *calls: bytes) -> list[int]:
    """Send calls on a connection each, all before the first answer; return the statuses."""
    clients = []
    for sent in calls:
        client = sockets.socket(sockets.AF_UNIX, sockets.SOCK_STREAM)
        client.settimeout(60)
        client.connect(str(opened.socket))
        client.sendall(sent)
        clients.append(client)
    statuses = []
    for client in clients:
        with client, client.makefile("rb") as answer:
            statuses.append(int(answer.readline().split()[1]))
            answer.read()
    return statuses


def no_fault(opened: OpenedGateway, statuses: list[int]) -> None:
    assert opened.session.fault is None
    # A 500 may be the engine's own word on two removals at once, never ours.
    assert set(statuses) <= {200, 201, 204, 403, 404, 409, 500}


def test_volumes_and_networks_that_go_while_they_are_looked_at(opened: OpenedGateway) -> None:
    for kind in ("volumes", "networks"):
        for _ in range(ROUNDS):
            made = call(f"POST /{kind}/create", {"Name": "nn"})
            gone, seen = call(f"DELETE /{kind}/nn"), call(f"GET /{kind}/nn")
            prune, listed = call(f"POST /{kind}/prune"), call(f"GET /{kind}")
            at_once(opened, made)
            no_fault(opened, at_once(opened, gone, seen, listed, gone, seen, prune, made, gone))


def test_containers_and_images_that_go_while_they_are_used(opened: OpenedGateway) -> None:
    for number in range(ROUNDS):
        box, image = f"box{number}", f"image{number}"
        at_once(opened, call(f"POST /containers/create?name={box}", {"Image": IMAGE, "Cmd": ["a"]}))
        commit = call(f"POST /commit?container={box}&repo={image}")
        at_once(opened, commit)
        removed = call(f"DELETE /containers/{box}?force=1")
        statuses = at_once(
            opened, removed, commit, removed, call(f"POST /containers/{box}/rename?name=other")
        )
        no_fault(opened, statuses)
        gone, create = (
            call(f"DELETE /images/{image}"),
            call("POST /containers/create", {"Image": image}),
        )
        seen = [call(f"GET /images/{image}/{what}") for what in ("json", "history")]
        statuses = at_once(opened, gone, *seen, create, *seen, create, gone)
        no_fault(opened, statuses)
        at_once(opened, call("POST /containers/prune"))


def test_a_lost_image_of_the_lab_is_still_our_failure(opened: OpenedGateway) -> None:
    own = opened.session.names.own_images
    lost = "sha256:" + "1" * 64
    own.shared["lost:latest"] = own.images["lost:latest"] = lost
    try:
        statuses = at_once(opened, call("GET /images/lost/json"))
        assert statuses == [500]
        assert opened.session.fault is not None
    finally:
        opened.session.fault = None
        del own.shared["lost:latest"], own.images["lost:latest"]


def test_logs_are_told_from_whatever_end_and_time(opened: OpenedGateway) -> None:
    opened.docker("run", "--name", "talker", IMAGE, "sh", "-c", "echo one; echo two")
    for words in ([], ["--tail", "all"], ["--tail", "-1"], ["--since", "1h"]):
        assert opened.docker("logs", *words, "talker").stdout == "one\ntwo\n", words
    assert opened.docker("logs", "--tail", "1", "talker").stdout == "two\n"
    assert opened.docker("logs", "--until", "24h", "talker").stdout == ""
    opened.docker("rm", "talker")


def test_an_exec_tells_no_number_of_the_hosts_processes(opened: OpenedGateway) -> None:
    opened.docker("run", "-d", "--name", "host", "--stop-signal", "KILL", IMAGE, "sleep", "100")
    opened.docker("exec", "-d", "host", "sleep", "100")
    exec_id = list(opened.session.names.execs)[-1]
    answer = opened.raw(f"GET /exec/{exec_id}/json HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["Pid"] in (0, 1)
    opened.docker("rm", "-f", "host")
