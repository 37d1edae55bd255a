"""Images as the student sees them."""

from __future__ import annotations

from typing import Any

from grader.gateway.names import Names
from grader.gateway.view.labels import without_ours


def image(told: dict[str, Any], names: Names) -> dict[str, Any]:
    """Return `docker image inspect`, or one row of `docker images`."""
    shown = dict(told)
    for key in ("GraphDriver", "Container", "ContainerConfig"):
        shown.pop(key, None)
    shown["RepoTags"] = names.image_references(shown["Id"])
    shown["RepoDigests"] = shown.get("RepoDigests") or []
    if "Labels" in shown:
        shown["Labels"] = without_ours(shown["Labels"])
    if shown.get("Config"):
        shown["Config"] = shown["Config"] | {"Labels": without_ours(shown["Config"].get("Labels"))}
    return shown
