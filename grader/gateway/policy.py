"""What becomes of a request to create: pure decisions on typed bodies, no input or output.

`bodies` says which class a field has; here stand the reasons for refusals and the rewriting.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from typing import Any

from grader.gateway.bodies import (
    Body,
    ContainerCreate,
    ExecCreate,
    HostConfigBody,
    MountBody,
    TmpfsOptionsBody,
    VolumeOptionsBody,
)
from grader.gateway.names import NAME, Names
from grader.gateway.refusal import Refusal, forbidden, malformed
from grader.model.evidence import MountRecord
from grader.model.lab import Lab

LABEL = "lab-grader."
"""Prefix of our own labels; a student may not set them, and does not see them."""

MIB = 1024 * 1024
TMPFS_BYTES = 64 * MIB

_REASONS: dict[str, tuple[str, str, str]] = {
    "Privileged": ("privileged", "--privileged", "--privileged (호스트 전체 권한)"),
    "CapAdd": ("capability", "added capabilities (--cap-add)", "권한 추가 (--cap-add)"),
    "Devices": ("device", "devices of the host (--device)", "호스트 장치 (--device)"),
    "DeviceRequests": ("device", "devices of the host (--gpus)", "호스트 장치 (--gpus)"),
    "DeviceCgroupRules": ("device", "device rules", "장치 규칙 (--device-cgroup-rule)"),
    "UTSMode": ("host-namespace", "the host's namespace (--uts)", "호스트 네임스페이스 (--uts)"),
    "UsernsMode": ("host-namespace", "the host's users (--userns)", "호스트 사용자 (--userns)"),
    "Cgroup": ("host-namespace", "another control group", "다른 컨트롤 그룹"),
    "Sysctls": ("sysctl", "kernel settings (--sysctl)", "커널 설정 (--sysctl)"),
    "VolumesFrom": ("volumes-from", "--volumes-from", "--volumes-from"),
    "VolumeDriver": ("volume-driver", "volume drivers", "볼륨 드라이버 (--volume-driver)"),
    "Links": ("link", "--link", "--link"),
    "ExtraHosts": ("extra-host", "--add-host", "--add-host"),
    "MaskedPaths": ("unmask", "unmasked system paths", "시스템 경로 보호 해제"),
    "ReadonlyPaths": ("unmask", "writable system paths", "시스템 경로 보호 해제"),
    "MacAddress": ("mac-address", "an own MAC address", "MAC 주소 지정 (--mac-address)"),
}

_SYSTEM_FOLDER = re.compile(r"/(proc|sys|dev)(/|$)")
_TMPFS_SAFE = re.compile(r"(size=[0-9]{1,15}[kmg]?|mode=0?[0-7]{3,4}|nosuid|nodev|noexec|rw|ro)")


@dataclass(frozen=True)
class CreatePlan:
    """What goes to the engine for one `docker create`, and what we remember of the wish."""

    body: dict[str, Any]
    asked: ContainerCreate
    image: str
    """Reference as the student wrote it."""
    image_id: str
    auto_remove: bool
    mounts: tuple[MountRecord, ...]
    volumes: dict[str, str]
    """Volumes that come into being with it: the student's name → the engine's."""
    ports: tuple[str, ...]
    shown: dict[str, Any]
    """Values of HostConfig that `docker inspect` shows instead of ours."""


def create_container(
    wish: ContainerCreate, lab: Lab, names: Names, prompt: dict[str, str], labels: dict[str, str]
) -> CreatePlan:
    """Decide about one `docker create`.

    `prompt` is the environment that makes a shell announce its prompts; it goes in where a terminal
    with an open input was asked for. Raises Refusal.
    """
    host = wish.HostConfig or HostConfigBody()
    refuse_wishes(wish)
    refuse_wishes(host)
    image_id = _image(wish.Image, lab, names)
    _refuse_namespaces(host)
    network = _network(host.NetworkMode, wish)
    mounts = _mounts(wish, host, names, labels)
    environment = list(wish.Env or [])
    if wish.Tty and wish.OpenStdin:
        environment += [f"{key}={value}" for key, value in prompt.items()]
    body: dict[str, Any] = {name: getattr(wish, name) for name in wish.fields_of("allow")}
    body |= {
        "Image": image_id,
        "Env": environment,
        "Labels": own_labels(wish.Labels) | labels,
        "WorkingDir": working_dir(wish.WorkingDir),
        "HostConfig": {name: getattr(host, name) for name in host.fields_of("allow")}
        | _limited(host, lab)
        | {
            "Mounts": mounts.bodies,
            "Tmpfs": mounts.tmpfs_options,
            "NetworkMode": "none",
            "IpcMode": "private",
            "AutoRemove": False,
            "RestartPolicy": {"Name": "no"},
            "SecurityOpt": ["no-new-privileges"],
            "Dns": ["127.0.0.1"],
            "LogConfig": {"Type": "json-file", "Config": {"max-size": "1m", "max-file": "1"}},
        },
    }
    return CreatePlan(
        body=body,
        asked=wish,
        image=wish.Image or "",
        image_id=image_id,
        auto_remove=bool(host.AutoRemove),
        mounts=tuple(mounts.records),
        volumes=mounts.volumes,
        ports=_ports(host.PortBindings or {}),
        shown=_shown(host, network),
    )


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


def _limited(host: HostConfigBody, lab: Lab) -> dict[str, Any]:
    """Return the limits of a container: what was asked for, at most what the lab gives."""
    limits = lab.limits
    memory = max(min(host.Memory or limits.memory_mb * MIB, limits.memory_mb * MIB), 6 * MIB)
    pids = host.PidsLimit or 0
    return {
        "Memory": memory,
        "MemorySwap": memory,
        "NanoCpus": int(min(host.NanoCpus or 1e18, limits.cpus * 1e9)),
        "PidsLimit": min(pids, limits.pids) if pids > 0 else limits.pids,
        "ShmSize": min(host.ShmSize or TMPFS_BYTES, TMPFS_BYTES),
        "Ulimits": [{"Name": "fsize", "Soft": limits.file_mb * MIB, "Hard": limits.file_mb * MIB}],
    }


def _shown(host: HostConfigBody, network: str) -> dict[str, Any]:
    """Return what `docker inspect` shows of HostConfig instead of our values."""
    defaults: dict[str, Any] = {
        "Memory": 0,
        "MemorySwap": 0,
        "NanoCpus": 0,
        "PidsLimit": None,
        "ShmSize": TMPFS_BYTES,
        "RestartPolicy": {"Name": "no", "MaximumRetryCount": 0},
        "LogConfig": {"Type": "json-file", "Config": {}},
        "SecurityOpt": None,
        "Dns": [],
        "Ulimits": None,
        "Binds": None,
        "PortBindings": {},
    }
    asked = host.model_dump(exclude_none=True, exclude={"Mounts"})
    return defaults | asked | {"AutoRemove": bool(host.AutoRemove), "NetworkMode": network}


def create_exec(wish: ExecCreate, prompt: dict[str, str]) -> dict[str, Any]:
    """Return the engine's body for one `docker exec`. Raises Refusal."""
    refuse_wishes(wish)
    environment = list(wish.Env or [])
    if wish.Tty:
        environment += [f"{key}={value}" for key, value in prompt.items()]
    body: dict[str, Any] = {name: getattr(wish, name) for name in wish.fields_of("allow")}
    return body | {"Env": environment, "WorkingDir": working_dir(wish.WorkingDir)}


