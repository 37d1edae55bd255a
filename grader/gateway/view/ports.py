"""Published ports as the student asked for them: in a lab none leads out of the container."""

from __future__ import annotations

import ipaddress
from typing import Any

from grader.gateway.policy.container import CreatePlan

FIRST_FREE = 49153
"""Where the engine begins to look for a port that was not named."""
ANY_ADDRESS = "0.0.0.0"  # noqa: S104 - shown, never bound


def bindings(plan: CreatePlan) -> dict[str, list[dict[str, str]] | None]:
    """Return `NetworkSettings.Ports` of a running container."""
    shown: dict[str, list[dict[str, str]] | None] = dict.fromkeys(plan.asked.ExposedPorts or {})
    host = plan.asked.HostConfig
    asked = (host.PortBindings if host else None) or {}
    free = FIRST_FREE
    for entry in plan.ports:
        outside, _, inside = entry.partition(":")
        if not outside.isdigit():
            outside, free = str(free), free + 1
        known = shown.get(inside) or []
        wish = (asked.get(inside) or [])[len(known) : len(known) + 1]
        address = _address(wish[0].HostIp) if wish else ANY_ADDRESS
        shown[inside] = [*known, {"HostIp": address, "HostPort": outside}]
    return shown


def _address(text: str | None) -> str:
    try:
        return str(ipaddress.ip_address(text or ANY_ADDRESS))
    except ValueError:
        return ANY_ADDRESS


def rows(plan: CreatePlan) -> list[dict[str, Any]]:
    """Return `Ports` of a running container in a list."""
    told: list[dict[str, Any]] = []
    for port, places in sorted(bindings(plan).items()):
        number, _, kind = port.partition("/")
        row: dict[str, Any] = {"PrivatePort": int(number), "Type": kind or "tcp"}
        if not places:
            told.append(row)
        told += [
            {"IP": place["HostIp"], "PublicPort": int(place["HostPort"])} | row
            for place in places or []
        ]
    return told
