"""Which container a rubric means: by its name, or by what it is."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from grader.checks._text import NonEmpty, has_all
from grader.model.evidence import ContainerRecord, Evidence
from grader.model.image import same_image
from grader.model.record import Record, Text
from grader.model.result import Verdict
from grader.model.units import Percentage, share_of

ContainerName = Annotated[str, Field(pattern=r"^[a-zA-Z0-9][a-zA-Z0-9_.-]*$")]


def made_from(evidence: Evidence, container: ContainerRecord, image: str) -> bool:
    """Say whether a container was made from an image, by whichever reference or id."""
    return any(
        means_image(evidence, given, image) for given in (container.image, container.image_id)
    )


def means_image(evidence: Evidence, given: str, image: str) -> bool:
    """Say whether any name of an image, an id or the beginning of an id means an image."""
    if same_image(given, image):
        return True
    named = _ids_of(evidence, image)
    if other := _ids_of(evidence, given):
        return not named.isdisjoint(other)
    digits = given.removeprefix("sha256:")
    return re.fullmatch(r"[0-9a-f]{4,64}", digits) is not None and any(
        id_.removeprefix("sha256:").startswith(digits) for id_ in named
    )


def _ids_of(evidence: Evidence, reference: str) -> set[str]:
    """Return the ids of the images that ever had a name."""
    known = [(image.reference, image.id) for image in evidence.images]
    known += [(name, image.id) for image in evidence.built for name in image.references]
    return {id_ for name, id_ in known if same_image(name, reference)}


def _nth(value: object) -> object:
    is_number = isinstance(value, int) and not isinstance(value, bool) and value >= 1
    if value is not None and not is_number and value != "last":
        raise PydanticCustomError(
            "nth", "'nth' is {value}; it has to be 1, 2, … or 'last'", {"value": repr(value)}
        )
    return value


Nth = Annotated[int | Literal["last"], BeforeValidator(_nth)]


class Chosen(Record):
    """A container by its name, by what it is, or by what it is where none has the name."""

    name: ContainerName | None = None
    """The name that the lab asks for."""
    image: NonEmpty | None = None
    """The image that it was made from."""
    labels: dict[NonEmpty, str] = Field(default_factory=dict)
    """Labels that it has."""
    nth: Nth | None = None
    """Which one of those, in the order of creation; without it, the one that earns most."""
    costs: Percentage | None = None
    """What another name costs of the credit; the container is then chosen by what it is."""

    @model_validator(mode="after")
    def _says_what_it_means(self) -> Self:
        by_nature = self.image is not None or self.nth is not None or bool(self.labels)
        if self.name is None and not by_nature:
            raise PydanticCustomError(
                "container", "a container needs 'name', 'image', 'labels' or 'nth'"
            )
        if self.name is None and self.costs is not None:
            raise PydanticCustomError("container", "'costs' is what another name costs: add 'name'")
        if self.name is not None and by_nature != (self.costs is not None):
            raise PydanticCustomError(
                "container",
                "with 'name', 'costs' says what another name costs ('0%' for nothing), and "
                "'image', 'labels' or 'nth' which container is meant then; give both or neither",
            )
        return self

    def find(self, evidence: Evidence) -> tuple[ContainerRecord, ...]:
        """Return the containers that are meant, oldest first."""
        if self.name is not None:
            named = evidence.named(self.name)
            if named or self.costs is None:
                return named
        fitting = tuple(
            container
            for container in evidence.containers
            if (self.image is None or made_from(evidence, container, self.image))
            and has_all(container.labels, self.labels)
        )
        if self.nth is None:
            return fitting
        return fitting[-1:] if self.nth == "last" else fitting[self.nth - 1 : self.nth]

    def charged(
        self, expected: Text, judge: Callable[[ContainerRecord], Verdict]
    ) -> Callable[[ContainerRecord], Verdict]:
        """Return a judge that takes off what a wrong name costs, and says so."""

        def with_cost(container: ContainerRecord) -> Verdict:
            return self.charge(judge(container), container, expected)

        return with_cost

    def charge(self, verdict: Verdict, container: ContainerRecord, expected: Text) -> Verdict:
        """Return a verdict less what the name of the container costs."""
        name, costs = self.name, self.costs
        if name is None or costs is None or name in container.names:
            return verdict
        has = container.name
        ko = f"컨테이너의 이름은 '{has}'이고, 실습에서 요구한 이름은 '{name}'입니다 (-{costs})."
        en = f"The container is named '{has}'; the lab asks for '{name}' (-{costs})."
        reason = Text(ko=f"{verdict.reason.ko} {ko}", en=f"{verdict.reason.en} {en}")
        credit = verdict.credit * (1 - share_of(costs))
        changes: dict[str, object] = {"credit": credit, "reason": reason}
        if credit < 1:
            changes["expected"] = verdict.expected or expected
        return verdict.model_copy(update=changes)

    def words(self) -> Text:
        """Return the container as a noun phrase."""
        if self.name is not None:
            return Text(ko=f"'{self.name}' 컨테이너", en=f"container '{self.name}'")
        ko, en = [], []
        if self.image is not None:
            ko.append(f"이미지 '{self.image}'의")
            en.append(f"from '{self.image}'")
        for key, value in self.labels.items():
            ko.append(f"레이블 '{key}={value}'의")
            en.append(f"with label '{key}={value}'")
        which_ko, which_en = _which(self.nth)
        tail = "".join(f" {part}" for part in en)
        return Text(
            ko="".join(f"{part} " for part in ko) + f"{which_ko}컨테이너",
            en=f"{which_en} container{tail}",
        )


def charge_each(
    verdict: Verdict, used: Iterable[tuple[Chosen, ContainerRecord]], expected: Text
) -> Verdict:
    """Return a verdict less what the names of all containers cost, each name once."""
    for chosen, container in {
        chosen.name: (chosen, container) for chosen, container in used
    }.values():
        verdict = chosen.charge(verdict, container, expected)
    return verdict


def _which(nth: int | Literal["last"] | None) -> tuple[str, str]:
    match nth:
        case None:
            return "", "a"
        case "last":
            return "마지막 ", "the last"
        case _:
            word = {1: "first", 2: "second", 3: "third"}.get(nth, f"{nth}th")
            return f"{nth}번째 ", f"the {word}"


def _name_alone(value: object) -> object:
    return {"name": value} if isinstance(value, str) else value


AnyContainer = Annotated[
    Chosen, BeforeValidator(_name_alone, json_schema_input_type=ContainerName | Chosen)
]
"""`test-data`, or `{name: test-data, image: alpine, nth: 1, costs: 20%}`."""
