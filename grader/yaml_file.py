"""Read YAML 1.2 with the line of every value. The only place that knows the YAML library."""

from __future__ import annotations

import codecs
import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grader.errors import InputError
from grader.yaml_words import explained

if TYPE_CHECKING:
    from ruamel.yaml.constructor import SafeConstructor
    from ruamel.yaml.error import YAMLError
    from ruamel.yaml.nodes import Node

NOT_YAML = "this is not proper YAML"

PLAIN = "write it out, without '&' and '*'"

MOST_VALUES = 20_000
"""How many values a file may stand for. Aliases of aliases grow without bounds."""


@dataclass(frozen=True)
class Document:
    """The content of a YAML file."""

    data: Any
    """Mappings, lists and scalars; None for a file without content."""
    root: Node | None
    text: str = ""
    """The file as it is written."""

    def spans(self) -> Iterator[tuple[int, int]]:
        """Yield where the scalars stand in the text, keys included, and no comments."""
        from ruamel.yaml.nodes import ScalarNode

        for node in _nodes(self.root):
            if isinstance(node, ScalarNode):
                yield node.start_mark.index, node.end_mark.index

    def changed(self, change: Callable[[str], str]) -> Document:
        """Return the document with each of its texts changed, keys included."""
        from ruamel.yaml.nodes import ScalarNode

        for node in _nodes(self.root):
            if isinstance(node, ScalarNode):
                node.value = change(node.value)  # the names by which places are found
        return Document(_changed(self.data, change, {}), self.root, self.text)

    def line(self, loc: Sequence[str | int]) -> int:
        """Return the line, from 1, of the value at a path, or of as much of the path as exists."""
        return self.place(loc)[0]

    def place(self, loc: Sequence[str | int], *, of_key: bool = False) -> tuple[int, int]:
        """Return line and column, from 1, of a value, or of as much of its path as exists.

        A value that begins on a later line than its key, and a key that is wrong itself, are
        pointed at by the key.
        """
        key = value = self.root
        reached = 0
        for part in loc:
            step = next((entry for name, entry in _items(value) if name == str(part)), None)
            if step is None:
                break
            key, value = step
            reached += 1
        if key is None or value is None or not reached:
            return 1, 1
        same_line = key.start_mark.line == value.start_mark.line
        # One text may stand for a list of one: its place is that of the list.
        whole = all(isinstance(part, int) for part in loc[reached:])
        mark = (value if same_line and whole and not of_key else key).start_mark
        return mark.line + 1, mark.column + 1


def _nodes(root: Node | None) -> Iterator[Node]:
    """Yield each node once, however often aliases repeat it."""
    seen: set[int] = set()
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if node is None or id(node) in seen:
            continue
        seen.add(id(node))
        yield node
        waiting += [part for _, entry in _items(node) for part in reversed(entry)]


def _changed(value: Any, change: Callable[[str], str], done: dict[int, Any]) -> Any:  # noqa: ANN401 — what YAML gives
    """Return a value with its texts changed; what aliases repeat is changed once."""
    if isinstance(value, str):
        return change(value)
    if not isinstance(value, dict | list):
        return value
    if id(value) not in done:
        if isinstance(value, list):
            done[id(value)] = copy = []
            copy += [_changed(one, change, done) for one in value]
        else:
            done[id(value)] = mapping = {}
            for key, one in value.items():
                mapping[_changed(key, change, done)] = _changed(one, change, done)
    return done[id(value)]


def _items(node: Node | None) -> list[tuple[str, tuple[Node, Node]]]:
    """Return a mapping's or a list's entries: key → the node that has its line, and its value."""
    from ruamel.yaml.nodes import MappingNode, SequenceNode

    if isinstance(node, MappingNode):
        return [(str(key.value), (key, value)) for key, value in node.value]
    if isinstance(node, SequenceNode):
        return [(str(index), (item, item)) for index, item in enumerate(node.value)]
    return []


