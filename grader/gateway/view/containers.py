"""Containers as the student sees them."""

from __future__ import annotations

import json
from typing import Any

from grader.gateway.names import Names
from grader.gateway.policy.bodies import HostConfigBody
from grader.gateway.policy.container import CreatePlan
from grader.gateway.policy.network_files import FILES
from grader.gateway.record.life import Life
from grader.gateway.view import networks as view_networks
from grader.gateway.view import ports
from grader.gateway.view.labels import without_ours
from grader.gateway.view.volumes import mountpoint

PROMPT_VARIABLES = frozenset({"PS1", "PS2", "PROMPT_COMMAND"})
_HOST_PATHS = ("LogPath", "ResolvConfPath", "HostnamePath", "HostsPath", "AppArmorProfile")


def container(told: dict[str, Any], life: Life, names: Names) -> dict[str, Any]:
    """Return `docker inspect` of a container."""
    shown: dict[str, Any] = json.loads(names.plain(json.dumps(told)))
    plan = life.plan
    shown["Name"] = f"/{life.names[-1]}"
    for key in _HOST_PATHS:
        if key in shown:
            shown[key] = ""
    shown.pop("GraphDriver", None)
    config = shown["Config"]
    config["Image"] = plan.image
    config.pop("NetworkDisabled", None)
    config["Env"] = _without_prompts(config.get("Env") or [], plan)
    if plan.asked.StopTimeout is not None:
        config["StopTimeout"] = plan.asked.StopTimeout
    config["Labels"] = without_ours(config.get("Labels"))
    shown["HostConfig"] |= plan.shown | life.updated
    shown["HostConfig"].pop("Sysctls", None)
    shown["HostConfig"]["RestartPolicy"] = life.restarts.policy.told()
    shown["RestartCount"] = life.restarts.count
    if life.pending is not None:
        shown["State"] |= {"Status": "restarting", "Running": True, "Restarting": True}
    if asked := (plan.asked.HostConfig or HostConfigBody()).Mounts:
        dumped = [mount.model_dump(exclude_none=True) for mount in asked]
        shown["HostConfig"]["Mounts"] = dumped
    else:
        shown["HostConfig"].pop("Mounts", None)
    if plan.asked.Volumes:
        config["Volumes"] = (config.get("Volumes") or {}) | plan.asked.Volumes
    if shown["State"]["Running"] and "NetworkSettings" in shown:
        shown["NetworkSettings"]["Ports"] = ports.bindings(plan)
    shown["State"]["Pid"] = min(shown["State"].get("Pid", 0), 1)
    runs = told["State"]["Running"]
    view_networks.place(shown.get("NetworkSettings", {}), life, names, runs=runs)
    if "SandboxKey" in shown.get("NetworkSettings", {}):
        shown["NetworkSettings"]["SandboxKey"] = ""
    _show_mounts(shown, plan)
    return shown


def listed_container(told: dict[str, Any], life: Life, names: Names) -> dict[str, Any]:
    """Return one row of `docker ps`."""
    shown: dict[str, Any] = json.loads(names.plain(json.dumps(told)))
    shown["Names"] = [f"/{life.names[-1]}"]
    shown["Image"] = life.plan.image
    if life.pending is not None:
        shown["State"] = "restarting"
        shown["Status"] = shown["Status"].replace("Exited", "Restarting", 1)
    if life.watcher is not None:
        shown["Ports"] = ports.rows(life.plan)
    shown["Labels"] = without_ours(shown.get("Labels"))
    shown["HostConfig"] = {"NetworkMode": life.plan.shown["NetworkMode"]}
    runs = told["State"] in ("running", "paused")
    view_networks.place(shown.get("NetworkSettings", {}), life, names, runs=runs)
    _show_mounts(shown, life.plan)
    return shown


def _without_prompts(environment: list[str], plan: CreatePlan) -> list[str]:
    asked = plan.asked.Env or []
    return [
        entry
        for entry in environment
        if entry in asked or entry.partition("=")[0] not in PROMPT_VARIABLES
    ]


def _show_mounts(shown: dict[str, Any], plan: CreatePlan) -> None:
    """Show what the student mounted, as it was asked for."""
    ours = FILES if plan.network_files else ()
    if "Mounts" in shown:
        shown["Mounts"] = [m for m in shown["Mounts"] if m.get("Destination") not in ours]
    for mount in shown.get("Mounts", []):
        _as_asked(mount, plan)


def _as_asked(mount: dict[str, Any], plan: CreatePlan) -> None:
    """Show the host's path of a volume as on another engine, and the mode that was asked for."""
    if mount.get("Type") == "volume":
        mount["Source"] = mountpoint(mount.get("Name", ""))
    elif mount.get("Type") == "bind":
        mount["Propagation"] = "rprivate"
    for known in plan.mounted:
        if known.mode is not None and known.record.target == mount.get("Destination"):
            mount["Mode"] = known.mode
