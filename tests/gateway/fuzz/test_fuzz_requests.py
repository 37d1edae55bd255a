"""Whole requests, bent, on one connection: the gateway answers, lives, and sends only its own."""

from __future__ import annotations

import asyncio
import json
import re
from random import Random
from urllib.parse import parse_qsl

from fake_engine import CONTAINER, EXEC, IMAGE_ID, TOKEN, GatewayInMemory, Sent
from fuzzing import examples
from hypothesis import given
from hypothesis import strategies as st

from grader.gateway.routes import ROUTES

MARK = "MARKED"
HEADERS = {"host", "content-type", "content-length", "connection", "upgrade", "transfer-encoding"}
QUERY = {
    *("all", "size", "filters", "name", "t", "signal", "condition", "h", "w", "path", "tail"),
    *("stream", "stdin", "stdout", "stderr", "logs", "follow", "timestamps", "since", "until"),
    *("one-shot", "detachKeys", "v", "force", "noOverwriteDirNonDir", "copyUIDGID", "noprune"),
    *("repo", "tag", "container", "comment", "author", "pause", "changes", "limit"),
}
OWN_PATHS = re.compile(
    rf"/(containers/(json|create|({CONTAINER}|{CONTAINER[:-1]}d)(/[a-z]+)?)|exec/{EXEC}/[a-z]+"
    rf"|volumes(/create|/{TOKEN}-[^/]+)?|images/{IMAGE_ID}(/[a-z]+)?|commit|events"
    rf"|images/json|containers/{TOKEN}-workbench(/[a-z]+)?)"
)

NAMES = ("known", CONTAINER, "c", CONTAINER[:12], "other", f"{TOKEN}-known", "%41")
IMAGES = ("alpine", "alpine:latest", IMAGE_ID, "a" * 12, "busybox", "x/y", MARK)
BODIES = (
    *(b"", b"{}", b"null", b"[]", b"{", b'"x"', b'{"a":1,"a":2}', b"\xff", b'{"\\ud800":1}'),
    *(b'{"Image":"alpine"}', b'{"Image":"alpine","Cmd":["x"],"Tty":true,"OpenStdin":true}'),
    b'{"Image":"alpine","HostConfig":{"Privileged":true}}',
    b'{"Image":"alpine","Labels":{"x":"\\ud800"}}',
    b'{"Image":"alpine","HostConfig":{"Dns":["MARKED"],"CpusetCpus":"MARKED"}}',
    *(b'{"Cmd":["x"],"AttachStdout":true}', b'{"Cmd":["x"],"Privileged":true}'),
    *(b'{"Detach":true}', b'{"Detach":false,"Tty":false,"ConsoleSize":["MARKED"]}'),
    *(b'{"Name":"vol"}', b'{"Name":"../x"}', b'{"Driver":"MARKED"}'),
    b'{"Name":"v","DriverOpts":{"o":"bind","device":"MARKED"}}',
)
KEYS = (*sorted(QUERY - {"changes", "author", "comment"}), "ps_args", "link")
VALUES = ("", "1", "0", "yes", "x", "-1", "999999999", "%00", "%ff", "%zz", "a%0d")
PARAMETERS = (
    f"ps_args={MARK}",
    f"{MARK}={MARK}",
    "filters={%22label%22:{%22a%22:true}}",
    "filters={%22name%22:[%22%5Cud800%22]}",
)
LINES = (
    *(b"Connection: Upgrade\r\nUpgrade: tcp", b"Connection: close", b"X-MARKED: MARKED"),
    *(b"Content-Type: MARKED", b"Expect: 100-continue", b"Upgrade: h2c", b"Cookie: MARKED"),
    *(b"Transfer-Encoding: chunked", b"Content-Length: 3", b"X-Registry-Auth: MARKED"),
)
ODD = (b"", b"\r\n", b"\n", b" ", b"\x00", b"\xff", b"0")


def request(rng: Random) -> bytes:
    """Return one request for a route of the list, more or less."""
    route = rng.choice(ROUTES)
    path = re.sub(r"\{image\*?\}", rng.choice(IMAGES), route.pattern)
    path = path.replace("{container}", rng.choice(NAMES)).replace("{exec}", EXEC)
    path = re.sub(r"\{[a-z*]+\}", rng.choice(NAMES), path)
    method = rng.choice([route.method] * 9 + ["OPTIONS"])
    prefix = rng.choice(["/v1.41"] * 8 + ["", "/v1.24", "//"])
    chosen = [
        rng.choice((f"{rng.choice(KEYS)}={rng.choice(VALUES)}",) * 3 + PARAMETERS)
        for _ in range(rng.randrange(4))
    ]
    target = f"{prefix}{path}?{'&'.join(chosen)}".replace("{", "%7B").replace("}", "%7D")
    body = rng.choice(BODIES)
    lines = [f"{method} {target} HTTP/1.1".encode(), b"Host: x"]
    lines += rng.sample(LINES, rng.choice([0, 0, 1, 2]))
    if rng.random() < 0.9:
        lines.append(b"Content-Length: %d" % len(body))
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def connection(seed: int) -> bytes:
    """Return what a client sends on one connection, perhaps with bytes lost, doubled or odd."""
    rng = Random(seed)  # noqa: S311
    raw = b"".join(request(rng) for _ in range(rng.randrange(1, 4)))
    for _ in range(rng.choice([0, 0, 0, 1, 2])):
        at, size = rng.randrange(len(raw)), rng.randrange(9)
        raw = raw[:at] + rng.choice((*ODD, raw[at : at + 9])) + raw[at + size :]
    return raw


def check(sent: Sent) -> None:
    """Assert that a request to the engine is made of our own words."""
    path, _, query = sent.target.removeprefix("/v1.41").partition("?")
    assert OWN_PATHS.fullmatch(path), path
    assert set(sent.headers) <= HEADERS
    assert {key for key, _ in parse_qsl(query, keep_blank_values=True)} <= QUERY
    assert MARK not in sent.target
    assert MARK not in str(sent.headers)
    if sent.headers.get("content-type") == "application/json":
        assert MARK not in json.dumps(json.loads(sent.body))
    else:
        assert sent.body == b""


LOOP = asyncio.new_event_loop()


def serve(raw: bytes) -> GatewayInMemory:
    gateway = GatewayInMemory()
    answer = LOOP.run_until_complete(asyncio.wait_for(gateway.ask(raw), 30))
    assert answer == b"" or answer.startswith(b"HTTP/1.1 ")
    assert gateway.session.fault is None, gateway.session.fault
    for sent in gateway.engine.sent:
        check(sent)
    return gateway


@examples(4_000)
@given(st.integers(0, 2**48))
def test_any_requests_are_answered_and_the_engine_hears_only_our_own(seed: int) -> None:
    serve(connection(seed))


@examples(500)
@given(st.binary(max_size=200))
def test_any_bytes_are_answered(raw: bytes) -> None:
    assert serve(raw).engine.sent == []


def test_requests_do_reach_the_engine_here() -> None:
    """The checks above have something to look at."""
    raw = b'{"Image":"alpine"}'
    head = b"POST /v1.41/containers/create HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n"
    gateway = serve(head % len(raw) + raw)
    assert [sent.target for sent in gateway.engine.sent][-1].startswith("/v1.41/containers/create?")
