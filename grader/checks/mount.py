"""Kind `mount`: what was mounted into a container, and where."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Literal

from grader.checks import Check, Example
from grader.checks._chosen import AnyContainer
from grader.checks._examples import made, moment, seen, typed
from grader.checks._paths import AbsolutePath, fits
from grader.checks._select import best_container, line_at
from grader.checks._text import NonEmpty, joined, listed
from grader.model.evidence import ContainerRecord, Evidence, MountRecord
from grader.model.record import Text
from grader.model.result import Verdict

_KINDS = {
    "bind": Text(ko="바인드 마운트", en="bind mount"),
    "volume": Text(ko="볼륨", en="volume"),
    "tmpfs": Text(ko="tmpfs", en="tmpfs"),
}


class Mount(Check):
    """Something was mounted into a container.

    `target` is where in the container (it may be a pattern), `type` is `bind`, `volume` or `tmpfs`,
    `source` the volume's name or the folder, `read_only` whether it can be written. Credit is the
    share of the conditions that the best of the container's mounts fulfils; a container without a
    mount earns nothing.
    """

    kind: Literal["mount"] = "mount"
    container: AnyContainer
    type: Literal["bind", "volume", "tmpfs"]
    target: AbsolutePath
    source: NonEmpty | None = None
    read_only: bool | None = None

    def judge(self, evidence: Evidence) -> Verdict:
        """Compare the mounts of the container with what was asked."""

        def judge(container: ContainerRecord) -> Verdict:
            return self._judge(evidence, container)

        return best_container(evidence, self.container, self._expected, judge)

    def _judge(self, evidence: Evidence, container: ContainerRecord) -> Verdict:
        created = container.moment("created")
        line = line_at(evidence, container, created) if created else None
        name = container.name
        if not container.mounts:
            ko = f"'{name}' 컨테이너에는 마운트가 없습니다."
            en = f"Nothing is mounted into container '{name}'."
            return Verdict(credit=0, reason=Text(ko=ko, en=en), expected=self._expected, line=line)
        flaws = min((self._flaws(mount) for mount in container.mounts), key=len)
        total = 2 + (self.source is not None) + (self.read_only is not None)
        if not flaws:
            return Verdict(
                credit=1,
                reason=Text(
                    ko=f"'{name}' 컨테이너의 마운트가 요구한 대로입니다.",
                    en=f"The mount of container '{name}' is as asked.",
                ),
                line=line,
            )
        told, has = joined(flaws, most=4), listed([_shown(m) for m in container.mounts])
        return Verdict(
            credit=(total - len(flaws)) / total,
            reason=Text(
                ko=f"'{name}' 컨테이너의 마운트: {told.ko} (실제: {has.ko}).",
                en=f"The mount of container '{name}': {told.en} (seen: {has.en}).",
            ),
            expected=self._expected,
            line=line,
        )

    def _flaws(self, mount: MountRecord) -> list[Text]:
        flaws: list[Text] = []

        def ask(fits_: bool, flaw: Callable[[], Text]) -> None:  # noqa: FBT001
            if not fits_:
                flaws.append(flaw())

        ask(
            mount.type == self.type,
            lambda: Text(
                ko=f"종류가 {_KINDS[self.type].ko}이(가) 아니라 {_KINDS[mount.type].ko}입니다",
                en=f"it is a {_KINDS[mount.type].en}, not a {_KINDS[self.type].en}",
            ),
        )
        ask(
            fits(mount.target.rstrip("/"), self.target),
            lambda: Text(
                ko=f"위치가 '{self.target}'이(가) 아니라 '{mount.target}'입니다",
                en=f"it is on '{mount.target}', not on '{self.target}'",
            ),
        )
        if self.source is not None:
            ask(
                mount.source.rstrip("/") == self.source.rstrip("/"),
                lambda: Text(
                    ko=f"원본이 '{self.source}'이(가) 아니라 '{mount.source}'입니다",
                    en=f"it comes from '{mount.source}', not from '{self.source}'",
                ),
            )
        if self.read_only is not None:
            ask(
                mount.read_only == self.read_only,
                lambda: (
                    Text(ko="읽기 전용이 아닙니다", en="it can be written")
                    if self.read_only
                    else Text(ko="읽기 전용입니다", en="it is read-only")
                ),
            )
        return flaws

    @cached_property
    def _expected(self) -> Text:
        what, where = _KINDS[self.type], self.container.words()
        source = f" '{self.source}'" if self.source else ""
        ko = f"{where.ko}의 '{self.target}' 위치에 {what.ko}{source}"
        en = f"a {what.en}{source} on '{self.target}' of {where.en}"
        if self.read_only is not None:
            ko += ", 읽기 전용" if self.read_only else ", 쓰기 가능"
            en += ", read-only" if self.read_only else ", writable"
        return Text(ko=ko, en=en)


def _shown(mount: MountRecord) -> str:
    source = f"{mount.source}:" if mount.source else ""
    return f"{mount.type} {source}{mount.target}{':ro' if mount.read_only else ''}"


_ASKED = {
    "container": "db",
    "type": "volume",
    "target": "/data",
    "source": "db-data",
    "read_only": False,
}


def _had(*mounts: dict[str, object]) -> Evidence:
    return seen(
        typed(1, "docker run --name db -v db-data:/data alpine:latest true"),
        containers=[made("db", moment("created", 1), mounts=mounts)],
    )


EXAMPLES = (
    Example(
        shows="the volume is where it belongs",
        check=_ASKED,
        evidence=lambda: _had({"type": "volume", "source": "db-data", "target": "/data"}),
        credit=1,
        says="is as asked",
    ),
    Example(
        shows="another volume, and nobody can write to it",
        check=_ASKED,
        evidence=lambda: _had(
            {"type": "volume", "source": "data", "target": "/data", "read_only": True}
        ),
        credit=0.5,
        says="it comes from 'data', not from 'db-data'; it is read-only (seen: 'volume data:/data",
    ),
    Example(
        shows="no mount",
        check=_ASKED,
        evidence=_had,
        credit=0,
        says="Nothing is mounted into container 'db'.",
    ),
)
