"""Paths, queries and JSON that nobody thought of: refused or understood, and nothing in between."""

from __future__ import annotations

import json
from urllib.parse import quote, urlencode

from fuzzing import examples
from hypothesis import given
from hypothesis import strategies as st

from grader.gateway.calls._listing import parse_filters
from grader.gateway.refusal import Refusal
from grader.gateway.request import parse_json, parse_request
from grader.gateway.routes import ROUTES, match

PIECES = st.sampled_from(
    [
        *(b"/", b"//", b"/v1.41", b"/v1.23", b"/containers", b"/json", b"/create", b"/images"),
        *(b".", b"..", b"%2e", b"%2f", b"%", b"%zz", b"%00", b"%0d%0a", b"%ff", b"\\", b"#", b"*"),
        *(
            b"?",
            b"&",
            b"=",
            b"all=1",
            b"name=x",
            b"%61ll=1",
            b"+",
            b";",
            b"http://x/",
            b"%ED%95%9C",
        ),
    ]
)
TARGETS = st.lists(PIECES | st.binary(max_size=4), max_size=12).map(b"".join)
METHODS = st.sampled_from([b"GET", b"POST", b"PUT", b"DELETE", b"HEAD"])


def check_refusal(refusal: Refusal) -> None:
    assert 400 <= refusal.status < 500
    refusal.message.encode()


@examples(2_000)
@given(METHODS | st.binary(max_size=8), st.just(b"/") | TARGETS, TARGETS)
def test_any_target_is_refused_or_means_one_thing(method: bytes, head: bytes, tail: bytes) -> None:
    try:
        request = parse_request(method, head + tail, upgrade=False)
        route, params = match(request)
    except Refusal as refusal:
        check_refusal(refusal)
        return
    assert request.method == method.decode()
    assert not {"", ".", ".."} & set(request.path)
    assert not any("/" in part or "\\" in part or "%" in part for part in request.path)
    assert route in ROUTES
    for value in params.values():
        assert set(value.split("/")) <= set(request.path)
    # What was understood, written anew, is understood in the same way.
    path = "/".join(quote(part, safe="") for part in request.path)
    again = f"/v1.41/{path}?{urlencode(request.query)}".encode()
    assert parse_request(method, again, upgrade=False) == request


WORDS = st.sampled_from(["", "a", "A", "\ud800", "\u017f", "한", "\x00", "label", "name", "a=b"])
JSON = st.recursive(
    st.sampled_from([None, True, False, 0, -1, 1.5, 1e308]) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=6,
)


@examples(600)
@given(st.binary(max_size=60) | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_json_is_refused_or_read_as_others_read_it(raw: bytes) -> None:
    try:
        value = parse_json(raw)
    except Refusal as refusal:
        check_refusal(refusal)
        return
    json.dumps(value, ensure_ascii=False).encode()
    assert json.dumps(value) == json.dumps(json.loads(raw))


@examples(400)
@given(JSON.map(json.dumps))
def test_any_filter_is_refused_or_a_list_of_words(text: str) -> None:
    try:
        filters = parse_filters(text)
    except Refusal as refusal:
        check_refusal(refusal)
        return
    assert all(isinstance(word, str) for words in filters.values() for word in words)