def refuse_wishes(body: Body) -> None:
    """Raise Refusal if a field of the class "refuse" holds a wish."""
    for name in body.fields_of("refuse"):
        value = getattr(body, name)
        strict = "non-null" in type(body).model_fields[name].metadata
        if value is None or (not strict and value in (False, 0, "", [], {})):
            continue
        rule, english, korean = _REASONS.get(name, ("option", f"the option {name}", f"옵션 {name}"))
        raise forbidden(rule, english, korean)


def own_labels(labels: dict[str, str] | None) -> dict[str, str]:
    """Return the student's labels. Raises Refusal if one pretends to be ours."""
    for key in labels or {}:
        if key.startswith(LABEL):
            raise forbidden("label", f"labels that begin with {LABEL!r}", f"{LABEL!r} 레이블")
    return dict(labels or {})


def working_dir(path: str | None) -> str:
    """Return a working folder. Raises Refusal for one that could reach the host [53]."""
    if path and _SYSTEM_FOLDER.match(posixpath.normpath("/" + path.lstrip("/"))):
        raise forbidden("working-dir", f"the working folder {path}", f"작업 디렉터리 {path}")
    return path or ""


def _refuse_namespaces(host: HostConfigBody) -> None:
    for option, value in (("--pid", host.PidMode), ("--ipc", host.IpcMode)):
        if value not in (None, "", "private"):
            raise forbidden(
                "host-namespace",
                f"a shared namespace ({option} {value})",
                f"네임스페이스 공유 ({option} {value})",
            )


def _network(mode: str | None, wish: ContainerCreate) -> str:
    mode = mode or "default"
    if mode == "host":
        raise forbidden("host-namespace", "the host's network", "호스트 네트워크 (--network host)")
    if mode not in {"default", "bridge", "none"}:
        raise forbidden("network", f"the network {mode!r}", f"네트워크 {mode!r}")
    endpoints = (wish.NetworkingConfig.EndpointsConfig if wish.NetworkingConfig else None) or {}
    if set(endpoints) - {"default", "bridge", "none"}:
        other = min(set(endpoints) - {"default", "bridge", "none"})
        raise forbidden("network", f"the network {other!r}", f"네트워크 {other!r}")
    return mode


