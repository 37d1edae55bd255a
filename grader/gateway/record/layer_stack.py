"""What the layers of an image do to each other: pure, from the paths that each of them holds.

A layer says what goes in two ways: a whiteout hides one path of the layers below, an opaque folder
all that they have in it (docs of the OCI image layer format, and of overlayfs).
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from grader.model.image_contents import LayerPath, LayerRecord, PathType

ENTRIES_CAP = 200_000
"""Paths that are looked at in all layers of one image together [77]."""
DEPTH_CAP = 100
PATHS_CAP = 5_000
"""Paths of the student's own layers that go on record, for one image."""


class Held(NamedTuple):
    """One path that a layer holds."""

    type: PathType
    size: int = 0


@dataclass
class RawLayer:
    """One layer as it was read."""

    held: dict[str, Held] = field(default_factory=dict)
    """Absolute path → what is there."""
    gone: set[str] = field(default_factory=set)
    """Paths with a whiteout."""
    opaque: set[str] = field(default_factory=set)
    """Folders that show nothing of the layers below."""
    size: int = 0
    truncated: bool = False


def above(path: str) -> Iterator[str]:
    """Yield the folders that a path is in, the nearest first, without the root."""
    while (path := posixpath.dirname(path)) not in {"/", ""}:
        yield path


def layer_records(
    layers: Sequence[RawLayer], digests: Sequence[str], base: int, watched: Iterable[str]
) -> tuple[LayerRecord, ...]:
    """Return the layers of an image as they go on record, the lowest first.

    The lowest `base` layers are the lab's. `watched` paths are kept in any case.
    """
    changes = _changes(layers)
    wanted = {*watched}
    wanted |= {folder for path in wanted for folder in above(path)}
    touched = wanted | {path for layer in changes[base:] for path in layer}
    left = PATHS_CAP
    records = []
    for number, (layer, digest) in enumerate(zip(layers, digests, strict=True)):
        told = sorted(changes[number].values(), key=lambda path: path.path)
        if number < base:
            kept = [path for path in told if path.path in touched]
        else:
            kept = []
            for path in told:
                if left > 0 or path.path in wanted:
                    kept.append(path)
                    left -= 1
        cut = number >= base and len(kept) < len(told)
        records.append(
            LayerRecord(
                digest=digest,
                base=number < base,
                size=layer.size,
                paths=tuple(kept),
                truncated=layer.truncated or cut,
            )
        )
    return tuple(records)


def _changes(layers: Sequence[RawLayer]) -> list[dict[str, LayerPath]]:
    """Return for each layer: path → what the layer does to it."""
    shown: dict[str, Held] = {}
    changes = []
    for layer in layers:
        told = {
            path: LayerPath(
                path=path, change="C" if path in shown else "A", type=held.type, size=held.size
            )
            for path, held in layer.held.items()
        }
        hidden = set(_hidden(layer, shown))
        for path in hidden:
            if path not in told and not any(folder in hidden for folder in above(path)):
                told[path] = LayerPath(path=path, change="D", type=shown[path].type)
        for path in hidden:
            del shown[path]
        shown |= layer.held
        changes.append(told)
    return changes


def _hidden(layer: RawLayer, shown: Mapping[str, Held]) -> Iterator[str]:
    """Yield the paths of the layers below that this layer hides."""
    if not layer.gone and not layer.opaque and not _replaces_folders(layer, shown):
        return
    for path in shown:
        if path in layer.gone and path not in layer.held:
            yield path
        for folder in above(path):
            held = layer.held.get(folder)
            replaced = held is not None and held.type != "dir"
            if replaced or folder in layer.opaque or folder in layer.gone:
                if path not in layer.held:
                    yield path
                break


def _replaces_folders(layer: RawLayer, shown: Mapping[str, Held]) -> bool:
    return any(
        held.type != "dir" and path in shown and shown[path].type == "dir"
        for path, held in layer.held.items()
    )
