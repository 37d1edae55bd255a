"""Kind `layers`: from which layer of an image or a container a path comes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property, partial
from typing import Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from grader.checks import Check, CourseProblem, Example
from grader.checks._chosen import AnyContainer
from grader.checks._examples import made, moment, seen, typed
from grader.checks._paths import AbsolutePath, fits, is_pattern
from grader.checks._select import (
    At,
    best,
    best_container,
    line_at,
    line_of,
    not_reached,
    picked,
    snapshot_at,
    when,
)
from grader.checks._stack import (
    Level,
    Place,
    contents_of,
    find,
    folder_deleted,
    image_level,
    levels_of,
    writable_level,
)
from grader.checks._text import NonEmpty, joined, listed
from grader.checks._text_rule import TextRule
from grader.errors import EvidenceMissing
from grader.model.evidence import BuiltImage, ContainerRecord, Evidence, Moment
from grader.model.image import same_image
from grader.model.image_contents import HistoryEntry, ImageContents, LayerPath, LayerRecord
from grader.model.lab import Lab
from grader.model.record import Record, Text
from grader.model.result import Verdict

_ORIGINS = {
    "writable": Text(ko="기록 가능 레이어", en="the writable layer"),
    "own": Text(ko="직접 만든 이미지 레이어", en="a layer of the image that was made"),
    "base": Text(ko="바탕 이미지의 레이어", en="a layer of the base image"),
    "none": Text(ko="어느 레이어에도 없음", en="no layer"),
}


class Where(Record):
    """Where a path has to come from."""

    layer: Literal["writable", "own", "base", "none"] | None = None
    """The topmost layer that holds it; `none`: no layer does."""
    copied_up: bool | None = None
    """Whether a layer below holds it too."""
    deleted_in: Literal["own", "writable"] | None = None
    """Where it was deleted, although a layer below still holds it; without this it has to be
    visible."""
    by: TextRule | None = None
    """What made the layer that holds it, as `docker history --no-trunc` shows it."""

    @model_validator(mode="after")
    def _asks_something(self) -> Self:
        if self.by is not None and not self.by.reads:
            raise PydanticCustomError("layers", "'by' needs 'contains', 'lacks' or 'matches'")
        rest = (self.copied_up, self.deleted_in, self.by)
        if self.layer == "none" and any(value is not None for value in rest):
            raise PydanticCustomError("layers", "'layer: none' stands alone")
        if self.layer is None and all(value is None for value in rest):
            raise PydanticCustomError(
                "layers", "a path needs 'layer', 'copied_up', 'deleted_in' or 'by'"
            )
        return self

    def flaw(self, place: Place) -> Text | None:
        """Say what is wrong with the place of a path."""
        return self._wrong_layer(place) or self._wrong_below(place)

    def _wrong_layer(self, place: Place) -> Text | None:
        seen_in = _ORIGINS[place.origin]
        if self.layer != "none" and place.held is None:
            return Text(ko="어느 레이어에도 없습니다", en="is in no layer")
        if self.layer not in {None, place.origin}:
            return Text(ko=f"있는 곳: {seen_in.ko}", en=f"is in {seen_in.en}")
        if self.deleted_in != place.deleted_in:
            if place.deleted_in is None:
                return Text(ko="나중에 삭제되지 않았습니다", en="was not deleted later")
            where = _ORIGINS[place.deleted_in]
            return Text(ko=f"삭제된 곳: {where.ko}", en=f"was deleted in {where.en}")
        return None

    def _wrong_below(self, place: Place) -> Text | None:
        if self.copied_up not in {None, place.copied_up}:
            if place.copied_up:
                return Text(ko="아래 레이어에도 있습니다", en="is in a layer below too")
            return Text(ko="아래 레이어에는 없습니다", en="is in no layer below")
        if self.by is not None and place.level and self.by.share(place.level.created_by) < 1:
            return Text(
                ko="다른 명령이 만든 레이어에 있습니다", en="was made by another instruction"
            )
        return None

    def words(self, path: str) -> Text:
        """Return the demand as a phrase."""
        ko, en = [], []
        if self.layer is not None:
            ko.append(_ORIGINS[self.layer].ko)
            en.append(f"in {_ORIGINS[self.layer].en}")
        if self.deleted_in is not None:
            where = _ORIGINS[self.deleted_in]
            ko.append(f"{where.ko}에서 삭제")
            en.append(f"deleted in {where.en}")
        if self.copied_up is not None:
            ko.append("아래 레이어에도 있음" if self.copied_up else "아래 레이어에는 없음")
            en.append("in a layer below too" if self.copied_up else "in no layer below")
        if self.by is not None:
            made_by = listed(self.by.contains)
            ko.append(f"만든 명령: {made_by.ko}" if made_by.ko else "요구한 명령이 만듦")
            en.append(f"made by {made_by.en}" if made_by.en else "made as asked")
        return Text(ko=f"'{path}': {', '.join(ko)}", en=f"'{path}' {', '.join(en)}")


class Layers(Check):
    """From which layer a path comes, in an image of the student's own or in a container.

    Give either `image` (its name) or `container` (at a moment, `at`, as in `file`). For each of
    `paths`, `layer` says which layer holds it, the topmost if several do: `writable` is the
    container's own, `own` one that the student's image adds, `base` one of the lab's image;
    `none` means that none does. `copied_up` says whether a layer below holds it too.
    `deleted_in` (`own` or `writable`) asks that it was deleted there while a layer below still
    holds it: such a deletion gives no room back. Without `deleted_in` the path has to be visible.
    `by` asks about the line of `docker history` that made the layer, in the words for all texts.
    Credit is the share of the paths that are right. For `image`, the lab needs `build: true`.
    """

    kind: Literal["layers"] = "layers"
    image: NonEmpty | None = None
    container: AnyContainer | None = None
    at: At = "any"
    paths: dict[AbsolutePath, Where] = Field(min_length=1)

    @model_validator(mode="after")
    def _one_thing(self) -> Self:
        if (self.image is None) == (self.container is None):
            raise PydanticCustomError("layers", "give either 'image' or 'container'")
        if self.image is not None and self.at != "any":
            raise PydanticCustomError("layers", "'at' goes with 'container'")
        if self.image is not None and any(
            "writable" in {w.layer, w.deleted_in} for w in self.paths.values()
        ):
            raise PydanticCustomError("layers", "only a container has a 'writable' layer")
        return self

    def watched(self) -> frozenset[str]:
        """Return the paths of this check."""
        return frozenset(path for path in self.paths if not is_pattern(path))

    def problems(self, lab: Lab) -> Iterable[CourseProblem]:
        """Return what the lab must allow first."""
        if self.image is not None and not lab.build:
            yield CourseProblem(("image",), "nobody can make images; add 'build: true' to the lab")

    def judge(self, evidence: Evidence) -> Verdict:
        """Look for each path in the layers, from the lowest on."""
        if self.container is not None:
            judge = partial(self._judge_container, evidence)
            return best_container(evidence, self.container, self._expected, judge)
        named = [
            record
            for record in evidence.built
            if any(same_image(self.image or "", name) for name in record.references)
            and record.how != "tag"
        ]
        if not named:
            ko = f"'{self.image}' 이미지를 만들지 않았습니다."
            en = f"There is no image '{self.image}' of the student's own."
            if names := [name for record in evidence.built for name in record.references]:
                told = listed(names)
                ko, en = f"{ko} 만든 이미지: {told.ko}.", f"{en} You made {told.en}."
            return Verdict(credit=0, reason=Text(ko=ko, en=en), expected=self._expected)
        return best(partial(self._judge_image, evidence, record) for record in named)

    def _judge_image(self, evidence: Evidence, record: BuiltImage) -> Verdict:
        subject = Text(ko=f"'{self.image}' 이미지", en=f"image '{self.image}'")
        levels = levels_of(contents_of(record))
        return self._verdict(evidence, levels, subject, line_of(evidence, record.step))

    def _judge_container(self, evidence: Evidence, container: ContainerRecord) -> Verdict:
        moments = picked(container, self.at)
        if not moments:
            return not_reached(evidence, container, self.at, None, self._expected)
        return best(partial(self._judge_moment, evidence, container, m) for m in moments)

    def _judge_moment(
        self, evidence: Evidence, container: ContainerRecord, moment: Moment
    ) -> Verdict:
        snapshot = snapshot_at(container, moment)
        own = [
            record
            for record in evidence.built
            if record.id == container.image_id and record.how != "tag"
        ]
        lower = levels_of(contents_of(own[-1])) if own else [image_level(snapshot)]
        time = when(moment.label)
        subject = Text(
            ko=f"'{container.name}' 컨테이너, {time.ko}",
            en=f"container '{container.name}', {time.en}",
        )
        line = line_at(evidence, container, moment)
        return self._verdict(evidence, [*lower, writable_level(snapshot)], subject, line)

    def _verdict(
        self, evidence: Evidence, levels: Sequence[Level], subject: Text, line: int | None
    ) -> Verdict:
        flaws = [
            Text(ko=f"'{path}' 경로가 {flaw.ko}", en=f"'{path}' {flaw.en}")
            for path, where in self.paths.items()
            if (flaw := _flaw(evidence, levels, path, where)) is not None
        ]
        if not flaws:
            paths = listed(self.paths)
            reason = Text(
                ko=f"{subject.ko}: {paths.ko} 경로가 요구한 레이어에 있습니다.",
                en=f"In {subject.en}, all is as asked: {paths.en}.",
            )
            return Verdict(credit=1, reason=reason, line=line)
        told = joined(flaws, most=3)
        return Verdict(
            credit=(len(self.paths) - len(flaws)) / len(self.paths),
            reason=Text(ko=f"{subject.ko}: {told.ko}.", en=f"In {subject.en}, {told.en}."),
            expected=self._expected,
            line=line,
        )

    @cached_property
    def _expected(self) -> Text:
        demands = joined([w.words(path) for path, w in self.paths.items()], most=4, between=", ")
        subject = (
            self.container.words()
            if self.container
            else Text(ko=f"이미지 '{self.image}'", en=f"image '{self.image}'")
        )
        return Text(ko=f"{subject.ko}: {demands.ko}", en=f"{demands.en}, of {subject.en}")


def _flaw(evidence: Evidence, levels: Sequence[Level], path: str, where: Where) -> Text | None:
    """Say what is wrong with a path; of a pattern's paths, one has to be right (or none there)."""
    if not is_pattern(path):
        return where.flaw(_place(evidence, levels, path))
    paths = sorted({told for level in levels for told in level.paths if fits(told, path)})
    flaws = [where.flaw(find(levels, each)) for each in paths] or [where.flaw(Place())]
    if where.layer == "none":
        return next((flaw for flaw in flaws if flaw is not None), None)
    return None if None in flaws else flaws[0]


