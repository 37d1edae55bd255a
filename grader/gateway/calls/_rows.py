"""Which containers `docker ps` lists: the client's filters, matched here [37, 38].

What a filter names is looked up among the session's own objects: of others' we say what we say of
objects that do not exist.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from grader.gateway.calls._listing import Filters, label_matches, name_matches
from grader.gateway.names import Names
from grader.gateway.record.life import Life
from grader.gateway.refusal import Refusal, malformed

STATES = ("created", "dead", "exited", "paused", "removing", "restarting", "running")
HEALTH = ("healthy", "none", "starting", "unhealthy")
_PORTS = re.compile(r"(\d{1,5})(?:-(\d{1,5}))?(?:/(tcp|udp|sctp))?")


@dataclass(frozen=True)
class Row:
    """One container: its row in the student's view, and what we know of it."""

    told: dict[str, Any]
    life: Life
    names: Names
    order: list[str]
    """Ids of the session's containers, the oldest first."""

    def passes(self, filters: Filters) -> bool:
        """Return whether the container passes every filter, which have been checked."""
        return all(
            (all if key == "label" else any)(_FILTERS[key](self, value) for value in values)
            for key, values in filters.items()
            if values
        )

    def is_state(self, value: str) -> bool:
        """`status`."""
        return bool(self.told["State"] == value)

    def is_named(self, value: str) -> bool:
        """`name`."""
        return name_matches(value, self.life.names[-1])

    def has_id(self, value: str) -> bool:
        """`id`."""
        return value.lower() in self.life.id

    def is_of(self, value: str) -> bool:
        """`ancestor`."""
        return self.names.image(value) == self.life.plan.image_id

    def has_label(self, value: str) -> bool:
        """`label`."""
        return label_matches(value, self.told["Labels"] or {})

    def has_exited(self, value: str) -> bool:
        """Match `exited`, with the status of the last exit."""
        codes = (m.exit_code for m in reversed(self.life.moments) if m.label.startswith("exit"))
        return self.told["State"] == "exited" and next(codes, None) == int(value)

    def has_health(self, value: str) -> bool:
        """`health`, which the engine's list tells in its status only."""
        found = re.search(r"\((healthy|unhealthy|health: starting)\)", self.told["Status"])
        return value == (found[1].removeprefix("health: ") if found else "none")

    def has_volume(self, value: str) -> bool:
        """`volume`, by name or by place."""
        return any(value in (m.source, m.target) for m in self.life.plan.mounts)

    def is_in(self, value: str) -> bool:
        """`network`, by name or by id."""
        mode = self.told["HostConfig"]["NetworkMode"].replace("default", "bridge")
        joined = (self.told.get("NetworkSettings") or {}).get("Networks") or {}
        ids = [network.get("NetworkID") or "" for network in joined.values()]
        return value in (mode, *joined) or any(id_.startswith(value) for id_ in ids if id_)

    def is_before(self, value: str) -> bool:
        """`before`: made earlier."""
        return self.order.index(self.life.id) < self.order.index(self.names.container(value))

    def is_since(self, value: str) -> bool:
        """`since`: made later."""
        return self.order.index(self.life.id) > self.order.index(self.names.container(value))

    def publishes(self, value: str) -> bool:
        """`publish`: a port outside."""
        ports = (port.partition(":") for port in self.life.plan.ports)
        outside = {f"{out}/{inside.partition('/')[2] or 'tcp'}" for out, _, inside in ports}
        return any(_within(port, value) for port in outside)

    def exposes(self, value: str) -> bool:
        """`expose`: a port inside."""
        inside = {port.partition(":")[2] for port in self.life.plan.ports}
        inside |= set(self.life.plan.asked.ExposedPorts or {})
        return any(_within(p if "/" in p else f"{p}/tcp", value) for p in inside)


_FILTERS: dict[str, Callable[[Row, str], bool]] = {
    "ancestor": Row.is_of,
    "before": Row.is_before,
    "exited": Row.has_exited,
    "expose": Row.exposes,
    "health": Row.has_health,
    "id": Row.has_id,
    "is-task": lambda _, value: value in ("false", "0"),
    "isolation": lambda _, value: value in ("", "default"),
    "label": Row.has_label,
    "name": Row.is_named,
    "network": Row.is_in,
    "publish": Row.publishes,
    "since": Row.is_since,
    "status": Row.is_state,
    "volume": Row.has_volume,
}


def check(filters: Filters, names: Names) -> None:
    """Raise Refusal, in the engine's words, for a filter that it would not take."""
    for key, values in filters.items():
        if key not in _FILTERS:
            raise malformed(f"Invalid filter '{key}'")
        for value in values:
            if key == "status" and value not in STATES:
                raise malformed(f"Invalid filter 'status={value}'")
            if key == "health" and value not in HEALTH:
                raise malformed(f"Unrecognised filter value for health: {value}")
            if key == "exited" and not re.fullmatch(r"-?\d{1,9}", value):
                raise malformed(f'strconv.Atoi: parsing "{value}": invalid syntax')
            if key == "is-task" and value not in ("true", "false", "1", "0"):
                raise malformed(f"Invalid filter 'is-task=[{value}]'")
            if key in ("publish", "expose"):
                _ports(value)
            if key in ("before", "since"):
                _require_known(value, names)


def _require_known(ref: str, names: Names) -> None:
    try:
        names.container(ref)
    except Refusal as refusal:
        if refusal.status == HTTPStatus.NOT_FOUND:
            # The engine's words here are not those of other calls.
            raise Refusal(404, refusal.rule, f"no such container {ref}") from None
        raise


def _within(port: str, wanted: str) -> bool:
    first, last, kind = _ports(wanted)
    number, _, own_kind = port.partition("/")
    return own_kind == kind and number.isdecimal() and first <= int(number) <= last


def _ports(text: str) -> tuple[int, int, str]:
    found = _PORTS.fullmatch(text)
    if found is None:
        raise malformed(f"error while looking up for publish {text}: invalid syntax")
    return int(found[1]), int(found[2] or found[1]), found[3] or "tcp"
