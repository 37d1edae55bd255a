"""How the named containers were made, and how their lives went."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from grader.drafting.facts import Facts
from grader.drafting.proposal import Proposal, id_of
from grader.model.evidence import ContainerRecord, MountRecord
from grader.model.record import Text

_KILLED = frozenset({0, 129, 130, 137, 143})
"""Exit codes that tell nothing about the work."""


def proposals(facts: Facts) -> Iterator[Proposal]:
    """Propose what is to be said of each named container as a whole."""
    for name, container in facts.containers.items():
        yield _made(facts, name, container)
        yield from _made_later(facts, name, container)
        yield from _lived(name, container)


def _made(facts: Facts, name: str, container: ContainerRecord) -> Proposal:
    check: dict[str, Any] = {"kind": "container", "container": name, "image": container.image}
    ko = f"`{name}` 컨테이너를 `{container.image}` 이미지로 만들었다"
    en = f"`{name}` was made from `{container.image}`"
    if mounts := [_mount(mount) for mount in container.mounts if _is_meant(facts, mount.source)]:
        check["mounts"] = mounts
        targets = ", ".join(f"`{mount['target']}`" for mount in mounts)
        ko, en = f"{ko} (마운트: {targets})", f"{en}, with something mounted on {targets}"
    more = {
        "environment": [e for e in container.environment if facts.was_typed(e)],
        "labels": {k: v for k, v in container.labels.items() if facts.was_typed(k)},
        "ports": [port for port in container.ports if facts.was_typed(port)],
        "options": _options(facts, container),
    }
    check |= {field: asked for field, asked in more.items() if asked}
    return Proposal(
        id_of("made", name),
        Text(ko=ko, en=en),
        check,
        Text(
            ko="컨테이너의 이름은 `--name`으로 붙입니다. 이름과 이미지, 옵션을 확인해 보십시오.",
            en="A container gets its name from `--name`. "
            "Check the spelling of the name, the image and the options.",
        ),
        10 + 2 * len(mounts),
        _step(container, "created"),
    )


def _is_meant(facts: Facts, source: str) -> bool:
    """Return whether the source of a mount can be asked for; anonymous volumes cannot."""
    anonymous = {volume.name for volume in facts.evidence.volumes if volume.anonymous}
    return source not in anonymous


def _mount(mount: MountRecord) -> dict[str, object]:
    asked: dict[str, object] = {"type": mount.type}
    if mount.source:
        asked["source"] = mount.source
    asked["target"] = mount.target
    if mount.read_only:
        asked["read_only"] = True
    return asked


def _options(facts: Facts, container: ContainerRecord) -> dict[str, object]:
    typed = {
        "user": container.user,
        "workdir": container.working_dir,
        "hostname": container.hostname,
    }
    flags = {"user": "-u", "workdir": "-w", "hostname": "-h"}
    return {
        name: value
        for name, value in typed.items()
        if value and (facts.was_typed(f"--{name}") or facts.was_typed(f"{flags[name]} {value}"))
    }


def _made_later(facts: Facts, name: str, container: ContainerRecord) -> Iterator[Proposal]:
    """Propose that the first container after a removal comes after it."""
    created = _step(container, "created")
    before = [(step, other) for step, other in facts.removals() if step < created]
    if not before:
        return
    step, gone = before[-1]
    others = [c for c in facts.containers.values() if step < _step(c, "created") < created]
    if others:
        return
    yield Proposal(
        id_of("then", name),
        Text(
            ko=f"`{gone}` 컨테이너를 삭제한 뒤에 `{name}` 컨테이너를 만들었다",
            en=f"`{name}` was made after the removal of `{gone}`",
        ),
        {
            "kind": "container",
            "container": name,
            "after": {"container": gone, "moment": "removed"},
        },
        Text(
            ko=f"순서가 중요합니다. 먼저 `{gone}` 컨테이너를 삭제하십시오.",
            en=f"The order matters: remove `{gone}` first.",
        ),
        6,
        created,
        (id_of("made", name), id_of("ended", gone)),
    )


def _lived(name: str, container: ContainerRecord) -> Iterator[Proposal]:
    labels = [moment.label.partition(" ")[0] for moment in container.moments]
    life = [label for label in labels if label in ("start", "exit", "removed")]
    restarted = life.count("start") > 1
    removed = "removed" in life and not container.auto_remove
    # Whether it was stopped first or removed by force is all the same.
    events = _trimmed(life) if restarted else []
    if restarted:
        yield Proposal(
            id_of("restarted", name),
            Text(
                ko=f"`{name}` 컨테이너를 멈췄다가 다시 시작했다",
                en=f"`{name}` was stopped and started again",
            ),
            {"kind": "lifecycle", "container": name, "sequence": events},
            Text(
                ko="멈춘 컨테이너는 사라진 것이 아닙니다. 새로 만들지 말고 다시 시작하십시오.",
                en="A stopped container is not gone. Start it again instead of making a new one.",
            ),
            8,
            _step(container, "start 2"),
            (id_of("made", name),),
        )
    codes = [m.exit_code for m in container.moments if m.label.startswith("exit")]
    if codes and codes[-1] not in {None, *_KILLED} and not container.tty:
        yield Proposal(
            id_of("exited", name),
            Text(
                ko=f"`{name}` 컨테이너가 종료 코드 {codes[-1]}로 끝났다",
                en=f"`{name}` exited with code {codes[-1]}",
            ),
            {"kind": "lifecycle", "container": name, "sequence": ["exit"], "exit_code": codes[-1]},
            Text(
                ko="컨테이너의 명령이 어떻게 끝났는지 `docker ps -a`로 확인해 보십시오.",
                en="See with `docker ps -a` how the container's command ended.",
            ),
            8,
            _step(container, "exit 1"),
            (id_of("made", name),),
        )
    if removed:
        yield Proposal(
            id_of("ended", name),
            Text(ko=f"`{name}` 컨테이너를 삭제했다", en=f"`{name}` was removed"),
            {"kind": "lifecycle", "container": name, "sequence": ["removed"]},
            Text(
                ko="멈춘 컨테이너도 삭제할 때까지 남아 있습니다. 켜져 있으면 먼저 멈추십시오.",
                en="A stopped container stays until it is removed; a running one is stopped first.",
            ),
            6,
            _step(container, "removed"),
            (id_of("made", name),),
        )


def _trimmed(life: list[str]) -> list[str]:
    """Return a life up to its last start: how a run ends at last says nothing more."""
    last = max(index for index, event in enumerate(life) if event == "start")
    return life[: last + 1]


def _step(container: ContainerRecord, label: str) -> int:
    moment = container.moment(label)
    return moment.step if moment else 0