class _Mounts:
    """Collects the mounts of one container: the engine's form, our record, the volumes named."""

    def __init__(self, names: Names, labels: dict[str, str]) -> None:
        self.names = names
        self.labels = labels
        self.bodies: list[dict[str, Any]] = []
        self.tmpfs_options: dict[str, str] = {}
        self.records: list[MountRecord] = []
        self.volumes: dict[str, str] = {}

    def bind(self, text: str) -> None:
        """Add one `-v`: `target`, `volume:target` or `volume:target:options`."""
        source, _, rest = text.partition(":")
        target, _, flags = rest.partition(":")
        if not target:
            source, target = "", source
        chosen = set(flags.split(",")) - {"", "rw", "z", "Z"}
        if chosen - {"ro", "nocopy"}:
            raise malformed(f"invalid mode: {flags}")
        self.volume(source, target, read_only="ro" in chosen, no_copy="nocopy" in chosen)

    def mount(self, mount: MountBody) -> None:
        """Add one `--mount`."""
        refuse_wishes(mount)
        source, target = mount.Source or "", mount.Target or ""
        if mount.Type == "tmpfs":
            self.tmpfs(target, mount.TmpfsOptions or TmpfsOptionsBody())
        elif mount.Type == "bind":
            raise _host_mount(source, target)
        elif mount.Type == "volume":
            options = mount.VolumeOptions or VolumeOptionsBody()
            refuse_wishes(options)
            self.volume(
                source, target, read_only=bool(mount.ReadOnly), no_copy=bool(options.NoCopy)
            )
        else:
            raise malformed(f"mount type {mount.Type!r} unknown")

    def volume(self, name: str, target: str, *, read_only: bool, no_copy: bool) -> None:
        """Add a volume; one without a name is anonymous, but carries our labels all the same."""
        if name.startswith(("/", ".", "~")):
            raise _host_mount(name, target)
        if name and not NAME.fullmatch(name):
            raise malformed(f"{name!r} is not a name for a volume")
        if name:
            self.volumes[name] = self.names.real(name)
        target = _target(target)
        options = {"Labels": self.labels, "NoCopy": no_copy}
        body = {"Type": "volume", "Source": self.volumes.get(name, ""), "Target": target}
        self._add(
            body | {"ReadOnly": read_only, "VolumeOptions": options},
            MountRecord(type="volume", source=name, target=target, read_only=read_only),
        )

    def tmpfs(self, target: str, options: TmpfsOptionsBody) -> None:
        """Add a tmpfs of limited size."""
        refuse_wishes(options)
        target = _target(target)
        limited = {
            "SizeBytes": min(options.SizeBytes or TMPFS_BYTES, TMPFS_BYTES),
            "Mode": options.Mode or 0o1777,
        }
        self._add(
            {"Type": "tmpfs", "Target": target, "TmpfsOptions": limited},
            MountRecord(type="tmpfs", source="", target=target),
        )

    def tmpfs_option(self, target: str, options: str) -> None:
        """Add one `--tmpfs`."""
        target = _target(target)
        self._note(MountRecord(type="tmpfs", source="", target=target))
        self.tmpfs_options[target] = _tmpfs(options)

    def _add(self, body: dict[str, Any], record: MountRecord) -> None:
        self._note(record)
        self.bodies.append(body)

    def _note(self, record: MountRecord) -> None:
        if any(known.target == record.target for known in self.records):
            raise malformed(f"Duplicate mount point: {record.target}")
        self.records.append(record)


def _mounts(
    wish: ContainerCreate, host: HostConfigBody, names: Names, labels: dict[str, str]
) -> _Mounts:
    made = _Mounts(names, labels)
    for bind in host.Binds or []:
        made.bind(bind)
    for path in wish.Volumes or {}:
        made.volume("", path, read_only=False, no_copy=False)
    for mount in host.Mounts or []:
        made.mount(mount)
    for path, options in (host.Tmpfs or {}).items():
        made.tmpfs_option(path, options)
    return made


def _host_mount(source: str, target: str) -> Refusal:
    return forbidden(
        "host-mount",
        f"folders of the host (-v {source}:{target})",
        f"호스트 디렉터리 마운트 (-v {source}:{target})",
    )


def _target(path: str) -> str:
    clean = posixpath.normpath(path) if path else ""
    if not path.startswith("/") or clean in {"", "/", "//"}:
        raise malformed(f"invalid mount path: {path!r} must be an absolute path, and not '/'")
    if _SYSTEM_FOLDER.match(clean):
        raise forbidden("mount-target", f"a mount at {clean}", f"{clean} 위치의 마운트")
    return clean


def _tmpfs(options: str) -> str:
    asked = [part for part in options.split(",") if part]
    for part in asked:
        if not _TMPFS_SAFE.fullmatch(part):
            raise forbidden("tmpfs-option", f"the tmpfs option {part!r}", f"tmpfs 옵션 {part!r}")
    kept = [part for part in asked if not part.startswith("size=")]
    size = min(
        [_bytes(p.removeprefix("size=")) for p in asked if p.startswith("size=")] + [TMPFS_BYTES]
    )
    return ",".join([*kept, f"size={size}"])


def _bytes(text: str) -> int:
    scale = {"k": 1024, "m": MIB, "g": 1024 * MIB}.get(text[-1], 0)
    return int(text[:-1]) * scale if scale else int(text)


def _ports(bindings: dict[str, Any]) -> tuple[str, ...]:
    shown = []
    for port, places in sorted(bindings.items()):
        for place in places or [{}]:
            outside = place.get("HostPort", "") if isinstance(place, dict) else ""
            shown.append(f"{outside}:{port}")
    return tuple(shown)
