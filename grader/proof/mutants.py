"""Small changes to a solution, each of which should cost points.

A new sort of change is one function in `OPERATORS`. Changes are made at one place; another name and
another path, also all over, as a student would do it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from grader.model.evidence import HOST, Evidence
from grader.proof.shell import Reading, Span, read

MOST = 12
"""How many changes of one sort are made to one command."""
OTHER = "other"
"""Stands where a text was."""

_PATH = re.compile(r"(?<![\w./-])(?:\.{1,2}|[\w-][\w.-]*)?/[\w./-]*")
_REDIRECTION = re.compile(r"(?<![\d&>])\s*(>>?)\s*[^\s;&|>'\"]+")
_OPTION = re.compile(r"(?<=\s)(--?[A-Za-z0-9][\w-]*)(=[^\s'\"]*)?(?=\s|$)")
_VALUE = re.compile(r"\s+([^\s'\"-][^\s'\"]*|'[^']*'|\"[^\"]*\")")
_DOCKER = re.compile(r"\bdocker\s+(?:container\s+|image\s+|volume\s+|network\s+)?(\w+)")

_VALUED = frozenset(
    """
    --name --volume -v --mount --network --net --network-alias --env -e --workdir -w --user -u
    --label -l --publish -p --tmpfs --entrypoint --memory -m --cpus --hostname -h --restart --time
    --tail -n --filter --format --build-arg --tag --file --driver -d --target --change --message
    """.split()  # noqa: SIM905 — reads better than forty quotes
)
"""Options of `docker` that take a value as their next word."""
_VALUED_BY_VERB = {
    "-t": {"build", "stop", "restart"},
    "-f": {"build", "ls", "ps", "images"},
    "-c": {"commit"},
    "-m": {"commit"},
}
_PLAIN_BY_VERB = {"-d": {"run"}, "-v": {"rm"}}


class Block(NamedTuple):
    """What was typed as one command: a line, or several that the shell took together."""

    line: int
    last_line: int
    text: str
    where: str = ""
    """Name of the container whose shell read it; empty at the host."""


class Solution(NamedTuple):
    """A solution as it was typed."""

    lines: tuple[str, ...]
    blocks: tuple[Block, ...]
    names: tuple[str, ...] = ()
    """Names that it gave: to containers, volumes, networks and images."""
    images: tuple[str, ...] = ()
    """Images that the lab allows."""

    def text(self, changes: dict[int, str | None]) -> str:
        """Return the whole text with other blocks at some places, or none (`None`)."""
        lines = list(self.lines)
        for number in sorted(changes, reverse=True):
            block, new = self.blocks[number], changes[number]
            lines[block.line - 1 : block.last_line] = [] if new is None else new.split("\n")
        return "\n".join(lines) + "\n"


class Change(NamedTuple):
    """What an operator proposes: the new text of the submission, and what a reader needs of it."""

    line: int
    before: str
    after: str
    text: str


class Mutant(NamedTuple):
    """A submission that is one small change away from the solution."""

    change: str
    """Name of the operator."""
    line: int
    before: str
    after: str
    """Empty where something was left out."""
    nth: int
    """Counts the equal changes at other places, from 1; 0 where it is the only one."""
    text: str

    def __str__(self) -> str:
        old, new = (_short(part) for part in (self.before, self.after))
        arrow = "↔" if self.change == "swapped" else "→"
        return f"line {self.line}: {old} {arrow} {new or '(left out)'}"


def _short(text: str) -> str:
    first, *others = [" ".join(line.split()) for line in text.strip().split("\n")]
    return f"{first} …" if others else first


Operator = Callable[[Solution], Iterator[Change]]


def solution_of(text: str, evidence: Evidence, images: Sequence[str]) -> Solution:
    """Return a solution with what its own evidence tells of it: which lines are one command."""
    lines = tuple(text.rstrip("\n").split("\n"))
    names = {container.id: container.name for container in evidence.containers}
    blocks = [
        Block(
            step.line,
            step.last_line,
            "\n".join(lines[step.line - 1 : step.last_line]),
            "" if step.where == HOST else names.get(step.where, ""),
        )
        for step in evidence.steps
        if step.end != "untyped"
    ]
    return Solution(
        lines, tuple(b for b in blocks if b.text.strip()), tuple(_given(evidence)), tuple(images)
    )


def _given(evidence: Evidence) -> Iterator[str]:
    for container in evidence.containers:
        yield from container.names
    yield from (volume.name for volume in evidence.volumes if not volume.anonymous)
    yield from (network.name for network in evidence.networks)
    for image in evidence.built:
        for reference in image.references:
            yield reference
            yield reference.removesuffix(":latest")


def mutants(solution: Solution) -> list[Mutant]:
    """Return all changed solutions, in the order of the table, each text once."""
    seen = {solution.text({})}
    found: list[tuple[str, Change]] = []
    for name, operator in OPERATORS.items():
        for change in operator(solution):
            if change.text not in seen and change.text.strip():
                seen.add(change.text)
                found.append((name, change))
    equal = Counter((name, c.before, c.after) for name, c in found)
    so_far: Counter[tuple[str, str, str]] = Counter()
    made = []
    for name, c in found:
        key = (name, c.before, c.after)
        so_far[key] += 1
        nth = so_far[key] if equal[key] > 1 else 0
        made.append(Mutant(name, c.line, c.before, c.after, nth, c.text))
    return sorted(made, key=lambda mutant: mutant.line)


def other(word: str) -> str:
    """Return a word that is nearly the same: the next number, or one with an `x` before it."""
    if re.fullmatch(r"\d{1,9}", word):
        return str(int(word) + 1)
    end = len(word.rstrip("/"))
    at = word.rfind("/", 0, end) + 1
    return f"{word[:at]}x{word[at:]}"


def _left_out(solution: Solution) -> Iterator[Change]:
    for number, block in enumerate(solution.blocks):
        yield Change(block.line, block.text, "", solution.text({number: None}))


def _swapped(solution: Solution) -> Iterator[Change]:
    for number, (one, two) in enumerate(
        zip(solution.blocks, solution.blocks[1:], strict=False), start=0
    ):
        text = solution.text({number: two.text, number + 1: one.text})
        yield Change(one.line, one.text, two.text, text)


def each(edit: Callable[[str, Reading, Solution], Iterable[str]]) -> Operator:
    """Return the operator that makes an edit to every command by itself."""

    def operator(solution: Solution) -> Iterator[Change]:
        for number, block in enumerate(solution.blocks):
            news = dict.fromkeys(edit(block.text, read(block.text), solution))
            for new in [new for new in news if new != block.text][:MOST]:
                further, before, after = _difference(block.text, new)
                yield Change(block.line + further, before, after, solution.text({number: new}))

    return operator


def _difference(old: str, new: str) -> tuple[int, str, str]:
    """Return at which line of a command two forms begin to differ, and the lines that do."""
    before, after, same = old.split("\n"), new.split("\n"), 0
    while before and after and before[0] == after[0]:
        del before[0], after[0]
        same += 1
    while before and after and before[-1] == after[-1]:
        del before[-1], after[-1]
    return same, "\n".join(before), "\n".join(after)


def _part_left_out(text: str, reading: Reading, _: Solution) -> Iterator[str]:
    for part in reading.parts:
        yield part.without(text)


def _redirection(text: str, reading: Reading, _: Solution) -> Iterator[str]:
    for found in _REDIRECTION.finditer(text):
        if reading.in_code(found.start(1)):
            yield Span(*found.span()).without(text)
            if found[1] == ">>":
                yield Span(*found.span(1)).without(text, ">")


def _option(text: str, reading: Reading, _: Solution) -> Iterator[str]:
    """Drop an option, one letter of several, and change its value."""
    for found in _OPTION.finditer(text):
        if not reading.in_code(found.start(1)):
            continue
        option, end = found[1], found.end()
        value = _VALUE.match(text, end) if _takes_value(option, text, found.start()) else None
        if found[2]:
            value = re.compile(r"=([^\s'\"]*)").match(text, found.end(1))
        if value is not None:
            end = value.end()
            if value[1][:1] not in "'\"":
                yield Span(*value.span(1)).without(text, other(value[1]))
        yield Span(found.start() - 1, end).without(text)
        if re.fullmatch(r"-[A-Za-z]{2,4}", option):
            for at in range(found.start() + 1, found.end(1)):
                yield Span(at, at + 1).without(text)


def _takes_value(option: str, text: str, at: int) -> bool:
    verbs = list(_DOCKER.finditer(text, 0, at))
    if not verbs:
        return False
    verb = verbs[-1][1]
    if verb in _VALUED_BY_VERB.get(option, ()):
        return True
    return option in _VALUED and verb not in _PLAIN_BY_VERB.get(option, ())


def _path(text: str, _: Reading, __: Solution) -> Iterator[str]:
    for found in _PATH.finditer(text):
        yield Span(*found.span()).without(text, other(found[0]))


def _name(text: str, _: Reading, solution: Solution) -> Iterator[str]:
    for name in solution.names:
        for found in _word(name).finditer(text):
            yield Span(*found.span()).without(text, other(name))


def _image(text: str, _: Reading, solution: Solution) -> Iterator[str]:
    for image in solution.images:
        instead = next((one for one in solution.images if one != image), other(image))
        for found in _word(image).finditer(text):
            yield Span(*found.span()).without(text, instead)


def _text(text: str, reading: Reading, _: Solution) -> Iterator[str]:
    """Put another text in its place, and the same without its first letter."""
    for span in reading.texts:
        said = span.of(text)
        blank = len(said) - len(said.lstrip())
        yield span.without(text, OTHER)
        if len(said.strip()) > 1:
            yield Span(span.start + blank, span.start + blank + 1).without(text)


def _name_everywhere(solution: Solution) -> Iterator[Change]:
    for name in solution.names:
        yield from _everywhere(solution, _word(name), name)


def _path_everywhere(solution: Solution) -> Iterator[Change]:
    found = (path[0] for block in solution.blocks for path in _PATH.finditer(block.text))
    for path in sorted(set(found)):
        yield from _everywhere(solution, _beginning(path), path)


def _everywhere(solution: Solution, pattern: re.Pattern[str], word: str) -> Iterator[Change]:
    new = other(word)
    hits = [(n, b) for n, b in enumerate(solution.blocks) if pattern.search(b.text)]
    if sum(len(pattern.findall(block.text)) for _, block in hits) > 1:
        changed: dict[int, str | None] = {n: pattern.sub(new, b.text) for n, b in hits}
        yield Change(hits[0][1].line, word, new, solution.text(changed))


def _word(word: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w./-]){re.escape(word)}(?![\w.-])")


def _beginning(path: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w./-]){re.escape(path)}(?![\w.-])")


OPERATORS: dict[str, Operator] = {
    "left out": _left_out,
    "swapped": _swapped,
    "part left out": each(_part_left_out),
    "redirection": each(_redirection),
    "option": each(_option),
    "path": each(_path),
    "name": each(_name),
    "image": each(_image),
    "text": each(_text),
    "name everywhere": _name_everywhere,
    "path everywhere": _path_everywhere,
}
"""Sort of change → what makes all changes of that sort."""