def decode(content: bytes, *, file: Path, error: type[InputError]) -> str:
    """Return the text of a UTF-8 file, without a byte order mark; raise `error` if it is none."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\0" in content[:2]:
        problem = "the file is UTF-16 (some editors call that Unicode), not UTF-8"
        raise error(problem, file=file, line=1, fix="save the file as UTF-8")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as bad:
        line = content.count(b"\n", 0, bad.start) + 1
        column = bad.start - content.rfind(b"\n", 0, bad.start)
        problem = f"the file is not UTF-8: byte 0x{content[bad.start]:02x} cannot stand here"
        with contextlib.suppress(UnicodeDecodeError):
            content.decode("cp949")
            problem += "; it seems to be CP949 (EUC-KR)"
        fix = "save the file as UTF-8"
        fix += ": in Excel, as 'CSV UTF-8'" if file.suffix == ".csv" else ""
        raise error(problem, file=file, line=line, column=column, fix=fix) from bad


def _size(node: Node, sizes: dict[int, int], *, file: Path, error: type[InputError]) -> int:
    """Return how many values a node stands for; raise `error` where aliases make that too many."""
    key, line = id(node), node.start_mark.line + 1
    if sizes.get(key) == 0:
        raise error("an alias stands inside what it refers to", file=file, line=line, fix=PLAIN)
    if key not in sizes:
        sizes[key] = 0
        values = [value for _, (_, value) in _items(node)]
        total = 1 + sum(_size(value, sizes, file=file, error=error) for value in values)
        if total > MOST_VALUES:
            problem = f"with its aliases, this stands for more than {MOST_VALUES:,} values"
            raise error(problem, file=file, line=line, fix=PLAIN)
        sizes[key] = total
    return sizes[key]


def parse(text: str, *, file: Path, error: type[InputError]) -> Document:
    """Return the one document in a text; raise `error` with the line if it is not proper YAML."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    # Pure Python on purpose: the C parser refuses YAML 1.2 such as `{image: alpine:latest}`.
    # One pass makes nodes, which know their lines; the data is made from them.
    yaml = YAML(typ="safe", pure=True)
    yaml.Constructor = _constructor()
    try:
        root = yaml.compose(text)
        if root is not None:
            _size(root, {}, file=file, error=error)
        data = None if root is None else yaml.constructor.construct_document(root)
    except YAMLError as bad:
        raise _explain(bad, text, file=file, error=error) from bad
    except RecursionError as bad:
        problem = "the values are nested too deeply"
        raise error(problem, file=file, fix="write it with fewer levels") from bad
    except ValueError as bad:
        problem = f"a value is not what its form promises: {bad}"
        raise error(problem, file=file, fix="put the value in quotes") from bad
    return Document(data, root, text)


@cache
def _constructor() -> type[SafeConstructor]:
    """Return what makes values of nodes. Dates stay texts: YAML's own lose their time zone."""
    from ruamel.yaml.constructor import SafeConstructor

    class Constructor(SafeConstructor):
        pass

    Constructor.add_constructor(
        "tag:yaml.org,2002:timestamp", lambda self, node: self.construct_scalar(node)
    )
    return Constructor


def _explain(bad: YAMLError, text: str, *, file: Path, error: type[InputError]) -> InputError:
    problem = str(getattr(bad, "problem", None) or bad).partition("\n")[0]
    began = getattr(bad, "context_mark", None)
    mark = getattr(bad, "problem_mark", None) or began
    position = getattr(bad, "position", None)
    lines = text.splitlines()
    if mark is None:
        line = text.count("\n", 0, position) + 1 if isinstance(position, int) else None
        words = explained(problem, "", "", 0)
        return error(f"{NOT_YAML}: {words.problem}", file=file, line=line, fix=words.fix)
    here = lines[mark.line] if mark.line < len(lines) else ""
    words = explained(problem, getattr(bad, "context", None) or "", here, mark.column)
    if words.at_context and began is not None:
        mark = began
    line, column = mark.line + 1, mark.column + 1
    problem = f"{NOT_YAML}: {words.problem}"
    return error(problem, file=file, line=line, column=column, fix=words.fix)
