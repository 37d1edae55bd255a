"""Bodies of `docker create`, built from the table of fields and then bent.

Whatever is not let through carries a mark; no request to the engine may ever show it.
"""

from __future__ import annotations

import json
import types
import typing
from random import Random
from typing import Any

from fake_engine import IMAGE_ID, TOKEN
from fuzzing import examples
from hypothesis import given
from hypothesis import strategies as st

from grader.gateway.names import Names
from grader.gateway.policy.bodies import Body, ContainerCreate, HostConfigBody
from grader.gateway.policy.container import create_container
from grader.gateway.refusal import Refusal
from grader.gateway.request import parse_body
from grader.model.lab import Lab
from grader.model.record import Text

MARK = "MARKED"
LAB = Lab(id="t", title=Text(ko="", en=""), images=("alpine:latest",))

Pairs = tuple[tuple[str, Any], ...]
"""A JSON object as it is written: keys may come twice."""

MARKED: tuple[Any, ...] = (
    MARK,
    None,
    True,
    False,
    0,
    1,
    -1,
    2**70,
    1.5,
    "",
    [],
    [MARK],
    ((MARK, MARK),),
    [[[]]],
)
WORDS = (
    *("", "a", "alpine", "host", "none", "default", "private", "container:x", "/", "/x", "/proc/1"),
    *("/x:/y", "x:/y:ro", "/etc:/y", "../x:/y", "/lab/x:/y", "volume", "bind", "tmpfs", "size=1"),
    *("exec", "lab-grader.session", "한글", "a\n\x00", "é" * 300, "always", "on-failure"),
)
UPSTREAM_HOST = {
    *HostConfigBody.fields_of("allow"),
    *("Memory", "MemorySwap", "MemoryReservation", "NanoCpus", "PidsLimit", "ShmSize", "Ulimits"),
    *("Mounts", "Tmpfs", "NetworkMode", "IpcMode", "PidMode", "AutoRemove", "RestartPolicy"),
    *("GroupAdd", "ExtraHosts"),
    *("SecurityOpt", "Dns", "LogConfig", "CgroupnsMode", "CgroupParent", "PortBindings"),
}
UPSTREAM = {
    *ContainerCreate.fields_of("allow"),
    *("Image", "Env", "Labels", "WorkingDir", "HostConfig", "NetworkingConfig", "Healthcheck"),
    *("StopTimeout", "Volumes"),
}


def fitting(annotation: Any, rng: Random) -> Any:  # noqa: ANN401, PLR0911
    """Return a value of a field's type."""
    origin, args = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return fitting(args[0], rng)
    if origin in (typing.Union, types.UnionType):
        return fitting(rng.choice(args), rng)
    if origin is list:
        return [fitting(args[0], rng) for _ in range(rng.randrange(3))]
    if origin is dict:
        return tuple((rng.choice(WORDS), fitting(args[1], rng)) for _ in range(rng.randrange(3)))
    if isinstance(annotation, type) and issubclass(annotation, Body):
        return fields(annotation, rng)
    if annotation is bool:
        return rng.random() < 0.5
    if annotation is int:
        return rng.choice([0, 1, -1, 2**31, 2**63, 6 * 2**20, 2**80])
    if annotation is str:
        return rng.choice(WORDS)
    return None if annotation is type(None) else rng.choice(MARKED)


def fields(model: type[Body], rng: Random) -> Pairs:
    """Return a few of a model's fields: with fitting values, or marked ones."""
    chosen = rng.sample(sorted(model.model_fields), min(rng.randrange(6), len(model.model_fields)))
    made = []
    for name in chosen:
        known = model.model_fields[name]
        hidden = {"drop", "refuse", "force"} & set(known.metadata)
        marked = hidden and rng.random() < 0.3
        made.append((name, rng.choice(MARKED) if marked else fitting(known.annotation, rng)))
    return tuple(made)