def _place(evidence: Evidence, levels: Sequence[Level], path: str) -> Place:
    """Return where a path is. Raises EvidenceMissing where nobody looked whether it was there."""
    place = find(levels, path)
    if place.level is not None:
        return place
    if path not in evidence.watched:
        raise EvidenceMissing(f"nobody looked at '{path}' when the submission was replayed")
    if any(level.origin == "writable" and folder_deleted(level, path) for level in levels):
        raise EvidenceMissing(f"a folder above '{path}' was deleted before anybody looked at it")
    return place


def _built(*steps: tuple[str, str], name: str = "fat:latest") -> BuiltImage:
    """Return an image on a base that has /etc/motd; a step is an instruction and its change."""
    layers = [
        LayerRecord(digest="0", base=True, paths=(LayerPath(path="/etc/motd", change="A"),)),
        *(
            LayerRecord(
                digest="1",
                paths=(LayerPath.model_validate({"change": told[0], "path": told[2:]}),),
            )
            for _, told in steps
        ),
    ]
    history = [HistoryEntry(created_by=line) for line in ("ADD rootfs", *(s for s, _ in steps))]
    return BuiltImage(
        id="sha256:f",
        how="build",
        step=1,
        base="alpine:latest",
        references=(name,),
        contents=ImageContents(layers=tuple(layers), history=tuple(history)),
    )


