"""What engines say in words only, and differ in: the one place that knows their texts.

All of it is seen on 20.10 and on 26.1, which pass the same tests (`make test`, `make test-trixie`).
"""

from __future__ import annotations

import re

STUDENTS_OWN = (
    # Starting: what to run is not there, or cannot be run. 20.10 answers 400 to most of these.
    'exec: "',
    "executable file not found",
    "exec format error",
    "OOM-killed",
    "unable to find user",
    "unable to find group",
    "no matching entries in",
    # Paths, in `--workdir` and `docker cp`, that lead nowhere.
    "not a directory",
    "is a directory",
    "too many levels of symbolic links",
    "too many links",
    "file name too long",
    # A wrong moment, or a wrong option.
    "is not paused",
    "is not running",
    "already paused",
    "does not support reading",
    "running ps:",
    "find PID field in ps output",
)
"""Parts of what engines say with a status of 500 or more when a student caused it."""

LEADS_NOWHERE = (
    "no such file",
    "not a directory",
    "too many levels",
    "too many links",
    "too long",
)
"""Errors of path resolution that a student can cause, such as links in a circle."""

HOST_PATH = re.compile(
    r"/(?:var/lib|var/run|run)/(?:docker|containerd)[^\s:,\"']*|/[^\s:,\"']*/overlay2/[^\s:,\"']*"
)
"""Paths of the engine's own machine in its error texts [42]; its storage may lie anywhere."""

NO_SPACE_FIX = "free space on the engine's disk (see `docker system df`), then grade again"

_FULL = "no space left on device"


def is_full(text: str) -> bool:
    """Return whether a text, of the engine or of a program, tells of a full disk."""
    return _FULL in text.lower()
