"""Kind `count`: how many there were."""

from __future__ import annotations

from functools import cached_property
from typing import Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from grader.checks import Check, Example
from grader.checks._chosen import AnyContainer, charge_each, made_from
from grader.checks._examples import called, made, moment, seen, typed
from grader.checks._select import Subjects, no_container
from grader.checks._text import NonEmpty, Pattern, found, has_all, listed
from grader.checks._verbs import AnyVerb, made_by
from grader.model.evidence import FAILED, Evidence
from grader.model.record import Text
from grader.model.result import Verdict

BRIDGE = "bridge"
"""The network of containers that name none: nobody has made it."""

Counted = Literal["containers", "images", "volumes", "networks", "lines"]

_WORDS: dict[Counted, Text] = {
    "containers": Text(ko="컨테이너", en="containers"),
    "images": Text(ko="직접 만든 이미지", en="images of one's own"),
    "volumes": Text(ko="이름 있는 볼륨", en="volumes with a name"),
    "networks": Text(ko="네트워크", en="networks"),
    "lines": Text(ko="줄", en="lines"),
}


class Count(Check):
    """How many containers, images of one's own, volumes, networks or typed lines there were.

    `what` is counted; `at_end: true` leaves out what was removed before the end of the lab.
    Containers may be narrowed by `image`, by `labels`, and by `name`, a regular expression, which
    volumes, networks and images take too; lines by `typed`, a regular expression, and by `call`, a
    verb of `docker` that they carried out. With `container`, lines count that were typed inside it
    or carried something out about it, volumes that it had, networks that it was in. Either
    `equals`, or `least` (1 unless said otherwise) and `most`. Credit is the share of those that are
    missing or too many.
    """

    kind: Literal["count"] = "count"
    what: Counted
    at_end: bool = False
    name: Pattern | None = None
    container: AnyContainer | None = None
    image: NonEmpty | None = None
    labels: dict[NonEmpty, str] = Field(default_factory=dict)
    typed: Pattern | None = None
    call: AnyVerb | None = None
    equals: int | None = Field(strict=True, default=None, ge=0, le=10000)
    least: int | None = Field(strict=True, default=None, ge=1, le=10000)
    most: int | None = Field(strict=True, default=None, ge=1, le=10000)

    @model_validator(mode="after")
    def _fits_what_is_counted(self) -> Self:
        wrong = {
            "container": self.container is not None and self.what in {"containers", "images"},
            "image": self.image is not None and self.what != "containers",
            "labels": bool(self.labels) and self.what not in {"containers", "volumes", "networks"},
            "name": self.name is not None and self.what == "lines",
            "typed": self.typed is not None and self.what != "lines",
            "call": self.call is not None and self.what != "lines",
            "at_end": self.at_end and self.what == "lines",
        }
        if field := next((name for name, is_wrong in wrong.items() if is_wrong), None):
            raise PydanticCustomError(
                "count",
                "'{field}' has no meaning for 'what: {what}'",
                {"field": field, "what": self.what},
            )
        if (self.equals is None) == (self.least is None and self.most is None):
            raise PydanticCustomError("count", "use 'equals' alone, or 'least' and 'most'")
        if self.least is not None and self.most is not None and self.least > self.most:
            raise PydanticCustomError("count", "'least' is greater than 'most'")
        return self

    def judge(self, evidence: Evidence) -> Verdict:
        """Count, and compare."""
        if self.container is None:
            return self._judge(evidence)
        containers = self.container.find(evidence)
        if not containers:
            return no_container(evidence, self.container, self._expected)
        used = [(self.container, containers[0])]
        return charge_each(self._judge(evidence), used, self._expected)

    def _judge(self, evidence: Evidence) -> Verdict:
        counted = self._counted(evidence)
        has = len(counted)
        low, high = self._bounds()
        what, names = _WORDS[self.what], listed(counted, most=6)
        tail = f" ({names.en})" if has else ""
        if low <= has and (high is None or has <= high):
            reason = Text(ko=f"{what.ko} {has}개{tail}.", en=f"{has} {what.en}{tail}.")
            return Verdict(credit=1, reason=reason)
        wanted = self._wanted()
        return Verdict(
            credit=has / low if has < low else (high or 0) / has,
            reason=Text(
                ko=f"{what.ko}: {wanted.ko}이어야 하는데 {has}개입니다{tail}.",
                en=f"There should be {wanted.en} {what.en}; there are {has}{tail}.",
            ),
            expected=self._expected,
        )

    def _bounds(self) -> tuple[int, int | None]:
        if self.equals is not None:
            return self.equals, self.equals
        return self.least or 1, self.most

    @cached_property
    def _expected(self) -> Text:
        what, wanted = _WORDS[self.what], self._wanted()
        ko, en = f"{what.ko} {wanted.ko}", f"{wanted.en} {what.en}"
        if self.container is None:
            return Text(ko=ko, en=en)
        whose = self.container.words()
        return Text(ko=f"{whose.ko}: {ko}", en=f"{en} ({whose.en})")

    def _wanted(self) -> Text:
        low, high = self._bounds()
        if low == high:
            return Text(ko=f"{low}개", en=str(low))
        if high is None:
            return Text(ko=f"{low}개 이상", en=f"at least {low}")
        return Text(ko=f"{low}개에서 {high}개", en=f"{low} to {high}")

    def _counted(self, evidence: Evidence) -> list[str]:
        match self.what:
            case "containers":
                return self._containers(evidence)
            case "images":
                return [
                    image.references[-1] if image.references else image.id[:19]
                    for image in evidence.built
                    if self._is_left(image.removed_step) and self._is_named(*image.references)
                ]
            case "lines":
                return self._lines(evidence)
            case _:
                volumes = [record for record in evidence.volumes if not record.anonymous]
                networks = [record for record in evidence.networks if record.name != BRIDGE]
                own = self._of_container(evidence)
                return [
                    record.name
                    for record in (volumes if self.what == "volumes" else networks)
                    if self._is_left(record.removed_step)
                    and (own is None or record.name in own)
                    and self._is_named(record.name)
                    and has_all(record.labels, self.labels)
                ]

    def _of_container(self, evidence: Evidence) -> set[str] | None:
        """Return the volumes or networks of the container; None where any will do."""
        if self.container is None:
            return None
        containers = self.container.find(evidence)
        if self.what == "networks":
            return {name for c in containers for name in c.networks}
        mounts = (mount for c in containers for mount in c.mounts)
        return {mount.source for mount in mounts if mount.type == "volume"}

    def _containers(self, evidence: Evidence) -> list[str]:
        return [
            container.name
            for container in evidence.containers
            if not (self.at_end and container.moment("removed"))
            and self._is_named(*container.names)
            and (self.image is None or made_from(evidence, container, self.image))
            and has_all(container.labels, self.labels)
        ]

    def _lines(self, evidence: Evidence) -> list[str]:
        lines = []
        targets = () if self.container is None else self.container.find(evidence)
        subjects = Subjects.of(targets)
        for step in evidence.steps:
            if step.end == "untyped" or (self.typed and not found(self.typed, step.text)):
                continue
            calls = [
                call
                for call in evidence.calls_in(step.number)
                if call.refused is None and call.status < FAILED
            ]
            mine = calls if self.call is None else made_by(self.call, step, calls)
            if self.container is not None:
                mine = [call for call in mine if subjects.has(call)]
            inside = self.call is None and step.where in subjects.ids
            if mine or inside or (self.call is None and self.container is None):
                lines.append(step.text)
        return lines

    def _is_left(self, removed_step: int | None) -> bool:
        return not (self.at_end and removed_step is not None)

    def _is_named(self, *names: str) -> bool:
        return self.name is None or any(found(self.name, name) for name in names)


