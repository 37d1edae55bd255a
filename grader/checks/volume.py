"""Kind `volume`: a volume that was made, what is in it, and who had it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from functools import cached_property, partial
from typing import Literal

from pydantic import Field

from grader.checks import Check, CourseProblem, Example
from grader.checks._chosen import AnyContainer, ContainerName, charge_each
from grader.checks._examples import made, moment, seen, stored, typed
from grader.checks._matcher import PathMatcher
from grader.checks._objects import label_flaws, label_words, left_flaws, left_words, path_flaws
from grader.checks._paths import AbsolutePath
from grader.checks._select import absent, best, line_of
from grader.checks._text import NonEmpty, joined, listed
from grader.errors import EvidenceMissing
from grader.model.evidence import ContainerRecord, Contents, Evidence, VolumeRecord
from grader.model.lab import Lab
from grader.model.record import Text
from grader.model.result import Verdict


class Volume(Check):
    """A volume was made, and is as asked.

    Conditions are that it was made, whether it `exists_at_end`, each entry of `labels`, how many
    different containers had it (`used_by: 2`), each of `mounted_in` (a list of containers that had
    it), and each of `paths`: what is in the volume when it
    is removed, or at the end. Paths count from the volume's own root, and are asked as in `file`;
    the lab needs `record: {volumes: true}` for them. Credit is the share of the conditions that
    hold.
    """

    kind: Literal["volume"] = "volume"
    volume: ContainerName
    exists_at_end: bool | None = None
    labels: dict[NonEmpty, str] = Field(default_factory=dict)
    used_by: int | None = Field(strict=True, default=None, ge=1, le=100)
    mounted_in: tuple[AnyContainer, ...] = ()
    paths: dict[AbsolutePath, PathMatcher] = Field(default_factory=dict)

    def problems(self, lab: Lab) -> Iterable[CourseProblem]:
        """Return what the lab must allow first."""
        if not lab.volumes:
            yield CourseProblem(("volume",), "the lab has 'volumes: false'")
        if self.paths and not lab.record.volumes:
            yield CourseProblem(
                ("paths",), "the lab does not record volumes; add 'record: {volumes: true}' to it"
            )

    def judge(self, evidence: Evidence) -> Verdict:
        """Compare the best of the volumes of this name with every condition."""
        named = [record for record in evidence.volumes if record.name == self.volume]
        if not named:
            return self._never_made(evidence)
        verdict = best(partial(self._judge, evidence, record) for record in named)
        used = [
            (chosen, container)
            for chosen in self.mounted_in
            for container in chosen.find(evidence)
            if self._is_in(container)
        ]
        return charge_each(verdict, used, self._expected)

    def _is_in(self, container: ContainerRecord) -> bool:
        return any(m.type == "volume" and m.source == self.volume for m in container.mounts)

    def _judge(self, evidence: Evidence, record: VolumeRecord) -> Verdict:
        flaws = [
            *left_flaws(record.removed_step, asked=self.exists_at_end),
            *label_flaws(record.labels, self.labels),
            *self._use_flaws(evidence),
            *self._place_flaws(evidence),
            *self._path_flaws(record),
        ]
        line = line_of(evidence, record.step)
        if not flaws:
            return Verdict(
                credit=1,
                reason=Text(
                    ko=f"'{self.volume}' 볼륨이 요구한 대로입니다.",
                    en=f"Volume '{self.volume}' is as asked.",
                ),
                line=line,
            )
        total = 1 + (self.exists_at_end is not None) + len(self.labels)
        total += (self.used_by is not None) + len(self.mounted_in) + len(self.paths)
        told = joined(flaws, most=3)
        return Verdict(
            credit=(total - len(flaws)) / total,
            reason=Text(
                ko=f"'{self.volume}' 볼륨: {told.ko}.", en=f"Volume '{self.volume}': {told.en}."
            ),
            expected=self._expected,
            line=line,
        )

    def _use_flaws(self, evidence: Evidence) -> Iterable[Text]:
        if self.used_by is None:
            return
        users = [container.name for container in evidence.containers if self._is_in(container)]
        if len(users) < self.used_by:
            names = listed(users)
            yield Text(
                ko=f"이 볼륨을 쓴 컨테이너가 {self.used_by}개가 아니라 {len(users)}개입니다"
                + (f" ({names.ko})" if users else ""),
                en=f"{len(users)} of {self.used_by} containers had it"
                + (f" ({names.en})" if users else ""),
            )

    def _place_flaws(self, evidence: Evidence) -> Iterable[Text]:
        for chosen in self.mounted_in:
            containers = chosen.find(evidence)
            whose = chosen.words()
            if not containers:
                yield absent(evidence, chosen)
            elif not any(self._is_in(container) for container in containers):
                yield Text(
                    ko=f"{whose.ko}에 마운트되지 않았습니다",
                    en=f"it was never mounted in {whose.en}",
                )

    def _path_flaws(self, record: VolumeRecord) -> Iterable[Text]:
        if not self.paths:
            return
        flaws = path_flaws(_contents(record), self.paths, f"volume '{record.name}'")
        for path, flaw in flaws.items():
            yield Text(ko=f"'{path}' 경로가 {flaw.ko}", en=f"'{path}' {flaw.en}")

    def _never_made(self, evidence: Evidence) -> Verdict:
        names = [record.name for record in evidence.volumes if not record.anonymous]
        ko, en = (
            f"'{self.volume}' 볼륨이 없습니다.",
            f"There is no volume '{self.volume}'.",
        )
        if near := difflib.get_close_matches(self.volume, names, n=1):
            ko = (
                f"만든 볼륨의 이름은 '{near[0]}'이고, 실습에서 요구한 이름은 '{self.volume}'입니다."
            )
            en = f"You made '{near[0]}'; the lab asks for '{self.volume}'."
        elif names:
            made_ = listed(names)
            ko, en = f"{ko} 만든 볼륨: {made_.ko}.", f"{en} You made {made_.en}."
        elif evidence.volumes:
            ko = f"{ko} 이름 없는 볼륨만 만들어졌습니다."
            en = f"{en} Only a volume without a name was made."
        return Verdict(credit=0, reason=Text(ko=ko, en=en), expected=self._expected)

    @cached_property
    def _expected(self) -> Text:
        words = [Text(ko=f"'{self.volume}' 볼륨", en=f"a volume '{self.volume}'")]
        words += left_words(asked=self.exists_at_end)
        words += label_words(self.labels)
        if self.used_by is not None:
            words.append(
                Text(
                    ko=f"컨테이너 {self.used_by}개가 사용", en=f"used by {self.used_by} containers"
                )
            )
        for chosen in self.mounted_in:
            whose = chosen.words()
            words.append(Text(ko=f"{whose.ko}에 마운트", en=f"mounted in {whose.en}"))
        words += [matcher.words(path) for path, matcher in self.paths.items()]
        return joined(words, most=8, between=", ")


def _contents(record: VolumeRecord) -> Contents:
    if record.contents is None:
        raise EvidenceMissing(f"the contents of volume '{record.name}' were not recorded")
    if record.contents.fault is not None:
        raise EvidenceMissing(
            f"the contents of volume '{record.name}' are incomplete: {record.contents.fault}"
        )
    return record.contents


_MOUNT = {"type": "volume", "source": "todo-data", "target": "/data"}


def _kept(name: str = "todo-data", text: str = "할 일") -> Evidence:
    return seen(
        typed(1, f"docker run --name a -v {name}:/data alpine sh -c 'echo 할 일 > /data/note.txt'"),
        typed(2, f"docker run --name b -v {name}:/data alpine cat /data/note.txt"),
        containers=[
            made("a", moment("created", 1), mounts=[_MOUNT | {"source": name}]),
            made("b", moment("created", 2), mounts=[_MOUNT | {"source": name}]),
        ],
        volumes=[
            VolumeRecord(name=name, step=1, contents=Contents(files=(stored("/note.txt", text),)))
        ],
    )


_ASKED = {
    "volume": "todo-data",
    "exists_at_end": True,
    "used_by": 2,
    "paths": {"/note.txt": {"contains": "할 일"}},
}

EXAMPLES = (
    Example(
        shows="two containers had it, and the text is still in it at the end",
        check=_ASKED,
        evidence=_kept,
        credit=1,
        says="is as asked",
    ),
    Example(
        shows="another text in the right file",
        check=_ASKED,
        evidence=lambda: _kept(text="다른 글"),
        credit=0.75,
        says="'/note.txt' lacks '할 일'",
    ),
    Example(
        shows="a slip in the name",
        check=_ASKED,
        evidence=lambda: _kept(name="todo_data"),
        credit=0,
        says="You made 'todo_data'; the lab asks for 'todo-data'.",
    ),
)
