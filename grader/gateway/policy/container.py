"""What becomes of a request to create a container."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from grader.gateway.names import Names
from grader.gateway.policy.bodies import ContainerCreate, HostConfigBody
from grader.gateway.policy.limits import TMPFS_BYTES, limited
from grader.gateway.policy.mounts import FolderMount, Lend, Mounted, Mounts, lend_nothing, mounts
from grader.gateway.policy.namespaces import shared_namespaces
from grader.gateway.policy.network_files import NetworkFilesPlace, suit
from grader.gateway.policy.networks import NetworkChoice, choose_network
from grader.gateway.policy.options import (
    extra_hosts,
    groups,
    healthcheck,
    ports,
    refuse_long_programs,
    refuse_unknown_log_driver,
    stop_timeout,
)
from grader.gateway.policy.restarts import RestartPolicy, restart_policy
from grader.gateway.policy.rules import own_labels, refuse_wishes, working_dir
from grader.gateway.refusal import forbidden, malformed
from grader.model.evidence import MountRecord
from grader.model.lab import Lab

UNSET = -1
"""What the client sends for a swappiness that was not asked for."""


@dataclass(frozen=True)
class CreatePlan:
    """What goes to the engine for one `docker create`, and what we remember of the wish."""

    body: dict[str, Any]
    asked: ContainerCreate
    image: str
    """Reference as the student wrote it."""
    image_id: str
    auto_remove: bool
    mounted: tuple[Mounted, ...]
    ports: tuple[str, ...]
    restart: RestartPolicy
    network: NetworkChoice
    shown: dict[str, Any]
    """Values of HostConfig that `docker inspect` shows instead of ours."""
    network_files: NetworkFilesPlace | None = None
    """Where its `/etc/hosts` lies; None where the engine writes it."""

    @property
    def mounts(self) -> tuple[MountRecord, ...]:
        """What is mounted, for the record."""
        return tuple(mounted.record for mounted in self.mounted)

    @property
    def folders(self) -> tuple[FolderMount, ...]:
        """What of the workbench's working folder is mounted."""
        return tuple(mounted.folder for mounted in self.mounted if mounted.folder)


def create_container(
    wish: ContainerCreate,
    lab: Lab,
    names: Names,
    prompt: dict[str, str],
    labels: dict[str, str],
    *,
    lend: Lend = lend_nothing,
    declared: tuple[str, ...] = (),
    name: str = "",
) -> CreatePlan:
    """Decide about one `docker create`.

    `prompt` is the environment that makes a shell announce its prompts; it goes in where a terminal
    with an open input was asked for. `lend` tells the mounts of another container, `declared` where
    the image wants volumes, `name` what the container will be called. Raises Refusal.
    """
    host = wish.HostConfig or HostConfigBody()
    refuse_wishes(wish)
    refuse_wishes(host)
    image_id = _image(wish.Image, lab, names)
    refuse_long_programs(wish.Entrypoint, wish.Cmd, wish.User, *(wish.Shell or []))
    refuse_unknown_log_driver(host.LogConfig.Type if host.LogConfig else None)
    namespaces = shared_namespaces(host, names)
    network = choose_network(wish, host, lab, names)
    mounted = mounts(
        wish,
        host,
        Mounts(names, labels, volumes_allowed=lab.volumes),
        lend=lend,
        declared=declared,
    )
    environment = list(wish.Env or [])
    if wish.Tty and wish.OpenStdin:
        environment += [f"{key}={value}" for key, value in prompt.items()]
    body: dict[str, Any] = {name: getattr(wish, name) for name in wish.fields_of("allow")}
    body |= {
        "Image": image_id,
        "Env": environment,
        "Labels": own_labels(wish.Labels) | labels,
        "WorkingDir": working_dir(wish.WorkingDir),
        "StopTimeout": stop_timeout(wish.StopTimeout),
        "Healthcheck": healthcheck(wish.Healthcheck),
        "HostConfig": {name: getattr(host, name) for name in host.fields_of("allow")}
        | limited(host, lab)
        | namespaces
        | network.questions(host)
        | {
            "Mounts": [known.body for known in mounted.made if known.body is not None],
            "Tmpfs": mounted.tmpfs_options,
            "NetworkMode": network.engine_mode(names),
            "GroupAdd": groups(host.GroupAdd),
            "ExtraHosts": extra_hosts(host.ExtraHosts),
            "AutoRemove": False,
            "RestartPolicy": {"Name": "no"},
            "CgroupnsMode": "private",
            "SecurityOpt": ["no-new-privileges"],
            "LogConfig": {"Type": "json-file", "Config": {"max-size": "1m", "max-file": "1"}},
        },
    }
    if endpoints := network.engine_endpoints(names, name):
        body["NetworkingConfig"] = {"EndpointsConfig": endpoints}
    return CreatePlan(
        body=body,
        asked=wish,
        image=wish.Image or "",
        image_id=image_id,
        auto_remove=bool(host.AutoRemove),
        mounted=tuple(mounted.made),
        ports=ports(
            host.PortBindings or {}, wish.ExposedPorts or {}, publish_all=bool(host.PublishAllPorts)
        ),
        restart=restart_policy(host.RestartPolicy, auto_remove=bool(host.AutoRemove)),
        network=network,
        shown=_shown(host, network.shown),
    )


