"""What `docker diff` says, as the tree that it is about."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from grader.model.evidence import ChangeKind, FileState

MOST = 400
"""Paths of one tree that are shown."""
TEXT = 1_500
"""Characters of one file that are shown."""


@dataclass
class Folder:
    """One path, and what is below it."""

    name: str
    kind: ChangeKind | None = None
    """None: only what is below it changed, or it is not told."""
    state: FileState | None = None
    inside: dict[str, Folder] = field(default_factory=dict)
    left_out: int = 0
    """Paths that are not shown; at the root only."""

    @property
    def text(self) -> str:
        """The beginning of what is in a file."""
        return ((self.state.text if self.state else None) or "")[:TEXT]

    @property
    def cut(self) -> bool:
        """There is more in it."""
        state = self.state
        return bool(state and state.text and (len(state.text) > TEXT or state.truncated))


def tree_of(changes: Iterable[tuple[ChangeKind, str, FileState | None]]) -> Folder:
    """Return the root of all changed paths."""
    root = Folder("/")
    for count, (kind, path, state) in enumerate(changes):
        if count >= MOST:
            root.left_out += 1
            continue
        here = root
        for name in path.strip("/").split("/"):
            here = here.inside.setdefault(name, Folder(name))
        here.kind, here.state = kind, state
    return root
