"""Kind `image`: an image of the student's own."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from functools import cached_property, partial
from typing import Literal, Self

from pydantic import model_validator
from pydantic_core import PydanticCustomError

from grader.checks import Check, CourseProblem, Example
from grader.checks._chosen import AnyContainer, charge_each
from grader.checks._examples import called, made, moment, seen, typed
from grader.checks._made_of import MadeOf
from grader.checks._objects import left_flaws, left_words
from grader.checks._select import absent, best, line_of
from grader.checks._text import NonEmpty, joined, last_line, listed, quote
from grader.checks._text_rule import TextRule
from grader.model.evidence import BuiltImage, Evidence, Step
from grader.model.image import reference, same_image
from grader.model.image_contents import HistoryEntry, ImageContents, LayerRecord
from grader.model.lab import Lab
from grader.model.record import Text
from grader.model.result import Verdict

_HOW = {
    "build": Text(ko="빌드", en="built"),
    "commit": Text(ko="커밋", en="committed"),
    "tag": Text(ko="태그", en="tagged"),
}


class Image(Check):
    """The student made an image, or gave an image a name.

    `image` is the name (without a tag: `latest`). Conditions are that there was one of that name,
    `how` it was made (`build`, `commit` or `tag`), its `base` (what the last stage of the build
    began with), the container `from_container` that was committed, its `dockerfile`, in the words
    for all texts, what it is `made_of` (how many `layers` it adds, and what they hold,
    `adds_mb`; its size, `size_mb`; its `user`, `workdir`, `labels`, `environment`, the `ports`
    that it exposes (`80`, or `53/udp`), the lists `entrypoint` and `command`, and the lines of its
    `history`), whether a container was made from it (`used`), and whether it `exists_at_end`.
    Credit is the share of the conditions that hold. The lab needs `build: true`.
    """

    kind: Literal["image"] = "image"
    image: NonEmpty
    how: Literal["build", "commit", "tag"] | None = None
    base: NonEmpty | None = None
    from_container: AnyContainer | None = None
    dockerfile: TextRule | None = None
    made_of: MadeOf = MadeOf()
    used: bool | None = None
    exists_at_end: bool | None = None

    @model_validator(mode="after")
    def _fits_how_it_is_made(self) -> Self:
        by_build = self.base is not None or self.dockerfile is not None
        if by_build and self.how not in {None, "build"}:
            raise PydanticCustomError("image", "'base' and 'dockerfile' go with 'how: build'")
        if self.from_container is not None and (by_build or self.how not in {None, "commit"}):
            raise PydanticCustomError("image", "'from_container' goes with 'how: commit'")
        if self.dockerfile is not None and not self.dockerfile.reads:
            raise PydanticCustomError(
                "image", "'dockerfile' needs 'contains', 'lacks', 'equals', 'matches' or 'number'"
            )
        return self

    def problems(self, lab: Lab) -> Iterable[CourseProblem]:
        """Return what the lab must allow first."""
        if not lab.build:
            yield CourseProblem(("image",), "nobody can make images; add 'build: true' to the lab")

    def judge(self, evidence: Evidence) -> Verdict:
        """Compare the best of the images of this name with every condition."""
        named = [
            record
            for record in evidence.built
            if any(same_image(self.image, name) for name in record.references)
        ]
        if not named:
            return self._never_made(evidence)
        verdict = best(partial(self._judge, evidence, record) for record in named)
        sources = {record.base for record in named if record.how == "commit"}
        used = [
            (self.from_container, container)
            for container in (self.from_container.find(evidence) if self.from_container else ())
            if self.from_container is not None and container.id in sources
        ]
        return charge_each(verdict, used, self._expected)

    def _judge(self, evidence: Evidence, record: BuiltImage) -> Verdict:
        flaws = [
            *self._origin_flaws(evidence, record),
            *self.made_of.flaws(record),
            *self._later_flaws(evidence, record),
        ]
        line = line_of(evidence, record.step)
        if not flaws:
            reason = Text(
                ko=f"'{self.image}' 이미지가 요구한 대로입니다.",
                en=f"Image '{self.image}' is as asked.",
            )
            return Verdict(credit=1, reason=reason, line=line)
        asked = (
            self.how,
            self.base,
            self.from_container,
            self.dockerfile,
            self.used,
            self.exists_at_end,
        )
        total = 1 + sum(condition is not None for condition in asked) + self.made_of.asked()
        told = joined(flaws, most=3)
        return Verdict(
            credit=(total - len(flaws)) / total,
            reason=Text(
                ko=f"'{self.image}' 이미지: {told.ko}.", en=f"Image '{self.image}': {told.en}."
            ),
            expected=self._expected,
            line=line,
        )

    def _origin_flaws(self, evidence: Evidence, record: BuiltImage) -> Iterator[Text]:
        how = _HOW[record.how]
        if self.how not in {None, record.how}:
            yield Text(ko=f"{how.ko}(으)로 만들었습니다", en=f"it was {how.en}")
        if self.base is not None and not (
            record.how == "build" and same_image(self.base, record.base)
        ):
            yield Text(
                ko=f"바탕 이미지가 '{self.base}'이(가) 아닙니다",
                en=f"it does not begin with '{self.base}'",
            )
        if self.from_container is not None:
            containers = self.from_container.find(evidence)
            whose = self.from_container.words()
            if not containers:
                yield absent(evidence, self.from_container)
            elif record.how != "commit" or record.base not in {c.id for c in containers}:
                yield Text(
                    ko=f"{whose.ko}를 커밋한 것이 아닙니다",
                    en=f"it was not committed from {whose.en}",
                )
        if self.dockerfile is not None and self.dockerfile.share(record.dockerfile or "") < 1:
            missing = listed(self.dockerfile.missing(record.dockerfile or ""))
            ko = f" ({missing.ko} 없음)" if missing.ko else ""
            en = f" (it lacks {missing.en})" if missing.en else ""
            yield Text(
                ko=f"Dockerfile이 요구한 것과 다릅니다{ko}",
                en=f"its Dockerfile is not as asked{en}",
            )

    def _later_flaws(self, evidence: Evidence, record: BuiltImage) -> Iterator[Text]:
        used = any(container.image_id == record.id for container in evidence.containers)
        if self.used is not None and self.used != used:
            yield (
                Text(ko="이 이미지로 만든 컨테이너가 없습니다", en="no container was made from it")
                if self.used
                else Text(
                    ko="이 이미지로 컨테이너를 만들었습니다", en="a container was made from it"
                )
            )
        yield from left_flaws(record.removed_step, asked=self.exists_at_end)

    def _never_made(self, evidence: Evidence) -> Verdict:
        steps = {name: record.step for record in evidence.built for name in record.references}
        ko = f"'{self.image}' 이미지를 만들지 않았습니다."
        en = f"There is no image '{self.image}' of the student's own."
        line = None
        if near := difflib.get_close_matches(reference(self.image), steps, n=1):
            line = line_of(evidence, steps[near[0]])
            ko = f"만든 이미지의 이름은 '{near[0]}'이고, 요구한 이름은 '{self.image}'입니다."
            en = f"You made '{near[0]}'; the lab asks for '{self.image}'."
        elif steps:
            names = listed(steps)
            ko, en = f"{ko} 만든 이미지: {names.ko}.", f"{en} You made {names.en}."
        elif evidence.built:
            ko, en = f"{ko} 이름 없는 이미지뿐입니다.", f"{en} Only one without a name was made."
        elif failed := _failed_build(evidence):
            line, said = failed.line, quote(last_line(failed.output))
            ko = f"{ko} {line}번째 줄의 `docker build`가 실패하였습니다: {said}."
            en = f"{en} `docker build` of line {line} failed: {said}."
        return Verdict(credit=0, reason=Text(ko=ko, en=en), expected=self._expected, line=line)

    @cached_property
    def _expected(self) -> Text:
        words = [Text(ko=f"이미지 '{self.image}'", en=f"an image '{self.image}'")]
        if self.how is not None:
            words.append(_HOW[self.how])
        if self.base is not None:
            words.append(
                Text(ko=f"바탕 이미지 '{self.base}'", en=f"that begins with '{self.base}'")
            )
        if self.from_container is not None:
            whose = self.from_container.words()
            words.append(Text(ko=f"{whose.ko}의 커밋", en=f"from {whose.en}"))
        if self.dockerfile is not None:
            parts = listed(self.dockerfile.contains)
            ko, en = (f": {parts.ko}", f" with {parts.en}") if parts.en else ("", " as asked")
            words.append(Text(ko=f"요구한 Dockerfile{ko}", en=f"a Dockerfile{en}"))
        words += self.made_of.words()
        if self.used is not None:
            words.append(
                Text(ko="컨테이너로 실행", en="used by a container")
                if self.used
                else Text(ko="실행하지 않음", en="not used")
            )
        words += left_words(asked=self.exists_at_end)
        return joined(words, most=8, between=", ")


def _failed_build(evidence: Evidence) -> Step | None:
    """Return the last line that tried to build and failed."""
    tried = {call.step for call in evidence.calls if call.route == "image_build"}
    failed = (step for step in reversed(evidence.steps) if step.number in tried and step.status)
    return next(failed, None)


_ASKED = {
    "image": "note",
    "how": "build",
    "base": "alpine",
    "dockerfile": {"contains": "COPY", "case": "any"},
    "used": True,
}


def _built(name: str = "note:latest", dockerfile: str = "FROM alpine\ncopy a /a\n") -> Evidence:
    record = BuiltImage(
        id="sha256:n",
        how="build",
        step=1,
        base="alpine:latest",
        dockerfile=dockerfile,
        references=(name,),
    )
    return seen(
        typed(1, f"docker build -t {name} ."),
        typed(2, f"docker run --name c {name}"),
        containers=[made("c", moment("created", 2), image=name, image_id="sha256:n")],
        built=[record],
    )


def _configured() -> Evidence:
    image = _built().built[0]
    contents = ImageContents(
        user="app",
        command=("sh",),
        working_dir="/srv",
        ports=("8080/tcp",),
        history=(HistoryEntry(created_by="ADD rootfs"), HistoryEntry(created_by="RUN adduser app")),
        layers=(LayerRecord(digest="0", base=True), LayerRecord(digest="1")),
    )
    return seen(
        typed(1, "docker build -t note ."), built=[image.model_copy(update={"contents": contents})]
    )


EXAMPLES = (
    Example(
        shows="the image was built as asked, and used",
        check=_ASKED,
        evidence=_built,
        credit=1,
        says="Image 'note' is as asked.",
    ),
    Example(
        shows="nothing is copied into it",
        check=_ASKED,
        evidence=lambda: _built(dockerfile="FROM alpine\nRUN true\n"),
        credit=0.8,
        says=f"its Dockerfile is not as asked (it lacks {quote('COPY')}).",
    ),
    Example(
        shows="another name",
        check=_ASKED,
        evidence=lambda: _built("notes:latest"),
        credit=0,
        says="You made 'notes:latest'; the lab asks for 'note'.",
    ),
    Example(
        shows="its build failed",
        check={"image": "note"},
        evidence=lambda: seen(
            typed(4, "docker build -t note .", "/bin/sh: addusr: not found", status=1),
            calls=[called(4, "image_build")],
        ),
        credit=0,
        says="`docker build` of line 4 failed: '/bin/sh: addusr: not found'.",
    ),
    Example(
        shows="it runs as the right user, and has one layer too few",
        check={
            "image": "note",
            "made_of": {"layers": 2, "user": "app", "history": {"contains": "adduser"}},
        },
        evidence=_configured,
        credit=0.75,
        says="layers that it adds: 1",
    ),
    Example(
        shows="it begins in another folder, and exposes one of two ports",
        check={"image": "note", "made_of": {"workdir": "/app", "ports": [8080, "53/udp"]}},
        evidence=_configured,
        credit=0.5,
        says="its working directory is '/srv'; it does not expose port 53/udp.",
    ),
)
