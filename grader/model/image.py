"""References of images."""

from __future__ import annotations


def reference(image: str) -> str:
    """Return an image reference in its shortest form with a tag: `alpine` → `alpine:latest`."""
    for prefix in ("index.docker.io/", "docker.io/", "library/"):
        image = image.removeprefix(prefix)
    tagged = "@" in image or ":" in image.rpartition("/")[2]
    return image if tagged else f"{image}:latest"


def same_image(asked: str, other: str) -> bool:
    """Say whether two references mean one image: `alpine` is `docker.io/library/alpine:latest`."""
    return reference(asked) == reference(other)
