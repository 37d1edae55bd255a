"""What a teacher and a page both changed -> one text, if that is possible.

Prose is merged by git, the one that teachers have; without it, it is left to them.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

from grader.yaml_merging import merge_fields, same_values


def merge(base: str, mine: str, theirs: str, *, yaml: bool) -> tuple[str | None, list[str]]:
    """Return the merged text, or None and the fields of YAML that both changed, if known."""
    prose = _merge_lines(base, mine, theirs)
    if not yaml:
        return prose, []
    fields, both = merge_fields(base, mine, theirs)
    # Lines that merge by themselves need not fit each other; where they do, they look better.
    if fields is not None and prose is not None and same_values(prose, fields):
        return prose, []
    return fields, both


def _merge_lines(base: str, mine: str, theirs: str) -> str | None:
    git = shutil.which("git")
    if git is None:
        return None
    texts = {"mine": mine, "base": base, "theirs": theirs}
    with TemporaryDirectory() as folder:
        for name, text in texts.items():
            Path(folder, name).write_text(text, encoding="utf-8")
        done = subprocess.run(  # noqa: S603 - our own words
            [git, "merge-file", "--stdout", *texts], cwd=folder, capture_output=True, check=False
        )
    return done.stdout.decode() if done.returncode == 0 else None
