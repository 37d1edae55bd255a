"""The options of a build, which travel in its query: a list of what is let through [67, 68]."""

from __future__ import annotations

from dataclasses import dataclass, field

from grader.gateway.policy.limits import MIB, TMPFS_BYTES
from grader.gateway.policy.rules import own_labels
from grader.gateway.refusal import forbidden, malformed
from grader.gateway.request import Request, parse_json
from grader.model.lab import Lab
from grader.model.refusals import Rule

CPU_PERIOD = 100_000

_FLAGS = ("nocache", "rm", "forcerm")
_READ = frozenset(
    ("dockerfile", "target", "t", "q", "labels", "buildargs", "cachefrom", "version", *_FLAGS)
)
_DROPPED = frozenset(
    (
        *("pull", "memory", "memswap", "cpushares", "cpusetcpus", "cpusetmems", "cpuperiod"),
        *("cpuquota", "shmsize", "ulimits", "buildid"),
    )
)
_EMPTY = frozenset(("", "0", "[]", "{}", "null", "false"))
_REFUSED: dict[str, tuple[Rule, str]] = {
    "networkmode": ("host-namespace", "--network"),
    "extrahosts": ("extra-host", "--add-host"),
    "cgroupparent": ("option", "--cgroup-parent"),
    "remote": ("fetch", "URL"),
    "securityopt": ("option", "--security-opt"),
    "squash": ("option", "--squash"),
    "isolation": ("option", "--isolation"),
    "platform": ("option", "--platform"),
}


_HARMLESS = {
    "networkmode": frozenset(("default", "none", "bridge")),
    "isolation": frozenset(("default",)),
}
"""What a refused option may say nevertheless: no more than its default does."""


@dataclass(frozen=True)
class BuildOptions:
    """What a client asks of one build."""

    dockerfile: str = ""
    target: str = ""
    tags: tuple[str, ...] = ()
    quiet: bool = False
    labels: dict[str, str] = field(default_factory=dict)
    arguments: dict[str, str | None] = field(default_factory=dict)
    flags: dict[str, str] = field(default_factory=dict)
    cache_from: tuple[str, ...] = ()
    """Images from whose steps alone the cache is to be."""


def build_options(request: Request) -> BuildOptions:
    """Return what the query asks for. Raises Refusal."""
    query = request.query
    if query.get("version", "1") not in {"", "1"} or any(
        query.get(key) for key in ("session", "outputs")
    ):
        raise malformed("this lab has the classic builder only, not BuildKit")
    for key, value in query.items():
        if key in _REFUSED and value.lower() not in _EMPTY:
            if value in _HARMLESS.get(key, ()):
                continue
            rule, option = _REFUSED[key]
            raise forbidden(rule, f"a build with {option} {value}", f"빌드 옵션 {option} {value}")
        if key not in _READ | _DROPPED | {"session", "outputs", *_REFUSED}:
            raise malformed(f"unknown build option {key[:80]!r}")
    return BuildOptions(
        dockerfile=query.get("dockerfile", ""),
        target=query.get("target", ""),
        tags=request.repeated.get("t", ()),
        quiet=request.flag("q"),
        labels=own_labels({key: value or "" for key, value in _pairs(query, "labels").items()}),
        arguments=_pairs(query, "buildargs"),
        cache_from=_names(query.get("cachefrom", "")),
        flags={key: "1" if request.flag(key) else "0" for key in _FLAGS if key in query},
    )


def limits(lab: Lab) -> dict[str, str]:
    """Return what bounds the containers in which a build runs its commands."""
    memory = str(lab.limits.memory_mb * MIB)
    size = lab.limits.file_mb * MIB
    return {
        "version": "1",
        "networkmode": "none",
        "memory": memory,
        "memswap": memory,
        "cpuperiod": str(CPU_PERIOD),
        "cpuquota": str(max(int(lab.limits.cpus * CPU_PERIOD), 1000)),
        "shmsize": str(TMPFS_BYTES),
        "ulimits": f'[{{"Name":"fsize","Soft":{size},"Hard":{size}}}]',
    }


def _names(text: str) -> tuple[str, ...]:
    told = (parse_json(text.encode()) if text else None) or []
    if not isinstance(told, list) or not all(isinstance(name, str) for name in told):
        raise malformed("cachefrom is a list of images")
    return tuple(told)


def _pairs(query: dict[str, str], key: str) -> dict[str, str | None]:
    told = parse_json(query[key].encode()) if query.get(key) else {}
    if told is None:
        return {}
    if not isinstance(told, dict) or not all(
        isinstance(value, str) or value is None for value in told.values()
    ):
        raise malformed(f"{key} are pairs of a name and a text")
    return told
