"""What a container may mount: volumes of the session, and memory; nothing of the host."""

from __future__ import annotations

import posixpath
import re
from typing import Any

from grader.gateway.names import NAME, Names
from grader.gateway.policy.bodies import (
    ContainerCreate,
    HostConfigBody,
    MountBody,
    TmpfsOptionsBody,
    VolumeOptionsBody,
)
from grader.gateway.policy.limits import MIB, TMPFS_BYTES
from grader.gateway.policy.rules import SYSTEM_FOLDER, refuse_wishes
from grader.gateway.refusal import Refusal, forbidden, malformed
from grader.model.evidence import MountRecord

_TMPFS_SAFE = re.compile(r"(size=[0-9]{1,15}[kmg]?|mode=0?[0-7]{3,4}|nosuid|nodev|noexec|rw|ro)")


class Mounts:
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


def mounts(
    wish: ContainerCreate, host: HostConfigBody, names: Names, labels: dict[str, str]
) -> Mounts:
    """Return all mounts of a container. Raises Refusal."""
    made = Mounts(names, labels)
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
    if SYSTEM_FOLDER.match(clean):
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
