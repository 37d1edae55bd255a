"""What `docker diff` says, as the tree that it is about."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from grader.model.evidence import ChangeKind, FileState

MOST = 400
"""Paths of one tree that are shown."""
DEEP = 24
"""Folders in folders; what is deeper stands in one line."""
TEXTS = 40
"""Files of one tree whose texts are shown, this far:"""
TEXT = 1_500
MARKUP = 200
"""Characters of HTML around a path."""


@dataclass
class Folder:
    """One path, and what is below it."""

    name: str
    kind: ChangeKind | None = None
    """None: only what is below it changed, or it is not told."""
    state: FileState | None = None
    inside: dict[str, Folder] = field(default_factory=dict)
    text: str = ""
    """The beginning of what is in a file."""
    cut: bool = False
    """There is more in it."""
    room: int = 0
    """How much of a page the tree takes, in characters; at the root only."""
    left_out: int = 0
    """How many paths are not shown; at the root only."""


def tree_of(changes: Iterable[tuple[ChangeKind, str, FileState | None]], room: int) -> Folder:
    """Return the root of all changed paths, as far as there is room for them on the page."""
    root = Folder("/")
    texts = 0
    for count, (kind, path, state) in enumerate(changes):
        if count >= MOST or root.room >= room:
            root.left_out += 1
            continue
        root.room += len(path) + MARKUP
        here = root
        for name in path.strip("/").split("/", DEEP):
            here = here.inside.setdefault(name, Folder(name))
        here.kind, here.state = kind, state
        if state is not None and state.text and texts < TEXTS:
            texts += 1
            here.text = state.text[:TEXT]
            here.cut = len(state.text) > TEXT or state.truncated
            root.room += len(here.text)
    return root
