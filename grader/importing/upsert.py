"""What a second import does to files that a teacher may have edited since the first."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

from merge3 import Merge3

STATE = ".imported.json"
"""In a lab's folder: the page that it came from, and its texts as the import wrote them last."""


class Change(NamedTuple):
    """What becomes of one file."""

    file: str
    what: str


def upsert(
    root: Path, lab: str, page: str, files: dict[str, str], *, update: bool
) -> tuple[list[Change], dict[str, str]]:
    """Return what becomes of a lab's files, and the texts to be written: path in the course → text.

    What did not come from this page, or may not be updated, is left alone.
    """
    folder, state = root / "labs" / lab, f"labs/{lab}/{STATE}"
    new = json.dumps({"page": page, "files": files}, ensure_ascii=False, indent=1) + "\n"
    there = [name for name in files if (root / name).exists()]
    kept = root / state
    if not kept.exists():
        if folder.exists() or there:
            return [Change(f"labs/{lab}", "kept: it is there, and did not come from a page")], {}
        return [Change(name, "created") for name in files], {**files, state: new}
    last = json.loads(kept.read_text(encoding="utf-8"))
    if last["page"] != page:
        return [Change(f"labs/{lab}", f"kept: it came from another page, {last['page']}")], {}
    if not update:
        return [Change(f"labs/{lab}", "kept: the page's updateMode is not 'upsert'")], {}
    changes, texts = [], {}
    for name, theirs in files.items():
        change, text, aside = _merged(root / name, last["files"].get(name), theirs)
        changes.append(Change(name, change))
        if text is not None:
            texts[name] = text
        if aside is not None:
            texts[f"{name}.page"] = aside
    if last["files"] != files:
        texts[state] = new
    return changes, texts


def _merged(file: Path, base: str | None, theirs: str) -> tuple[str, str | None, str | None]:
    """Return what is done, the file's new text, and a text to be put beside it."""
    if not file.exists():
        return ("kept: you removed it", None, None) if base else ("created", theirs, None)
    mine = file.read_bytes().decode("utf-8", "surrogateescape")
    if mine == theirs:
        return "unchanged", None, None
    if base == theirs:
        return "kept (edited)", None, None
    if base == mine:
        return "updated", theirs, None
    old, edited, page = (text.splitlines(keepends=True) for text in (base or "", mine, theirs))
    groups = list(Merge3(old, edited, page).merge_groups())
    # Only prose: lines of YAML that merge by themselves may still not fit each other.
    if any(group[0] == "conflict" for group in groups) or file.suffix == ".yaml":
        aside = f"conflict: your edit stays, the page's text is in {file.name}.page"
        return aside, None, theirs
    return "updated, your edits kept", "".join(line for group in groups for line in group[1]), None
