"""Volumes as the student sees them."""

from __future__ import annotations

import json
from typing import Any

from grader.gateway.names import Names
from grader.gateway.view.labels import without_ours


def mountpoint(name: str) -> str:
    """Return where an engine of the student's own would keep a volume."""
    return f"/var/lib/docker/volumes/{name}/_data"


def volume(told: dict[str, Any], names: Names) -> dict[str, Any]:
    """Return `docker volume inspect`, or one row of `docker volume ls`."""
    shown: dict[str, Any] = json.loads(names.plain(json.dumps(told)))
    shown["Labels"] = without_ours(shown.get("Labels")) or None
    shown["Mountpoint"] = mountpoint(shown["Name"])
    return shown
