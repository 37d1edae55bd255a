"""What a container may mount: volumes of the session, folders of the lab, memory; nothing else."""

from __future__ import annotations

import posixpath
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from grader.gateway.names import Names
from grader.gateway.policy.bodies import (
    BindOptionsBody,
    ContainerCreate,
    HostConfigBody,
    MountBody,
    TmpfsOptionsBody,
    VolumeOptionsBody,
)
from grader.gateway.policy.limits import TMPFS_BYTES
from grader.gateway.policy.mount_words import BadMountError, check_volume_name, mount_target
from grader.gateway.policy.rules import refuse_wishes
from grader.gateway.policy.tmpfs import tmpfs_options
from grader.gateway.refusal import Refusal, forbidden, malformed
from grader.model.evidence import MountRecord

LAB_FOLDER = "/lab"
"""The workbench's working folder; what lies in it may be mounted."""
NO_DIFFERENCE = frozenset(
    ("", "rw", "z", "Z", "private", "rprivate", "consistent", "cached", "delegated")
)
"""Modes of a `-v` that ask for what is so anyway, or means nothing on this engine."""
MOUNTS_CAP = 50
"""Mounts of one container."""


@dataclass(frozen=True)
class FolderMount:
    """A folder or file of the workbench on its way into a container."""

    path: str
    """As the student sees it, below `/lab`."""
    place: str
    """Where we mount it on the engine's machine; only there the engine looks for it [57]."""
    make: bool
    """A folder that is not there is made, as the engine does for `-v`."""


@dataclass(frozen=True)
class Mounted:
    """One mount of a container: our record, the engine's form, and what stands behind it."""

    record: MountRecord
    body: dict[str, Any] | None = None
    """None for a `--tmpfs`, which has its own field."""
    volume: str = ""
    """The student's name of the volume."""
    anonymous: bool = False
    folder: FolderMount | None = None
    mode: str | None = None
    """The mode that `docker inspect` shows, where it is not the engine's own default."""


Lend = Callable[[str], tuple[Mounted, ...]]
"""Container, as the student names it → its mounts. Raises Refusal."""


def lend_nothing(ref: str) -> tuple[Mounted, ...]:
    """Know no container. The engine says this with 404, which would make the client pull."""
    raise Refusal(400, "unknown-object", f"No such container: {ref}")


