"""Images as the student sees them."""

from __future__ import annotations

from typing import Any

from grader.gateway.names import Names
from grader.gateway.view.containers import PROMPT_VARIABLES
from grader.gateway.view.labels import without_ours

NONE = "<none>:<none>"
"""How the engine lists an image without a name."""


def image(told: dict[str, Any], names: Names) -> dict[str, Any]:
    """Return `docker image inspect`."""
    shown = dict(told)
    for key in ("GraphDriver", "Container", "ContainerConfig"):
        shown.pop(key, None)
    for key in ("Parent", "ParentId"):
        if key in shown and not names.own_images.is_known(shown[key]):
            shown[key] = ""
    shown["RepoTags"] = names.image_references(shown["Id"])
    shown["RepoDigests"] = shown.get("RepoDigests") or []
    if "Labels" in shown:
        shown["Labels"] = without_ours(shown["Labels"])
    if shown.get("Config"):
        config = shown["Config"]
        # A prompt's variable without a value is how a commit keeps ours out of an image.
        environment = [entry for entry in config.get("Env") or () if entry not in PROMPT_VARIABLES]
        labels = without_ours(config.get("Labels"))
        shown["Config"] = config | {"Labels": labels, "Env": environment}
    return shown


def committed_image(
    told: dict[str, Any], names: Names, container: str, base: str
) -> dict[str, Any]:
    """Return `docker image inspect` of a container's image: where it is from is the student's."""
    shown = image(told, names)
    if "Container" in told and shown.get("Config"):
        shown |= {"Container": container, "ContainerConfig": shown["Config"] | {"Image": base}}
    return shown


def listed_image(told: dict[str, Any], names: Names) -> dict[str, Any]:
    """Return one row of `docker images`."""
    shown = image(told, names)
    if not shown["RepoTags"]:
        shown |= {"RepoTags": [NONE], "RepoDigests": ["<none>@<none>"]}
    return shown
