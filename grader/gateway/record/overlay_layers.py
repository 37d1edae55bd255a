"""Reads an image's layers where the engine keeps them, in overlay2's folders.

A whiteout is a device 0/0 there, an opaque folder has a mark. Names are the student's: a path is
walked by handles, and never through a link. Runs where the engine's own paths mean something
(`grader.engine.view`).
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import posixpath
import re
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from grader.gateway.record.layer_stack import DEPTH_CAP, ENTRIES_CAP, Held, RawLayer
from grader.model.image_contents import PathType

_FOLDER = re.compile(r"(/.+)/overlay2/[^/]+/diff")
_OPAQUE = "trusted.overlay.opaque"
_OPEN = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_TYPES: dict[int, PathType] = {stat.S_IFREG: "file", stat.S_IFDIR: "dir", stat.S_IFLNK: "link"}


def layer_folders(inspected: dict[str, Any]) -> list[str] | None:
    """Return the folders of an image's layers, the lowest first; None for another driver."""
    driver = inspected.get("GraphDriver") or {}
    told = driver.get("Data") or {}
    folders = [told.get("UpperDir") or "", *filter(None, (told.get("LowerDir") or "").split(":"))]
    layers = (inspected.get("RootFS") or {}).get("Layers") or ()
    fits = len(folders) == len(layers) and all(_FOLDER.fullmatch(folder) for folder in folders)
    return folders[::-1] if driver.get("Name") == "overlay2" and fits else None


def read_folders(
    folders: Sequence[str], image: str, driver: str = "overlay2"
) -> tuple[list[RawLayer], dict[str, Any]]:
    """Return the layers and the configuration of an image.

    Raises OSError where they cannot be read from here.
    """
    match = _FOLDER.fullmatch(folders[0])
    if match is None:
        raise FileNotFoundError(folders[0])
    digits = image.removeprefix("sha256:")
    raw = Path(match[1], "image", driver, "imagedb/content/sha256", digits).read_bytes()
    if hashlib.sha256(raw).hexdigest() != digits:
        raise FileNotFoundError(digits)
    layers: list[RawLayer] = []
    left = ENTRIES_CAP
    for folder in folders:
        layers.append(read_folder(Path(folder), left))
        left -= len(layers[-1].held) + len(layers[-1].gone)
    return layers, json.loads(raw)


def read_folder(root: Path, most: int = ENTRIES_CAP) -> RawLayer:
    """Return what one layer's folder holds. Raises OSError if there is no such folder."""
    layer = RawLayer()
    counted: set[int] = set()
    _walk(layer, os.open(root, _OPEN), "/", most, counted)
    return layer


def _walk(layer: RawLayer, folder: int, path: str, most: int, counted: set[int]) -> None:
    """Note what is in a folder, and close it."""
    try:
        if path != "/" and _is_opaque(folder):
            layer.opaque.add(path)
        with os.scandir(folder) as entries:
            names = []
            for entry in entries:
                if len(layer.held) + len(layer.gone) >= most:
                    layer.truncated = True
                    break
                # A name that is no text cannot be told in a record.
                if entry.name.isprintable():
                    name = posixpath.join(path, entry.name)
                    if _note(layer, name, entry.stat(follow_symlinks=False), counted):
                        names.append(entry.name)
        for name in names:
            inner = posixpath.join(path, name)
            if inner.count("/") > DEPTH_CAP:
                layer.truncated = True
            else:
                _walk(layer, os.open(name, _OPEN, dir_fd=folder), inner, most, counted)
    finally:
        os.close(folder)


def _note(layer: RawLayer, path: str, told: os.stat_result, counted: set[int]) -> bool:
    """Note one path; return whether it is a folder."""
    if stat.S_ISCHR(told.st_mode) and told.st_rdev == 0:
        layer.gone.add(path)
        return False
    kind = _TYPES.get(stat.S_IFMT(told.st_mode), "other")
    layer.held[path] = Held(kind, told.st_size if kind == "file" else 0)
    # A file with two names is in the layer once.
    if kind == "file" and told.st_ino not in counted:
        layer.size += told.st_size
        counted.add(told.st_ino)
    return kind == "dir"


def _is_opaque(folder: int) -> bool:
    with contextlib.suppress(OSError):
        return os.getxattr(folder, _OPAQUE) == b"y"
    return False
