"""The rules by which the gateway refuses calls: the names that evidence keeps and rubrics ask for.

mypy holds the gateway to them; a test sees to it that none is left over.
"""

from __future__ import annotations

from typing import Literal, get_args

Rule = Literal[
    "archive",
    "build-off",
    "capability",
    "checkpoint",
    "conflict",
    "container-count",
    "copy-size",
    "device",
    "disk",
    "dockerfile",
    "extra-host",
    "fetch",
    "folder-mount",
    "healthcheck",
    "host-mount",
    "host-namespace",
    "image",
    "image-count",
    "import",
    "label",
    "link",
    "mac-address",
    "malformed",
    "method",
    "mount-count",
    "mount-target",
    "nested-mount",
    "network",
    "network-count",
    "network-driver",
    "network-name",
    "network-range",
    "no-swarm",
    "onbuild",
    "option",
    "path",
    "paused",
    "privileged",
    "restart-policy",
    "restarting",
    "route",
    "running",
    "shared-image",
    "sysctl",
    "tmpfs-option",
    "too-large",
    "too-many",
    "too-slow",
    "unknown-field",
    "unknown-object",
    "unmask",
    "volume-count",
    "volume-driver",
    "volumes",
    "waiting-file",
    "working-dir",
]

RULES: tuple[str, ...] = get_args(Rule)

ENGINES_WORDS: frozenset[Rule] = frozenset(
    {"conflict", "no-swarm", "paused", "restarting", "running", "unknown-object"}
)
"""Rules by which the gateway says, in the engine's place, what the engine would have said."""