def without_network(plan: CreatePlan, place: NetworkFilesPlace) -> CreatePlan:
    """Return a plan without the engine's network `none`, where nothing in it would be another.

    For labs without networks.
    """
    host = plan.asked.HostConfig or HostConfigBody()
    if not suit(host, (mount.target for mount in plan.mounts)):
        return plan
    config = plan.body["HostConfig"]
    files = place.bodies(read_only=bool(host.ReadonlyRootfs))
    config = config | {"Mounts": [*config["Mounts"], *files], "Sysctls": place.sysctls}
    body = plan.body | {"NetworkDisabled": True, "HostConfig": config}
    return replace(plan, body=body, network_files=place)


def _image(wanted: str | None, lab: Lab, names: Names) -> str:
    if not wanted:
        raise malformed("no image was named")
    image_id = names.image(wanted)
    if image_id is None:
        known = ", ".join(sorted(lab.images))
        raise forbidden(
            "image",
            f"the image {wanted!r}; this lab has: {known}",
            f"이미지 {wanted!r}; 이 실습의 이미지: {known}",
        )
    return image_id


def _shown(host: HostConfigBody, network: str) -> dict[str, Any]:
    """Return what `docker inspect` shows of HostConfig instead of our values."""
    defaults: dict[str, Any] = {
        "Memory": 0,
        "MemorySwap": 0,
        "MemoryReservation": 0,
        "NanoCpus": 0,
        "PidsLimit": None,
        "ShmSize": TMPFS_BYTES,
        "RestartPolicy": {"Name": "no", "MaximumRetryCount": 0},
        "LogConfig": {"Type": "json-file", "Config": {}},
        "SecurityOpt": None,
        "Dns": [],
        "DnsOptions": [],
        "Ulimits": None,
        "Binds": None,
        "PortBindings": {},
    }
    told = host.model_dump(exclude_none=True, exclude={"Mounts"})
    # The client sends every field; an empty one stands for the engine's own choice.
    asked = {name: value for name, value in told.items() if value != ""}
    if host.LogConfig is not None:
        driver = host.LogConfig.Type or "json-file"
        asked["LogConfig"] = {"Type": driver, "Config": host.LogConfig.Config or {}}
    if host.MemorySwappiness == UNSET:
        asked.pop("MemorySwappiness")
    if not host.PidsLimit:
        asked.pop("PidsLimit", None)
    if host.Memory and not host.MemorySwap:
        asked["MemorySwap"] = 2 * host.Memory
    return defaults | asked | {"AutoRemove": bool(host.AutoRemove), "NetworkMode": network}
