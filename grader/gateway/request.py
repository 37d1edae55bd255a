"""From bytes to a request that means one thing only. No input or output here.

Rules of this file (numbers in brackets: threats of the specification):

1. Whatever two parsers could read differently is refused: absolute targets, encoded separators,
   dot segments, doubled slashes, repeated query keys, repeated or case-folded JSON keys [1-5, 13,
   16-19].
2. One API version: the one that we speak to the engine, or none [20, 21].
3. Nothing that is read here is forwarded; what goes to the engine is written anew.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TypeVar
from urllib.parse import unquote_to_bytes

from pydantic import BaseModel, ValidationError

from grader.engine.client import API_VERSION
from grader.gateway.refusal import Refusal, malformed

MAX_JSON = 1024 * 1024
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE"})

REPEATABLE = {
    "build": frozenset({"t", "dockerfile", "extrahosts"}),
    "commit": frozenset({"changes"}),
    "images/create": frozenset({"changes"}),
}
"""Path → keys of its query that may come more than once [13]."""

Model = TypeVar("Model", bound=BaseModel)

_VERSION = re.compile(r"v(\d{1,2})\.(\d{1,3})")
_DISGUISED = re.compile(rb"%(?:2[def5]|3[0-9]|[46][1-9a-f]|[57][0-9a]|5[cf]|7e)", re.IGNORECASE)
"""Encoded letters, digits, `-._~`, and what would end or change a segment: `/`, `%`, `\\` [16]."""
_FALSE = frozenset({"", "0", "no", "false", "none"})


@dataclass(frozen=True)
class Request:
    """One request, decoded. `path` holds the segments behind the version."""

    method: str
    path: tuple[str, ...]
    query: dict[str, str] = field(default_factory=dict)
    upgrade: bool = False
    repeated: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Values of the keys that Docker clients repeat, of the calls that have such keys."""

    @property
    def shown_path(self) -> str:
        """The path for the timeline."""
        return "/" + "/".join(self.path)

    def flag(self, name: str) -> bool:
        """Return a boolean of the query as the engine reads it [14]."""
        return self.query.get(name, "").strip().lower() not in _FALSE


def parse_request(method: bytes, target: bytes, *, upgrade: bool) -> Request:
    """Return the request behind a method and a target. Raises Refusal."""
    verb = method.decode("ascii", "replace")
    if verb not in METHODS:
        raise Refusal(405, "method", f"method {verb!r} is not used by Docker clients")
    if not target.startswith(b"/") or b"#" in target:
        raise malformed("the request target must be a plain path")
    raw_path, _, raw_query = target.partition(b"?")
    segments = [_segment(part) for part in raw_path[1:].split(b"/")]
    if _VERSION.fullmatch(segments[0]):
        if segments[0] != f"v{API_VERSION}":
            raise malformed(f"this engine speaks API version {API_VERSION} only, not {segments[0]}")
        segments = segments[1:]
    if any(part in {".", ".."} for part in segments) or "" in segments[:-1]:
        raise malformed("the path is not in its plain form")
    if not segments or not segments[-1]:
        raise Refusal(404, "path", "page not found")
    pairs = _pairs(raw_query)
    repeatable = REPEATABLE.get("/".join(segments), frozenset())
    repeated = {key: tuple(v for k, v in pairs if k == key) for key in repeatable}
    return Request(verb, tuple(segments), _query(pairs, repeatable), upgrade, repeated)


def _segment(raw: bytes) -> str:
    decoded = unquote_to_bytes(raw)
    if _DISGUISED.search(raw):
        raise Refusal(403, "path", "what needs no encoding in a path must not be encoded")
    try:
        text = decoded.decode("utf-8")
    except UnicodeDecodeError:
        raise malformed("the path is not UTF-8") from None
    if not text.isprintable():
        raise malformed("the path has control characters")
    return text


def _pairs(raw: bytes) -> list[tuple[str, str]]:
    pairs = []
    for part in raw.split(b"&"):
        if not part:
            continue
        raw_key, _, raw_value = part.partition(b"=")
        try:
            key = unquote_to_bytes(raw_key.replace(b"+", b" ")).decode("utf-8")
            value = unquote_to_bytes(raw_value.replace(b"+", b" ")).decode("utf-8")
        except UnicodeDecodeError:
            raise malformed("the query is not UTF-8") from None
        pairs.append((key, value))
    return pairs


def _query(pairs: list[tuple[str, str]], repeatable: frozenset[str]) -> dict[str, str]:
    query: dict[str, str] = {}
    for key, value in pairs:
        if key in query and key not in repeatable:
            raise malformed(f"the query names {key!r} twice")
        query.setdefault(key, value)
    return query


def number(text: str) -> int | None:
    """Return a small whole number of a query, None if it is empty, negative or large.

    Raises Refusal, in the engine's words, for what is no number at all.
    """
    if text and not re.fullmatch(r"-?[0-9]+", text):
        raise malformed(f'strconv.Atoi: parsing "{text[:80]}": invalid syntax')
    return int(text) if re.fullmatch(r"[0-9]{1,6}", text) else None


def parse_json(raw: bytes) -> object:
    """Return the one JSON value that `raw` holds.

    Raises Refusal on what a second parser could read otherwise: repeated keys, trailing text,
    constants such as NaN, and depth [2, 7, 11].
    """
    try:
        value = json.loads(raw, object_pairs_hook=_no_duplicates, parse_constant=_no_constant)
        if b"\\u" in raw:
            # Half of a surrogate pair is no character; no text of ours could tell of it.
            json.dumps(value, ensure_ascii=False).encode()
    except RecursionError:
        raise malformed("the body is nested too deeply") from None
    except UnicodeEncodeError:
        raise malformed("the body has half a character") from None
    except ValueError as error:
        raise malformed(f"the body is not valid JSON: {error}") from None
    return value


def parse_body(model: type[Model], raw: bytes) -> Model:
    """Return the body as a strict model; an empty body is an empty object. Raises Refusal."""
    value = parse_json(raw) if raw.strip() else {}
    try:
        return model.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        if first["type"] == "extra_forbidden":
            raise Refusal(400, "unknown-field", f"unknown field {place!r}") from None
        raise malformed(f"field {place!r}: {first['msg'].lower()}") from None


def _no_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key is repeated")
    return found


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is not JSON")
