"""Submissions that are more alike than their class explains. Pure, and proves nothing.

What everybody types says nothing: what the lab hands out, and what a good part of the class typed.
The rest is compared twice. Line by line as it stands, whatever the order and whatever was put in
between. And as shapes, without names, paths and texts (`docker run --name · -it ·`), two lines
at a time that come after each other, or nearly so: a copy is found under other names. What few
have weighs more; how alike two submissions are is what they share of the smaller one's weight.
Idea: inverse document frequency (K. Spärck Jones, 1972), on lines instead of words.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import combinations
from math import log
from typing import NamedTuple

COMMENT = re.compile(r"(?:^|\s)#+\s*")
TOKEN = re.compile(r"\w+|[^\w\s]")
WORD = re.compile(r"\w")
PART = re.compile(r"\"[^\"]*\"|'[^']*'|&&|\|\||>>|[|;<>&]|[^\s|;<>&]+")
OPERATORS = frozenset({"&&", "||", "|", ";", "&"})
"""After these, another command begins."""
REDIRECTIONS = frozenset({"<", ">", ">>"})
BEFORE_VERBS = frozenset({"docker", "sudo"})
"""Commands whose next word is a command too."""
BLANK = "·"

FEWEST = 2
"""Students who can share something."""
RARE_SHARE = 0.1
"""Of the class: what more students have is no sign of anything."""
RARE_MOST = 40
"""And in a large class, no more students than these."""
LEAST = 4
"""Rare things that two submissions must share before they are told."""
LEAST_SHARE = 0.6
"""What they must share of the smaller one's weight."""
REACH = 3
"""Lines that may stand between two in one submission and not in the other, and one more."""
MOST_PAIRS = 50
MOST_KNOWN = 1 << 16
"""Lines that are remembered: in a class, most are typed by many."""


class Pair(NamedTuple):
    """Two students whose submissions are alike."""

    first: str
    second: str
    share: float
    """Of what is rare in the smaller submission."""
    lines: tuple[str, ...]
    """What both have and few others, as it stands in the smaller submission."""
    renamed: bool
    """Alike in shape, under other names."""


Features = dict[str, tuple[str, ...]]
"""What is compared → the lines that it was in, as they were written."""


def alike(typed: Mapping[str, Sequence[str]], known: Sequence[Sequence[str]] = ()) -> list[Pair]:
    """Return the pairs that are alike, the most alike first, `MOST_PAIRS` at most.

    `typed` maps students to their lines; `known` are texts that everybody was given. Same class,
    same pairs.
    """
    found = _pairs(typed, known, _shapes, renamed=True) | _pairs(typed, known, _exact)
    return sorted(found.values(), key=_order)[:MOST_PAIRS]


def _order(pair: Pair) -> tuple[float, int, str, str]:
    return (-pair.share, -len(pair.lines), pair.first, pair.second)


def _exact(lines: Sequence[str], reach: int) -> Features:
    """Return lines without differences in blanks and signs that nobody sees.

    A comment behind a command is a line of its own: it is easily removed.
    """
    del reach  # the order says nothing
    return {part: (line.strip(),) for line in lines for part in _parts(line)}


def _shapes(lines: Sequence[str], reach: int) -> Features:
    """Return the shapes of each two commands of which the second comes within `reach` lines."""
    shaped = [(shape, line.strip()) for line in lines if (shape := _shape(line))]
    return {
        f"{one}\n{two}": (first, second)
        for at, (one, first) in enumerate(shaped)
        for two, second in shaped[at + 1 : at + 1 + reach]
    }


@lru_cache(MOST_KNOWN)
def _parts(line: str) -> tuple[str, ...]:
    parts = (" ".join(TOKEN.findall(part)) for part in COMMENT.split(line))
    return tuple(part for part in parts if WORD.search(part))


@lru_cache(MOST_KNOWN)
def _shape(line: str) -> str:
    """Return a line's commands and options, with blanks for everything else."""
    command = COMMENT.split(line)[0]
    if not WORD.search(command):
        return ""
    shape: list[str] = []
    is_verb = True
    for part in PART.findall(command):
        if part in OPERATORS or part in REDIRECTIONS:
            shape.append(part)
            is_verb = part in OPERATORS
        elif is_verb or part.startswith("-"):
            shape.append(part.partition("=")[0])
            is_verb = is_verb and part in BEFORE_VERBS
        elif shape[-1] != BLANK:
            shape.append(BLANK)
    return " ".join(shape)


def _pairs(
    lines: Mapping[str, Sequence[str]],
    given: Sequence[Sequence[str]],
    features: Callable[[Sequence[str], int], Features],
    *,
    renamed: bool = False,
) -> dict[tuple[str, str], Pair]:
    """Return the pairs by their students; only what few share brings two together.

    What is next to each other in one submission may be further apart in the other.
    """
    ordinary = {feature for text in given for feature in features(text, REACH)}
    wide = {student: features(text, REACH).keys() - ordinary for student, text in lines.items()}
    counts = Counter(feature for own in wide.values() for feature in own)
    weights = {feature: log((len(lines) + 1) / count) for feature, count in counts.items()}
    most = min(max(len(lines) * RARE_SHARE, FEWEST), RARE_MOST)
    rare = {feature for feature, count in counts.items() if FEWEST <= count <= most}
    found = {}
    for pair, shared in _sharing(wide, rare).items():
        if shared < LEAST:
            continue
        near = [features(lines[student], 1).keys() - ordinary for student in pair]
        totals = [sum(weights[one] for one in own) for own in near]
        smaller = totals.index(min(totals))
        both = near[smaller] & wide[pair[1 - smaller]]
        if len(both & rare) < LEAST:
            continue
        share = sum(weights[one] for one in both) / totals[smaller]
        if share >= LEAST_SHARE:
            texts = features(lines[pair[smaller]], 1)
            told = (line for one, own in texts.items() if one in both & rare for line in own)
            found[pair] = Pair(*pair, share, tuple(dict.fromkeys(told)), renamed)
    return found


def _sharing(mine: Mapping[str, Iterable[str]], rare: set[str]) -> Counter[tuple[str, str]]:
    """Return how many rare features each two students share."""
    by_feature: dict[str, list[str]] = defaultdict(list)
    for student in sorted(mine):
        for feature in mine[student]:
            if feature in rare:
                by_feature[feature].append(student)
    return Counter(pair for students in by_feature.values() for pair in combinations(students, 2))