def _webs(count: int) -> Evidence:
    return seen(
        *(typed(n, f"docker run --name web{n} alpine:latest true") for n in range(1, count + 1)),
        containers=[made(f"web{n}", moment("created", n)) for n in range(1, count + 1)],
        calls=[called(n, "container_create", f"web{n}") for n in range(1, count + 1)],
    )


_ASKED = {"what": "containers", "image": "alpine", "equals": 3}

EXAMPLES = (
    Example(
        shows="three containers from the image",
        check=_ASKED,
        evidence=lambda: _webs(3),
        credit=1,
        says="3 containers ('web1', 'web2', 'web3').",
    ),
    Example(
        shows="two of three",
        check=_ASKED,
        evidence=lambda: _webs(2),
        credit=2 / 3,
        says="There should be 3 containers; there are 2 ('web1', 'web2').",
    ),
    Example(
        shows="twice as many lines as there should be",
        check={"what": "lines", "typed": "docker run", "most": 2},
        evidence=lambda: _webs(4),
        credit=0.5,
        says="There should be 1 to 2 lines; there are 4",
    ),
    Example(
        shows="no volume at all",
        check={"what": "volumes", "least": 1},
        evidence=lambda: _webs(1),
        credit=0,
        says="There should be at least 1 volumes with a name; there are 0.",
    ),
)
