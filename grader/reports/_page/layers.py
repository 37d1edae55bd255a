"""Images as stacks of layers, and on each the writable layers of the containers made of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from grader.model.evidence import Change, ContainerRecord, Evidence, MountRecord
from grader.model.image_contents import HistoryEntry, ImageContents, LayerPath
from grader.reports._page.lives import last_snapshot

MOST = 12
"""Paths of one layer that are shown."""
_NOT_SAID = ("/bin/sh -c #(nop) ", "/bin/sh -c ")


@dataclass(frozen=True)
class Layer:
    """A layer of an image, which no container can change."""

    digest: str
    base: bool = True
    """It is part of an image of the lab."""
    made_by: str = ""
    """The line of the Dockerfile, where that is known."""
    size: int | None = None
    paths: tuple[LayerPath, ...] = ()
    left_out: int = 0


@dataclass(frozen=True)
class Writable:
    """What one container has written."""

    index: int
    """Of the container, from 1."""
    container: ContainerRecord
    changes: tuple[Change, ...]
    left_out: int
    known: bool
    """There was a snapshot."""
    removed: bool
    mounts: tuple[MountRecord, ...]


@dataclass(frozen=True)
class Stack:
    """One image, with the containers made of it."""

    names: tuple[str, ...]
    layers: tuple[Layer, ...]
    """The uppermost first, as they are drawn."""
    writable: tuple[Writable, ...]
    own: bool = False
    """The student made it."""


def stacks(evidence: Evidence) -> tuple[Stack, ...]:
    """Return the images that a container was made of, and those that the student made."""
    mine: dict[str, list[Writable]] = {}
    for index, container in enumerate(evidence.containers, start=1):
        mine.setdefault(container.image_id, []).append(_writable(index, container))
    found: list[Stack] = []
    for image in evidence.images:
        if image.id in mine:
            plain = tuple(Layer(digest) for digest in image.layers)
            on_top = tuple(mine.pop(image.id))
            found.append(Stack((image.reference,), tuple(reversed(plain)), on_top))
    for built in evidence.built:
        if built.contents is not None:
            layers = tuple(reversed(tuple(_layers(built.contents))))
            names = built.references or (built.id.removeprefix("sha256:")[:12],)
            found.append(Stack(names, layers, tuple(mine.pop(built.id, ())), own=True))
    rest = (Stack((one[0].container.image,), (), tuple(one)) for one in mine.values())
    return (*found, *rest)  # of the rest, the image is not on record


def _writable(index: int, container: ContainerRecord) -> Writable:
    snapshot = last_snapshot(container)
    changes = snapshot.changes if snapshot else ()
    parents = {change.path.rpartition("/")[0] for change in changes}
    told = [c for c in changes if not (c.kind == "C" and c.path in parents)]
    return Writable(
        index=index,
        container=container,
        changes=tuple(told[:MOST]),
        left_out=max(len(told) - MOST, 0),
        known=snapshot is not None,
        removed=any(moment.label == "removed" for moment in container.moments),
        mounts=container.mounts,
    )


def _layers(contents: ImageContents) -> Iterator[Layer]:
    made = [entry for entry in contents.history if not entry.empty]
    same = len(made) == len(contents.layers)
    for index, layer in enumerate(contents.layers):
        # What a base layer holds is on record where the rubric asks for it, or layers above it.
        paths = () if layer.base else layer.paths
        by = _line(made[index]) if same else ""
        left_out = max(len(paths) - MOST, 0)
        yield Layer(layer.digest, layer.base, by, layer.size, paths[:MOST], left_out)


def _line(entry: HistoryEntry) -> str:
    """Return what made a layer as it stands in a Dockerfile."""
    by = entry.created_by
    for words in _NOT_SAID:
        if by.startswith(words):
            rest = by.removeprefix(words).strip()
            return rest if words.endswith("(nop) ") else f"RUN {rest}"
    return by
