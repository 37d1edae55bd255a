"""Smaller wishes of a container: each is let through within bounds, or refused with a reason."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from grader.gateway.policy.bodies import (
    HealthcheckBody,
    HostConfigBody,
    PortBindingBody,
    UlimitBody,
)
from grader.gateway.refusal import forbidden, malformed

SECOND = 1_000_000_000
"""In the nanoseconds of a health check."""
PROBES = ("Interval", "Timeout", "StartPeriod")
LONGEST_PROBE = 3600 * SECOND
RETRIES_CAP = 100
STOP_SECONDS = 10
"""The longest grace that a container may have to stop."""
LOG_DRIVERS = frozenset(
    (
        *("awslogs", "fluentd", "gcplogs", "gelf", "journald", "json-file", "local", "logentries"),
        *("none", "splunk", "syslog"),
    )
)
"""Those of the engine; a lab keeps all logs as `json-file`, whichever was asked for."""
PROGRAM_CAP = 4096
"""Characters of a program's name: the runtime's complaint about a longer one fills its own pipe,
and the engine waits for ever."""

_MOST = {
    "memlock": 64 * 1024 * 1024,
    "msgqueue": 819_200,
    "nice": 0,
    "nofile": 1_048_576,
    "rtprio": 0,
    "sigpending": 100_000,
}
"""What a limit may be raised to; what would raise a priority is not given."""
_OTHERS = frozenset({"core", "cpu", "data", "fsize", "locks", "nproc", "rss", "rttime", "stack"})
_PORT = re.compile(r"[0-9]{1,5}(/(tcp|udp|sctp))?")
_OUTSIDE = re.compile(r"([0-9]{1,5}(-[0-9]{1,5})?)?")
_EXTRA_HOST = re.compile(r"[A-Za-z0-9_.-]{1,253}[:=]\[?[0-9A-Fa-f.:]{1,45}\]?")


def healthcheck(wish: HealthcheckBody | None) -> dict[str, Any] | None:
    """Return a health check that does not keep the engine busy [54]."""
    if wish is None:
        return None
    refuse_long_programs(wish.Test, wish.Test[1:] if wish.Test else None)
    probe: dict[str, Any] = {"Test": wish.Test or []}
    for name in PROBES:
        if asked := getattr(wish, name):
            probe[name] = min(max(asked, SECOND), LONGEST_PROBE)
    if wish.Retries:
        probe["Retries"] = min(max(wish.Retries, 1), RETRIES_CAP)
    return probe


def stop_timeout(seconds: int | None) -> int | None:
    """Return the grace that a container has to stop."""
    if seconds is None:
        return None
    return STOP_SECONDS if seconds < 0 else min(seconds, STOP_SECONDS)


def groups(wish: list[str] | None) -> list[str]:
    """Return additional groups, by number. Raises Refusal."""
    for group in wish or []:
        if not re.fullmatch(r"[0-9]{1,9}", group):
            raise malformed(f"Unable to find group {group[:80]}: give its number")
    return list(wish or [])


def ulimits(wishes: list[UlimitBody] | None, most: dict[str, int]) -> list[dict[str, Any]]:
    """Return the limits of processes: what was asked for, at most what is given. Raises Refusal."""
    caps = _MOST | most
    limits = {name: {"Name": name, "Soft": value, "Hard": value} for name, value in most.items()}
    for wish in wishes or []:
        name, soft, hard = wish.Name or "", wish.Soft or 0, wish.Hard or 0
        if name not in caps and name not in _OTHERS:
            raise malformed(f"invalid ulimit type: {name[:80]}")
        if soft > hard >= 0:
            raise malformed("ulimit soft limit must be less than or equal to hard limit")
        limits[name] = {"Name": name, "Soft": _capped(soft, caps, name)}
        limits[name]["Hard"] = _capped(hard, caps, name)
    return list(limits.values())


def _capped(value: int, caps: dict[str, int], name: str) -> int:
    if name not in caps:
        return value
    return caps[name] if value < 0 else min(value, caps[name])


def extra_hosts(wish: list[str] | None) -> list[str]:
    """Return lines for `/etc/hosts`, never with the engine's own address. Raises Refusal."""
    for line in wish or []:
        if not _EXTRA_HOST.fullmatch(line):
            raise forbidden("extra-host", f"--add-host {line[:80]}", f"--add-host {line[:80]}")
    return list(wish or [])


def ports(
    published: Mapping[str, list[PortBindingBody] | None],
    exposed: Iterable[str],
    *,
    publish_all: bool,
) -> tuple[str, ...]:
    """Return published ports as asked, such as `8080:80/tcp`. Raises Refusal."""
    for port in (*published, *exposed):
        if not _PORT.fullmatch(port):
            raise malformed(f"invalid port specification: {port[:80]!r}")
    shown = []
    wanted = dict.fromkeys(exposed if publish_all else ()) | dict(published)
    for port, places in sorted(wanted.items()):
        for place in places or [PortBindingBody()]:
            outside = place.HostPort or ""
            if not _OUTSIDE.fullmatch(outside):
                raise malformed(f"invalid port specification: {outside[:80]!r}")
            shown.append(f"{outside}:{port}")
    return tuple(shown)


def reservation(host: HostConfigBody, memory: int) -> int:
    """Return the memory that is kept for a container, at most its limit; 0 where none is."""
    return min(max(host.MemoryReservation or 0, 0), memory)


def refuse_unknown_log_driver(name: str | None) -> None:
    """Raise Refusal, in the engine's words, for a log driver that no engine has."""
    if name and name not in LOG_DRIVERS:
        raise malformed(f"logger: no log driver named '{name[:80]}' is registered")


def refuse_long_programs(*commands: list[str] | str | None) -> None:
    """Raise Refusal for a program whose name no system call would take."""
    for command in commands:
        first = command if isinstance(command, str) else next(iter(command or ()), "")
        if len(first) > PROGRAM_CAP:
            raise malformed(f"the name of a program has at most {PROGRAM_CAP} characters")
