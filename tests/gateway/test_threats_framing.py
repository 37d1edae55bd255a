"""Threats 16 to 28 of the specification: paths, framing, upgrades, slow and endless requests."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator

import pytest
from opened_gateway import OpenedGateway

from grader.gateway.admission import Bounds

pytestmark = pytest.mark.engine

PRIVILEGED = b'{"Image":"alpine","HostConfig":{"Privileged":true}}'


@pytest.fixture(autouse=True)
def no_fault(gateway: OpenedGateway) -> Iterator[None]:
    yield
    assert gateway.session.fault is None


def request(line: bytes, *headers: bytes, body: bytes = b"") -> bytes:
    lines = [line, b"Host: x", *headers]
    if body:
        lines.append(b"Content-Length: %d" % len(body))
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def status(gateway: OpenedGateway, line: bytes, *headers: bytes, body: bytes = b"") -> int:
    return int(gateway.raw(request(line, *headers, body=body)).split()[1])


def statuses(answer: bytes) -> list[int]:
    """Return the statuses of several answers on one connection."""
    return [int(part[:3]) for part in answer.split(b"HTTP/1.1 ")[1:]]


@pytest.mark.parametrize(
    "path",
    [
        b"/v1.41/containers%2Fjson",
        b"/v1.41/containers%2fjson",
        b"/v1.41%2Fcontainers/json",
        b"/%761.41/containers/json",
        b"/v1.41/containers/%6ason",
        b"/v1.41/containers/%2e%2e/info",
        b"/v1.41/containers%252Fjson",
        b"/v1.41/containers%5Cjson",
    ],
)
def test_threat_16_a_disguised_path_is_refused(gateway: OpenedGateway, path: bytes) -> None:
    assert status(gateway, b"GET %s HTTP/1.1" % path) == 403


def test_threat_17_a_route_is_matched_whole(gateway: OpenedGateway) -> None:
    for path in (b"/v1.41/networks/", b"/v1.41/containers/json/", b"/v1.41/volumes/"):
        assert status(gateway, b"GET %s HTTP/1.1" % path) == 404
    assert status(gateway, b"GET /v1.41/containers/a/b/json HTTP/1.1") == 403


def test_threat_18_a_path_that_needs_cleaning_is_refused(gateway: OpenedGateway) -> None:
    for path in (b"//info", b"/v1.41//info", b"/v1.41/./info", b"/v1.41/x/../info"):
        answer = gateway.raw(request(b"GET %s HTTP/1.1" % path))
        assert answer.startswith(b"HTTP/1.1 400")
        assert b"location" not in answer.lower()


def test_threat_19_only_plain_targets_and_known_methods(gateway: OpenedGateway) -> None:
    assert status(gateway, b"GET http://evil/v1.41/info HTTP/1.1") == 400
    assert status(gateway, b"GET *  HTTP/1.1") == 400
    assert status(gateway, b"OPTIONS * HTTP/1.1") == 405
    assert status(gateway, b"OPTIONS /v1.41/info HTTP/1.1") == 405
    assert status(gateway, b"CONNECT evil:80 HTTP/1.1") == 405


def test_threat_20_an_old_version_is_refused(gateway: OpenedGateway) -> None:
    for path in (b"/v1.23/containers/x/start", b"/v1.23/containers/x/copy", b"/v1.12/info"):
        assert status(gateway, b"POST %s HTTP/1.1" % path, body=PRIVILEGED) == 400
    made = gateway.post("/v1.41/containers/create?name=body", {"Image": "alpine"})
    id_ = json.loads(made[1])["Id"]
    start = f"/v1.41/containers/{id_}/start"
    assert gateway.post(start, {"Privileged": True, "Binds": ["/etc:/e"]})[0] == 400
    told = gateway.run(gateway.engine.call("GET", f"/containers/{id_}/json"))
    assert told["State"]["Status"] == "created"


def test_threat_21_a_version_has_one_spelling(gateway: OpenedGateway) -> None:
    for path in (b"/v01.41/info", b"/v1.041/info", b"/v1.40/info", b"/v1.99/info"):
        assert status(gateway, b"GET %s HTTP/1.1" % path) == 400
    assert status(gateway, b"GET /V1.41/info HTTP/1.1") == 403
    assert status(gateway, b"GET /info HTTP/1.1") == 200


def test_threat_22_an_upgrade_does_not_pass_by_the_policy(gateway: OpenedGateway) -> None:
    upgrade = (b"Connection: Upgrade", b"Upgrade: tcp")
    create = b"POST /v1.41/containers/create HTTP/1.1"
    assert status(gateway, create, *upgrade, body=PRIVILEGED) == 403
    answer = gateway.raw(request(create, *upgrade, body=b'{"Image":"alpine"}'))
    assert statuses(answer) == [201]
    assert status(gateway, b"DELETE /v1.41/images/alpine HTTP/1.1", *upgrade) in {403, 404, 409}


@pytest.mark.parametrize(
    "first",
    [
        b"GET /_ping HTTP/1.1",
        b"POST /v1.41/exec/nope/start HTTP/1.1",
        b"POST /v1.41/containers/nope/attach?stream=1 HTTP/1.1",
        b"GET /v1.41/containers/json HTTP/1.1",
    ],
)
def test_threat_23_what_follows_an_upgrade_that_was_not_granted_is_judged(
    gateway: OpenedGateway, first: bytes
) -> None:
    before = len(gateway.session.recorder.calls)
    second = request(b"POST /v1.41/containers/create HTTP/1.1", body=PRIVILEGED)
    answer = gateway.raw(request(first, b"Connection: Upgrade", b"Upgrade: tcp") + second)
    assert statuses(answer)[1:] in ([403], [])
    last = gateway.session.recorder.calls[before:][1:]
    assert [call.refused for call in last] in (["privileged"], [])


def test_threat_23_requests_sent_ahead_are_answered_in_order(gateway: OpenedGateway) -> None:
    several = request(b"GET /_ping HTTP/1.1") * 50 + request(b"GET /v1.41/info HTTP/1.1")
    assert statuses(gateway.raw(several)) == [200] * 51


def test_threat_24_a_length_told_twice_is_refused(gateway: OpenedGateway) -> None:
    line = b"POST /v1.41/containers/create HTTP/1.1"
    chunked = b"%x\r\n%s\r\n0\r\n\r\n" % (len(PRIVILEGED), PRIVILEGED)
    head = request(line, b"Transfer-Encoding: chunked", b"Content-Length: 3")
    assert statuses(gateway.raw(head + chunked)) == [400]
    head = request(line, b"Content-Length: 2", b"Content-Length: 51")
    assert statuses(gateway.raw(head + PRIVILEGED)) == [400]
    head = request(line, b"Transfer-Encoding: chunked, identity")
    assert statuses(gateway.raw(head + chunked))[0] >= 400


def test_a_malformed_request_behind_a_head_is_answered_whole(gateway: OpenedGateway) -> None:
    answer = gateway.raw(request(b"HEAD /_ping HTTP/1.1") + b"nonsense\r\n\r\n")
    assert statuses(answer) == [200, 400]
    assert b"malformed" in answer


def test_threat_24_lax_line_ends_mean_one_request(gateway: OpenedGateway) -> None:
    bare = request(b"POST /v1.41/containers/create HTTP/1.1", body=PRIVILEGED)
    assert statuses(gateway.raw(bare.replace(b"\r\n", b"\n"))) == [403]
    folded = request(b"GET /_ping HTTP/1.1", b"X: a\r\n b: c")
    assert statuses(gateway.raw(folded)) == [200]


@pytest.mark.parametrize(
    "body",
    [
        b"5\r\nhelloXX",
        b"5\r\nhelloXX0\r\n\r\n",
        b"-1\r\n\r\n",
        b"0x5\r\nhello\r\n0\r\n\r\n",
        b"zz\r\n",
        b"f" * 40 + b"\r\n",
    ],
)
def test_threat_25_a_bad_chunk_is_refused_and_is_on_record(
    gateway: OpenedGateway, body: bytes
) -> None:
    head = request(b"POST /v1.41/containers/create HTTP/1.1", b"Transfer-Encoding: chunked")
    assert statuses(gateway.raw(head + body)) == [400]
    assert gateway.session.recorder.calls[-1].refused == "malformed"


def test_threat_26_other_protocols_are_refused(gateway: OpenedGateway) -> None:
    h2c = (b"Connection: Upgrade", b"Upgrade: h2c")
    for path in (b"/session", b"/grpc", b"/v1.41/session", b"/v1.41/grpc"):
        assert status(gateway, b"POST %s HTTP/1.1" % path, *h2c) == 403
    assert statuses(gateway.raw(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"))[0] in {400, 405, 505}


def test_threat_27_a_long_target_is_taken_and_an_endless_one_refused(
    gateway: OpenedGateway,
) -> None:
    for size, wanted in ((40_000, [200]), (100_000, [431]), (10_000_000, [431])):
        line = b"GET /v1.41/containers/json?all=%s HTTP/1.1" % (b"1" * size)
        assert statuses(gateway.raw(request(line))) == wanted
    many = [b"X%d: y" % i for i in range(20_000)]
    assert statuses(gateway.raw(request(b"GET /_ping HTTP/1.1", *many))) == [431]


def test_threat_27_a_long_target_may_come_in_parts(gateway: OpenedGateway) -> None:
    with socket.socket(socket.AF_UNIX) as client:
        # So little is on its way at a time that the gateway has to read again and again.
        client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        client.settimeout(60)
        client.connect(str(gateway.socket))
        client.sendall(request(b"GET /v1.41/containers/json?all=%s HTTP/1.1" % (b"1" * 40_000)))
        assert client.recv(4096).startswith(b"HTTP/1.1 200")


def drip(gateway: OpenedGateway, begin: bytes, drop: bytes) -> tuple[bytes, float]:
    """Send byte after byte until the gateway has had enough; return its answer and the time."""
    began = time.monotonic()
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(gateway.socket))
        client.sendall(begin)
        client.settimeout(0.05)
        answer = b""
        while time.monotonic() - began < 30:
            try:
                part = client.recv(65536)
            except TimeoutError:
                try:
                    client.sendall(drop)
                except OSError:
                    break
                continue
            if not part:
                break
            answer += part
        return answer, time.monotonic() - began


def test_threat_28_a_slow_request_is_closed_and_others_go_on() -> None:
    bounds = Bounds(head_seconds=0.5, body_seconds=0.5, linger_seconds=0.1)
    with OpenedGateway(bounds=bounds) as gateway:
        head, seconds = drip(gateway, b"GET /_ping HTTP/1.1\r\n", b"X")
        assert statuses(head) == [408]
        assert 0.4 < seconds < 10
        begin = (
            b"POST /v1.41/containers/create HTTP/1.1\r\nHost: x\r\nContent-Length: 99999\r\n\r\n"
        )
        body, seconds = drip(gateway, begin, b" ")
        assert statuses(body) == [408]
        assert 0.4 < seconds < 10
        assert [call.refused for call in gateway.session.recorder.calls] == ["too-slow"] * 2
        assert gateway.session.fault is None


def test_threat_28_a_connection_that_waits_between_requests_is_not_closed() -> None:
    with OpenedGateway(bounds=Bounds(head_seconds=0.2)) as gateway:
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(30)
            client.connect(str(gateway.socket))
            for _ in range(2):
                time.sleep(0.5)
                client.sendall(request(b"HEAD /_ping HTTP/1.1"))
                assert client.recv(65536).startswith(b"HTTP/1.1 200")
        assert gateway.session.fault is None


def test_threat_28_too_many_connections_are_turned_away_and_it_is_on_record() -> None:
    with OpenedGateway(bounds=Bounds(connections=4)) as gateway:
        held = []
        for _ in range(4):
            client = socket.socket(socket.AF_UNIX)
            client.settimeout(30)
            client.connect(str(gateway.socket))
            client.sendall(request(b"HEAD /_ping HTTP/1.1"))
            assert client.recv(65536).startswith(b"HTTP/1.1 200")
            held.append(client)
        assert status(gateway, b"GET /_ping HTTP/1.1") == 503
        assert gateway.session.recorder.calls[-1].refused == "too-many"
        for client in held:
            client.close()
        deadline = time.monotonic() + 30
        while status(gateway, b"GET /_ping HTTP/1.1") != 200:
            assert time.monotonic() < deadline
