"""Layers on top of each other, as kind `layers` looks at one path in them."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from grader.checks._text import normal
from grader.errors import EvidenceMissing
from grader.model.evidence import BuiltImage, Snapshot
from grader.model.image_contents import ImageContents, LayerPath, LayerRecord

Origin = Literal["writable", "own", "base", "none"]


@dataclass(frozen=True)
class Level:
    """One layer, from the lowest on."""

    origin: Origin
    paths: Mapping[str, LayerPath]
    created_by: str = ""
    truncated: bool = False


@dataclass(frozen=True)
class Place:
    """Where a path is."""

    level: Level | None = None
    """The topmost layer that holds it."""
    held: LayerPath | None = None
    copied_up: bool = False
    """A layer below holds it too."""
    deleted_in: Origin | None = None
    """Where it was deleted again, although a layer still holds it."""

    @property
    def origin(self) -> Origin:
        """The kind of layer that holds it."""
        return self.level.origin if self.level else "none"


def contents_of(image: BuiltImage) -> ImageContents:
    """Return what an image is made of. Raises EvidenceMissing where it was not recorded."""
    if image.contents is None:
        raise EvidenceMissing(f"what image '{image.id[:19]}' is made of was not recorded")
    if image.contents.fault is not None:
        raise EvidenceMissing(
            f"what image '{image.id[:19]}' is made of is incomplete: {image.contents.fault}"
        )
    return image.contents


def levels_of(contents: ImageContents) -> list[Level]:
    """Return the layers of an image, each with the line of the history that made it."""
    made = [entry.created_by for entry in contents.history if not entry.empty]
    made += [""] * (len(contents.layers) - len(made))
    return [_level(layer, line) for layer, line in zip(contents.layers, made, strict=False)]


def writable_level(snapshot: Snapshot) -> Level:
    """Return a container's writable layer."""
    known = {file.path: file for file in snapshot.files}
    paths = {}
    for change in snapshot.changes:
        state = known.get(change.path)
        kind = state.type if state and state.type in {"file", "dir", "link"} else "other"
        size = state.size if state and state.type == "file" else 0
        fields = {"path": change.path, "change": change.kind, "type": kind, "size": size}
        paths[normal(change.path)] = LayerPath.model_validate(fields)
    return Level("writable", paths, truncated=snapshot.truncated)


def image_level(snapshot: Snapshot) -> Level:
    """Return what the snapshot of a container tells of the image of the lab below it."""
    changed = {change.path: change.kind for change in snapshot.changes}
    paths = {path for path, kind in changed.items() if kind != "A"}
    paths |= {file.path for file in snapshot.files if file.path not in changed}
    return Level("base", {normal(path): LayerPath(path=path, change="A") for path in paths})


def find(levels: Iterable[Level], path: str) -> Place:
    """Return where a path is. Raises EvidenceMissing where the record cannot tell."""
    path = normal(path)
    place = Place()
    for level in levels:
        told = level.paths.get(path)
        if told is None and level.truncated:
            raise EvidenceMissing(f"there are too many paths to tell where '{path}' comes from")
        if told is not None and told.change != "D":
            copied = place.held is not None or told.change == "C"
            place = Place(level, told, copied)
        elif place.held is not None and place.deleted_in is None and _hides(level, path):
            place = Place(place.level, place.held, place.copied_up, level.origin)
    return place


def folder_deleted(level: Level, path: str) -> bool:
    """Return whether a layer deleted a folder above a path."""
    return any(above.change == "D" for folder in _above(path) if (above := level.paths.get(folder)))


def _hides(level: Level, path: str) -> bool:
    told = level.paths.get(path)
    if told is not None and told.change == "D":
        return True
    for folder in _above(path):
        above = level.paths.get(folder)
        if above is not None and (above.change == "D" or above.type in {"file", "link"}):
            return True
    return False


def _above(path: str) -> Iterator[str]:
    while (path := posixpath.dirname(path)) not in {"/", ""}:
        yield path


def _level(layer: LayerRecord, created_by: str) -> Level:
    paths = {normal(path.path): path for path in layer.paths}
    # Of the base only what matters was kept: that it had more is no lack.
    truncated = layer.truncated and not layer.base
    return Level("base" if layer.base else "own", paths, created_by, truncated)
