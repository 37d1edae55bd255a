"""A drafted rubric -> the text of its file, as people would write it."""

from __future__ import annotations

from typing import Any

from grader.model.lab import Lab
from grader.yaml_writing import written

HEAD = """\
# yaml-language-server: $schema=../docs/rubric.schema.json
# {title}
# A draft, made by `grade draft {lab}` from what the solution did. Edit it: keep what matters,
# word titles and hints for your students, weigh the points, and think of other right ways: what is
# asked here is what happened in the solution. Then: `grade lint {lab}`, `grade prove {lab}`.
"""


def render(rubric: dict[str, Any], lab: Lab) -> str:
    """Return the file's text."""
    criteria = rubric["criteria"]
    top = {key: value for key, value in rubric.items() if key != "criteria"}
    entries = "\n".join(written([criterion], indent=2) for criterion in criteria)
    head = HEAD.format(title=lab.title.ko, lab=lab.id)
    return f"{head}{written(top)}criteria:\n{entries}"
