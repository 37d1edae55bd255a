"""What an image is made of: its configuration, its history, and the layers on top of each other."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from grader.model.record import Record

LayerChange = Literal["A", "C", "D"]
PathType = Literal["file", "dir", "link", "other"]


class LayerPath(Record):
    """One path that a layer brings or takes away."""

    path: str
    change: LayerChange
    """A: no layer below shows it; C: one does; D: one did, and it is not to be seen from here on.
    What is in a folder that goes is gone with it, and not told."""
    type: PathType = "file"
    size: int = 0
    """Bytes of a file in this layer."""


class LayerRecord(Record):
    """One layer of an image."""

    digest: str
    base: bool = False
    """It is a layer of one of the lab's images."""
    size: int = 0
    """Bytes of all files in it."""
    paths: tuple[LayerPath, ...] = ()
    """Sorted by path; of a layer of the base only those that the rubric names or the layers above
    touch."""
    truncated: bool = False
    """There were more than are kept."""


class HistoryEntry(Record):
    """One line of `docker history`."""

    created_by: str
    empty: bool = False
    """It made no layer."""
    size: int = 0
    """Bytes of all files in the layer that it made."""


class ImageContents(Record):
    """What an image is made of."""

    size: int = 0
    """As `docker images` shows it, in bytes."""
    user: str = ""
    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    working_dir: str = ""
    environment: tuple[str, ...] = ()
    labels: dict[str, str] = Field(default_factory=dict)
    ports: tuple[str, ...] = ()
    """Exposed ports, such as `80/tcp`."""
    history: tuple[HistoryEntry, ...] = ()
    """The oldest first."""
    layers: tuple[LayerRecord, ...] = ()
    """The lowest first."""
    fault: str | None = None
    """Why it could not be read, through no fault of the student."""
