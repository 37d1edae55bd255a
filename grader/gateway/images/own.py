"""The images that a session made: which there are, and which name means which.

On the engine each of the session's references has a tag of ours (`lab-grader-lg…:7`), so that the
engine's own rules for removing images hold. A tag that a student puts on an image of the lab is
known here only: the lab's images are shared, and stay as they are [64].
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from grader.gateway.images.plan import ImageFacts
from grader.model.evidence import BuiltImage
from grader.model.image_contents import ImageContents

How = Literal["build", "commit", "tag"]


@dataclass
class OwnImage:
    """One image, from the step that made it to the step that removed it."""

    id: str
    how: How
    step: int
    base: str
    dockerfile: str | None = None
    references: list[str] = field(default_factory=list)
    removed_step: int | None = None
    contents: ImageContents | None = None

    def record(self) -> BuiltImage:
        """Return what the evidence keeps."""
        return BuiltImage(
            id=self.id,
            how=self.how,
            step=self.step,
            base=self.base,
            dockerfile=self.dockerfile,
            references=tuple(self.references),
            removed_step=self.removed_step,
            contents=self.contents,
        )


@dataclass
class OwnImages:
    """What a session made and named."""

    repository: str
    """Repository of our tags on the engine."""
    shared: dict[str, str]
    """Reference → id of the lab's images."""
    images: dict[str, str]
    """Reference → id of everything that the session may use; the same table as `Names.images`."""
    made: dict[str, OwnImage] = field(default_factory=dict)
    """Id → image, of those that are there."""
    ever: list[OwnImage] = field(default_factory=list)
    """All images ever made, and names given to the lab's, in that order."""
    tags: dict[str, int] = field(default_factory=dict)
    """Reference → number of its tag on the engine, while there is one."""
    bases: tuple[tuple[str, ...], ...] = ()
    """Layers of each of the lab's images."""
    facts: dict[str, ImageFacts] = field(default_factory=dict)
    """Id → what builds have to know of an image, once it was asked for."""
    stages: set[str] = field(default_factory=set)
    """Ids of images that stages of builds ended with, without a name."""
    steps: set[str] = field(default_factory=set)
    """Beginnings of the ids of images between the steps of builds."""
    hidden: set[str] = field(default_factory=set)
    """Beginnings of the ids of images that a step of ours made."""
    counted: int = 0
    acts: int = 0
    """How often an image was made or named."""

    @property
    def records(self) -> tuple[BuiltImage, ...]:
        """What the evidence keeps of all this."""
        return tuple(image.record() for image in self.ever)

    def add(self, image: OwnImage) -> None:
        """Put an image on record; one that was made before stays what it was."""
        self.acts += 1
        if image.id not in self.made:
            self.made[image.id] = image
            self.ever.append(image)

    def name(self, reference: str, id_: str, step: int) -> None:
        """Let a reference mean this image from now on."""
        self.acts += 1
        self.images[reference] = id_
        known = self.made.get(id_)
        if known is None:
            # A name for an image of the lab: ours to remember, no change on the engine.
            known = OwnImage(id_, "tag", step, next(iter(self.lab_names(id_)), id_))
            self.ever.append(known)
        if reference not in known.references:
            known.references.append(reference)

    def unname(self, reference: str) -> None:
        """Let go of a reference; one that the lab has too means the lab's image again."""
        self.tags.pop(reference, None)
        del self.images[reference]
        if reference in self.shared:
            self.images[reference] = self.shared[reference]

    def gone(self, id_: str, step: int) -> None:
        """Put the removal of an image on record."""
        self.stages.discard(id_)
        known = self.made.pop(id_, None)
        if known is not None:
            known.removed_step = step
        for reference in [ref for ref, named in self.images.items() if named == id_]:
            self.unname(reference)

    def lab_names(self, id_: str) -> list[str]:
        """Return how the lab calls an image."""
        return [ref for ref, shared in self.shared.items() if shared == id_]

    def private(self, reference: str) -> bool:
        """Return whether a reference was given by the session."""
        return reference in self.images and self.images[reference] != self.shared.get(reference)

    def new_tag(self, reference: str) -> str:
        """Return the number of a reference's tag on the engine."""
        if reference not in self.tags:
            self.counted += 1
            self.tags[reference] = self.counted
        return str(self.tags[reference])

    def named_by(self, tag: str) -> str | None:
        """Return the reference behind one of our tags on the engine."""
        repository, _, number = tag.rpartition(":")
        found = (ref for ref, known in self.tags.items() if str(known) == number)
        return next(found, None) if repository == self.repository else None

    def is_hidden(self, id_: str) -> bool:
        """Return whether an image is one that only a step of ours made."""
        return id_ not in self.made and id_.removeprefix("sha256:")[:12] in self.hidden

    def is_known(self, id_: str) -> bool:
        """Return whether the student has seen the id of an image."""
        short = id_.removeprefix("sha256:")[:12]
        return id_ in {*self.made, *self.shared.values()} or short in self.steps

    def plain(self, text: str) -> str:
        """Return a text of the engine with our tags as the student calls them."""
        for reference, number in self.tags.items():
            text = text.replace(f'{self.repository}:{number}"', f'{reference}"')
        return text
