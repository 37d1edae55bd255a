"""What the engine itself would not take of a mount, in its own words."""

from __future__ import annotations

import posixpath

from grader.gateway.names import NAME, NAME_CAP
from grader.gateway.policy.rules import SYSTEM_FOLDER
from grader.gateway.refusal import forbidden, malformed

SHORTEST = 2
"""Characters of a volume's name, at least."""
USER_PLACES = frozenset({"/etc", "/etc/passwd", "/etc/group"})
"""What the runtime reads at each start; a pipe in their place would let it wait for ever."""


class BadMountError(Exception):
    """A mount that the engine would not take either, in its own words."""

    def __init__(self, kind: str, problem: str) -> None:
        self.problem = problem
        super().__init__(f'invalid mount config for type "{kind}": {problem}')


def check_volume_name(name: str) -> None:
    """Raise Refusal for a name that the engine would not take for a volume, in its words."""
    if len(name) < SHORTEST:
        problem = "volume name is too short, names should be at least two alphanumeric characters"
        raise malformed(f"create {name}: {problem}")
    if not NAME.fullmatch(name) or len(name) > NAME_CAP:
        raise malformed(
            f'create {name[:80]}: "{name[:80]}" includes invalid characters for a local volume '
            'name, only "[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed. If you intended to pass a host '
            "directory, use absolute path"
        )


def mount_target(kind: str, path: str) -> str:
    """Return where something is mounted. Raises BadMountError, Refusal."""
    if not path:
        raise BadMountError(kind, "field Target must not be empty")
    if not path.startswith("/"):
        raise BadMountError(kind, f"invalid mount path: '{path}' mount path must be absolute")
    clean = posixpath.normpath(path)
    if clean in {"/", "//"}:
        raise BadMountError(kind, "invalid specification: destination can't be '/'")
    if SYSTEM_FOLDER.match(clean) or clean in USER_PLACES:
        raise forbidden("mount-target", f"a mount at {clean}", f"{clean} 위치의 마운트")
    return clean
