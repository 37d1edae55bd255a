"""Plain values -> YAML as people write it."""

from __future__ import annotations

import re
from io import StringIO

SHORT = 100
"""Letters of a mapping that stands within one line."""
ONE_LINE = frozenset({"check", "after", "output", "command", "mounts", "paths", "labels"})
"""Fields whose mappings do, where they are short; texts in two languages take two lines."""


def written(data: object, *, indent: int = 0) -> str:
    """Return plain values as YAML: short mappings and lists within one line, Korean as it is."""
    from ruamel.yaml import YAML

    yaml = YAML()
    yaml.width = 10_000
    yaml.allow_unicode = True
    yaml.indent(mapping=2, sequence=4, offset=2)
    out = StringIO()
    yaml.dump(_styled(data), out)
    lines = out.getvalue().splitlines()
    # The library indents a list at the top as one inside of something.
    cut = len(lines[0]) - len(lines[0].lstrip())
    return "".join(f"{' ' * indent}{line[cut:]}".rstrip() + "\n" for line in lines)


def _styled(value: object, key: str = "") -> object:
    """Return a value with the library's marks for what stands within one line."""
    from ruamel.yaml.comments import CommentedMap, CommentedSeq

    if isinstance(value, dict):
        mapping = CommentedMap({name: _styled(inner, str(name)) for name, inner in value.items()})
        if key in ONE_LINE and len(str(value)) <= SHORT:
            mapping.fa.set_flow_style()
        return mapping
    if isinstance(value, list | tuple):
        items = CommentedSeq([_styled(inner, key) for inner in value])
        if not any(isinstance(inner, dict) for inner in value):
            items.fa.set_flow_style()
        return items
    return _quoted(value) if isinstance(value, str) else value


def _quoted(text: str) -> object:
    """Return a text that is easily misread in quotes."""
    from ruamel.yaml.scalarstring import DoubleQuotedScalarString, SingleQuotedScalarString

    if "\\" in text and "'" not in text:
        return SingleQuotedScalarString(text)
    return DoubleQuotedScalarString(text) if re.search(r"`|: | #|\{\{", text) else text
