from __future__ import annotations

import pytest

from grader.gateway.refusal import Refusal
from grader.gateway.request import parse_json, parse_request


@pytest.mark.parametrize(
    ("target", "status"),
    [
        (b"http://evil/v1.41/info", 400),
        (b"*", 400),
        (b"/v1.41/containers%2Fjson", 403),
        (b"/v1.41/containers/%2e%2e/info", 403),
        (b"/v1.41/containers/../info", 400),
        (b"/v1.41//info", 400),
        (b"/v1.41/networks/", 404),
        (b"/v1.41/./info", 400),
        (b"/v1.23/containers/x/start", 400),
        (b"/v01.41/info", 400),
        (b"/v1.041/info", 400),
        (b"/v1.41", 404),
        (b"/", 404),
        (b"/v1.41/images/%00/json", 400),
        (b"/v1.41/images/%ff/json", 400),
        (b"/v1.41/images/a%250d/json", 403),
        (b"/v1.41/info#x", 400),
        (b"/v1.41/containers/json?all=1&all=0", 400),
        (b"/v1.41/containers/json?%61ll=1&all=0", 400),
        (b"/v1.41/containers/json?a=%ff", 400),
    ],
)
def test_an_ambiguous_target_is_refused(target: bytes, status: int) -> None:
    with pytest.raises(Refusal) as refused:
        parse_request(b"GET", target, upgrade=False)
    assert refused.value.status == status


@pytest.mark.parametrize("method", [b"OPTIONS", b"CONNECT", b"PATCH", b"PRI", b"get"])
def test_other_methods_are_refused(method: bytes) -> None:
    with pytest.raises(Refusal) as refused:
        parse_request(method, b"/v1.41/info", upgrade=False)
    assert refused.value.status == 405


def test_a_plain_target_is_decoded_once() -> None:
    request = parse_request(
        b"GET", b"/v1.41/containers/%ED%95%9C/json?size=1&x=a+b%20c", upgrade=False
    )
    assert request.path == ("containers", "한", "json")
    assert request.query == {"size": "1", "x": "a b c"}


def test_the_version_may_be_left_out() -> None:
    assert parse_request(b"GET", b"/_ping", upgrade=False).path == ("_ping",)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("1", True),
        ("yes", True),
        ("x", True),
        ("", False),
        ("0", False),
        ("No", False),
        ("none", False),
    ],
)
def test_booleans_read_as_the_engine_reads_them(value: str, *, expected: bool) -> None:
    request = parse_request(b"GET", f"/containers/json?all={value}".encode(), upgrade=False)
    assert request.flag("all") is expected


@pytest.mark.parametrize(
    "body",
    [
        b'{"a":1,"a":2}',
        b'{"HostConfig":{"Privileged":true},"HostConfig":{"Memory":1}}',
        b'{"x":{"a":1,"\\u0061":2}}',
        b'{"a":1} x',
        b'{"a":NaN}',
        b"{",
        b"[" * 100_000 + b"]" * 100_000,
        b'{"a":"\xff"}',
    ],
)
def test_json_that_two_parsers_could_read_differently_is_refused(body: bytes) -> None:
    with pytest.raises(Refusal) as refused:
        parse_json(body)
    assert refused.value.status == 400
