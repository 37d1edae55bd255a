"""What was written: into containers, volumes and the student's own folder."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from grader.drafting.facts import Facts
from grader.drafting.proposal import Proposal, id_of, listed
from grader.model.evidence import ContainerRecord, Snapshot
from grader.model.record import Text

_HISTORY = re.compile(r"/\.\w*history$")
MOST_FILES = 6
"""Files of one criterion."""
_FAIR = Text(
    ko="경로와 글의 철자를 안내문과 비교해 보십시오.",
    en="Compare the spelling of paths and texts with the handout.",
)


def proposals(facts: Facts) -> Iterator[Proposal]:
    """Propose what was written where."""
    for name, container in facts.containers.items():
        yield from _in_container(facts, name, container)
    yield from _untouched(facts)
    yield from _in_volumes(facts)
    yield from _in_folder(facts)


def written(facts: Facts, container: ContainerRecord) -> dict[str, dict[str, object]]:
    """Return what a rubric asks of the files that a container wrote into its own layer."""
    rules: dict[str, dict[str, object]] = {}
    for snapshot in _snapshots(container):
        changed = {change.path for change in snapshot.changes if change.kind in "AC"}
        for file in snapshot.files:
            if file.path not in changed or _is_mounted(container, file.path):
                continue
            if _HISTORY.search(file.path):
                continue
            rule = facts.rule(file)
            folder = rule == {"type": "dir"}
            if rule and not (folder and _holds_more(file.path, changed)):
                rules.setdefault(file.path, rule)
    return rules


def _snapshots(container: ContainerRecord) -> Iterator[Snapshot]:
    for moment in container.moments:
        if moment.snapshot is not None:
            yield moment.snapshot


def _is_mounted(container: ContainerRecord, path: str) -> bool:
    return any(f"{path}/".startswith(f"{mount.target}/") for mount in container.mounts)


def _holds_more(folder: str, changed: Iterable[str]) -> bool:
    """Return whether a folder changed because something in it did."""
    return any(path.startswith(f"{folder}/") for path in changed)


def _in_container(facts: Facts, name: str, container: ContainerRecord) -> Iterator[Proposal]:
    made, created = id_of("made", name), container.moment("created")
    since = created.step if created else 0
    rules = dict(list(written(facts, container).items())[:MOST_FILES])
    added = [path for path in rules if path not in _changed(container)]
    if added:
        yield Proposal(
            id_of("wrote", name),
            Text(
                ko=f"`{name}` 컨테이너의 정해진 경로에 파일을 만들었다: {listed(added)}",
                en=f"Files were made at the given paths in `{name}`: {listed(added)}",
            ),
            {"kind": "file", "container": name, "paths": {p: _there(rules[p]) for p in added}},
            Text(
                ko=f"파일은 호스트가 아니라 `{name}` 컨테이너 안에 만들어야 합니다. {_FAIR.ko}",
                en=f"The files belong inside `{name}`, not on the host. {_FAIR.en}",
            ),
            6 + 2 * len(added),
            _step(facts, added, since),
            (made,),
        )
    if texts := {path: rule for path, rule in rules.items() if "contains" in rule}:
        yield Proposal(
            id_of("texts", name),
            Text(
                ko=f"`{name}` 컨테이너의 파일에 정해진 글을 썼다: {listed(list(texts))}",
                en=f"Files in `{name}` hold the given texts: {listed(list(texts))}",
            ),
            {"kind": "file", "container": name, "paths": texts},
            _FAIR,
            4 + 2 * len(texts),
            _step(facts, texts, since),
            (id_of("wrote", name),) if added else (made,),
        )
    second = container.moment("start 2")
    if rules and second:
        there = {path: _there(rule) if path in added else rule for path, rule in rules.items()}
        yield Proposal(
            id_of("kept", name),
            Text(
                ko=f"`{name}` 컨테이너를 다시 시작한 뒤에도 파일이 남아 있었다",
                en=f"The files were still in `{name}` after it was started again",
            ),
            {"kind": "file", "container": name, "exits": 2, "paths": there},
            Text(
                ko="멈춘 컨테이너를 새로 만들지 말고 다시 시작하십시오.",
                en="Start the stopped container again instead of making a new one.",
            ),
            14,
            second.step,
            (id_of("wrote" if added else "texts", name),),
        )
    deleted = {
        change.path: snapshot
        for snapshot in _snapshots(container)
        for change in snapshot.changes
        if change.kind == "D" and facts.mentions(change.path)
    }
    if deleted:
        paths = listed(list(deleted))
        includes = [f"D {path}" for path in list(deleted)[:MOST_FILES]]
        yield Proposal(
            id_of("deleted", name),
            Text(
                ko=f"`{name}` 컨테이너에서 정해진 파일을 지웠다: {paths}",
                en=f"The files were deleted in `{name}`: {paths}",
            ),
            {"kind": "diff", "container": name, "includes": includes},
            Text(
                ko=f"`{name}` 컨테이너 안에서 지워야 합니다. {_FAIR.ko}",
                en=f"Delete them inside `{name}`. {_FAIR.en}",
            ),
            8,
            _step(facts, deleted, since),
            (made,),
        )


def _there(rule: dict[str, object]) -> dict[str, object]:
    """Return a rule without what it asks of the text."""
    return {"exists": True} if "contains" in rule else rule


def _changed(container: ContainerRecord) -> set[str]:
    """Return the paths that the image has, too."""
    return {c.path for s in _snapshots(container) for c in s.changes if c.kind == "C"}


def _untouched(facts: Facts) -> Iterator[Proposal]:
    """Propose that what a removed container had is not in a later one from the same image."""
    gone: dict[str, tuple[int, list[str]]] = {}
    removed = {name: step for step, name in facts.removals()}
    for name, container in facts.containers.items():
        created = container.moment("created")
        before, paths = gone.get(container.image, (0, []))
        own = written(facts, container)
        clean = [path for path in paths if path not in own and not _is_mounted(container, path)]
        if clean and not own and not container.mounts and created and before < created.step:
            yield Proposal(
                id_of("clean", name),
                Text(
                    ko=f"`{name}` 컨테이너에는 삭제한 컨테이너의 파일이 없다",
                    en=f"`{name}` does not have the files of the removed container",
                ),
                {"kind": "diff", "container": name, "excludes": clean},
                Text(
                    ko=f"`{name}` 컨테이너에는 아무 파일도 만들지 말고 보기만 하십시오.",
                    en=f"Make no files in `{name}`: only look.",
                ),
                8,
                created.step,
                (id_of("made", name), *(id_of("wrote", other) for other in removed)),
            )
        if own and name in removed:
            gone[container.image] = removed[name], list(own)[:MOST_FILES]


def _in_volumes(facts: Facts) -> Iterator[Proposal]:
    for volume in facts.evidence.volumes:
        if volume.anonymous or not facts.is_word(volume.name):
            continue
        stays = volume.removed_step is None
        check: dict[str, Any] = {
            "kind": "volume",
            "volume": volume.name,
            "exists_at_end": stays,
        }
        if labels := {k: v for k, v in volume.labels.items() if facts.was_typed(k)}:
            check["labels"] = labels
        end = ("끝까지 남겨 두었다", "left there") if stays else ("끝에는 삭제했다", "removed")
        yield Proposal(
            id_of("volume", volume.name),
            Text(
                ko=f"`{volume.name}` 볼륨을 만들고 {end[0]}",
                en=f"The volume `{volume.name}` was made, and {end[1]} in the end",
            ),
            check,
            Text(
                ko="볼륨은 `docker volume create`로 만듭니다. 이름의 철자를 확인해 보십시오.",
                en="`docker volume create` makes a volume. Check the spelling of its name.",
            ),
            10,
            volume.step,
        )
        rules = facts.rules(volume.contents) if volume.contents else {}
        if rules := dict(list(rules.items())[:MOST_FILES]):
            paths = listed(list(rules))
            yield Proposal(
                id_of("stored", volume.name),
                Text(
                    ko=f"`{volume.name}` 볼륨에 정해진 파일이 있다: {paths}",
                    en=f"The files are in the volume `{volume.name}`: {paths}",
                ),
                {"kind": "volume", "volume": volume.name, "paths": rules},
                Text(
                    ko=f"파일은 볼륨을 연결한 경로 아래에 써야 합니다. {_FAIR.ko}",
                    en=f"The files belong below the path on which the volume is. {_FAIR.en}",
                ),
                8 + 4 * len(rules),
                _step(facts, rules, since=volume.step),
                (id_of("volume", volume.name),),
            )


def _in_folder(facts: Facts) -> Iterator[Proposal]:
    if facts.evidence.folder is None:
        return
    for path, rule in list(facts.rules(facts.evidence.folder).items())[:MOST_FILES]:
        yield Proposal(
            id_of("folder", path.removeprefix("/lab")),
            Text(
                ko=f"호스트의 `{path}` 파일이 끝에 정해진 상태이다",
                en=f"The host's file `{path}` is as asked in the end",
            ),
            {"kind": "folder", "paths": {path: rule}},
            _FAIR,
            8,
            _step(facts, [path]),
        )


def _step(facts: Facts, paths: Iterable[str], since: int = 0) -> int:
    """Return the step that named the first of some paths."""
    steps = [facts.first_step(path, path.rpartition("/")[2], since=since) for path in paths]
    return min((step for step in steps if step), default=since)