def bent(seed: int) -> bytes:
    """Return a body with one thing, or nothing, wrong."""
    rng = Random(seed)  # noqa: S311
    pairs = [pair for pair in fields(ContainerCreate, rng) if pair[0] != "Image"]
    pairs.append(("Image", "alpine"))
    if rng.random() < 0.7:
        pairs = [pair for pair in pairs if pair[0] != "HostConfig"]
        pairs.append(("HostConfig", fields(HostConfigBody, rng)))
    place = rng.randrange(len(pairs))
    key, value = pairs[place]
    bend = rng.choice(["none", "none", "none", "case", "twice", "unknown", "type", "fold"])
    if bend == "case":
        pairs[place] = (key.swapcase(), value)
    elif bend == "twice":
        pairs.insert(0, (key, value))
    elif bend == "unknown":
        pairs.insert(place, (rng.choice([MARK, "Privileged", "Binds"]), MARK))
    elif bend == "type":
        pairs[place] = (key, rng.choice([None, 0, 1.5, True, "a", [], [[]], (("a", "b"),), ["a"]]))
    elif bend == "fold":
        pairs[place] = (key.replace("s", "\u017f").replace("K", "\u212a"), value)
    return written(tuple(pairs)).encode()


def written(value: Any) -> str:  # noqa: ANN401
    """Return JSON text, keys that come twice included."""
    if isinstance(value, tuple):
        return "{" + ",".join(f"{json.dumps(k)}:{written(v)}" for k, v in value) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(written, value)) + "]"
    return json.dumps(value)


def check_refusal(refusal: Refusal) -> None:
    assert refusal.status in {400, 403}
    refusal.message.encode()


@examples(4_000)
@given(st.integers(0, 2**48))
def test_a_create_is_refused_or_only_what_the_table_lets_through(seed: int) -> None:
    raw = bent(seed)
    names = Names(TOKEN, images={"alpine:latest": IMAGE_ID}, places="/places")
    try:
        wish = parse_body(ContainerCreate, raw)
        plan = create_container(wish, LAB, names, {}, {"lab-grader.session": TOKEN})
    except Refusal as refusal:
        check_refusal(refusal)
        return
    body, host = plan.body, plan.body["HostConfig"]
    upstream = json.dumps(body)
    assert MARK not in json.dumps({**body, **dict.fromkeys(ContainerCreate.fields_of("allow"))})
    assert set(body) <= UPSTREAM
    assert set(host) <= UPSTREAM_HOST
    assert body["Image"] == IMAGE_ID
    assert body["Labels"]["lab-grader.session"] == TOKEN
    assert host["NetworkMode"] == "none"
    assert host["IpcMode"] in {"private", "none", "shareable"}
    assert host.get("PidMode", "") in {"", "private"}
    assert host["CgroupnsMode"] == "private"
    assert host["SecurityOpt"] == ["no-new-privileges"]
    assert 0 < host["Memory"] <= LAB.limits.memory_mb * 2**20
    assert host["MemorySwap"] == host["Memory"]
    assert 0 < host["PidsLimit"] <= LAB.limits.pids
    assert 0 < host["NanoCpus"] <= LAB.limits.cpus * 1e9
    assert host["ShmSize"] > 0
    for mount in host["Mounts"]:
        assert mount["Type"] in {"volume", "tmpfs", "bind"}
        assert mount.get("Source", "").startswith(
            {"volume": f"{TOKEN}-", "bind": "/places/", "tmpfs": ""}[mount["Type"]]
        )
        assert not mount["Target"].startswith(("/proc", "/sys", "/dev"))
    assert json.loads(upstream) == body


def test_the_mark_would_be_seen() -> None:
    """The check above can fail: a field that is let through does carry what was asked."""
    wish = parse_body(ContainerCreate, b'{"Image":"alpine","Env":["x=MARKED"]}')
    names = Names(TOKEN, images={"alpine:latest": IMAGE_ID}, places="/places")
    assert MARK in json.dumps(create_container(wish, LAB, names, {}, {}).body)
