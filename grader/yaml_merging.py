"""Two changed versions of a YAML file -> one, field by field; comments of the edited one stay."""

from __future__ import annotations

from collections.abc import Iterator
from io import StringIO
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ruamel.yaml import YAML

_MISSING = object()


def merge_fields(base: str, mine: str, theirs: str) -> tuple[str | None, list[str]]:
    """Return `mine` with what changed from `base` to `theirs`, and the fields that both changed.

    The text is None if there are such fields, or if a version is no mapping or no proper YAML.
    """
    from ruamel.yaml.error import YAMLError

    yaml = _reader()
    try:
        old, edited, page = (yaml.load(text) for text in (base, mine, theirs))
    except (YAMLError, ValueError, RecursionError):
        return None, []
    if not isinstance(edited, dict) or not isinstance(page, dict):
        return None, []
    both = list(_into(edited, old if isinstance(old, dict) else {}, page, ""))
    if both:
        return None, both
    out = StringIO()
    yaml.dump(edited, out)
    return out.getvalue(), []


def same_values(one: str, other: str) -> bool:
    """Tell whether two texts are YAML of the same values."""
    from ruamel.yaml.error import YAMLError

    try:
        return bool(_reader().load(one) == _reader().load(other))
    except (YAMLError, ValueError, RecursionError):
        return False


def _reader() -> YAML:
    from ruamel.yaml import YAML

    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 10_000
    yaml.allow_unicode = True
    yaml.indent(mapping=2, sequence=4, offset=2)
    return yaml


def _into(mine: Any, base: Any, theirs: Any, place: str) -> Iterator[str]:  # noqa: ANN401 - what YAML gives
    """Change a mapping as the page did; yield the fields that both changed differently."""
    for key in [*theirs, *(key for key in base if key not in theirs)]:
        old, edited, page = (found.get(key, _MISSING) for found in (base, mine, theirs))
        name = f"{place}{key}"
        if page in (old, edited):
            continue
        if edited == old:
            if page is _MISSING:
                del mine[key]
            else:
                mine[key] = page
        elif isinstance(edited, dict) and isinstance(page, dict):
            yield from _into(edited, old if isinstance(old, dict) else {}, page, f"{name}.")
        elif (named := _by_id(edited)) is not None and (pages := _by_id(page)) is not None:
            changed = dict(named)
            yield from _into(changed, _by_id(old) or {}, pages, f"{name}.")
            edited[:] = [changed[one] for one in changed]
        else:
            yield name


def _by_id(value: object) -> dict[str, Any] | None:
    """Return a list's entries by their `id`; None if it is no list of such."""
    if not isinstance(value, list):
        return None
    named = {one["id"]: one for one in value if isinstance(one, dict) and "id" in one}
    return named if len(named) == len(value) else None
