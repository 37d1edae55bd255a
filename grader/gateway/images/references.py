"""Names that students give to images, by the engine's own grammar."""

from __future__ import annotations

import re

from grader.gateway.refusal import Refusal
from grader.model.image import reference

_PART = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_HOST = r"(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)(?:\.[a-zA-Z0-9-]+)*(?::[0-9]{1,5})?"
_REFERENCE = re.compile(rf"(?:{_HOST}/)?{_PART}(?:/{_PART})*:[\w][\w.-]{{0,127}}", re.ASCII)
_LENGTH_CAP = 255


def new_reference(repo: str, tag: str = "") -> str:
    """Return the name that an image is to get. Raises Refusal."""
    text = f"{repo}:{tag}" if tag else repo
    name = reference(text)
    if len(name) > _LENGTH_CAP or not _REFERENCE.fullmatch(name):
        raise Refusal(400, "malformed", f"invalid reference format: {text[:120]!r}")
    if re.fullmatch(r"[0-9a-f]{64}", name.rpartition(":")[0]):
        raise Refusal(400, "malformed", "a name cannot look like the id of an image")
    return name
