"""One corpus, two answers: what the engine itself makes of a body, and what comes of it here.

Whatever is dangerous in what the engine stores must have been refused by the gateway, or be gone
from what the gateway lets it store.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import pytest
from opened_gateway import IMAGE, OpenedGateway
from strange_creates import BODIES

from grader.engine.client import Engine
from grader.gateway.policy.network_files import FILES

pytestmark = pytest.mark.engine

CREATE = "/containers/create"
AT_ONCE = 6
NO_IPV6 = {"net.ipv6.conf.all.disable_ipv6": "1"}
"""Takes something away, and gives nothing."""


@dataclass
class Stored:
    """What the engine made of one body."""

    status: int
    told: dict[str, Any] = field(default_factory=dict)


@dataclass
class Answers:
    straight: list[Stored]
    ours: list[Stored]
    token: str
    places: str


_WISHES = (
    *("Privileged", "CapAdd", "Devices", "DeviceCgroupRules", "DeviceRequests", "UTSMode"),
    *("UsernsMode", "Sysctls", "VolumesFrom", "Links", "Binds", "PidMode"),
)


def ways_out(told: dict[str, Any]) -> set[str]:
    """Return what would let a container out of its bounds, by name."""
    host, config = told["HostConfig"], told["Config"]
    found = {key for key in _WISHES if host.get(key)}
    if host["NetworkMode"].startswith(("host", "container:")):
        found.add("NetworkMode")
    if set(told["NetworkSettings"]["Networks"] or {}) - {"none", "default", "bridge"}:
        found.add("Networks")
    if host["IpcMode"].startswith(("host", "container:")):
        found.add("IpcMode")
    for key in ("MaskedPaths", "ReadonlyPaths"):
        if len(host.get(key) or ()) < 5:
            found.add(key)
    if any("host-gateway" in entry for entry in host.get("ExtraHosts") or []):
        found.add("ExtraHosts")
    for mount in host.get("Mounts") or []:
        if mount["Type"] == "bind" or (mount.get("VolumeOptions") or {}).get("DriverConfig"):
            found.add("Mounts")
    if "/proc/self" in config["WorkingDir"]:
        found.add("WorkingDir")
    return found


def without_ours(told: dict[str, Any], places: str) -> dict[str, Any]:
    """Return what is stored without our own `/etc/hosts` and its like, from the folder `places`."""
    host = dict(told["HostConfig"])
    host["Mounts"] = [
        mount
        for mount in host.get("Mounts") or []
        if mount["Target"] not in FILES or not mount["Source"].startswith(f"{places}/")
    ]
    if host.get("Sysctls") == NO_IPV6:
        del host["Sysctls"]
    return told | {"HostConfig": host}


def harms(told: dict[str, Any]) -> set[str]:
    """Return what could cost the machine or the record something, by name."""
    host, config = told["HostConfig"], told["Config"]
    options = host.get("SecurityOpt") or []
    wrong = {
        "SecurityOpt": any("unconfined" in option or "disable" in option for option in options),
        "LogConfig": host["LogConfig"]["Type"] != "json-file" or not host["LogConfig"]["Config"],
        "RestartPolicy": host["RestartPolicy"]["Name"] not in {"", "no"},
        "CgroupParent": host["CgroupParent"] == "/",
        "CgroupnsMode": host.get("CgroupnsMode") == "host",
        "OomScoreAdj": host["OomScoreAdj"] < 0,
        "OomKillDisable": bool(host["OomKillDisable"]),
        "Ports": bool(host["PortBindings"]) or host["PublishAllPorts"],
        "Tmpfs": any("exec" in o.split(",") for o in (host.get("Tmpfs") or {}).values()),
        "ShmSize": host["ShmSize"] > 2**30,
        "Memory": not 0 < host["Memory"] <= 2**28 or host["MemorySwap"] != host["Memory"],
        "PidsLimit": not 0 < (host["PidsLimit"] or 0) <= 128,
        "Bridge": host["NetworkMode"] != "none",
        "Healthcheck": 0 < (config.get("Healthcheck") or {}).get("Interval", 0) < 10**9,
    }
    return {name for name, is_so in wrong.items() if is_so}


async def straight(engine: Engine, body: str, labels: dict[str, str]) -> Stored:
    """Let the engine itself store a body, look, and remove it again."""
    begin = json.dumps({"Image": IMAGE, "Labels": labels})[:-1]
    raw = (begin + ("," if body != "{}" else "") + body[1:]).encode()
    reply = await engine.send("POST", CREATE, body=raw, content_type="application/json")
    async with reply:
        made = json.loads(await reply.read())
    if reply.status != 201:
        return Stored(reply.status)
    try:
        told = await engine.call("GET", f"/containers/{made['Id']}/json")
    finally:
        await engine.call("DELETE", f"/containers/{made['Id']}", query={"v": "1", "force": "1"})
    return Stored(201, told)


def through(gateway: OpenedGateway, body: str) -> Stored:
    """Ask the gateway for the same, and look at what the engine stored."""
    raw = '{"Image":"alpine"' + ("," if body != "{}" else "") + body[1:]
    status, text = gateway.post(f"/v1.41{CREATE}", raw.encode())
    if status != 201:
        return Stored(status)
    id_ = json.loads(text)["Id"]
    told = gateway.run(gateway.engine.call("GET", f"/containers/{id_}/json"))
    gateway.raw(f"DELETE /v1.41/containers/{quote(id_)}?v=1 HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    return Stored(201, told)


@pytest.fixture(scope="module")
def answers(gateway: OpenedGateway) -> Iterator[Answers]:
    labels = gateway.folder.labels("student")

    async def ask_all() -> list[Stored]:
        gate = asyncio.Semaphore(AT_ONCE)
        victim = {"Image": IMAGE, "Labels": labels}
        made = await gateway.engine.call("POST", CREATE, json_body=victim)

        async def ask(body: str) -> Stored:
            async with gate:
                return await straight(gateway.engine, body.replace("VICTIM", made["Id"]), labels)

        try:
            return await asyncio.gather(*map(ask, BODIES))
        finally:
            await gateway.engine.call("DELETE", f"/containers/{made['Id']}")

    direct = gateway.run(ask_all())
    ours = [through(gateway, body.replace("VICTIM", "f" * 64)) for body in BODIES]
    yield Answers(direct, ours, gateway.session.token, gateway.session.names.places)
    assert gateway.session.fault is None


@pytest.mark.parametrize(
    "number", range(len(BODIES)), ids=[f"{n} {body[:50]}" for n, body in enumerate(BODIES)]
)
def test_what_the_engine_would_store_is_refused_or_harmless(number: int, answers: Answers) -> None:
    direct, ours = answers.straight[number], answers.ours[number]
    assert ours.status in {201, 400, 403}
    if direct.status == 201 and ways_out(direct.told):
        assert ours.status in {400, 403}
    if ours.status == 201:
        assert ways_out(without_ours(ours.told, answers.places)) == set()
        assert harms(ours.told) == set()
        assert ours.told["Config"]["Labels"]["lab-grader.session"] == answers.token


def test_the_corpus_has_teeth(answers: Answers) -> None:
    """Most of the corpus is dangerous straight at this engine, in every way that we look for."""
    stored = [answer.told for answer in answers.straight if answer.status == 201]
    dangerous = [told for told in stored if ways_out(told)]
    assert len(BODIES) >= 80
    assert len(dangerous) >= 35
    seen = set().union(*map(ways_out, stored), *map(harms, stored))
    assert {"Privileged", "Binds", "Mounts", "NetworkMode", "PidMode", "IpcMode", "CapAdd"} <= seen
    assert {"Devices", "MaskedPaths", "Links", "VolumesFrom", "LogConfig", "Ports"} <= seen
    assert sum(answer.status == 201 for answer in answers.ours) >= 15
