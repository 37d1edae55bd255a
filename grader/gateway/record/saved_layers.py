"""Reads an image's layers from what `docker save` gives, where its folders cannot be read.

Nothing is unpacked. The names are the student's, and so may be all sizes: everything has a bound.
Layers of the format hide a path `a` by an empty file `.wh.a`, and all of a folder by `.wh..wh..opq`
in it (OCI image specification, "Representing Changes").
"""

from __future__ import annotations

import json
import posixpath
import tarfile
from typing import IO, Any, cast

from grader.gateway.record.layer_stack import DEPTH_CAP, ENTRIES_CAP, Held, RawLayer
from grader.model.image_contents import PathType

HEADER_CAP = 1024 * 1024
"""Bytes of one extended header, of a manifest, of a configuration."""
_GONE, _OWN, _OPAQUE = ".wh.", ".wh..wh.", ".wh..wh..opq"


class NotReadable(Exception):
    """An archive that is not what an engine saves."""


class _Bounded:
    """A file of which nobody reads much at once: an extended header is read as a whole."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= HEADER_CAP:
            raise NotReadable(f"a header of {size} bytes")
        return self.file.read(size)

    def seek(self, place: int) -> int:
        return self.file.seek(place)

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.file.tell()


def read_saved(archive: IO[bytes]) -> tuple[list[RawLayer], dict[str, Any]]:
    """Return the layers, the lowest first, and the configuration of the one image of an archive.

    Raises NotReadable for what no engine saves.
    """
    try:
        with _opened(archive) as saved:
            (manifest,) = json.loads(_small(saved, "manifest.json"))
            config = json.loads(_small(saved, manifest["Config"]))
            layers: list[RawLayer] = []
            left = ENTRIES_CAP
            for name in manifest["Layers"]:
                layers.append(read_layer(_member(saved, name), left))
                left -= len(layers[-1].held) + len(layers[-1].gone)
            return layers, config
    except (tarfile.TarError, OSError, ValueError, KeyError, TypeError) as bad:
        raise NotReadable(f"the saved image cannot be read: {bad}") from bad


def read_layer(file: IO[bytes], most: int = ENTRIES_CAP) -> RawLayer:
    """Return what one layer's archive holds. Raises NotReadable, or what tarfile raises."""
    layer = RawLayer()
    with _opened(file) as archive:
        while (member := archive.next()) is not None:
            # Otherwise tarfile keeps all that it has seen.
            archive.members.clear()  # type: ignore[attr-defined]  # without types
            if len(layer.held) + len(layer.gone) >= most:
                layer.truncated = True
                break
            _note(layer, member)
    return layer


def _note(layer: RawLayer, member: tarfile.TarInfo) -> None:
    path = posixpath.normpath(f"/{member.name.lstrip('/')}")
    folder, name = posixpath.split(path)
    if not name or not path.isprintable() or ".." in member.name.split("/"):
        return
    if path.count("/") > DEPTH_CAP + 1:
        layer.truncated = True
    elif name == _OPAQUE:
        if folder != "/":
            layer.opaque.add(folder)
    elif name.startswith(_OWN):
        return
    elif name.startswith(_GONE):
        layer.gone.add(posixpath.join(folder, name.removeprefix(_GONE)))
    elif member.isreg():
        layer.held[path] = Held("file", member.size)
        layer.size += member.size
    elif member.islnk():
        first = layer.held.get(posixpath.normpath(f"/{member.linkname.lstrip('/')}"))
        layer.held[path] = first or Held("file")
    else:
        kind: PathType = "dir" if member.isdir() else "link" if member.issym() else "other"
        layer.held[path] = Held(kind)


def _opened(file: IO[bytes]) -> tarfile.TarFile:
    return tarfile.open(fileobj=cast("IO[bytes]", _Bounded(file)), mode="r:")


def _member(archive: tarfile.TarFile, name: str) -> IO[bytes]:
    found = archive.extractfile(name)
    if found is None:
        raise NotReadable(f"the saved image has no {name[:100]!r}")
    return found


def _small(archive: tarfile.TarFile, name: str) -> bytes:
    with _member(archive, name) as file:
        raw = file.read(HEADER_CAP + 1)
    if len(raw) > HEADER_CAP:
        raise NotReadable(f"the {name[:100]!r} of the saved image is too long")
    return raw
