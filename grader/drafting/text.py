"""A drafted rubric -> the text of its file, as people would write it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from grader.model.lab import Lab
from grader.personal.derivation import example_values
from grader.personal.filling import named
from grader.yaml_writing import written

HEAD = """\
# {title}
# A draft, made by `grade draft {lab}` from what the solution did. Edit it: keep what matters,
# word titles and hints for your students, weigh the points, and think of other right ways: what is
# asked here is what happened in the solution. Then: `grade lint {lab}`, `grade prove {lab}`.
"""


def render(rubric: dict[str, Any], lab: Lab) -> str:
    """Return the file's text; the values of a personal lab's example student by their names."""
    rubric = _named(rubric, example_values(lab) if lab.values else {})
    criteria = rubric["criteria"]
    top = {key: value for key, value in rubric.items() if key != "criteria"}
    entries = "\n".join(written([criterion], indent=2) for criterion in criteria)
    head = HEAD.format(title=lab.title.ko, lab=lab.id)
    return f"{head}{written(top)}criteria:\n{entries}"


def _named(value: Any, values: Mapping[str, str]) -> Any:  # noqa: ANN401 - any part of a rubric
    """Return a part of a rubric with values by their names, but for ids."""
    if isinstance(value, str):
        return named(value, values)
    if isinstance(value, dict):
        return {
            named(key, values): part if key in ("id", "requires") else _named(part, values)
            for key, part in value.items()
        }
    return [_named(part, values) for part in value] if isinstance(value, list | tuple) else value