_WASTED = {
    "image": "fat",
    "paths": {
        "/big.bin": {"layer": "own", "deleted_in": "own", "by": {"contains": "dd"}},
        "/etc/motd": {"layer": "base"},
    },
}
_COPIED = {"container": "box", "paths": {"/etc/motd": {"layer": "writable", "copied_up": True}}}

EXAMPLES = (
    Example(
        shows="a later layer deletes the file, and an earlier one still holds it",
        check=_WASTED,
        evidence=lambda: seen(
            typed(1, "docker build -t fat ."),
            built=[_built(("dd of=/big.bin", "A /big.bin"), ("rm /big.bin", "D /big.bin"))],
        ),
        credit=1,
        says="In image 'fat', all is as asked: '/big.bin', '/etc/motd'.",
    ),
    Example(
        shows="it was never deleted",
        check=_WASTED,
        evidence=lambda: seen(
            typed(1, "docker build -t fat ."),
            built=[_built(("dd of=/big.bin", "A /big.bin"))],
        ),
        credit=0.5,
        says="'/big.bin' was not deleted later",
    ),
    Example(
        shows="deleted by the instruction that made it: no layer holds it",
        check={"image": "slim", "paths": {"/big.bin": {"layer": "none"}}},
        evidence=lambda: seen(
            typed(1, "docker build -t slim ."),
            built=[_built(("dd of=/big.bin && rm /big.bin", "A /size"), name="slim:latest")],
            watched=["/big.bin"],
        ),
        credit=1,
        says="all is as asked",
    ),
    Example(
        shows="a file of the image was changed: it was copied up into the writable layer",
        check=_COPIED,
        evidence=lambda: seen(
            typed(1, "docker run --name box alpine sh -c 'echo hi > /etc/motd'"),
            containers=[
                made("box", moment("exit 1", 1, {"/etc/motd": "hi"}, changes=["C /etc/motd"]))
            ],
        ),
        credit=1,
        says="In container 'box', at exit 1, all is as asked",
    ),
    Example(
        shows="the file is as it is in the image",
        check=_COPIED,
        evidence=lambda: seen(
            typed(1, "docker run --name box alpine cat /etc/motd"),
            containers=[made("box", moment("exit 1", 1, {"/etc/motd": "hi"}, changes=[]))],
        ),
        credit=0,
        says="'/etc/motd' is in a layer of the base image",
    ),
)
