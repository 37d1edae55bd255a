"""Networks as the student sees them."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from grader.gateway.names import FIXED_NETWORKS, Names
from grader.gateway.policy.networks import BRIDGE, NONE
from grader.gateway.record.life import Life
from grader.gateway.view.labels import without_ours
from grader.model.evidence import NetworkRecord

_TOP_KEYS = (
    "EndpointID",
    "Gateway",
    "GlobalIPv6Address",
    "GlobalIPv6PrefixLen",
    "IPAddress",
    "IPPrefixLen",
    "IPv6Gateway",
    "MacAddress",
)


def fixed(name: str) -> dict[str, Any]:
    """Return a network that every session has, before anything is in it."""
    return {
        "Name": name,
        "Id": FIXED_NETWORKS[name],
        "Created": "2020-01-01T00:00:00Z",
        "Scope": "local",
        "Driver": {"none": "null"}.get(name, name),
        "EnableIPv6": False,
        "IPAM": {"Driver": "default", "Options": None, "Config": []},
        "Internal": False,
        "Attachable": False,
        "Ingress": False,
        "ConfigFrom": {"Network": ""},
        "ConfigOnly": False,
        "Containers": {},
        "Options": {},
        "Labels": {},
    }


def network(
    told: dict[str, Any], lives: dict[str, Life], names: Names, record: NetworkRecord | None
) -> dict[str, Any]:
    """Return `docker network inspect`, or one row of `docker network ls` [39]."""
    shown: dict[str, Any] = json.loads(names.plain(json.dumps(told)))
    shown["Labels"] = without_ours(shown.get("Labels"))
    shown["Options"] = {}
    shown["Internal"] = record.internal if record else False
    if shown["Name"] == BRIDGE:
        shown["Id"] = FIXED_NETWORKS[BRIDGE]
    shown["Containers"] = {
        id_: place | {"Name": lives[id_].names[-1]}
        for id_, place in (told.get("Containers") or {}).items()
        if id_ in lives
    }
    return shown


def place(settings: dict[str, Any], life: Life, names: Names, *, runs: bool) -> None:
    """Put the student's view into the NetworkSettings of a container, which runs or does not."""
    if life.plan.network_files is not None:
        _in_none(settings, life, runs=runs)
    engines = names.networks.get(BRIDGE)
    for name, endpoint in (settings.get("Networks") or {}).items():
        asked = life.endpoints.get(name)
        if endpoint.get("NetworkID") == engines and engines:
            endpoint["NetworkID"] = FIXED_NETWORKS[BRIDGE]
        if asked is None:
            continue
        if not asked.address:
            endpoint["IPAMConfig"] = None
        ours = set(life.names) - set(asked.aliases)
        kept = [alias for alias in endpoint.get("Aliases") or () if alias not in ours]
        endpoint["Aliases"] = kept or None
    if BRIDGE in life.endpoints and "IPAddress" in settings:
        own = settings["Networks"].get(BRIDGE) or {}
        settings |= {key: own[key] for key in _TOP_KEYS if key in own}


def _in_none(settings: dict[str, Any], life: Life, *, runs: bool) -> None:
    """Show a container that the engine knows in no network as it shows one in `none`."""
    sandbox = hashlib.sha256(f"{life.id} {life.starts}".encode()).hexdigest()
    settings["Networks"] = {
        NONE: {
            "IPAMConfig": None,
            "Links": None,
            "Aliases": None,
            "NetworkID": FIXED_NETWORKS[NONE] if life.starts else "",
            "EndpointID": sandbox[::-1] if runs else "",
            "Gateway": "",
            "IPAddress": "",
            "IPPrefixLen": 0,
            "IPv6Gateway": "",
            "GlobalIPv6Address": "",
            "GlobalIPv6PrefixLen": 0,
            "MacAddress": "",
            "DriverOpts": None,
        }
    }
    if life.starts and "SandboxID" in settings:
        settings["SandboxID"] = sandbox