@dataclass
class Mounts:
    """Collects the mounts of one container."""

    names: Names
    labels: dict[str, str]
    volumes_allowed: bool = True
    made: list[Mounted] = field(default_factory=list)
    tmpfs_options: dict[str, str] = field(default_factory=dict)

    def bind(self, text: str) -> None:
        """Add one `-v`: `target`, `source:target` or `source:target:options`."""
        source, _, rest = text.partition(":")
        target, _, flags = rest.partition(":")
        if not target:
            source, target = "", source
        chosen = set(flags.split(",")) - NO_DIFFERENCE
        if chosen - {"ro", "nocopy"}:
            raise malformed(f"invalid mode: {flags}")
        read_only = "ro" in chosen
        try:
            if source.startswith(("/", ".", "~")):
                self.folder(source, target, read_only=read_only, make=True)
            else:
                self.volume(source, target, read_only=read_only, no_copy="nocopy" in chosen)
            if flags:
                self.made[-1] = replace(self.made[-1], mode=flags)
        except BadMountError as error:
            raise malformed(f"invalid volume specification: '{text}': {error}") from None

    def mount(self, mount: MountBody) -> None:
        """Add one `--mount`."""
        try:
            self._mount(mount)
        except BadMountError as error:
            raise malformed(str(error)) from None

    def _mount(self, mount: MountBody) -> None:
        refuse_wishes(mount)
        source, target, read_only = mount.Source or "", mount.Target or "", bool(mount.ReadOnly)
        if mount.Type == "tmpfs":
            self.tmpfs(
                target, mount.TmpfsOptions or TmpfsOptionsBody(), source, read_only=read_only
            )
        elif mount.Type == "bind":
            options = mount.BindOptions or BindOptionsBody()
            refuse_wishes(options)
            if options.Propagation not in {None, "", "rprivate"}:
                raise forbidden("option", "mount propagation", "마운트 전파 (bind-propagation)")
            self.folder(source, target, read_only=read_only, make=bool(options.CreateMountpoint))
        elif mount.Type == "volume":
            chosen = mount.VolumeOptions or VolumeOptionsBody()
            refuse_wishes(chosen)
            self.volume(source, target, read_only=read_only, no_copy=bool(chosen.NoCopy))
        else:
            raise BadMountError(mount.Type or "", "mount type unknown")

    def volume(self, name: str, target: str, *, read_only: bool, no_copy: bool) -> None:
        """Add a volume; one without a name is anonymous, and gets a name such as engines give.

        The engine knows no way to find an anonymous volume of its own again: it has no label [56].
        """
        if not self.volumes_allowed:
            raise forbidden("volumes", "volumes", "볼륨")
        if name:
            check_volume_name(name)
        self._volume(name, target, read_only=read_only, no_copy=no_copy)

    def declared(self, target: str) -> None:
        """Add the anonymous volume that an image declares, unless something is mounted there."""
        if not any(known.record.target == posixpath.normpath(target) for known in self.made):
            self._volume("", target, read_only=False, no_copy=False)

    def unnamed(self, target: str) -> None:
        """Add one `-v target`, unless something is mounted there: docker-py tells both."""
        if self._taken(posixpath.normpath(target)):
            return
        try:
            self.volume("", target, read_only=False, no_copy=False)
        except BadMountError as error:
            raise malformed(f"invalid volume specification: '{target}': {error}") from None

    def _volume(self, name: str, target: str, *, read_only: bool, no_copy: bool) -> None:
        target = mount_target("volume", target)
        known = name or secrets.token_hex(32)
        self._add(
            Mounted(
                MountRecord(type="volume", source=known, target=target, read_only=read_only),
                {
                    "Type": "volume",
                    "Source": self.names.real(known),
                    "Target": target,
                    "ReadOnly": read_only,
                    "VolumeOptions": {"Labels": self.labels, "NoCopy": no_copy},
                },
                volume=known,
                anonymous=not name,
                mode=None if name else "",
            )
        )

    def folder(self, source: str, target: str, *, read_only: bool, make: bool) -> None:
        """Add a folder or file of the workbench's working folder."""
        if not source:
            raise BadMountError("bind", "field Source must not be empty")
        path = posixpath.normpath(source)
        if path != LAB_FOLDER and not path.startswith(f"{LAB_FOLDER}/"):
            raise _host_mount(source, target)
        target = mount_target("bind", target)
        place = self.names.new_place(path)
        self._add(
            Mounted(
                MountRecord(type="bind", source=path, target=target, read_only=read_only),
                {
                    "Type": "bind",
                    "Source": place,
                    "Target": target,
                    "ReadOnly": read_only,
                    # From a volume, where sessions of a grader in a container lie, the engine takes
                    # no `rprivate`. Nothing goes this way either.
                    "BindOptions": {"Propagation": "rslave"},
                },
                folder=FolderMount(path, place, make),
            )
        )

    def tmpfs(
        self, target: str, options: TmpfsOptionsBody, source: str = "", *, read_only: bool = False
    ) -> None:
        """Add a tmpfs of limited size."""
        refuse_wishes(options)
        if source:
            raise BadMountError("tmpfs", "field Source must not be specified")
        target = mount_target("tmpfs", target)
        asked = options.SizeBytes or 0
        limited = {
            "SizeBytes": min(asked, TMPFS_BYTES) if asked > 0 else TMPFS_BYTES,
            "Mode": (options.Mode or 0o1777) & 0o1777,
        }
        self._add(
            Mounted(
                MountRecord(type="tmpfs", source="", target=target, read_only=read_only),
                {
                    "Type": "tmpfs",
                    "Target": target,
                    "ReadOnly": read_only,
                    "TmpfsOptions": limited,
                },
            )
        )

    def tmpfs_option(self, target: str, options: str) -> None:
        """Add one `--tmpfs`."""
        try:
            target = mount_target("tmpfs", target)
        except BadMountError as error:
            raise malformed(error.problem) from None
        self._add(Mounted(MountRecord(type="tmpfs", source="", target=target)))
        self.tmpfs_options[target] = tmpfs_options(options)

    def borrow(self, text: str, lend: Lend) -> None:
        """Add one `--volumes-from`: what another container has mounted, at the same places [48].

        What this container mounts itself at one of them wins.
        """
        ref, _, mode = text.partition(":")
        if mode not in {"", "ro", "rw", "z", "Z"}:
            raise malformed(f"invalid mode: {mode}")
        for lent in lend(ref):
            record, body = lent.record, lent.body
            if body is None or record.type == "tmpfs" or self._taken(record.target):
                continue
            read_only = record.read_only or mode == "ro"
            if lent.folder is not None:
                self.folder(record.source, record.target, read_only=read_only, make=False)
            else:
                kept = record.model_copy(update={"read_only": read_only})
                body = body | {"ReadOnly": read_only}
                self._add(Mounted(kept, body, lent.volume, lent.anonymous, mode=""))

    def _taken(self, target: str) -> bool:
        return any(known.record.target == target for known in self.made)

    def _add(self, mounted: Mounted) -> None:
        target = mounted.record.target
        if len(self.made) >= MOUNTS_CAP:
            raise forbidden(
                "mount-count", f"more than {MOUNTS_CAP} mounts", f"마운트 {MOUNTS_CAP}개 초과"
            )
        if self._taken(target):
            raise malformed(f"Duplicate mount point: {target}")
        for known in self.made:
            outer, inner = sorted((known.record.target, target), key=len)
            if inner.startswith(f"{outer}/"):
                # Engines mount it by its path, which whoever writes to the outer one can move [73].
                raise forbidden(
                    "nested-mount",
                    f"a mount inside another one ({inner} in {outer})",
                    f"다른 마운트 안의 마운트 ({outer} 안의 {inner})",
                )
        self.made.append(mounted)


def mounts(
    wish: ContainerCreate,
    host: HostConfigBody,
    made: Mounts,
    *,
    lend: Lend = lend_nothing,
    declared: tuple[str, ...] = (),
) -> Mounts:
    """Return all mounts of a container, collected in `made`. Raises Refusal.

    `declared`: where the image wants volumes.
    """
    for bind in host.Binds or []:
        made.bind(bind)
    for mount in host.Mounts or []:
        made.mount(mount)
    for path, options in (host.Tmpfs or {}).items():
        made.tmpfs_option(path, options)
    for text in host.VolumesFrom or []:
        made.borrow(text, lend)
    for path in wish.Volumes or {}:
        made.unnamed(path)
    for path in declared:
        made.declared(path)
    return made


def _host_mount(source: str, target: str) -> Refusal:
    return forbidden(
        "host-mount",
        f"folders of the host (-v {source}:{target}); only {LAB_FOLDER} and what is in it",
        f"호스트 디렉터리 마운트 (-v {source}:{target}); {LAB_FOLDER} 안만 됩니다",
    )
