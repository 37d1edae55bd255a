"""Threats 1 to 15 of the specification: bodies and parameters that two parsers read differently."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from opened_gateway import OpenedGateway

from grader.gateway.calls._listing import parse_filters
from grader.gateway.refusal import Refusal
from grader.gateway.request import parse_request

pytestmark = pytest.mark.engine

CREATE = "/v1.41/containers/create"


@pytest.fixture(autouse=True)
def nothing_was_made(gateway: OpenedGateway) -> Iterator[None]:
    before = set(gateway.session.recorder.lives)
    yield
    made = [life for id_, life in gateway.session.recorder.lives.items() if id_ not in before]
    assert not [life for life in made if "-ok" not in life.names[0]]
    assert gateway.session.fault is None


def status(gateway: OpenedGateway, body: bytes | dict[str, Any], path: str = CREATE) -> int:
    raw = body if isinstance(body, bytes) else json.dumps({"Image": "alpine"} | body).encode()
    return gateway.post(path, raw)[0]


def test_threat_01_a_field_in_another_case_is_refused(gateway: OpenedGateway) -> None:
    assert status(gateway, {"hostconfig": {"privileged": True}}) == 400
    assert status(gateway, {"HostConfig": {"privileged": True}}) == 400
    assert status(gateway, {"HOSTCONFIG": {"Binds": ["/etc:/e"]}}) == 400


def test_threat_02_a_repeated_object_is_refused(gateway: OpenedGateway) -> None:
    body = b'{"Image":"alpine","HostConfig":{"Privileged":true},"HostConfig":{"Memory":8388608}}'
    assert status(gateway, body) == 400


def test_threat_03_a_field_in_two_cases_is_refused(gateway: OpenedGateway) -> None:
    for pair in (b'"Privileged":false,"privileged":true', b'"privileged":true,"Privileged":false'):
        assert status(gateway, b'{"Image":"alpine","HostConfig":{%s}}' % pair) == 400


def test_threat_04_letters_that_fold_to_ascii_are_refused(gateway: OpenedGateway) -> None:
    assert status(gateway, {"HostConfig": {"Bind\u017f": ["/etc:/e"]}}) == 400
    assert status(gateway, {"HostConfig": {"Networ\u212aMode": "host"}}) == 400


def test_threat_05_an_escaped_key_is_read_as_what_it_is(gateway: OpenedGateway) -> None:
    assert status(gateway, b'{"Image":"alpine","HostConfig":{"\\u0050rivileged":true}}') == 403


@pytest.mark.parametrize(
    "field",
    [
        {"Privileged": True},
        {"Binds": ["/etc:/e"]},
        {"NetworkMode": "host"},
        {"PidMode": "host"},
        {"Memory": 0},
        {"Cpuset": "0"},
    ],
)
def test_threat_06_host_options_at_the_top_level_are_refused(
    gateway: OpenedGateway, field: dict[str, Any]
) -> None:
    assert status(gateway, field) == 400
    assert status(gateway, field | {"HostConfig": None}) == 400


def test_threat_07_text_behind_the_body_is_refused(gateway: OpenedGateway) -> None:
    assert status(gateway, b'{"Image":"alpine"} x') == 400
    assert status(gateway, b'{"Image":"alpine"}{"HostConfig":{"Privileged":true}}') == 400


def test_threat_08_the_content_type_changes_nothing(gateway: OpenedGateway) -> None:
    body = b'{"Image":"alpine","HostConfig":{"Privileged":true}}'
    for kind in (b"application/json; charset=utf-16", b"text/plain", b"application/x-tar", b""):
        head = b"POST %s HTTP/1.1\r\nHost: x\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n"
        answer = gateway.raw(head % (CREATE.encode(), kind, len(body)) + body)
        assert answer.startswith(b"HTTP/1.1 403")


def test_threat_09_a_chunked_body_is_judged(gateway: OpenedGateway) -> None:
    body = b'{"Image":"alpine","HostConfig":{"Privileged":true}}'
    head = b"POST %s HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" % CREATE.encode()
    for size in (1, 7, 4096):
        parts = [body[i : i + size] for i in range(0, len(body), size)]
        chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts)
        assert gateway.raw(head + chunks + b"0\r\n\r\n").startswith(b"HTTP/1.1 403")


def test_threat_10_a_padded_body_is_refused(gateway: OpenedGateway) -> None:
    padding = {"Labels": {"x": "y" * 3_000_000}}
    assert status(gateway, padding | {"HostConfig": {"Privileged": True}}) == 413
    assert status(gateway, padding) == 413


def test_threat_11_deep_nesting_is_refused_and_the_gateway_lives(gateway: OpenedGateway) -> None:
    deep = b"[" * 5_000 + b"]" * 5_000
    assert status(gateway, b'{"Image":"alpine","X":%s}' % deep) == 400
    objects = b'{"a":' * 100_000 + b"1" + b"}" * 100_000
    assert status(gateway, b'{"Image":"alpine","Labels":%s}' % objects) == 400
    assert gateway.raw(b"GET /_ping HTTP/1.1\r\nHost: x\r\n\r\n").startswith(b"HTTP/1.1 200")


def test_threat_12_a_form_in_the_body_does_not_beat_the_query(gateway: OpenedGateway) -> None:
    gateway.post(f"{CREATE}?name=form-ok", {"Image": "alpine"})
    form = b"name=form-evil"
    head = (
        b"POST /v1.41/containers/form-ok/rename?name=form-ok2 HTTP/1.1\r\nHost: x\r\n"
        b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n"
    )
    assert gateway.raw(head % len(form) + form).startswith(b"HTTP/1.1 204")
    life = next(x for x in gateway.session.recorder.lives.values() if x.names[0] == "form-ok")
    told = gateway.run(gateway.engine.call("GET", f"/containers/{life.id}/json"))
    assert told["Name"] == f"/{gateway.session.token}-form-ok2"


def test_threat_13_a_repeated_parameter_is_refused(gateway: OpenedGateway) -> None:
    assert status(gateway, {}, f"{CREATE}?name=a-ok&name=b-ok") == 400
    assert status(gateway, {}, f"{CREATE}?name=a-ok&n%61me=b-ok") == 400


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        *[(text, True) for text in ("1", "true", "yes", "x", "-1", "off", "f", " 1")],
        *[(text, False) for text in ("", "0", "no", "No", "FALSE", "none", " none ")],
    ],
)
def test_threat_14_booleans_are_read_by_the_engines_table(value: str, *, wanted: bool) -> None:
    target = f"/v1.41/containers/c/logs?follow={value.replace(' ', '%20')}"
    request = parse_request(b"GET", target.encode(), upgrade=False)
    assert request.flag("follow") is wanted


def test_threat_15_a_filter_said_to_be_false_still_filters(gateway: OpenedGateway) -> None:
    wanted = {"label": ["sess=x"]}
    for form in ({"sess=x": False}, {"sess=x": True}, ["sess=x"]):
        assert parse_filters(json.dumps({"label": form})) == wanted
    gateway.post(f"{CREATE}?name=plain-ok", {"Image": "alpine"})
    filters = "%7B%22label%22:%7B%22sess=x%22:false%7D%7D"
    answer = gateway.raw(
        b"GET /v1.41/containers/json?all=1&filters=%s HTTP/1.1\r\nHost: x\r\n\r\n"
        % filters.encode()
    )
    assert answer.endswith(b"[]\n")
    for odd in ('{"label":"x"}', '{"label":{"a":1},"label":{}}', "[]", '{"label":[1]}'):
        with pytest.raises(Refusal):
            parse_filters(odd)
