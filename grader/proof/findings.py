"""What a proof found: records, and the pure rules that make them of results."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from grader.model.equivalents import Equivalent
from grader.model.record import Record
from grader.model.result import Result
from grader.proof.mutants import Mutant
from grader.rubric import Criterion, Rubric

NEAREST = 2
"""How many criteria are named beside a survivor."""
_CLOSE_ENOUGH = 0.005

Fate = Literal["killed", "survived", "equivalent", "undecided"]


class Short(Record):
    """A criterion that fell short."""

    id: str
    points: float
    max_points: float
    reason: str


class CaseFinding(Record):
    """What became of the solution, the empty submission or a sample."""

    name: str
    expected: float
    """Percent of the points."""
    got: float | None
    """None where it could not be told."""
    short: tuple[Short, ...] = ()
    """What fell short, where it got other points than expected."""
    problem: str = ""
    """Why it could not be told."""

    @property
    def kept(self) -> bool:
        """It got what its name promises."""
        return self.got is not None and abs(self.got - self.expected) < _CLOSE_ENOUGH


class MutantFinding(Record):
    """What became of a mutant."""

    change: str
    line: int
    before: str
    after: str
    nth: int
    shown: str
    fate: Fate
    points: float | None = None
    nearest: tuple[str, ...] = ()
    """Of a survivor: the criteria that have most to do with what was changed."""
    reason: str = ""
    """Why it is equivalent, or undecided."""


class Stale(Record):
    """An entry of `equivalents.yaml` that excuses nothing."""

    number: int
    """Counts from 1."""
    entry: Equivalent
    why: str


class Proof(Record):
    """Everything that the proof of one lab found."""

    lab: str
    cases: tuple[CaseFinding, ...]
    mutants: tuple[MutantFinding, ...]
    never_fail: tuple[str, ...]
    """Criteria that fell short in no mutant, and in no sample that earns anything."""
    together: tuple[tuple[str, ...], ...]
    """Criteria that fell short in the same cases, always."""
    stale: tuple[Stale, ...]
    recorded: int
    """How many submissions were typed for it; the evidence of all others was kept."""
    seconds: float

    @property
    def undecided(self) -> bool:
        """Something could not be told, through our fault."""
        return any(case.got is None for case in self.cases) or any(
            mutant.fate == "undecided" for mutant in self.mutants
        )

    @property
    def proven(self) -> bool:
        """All got what they should, and the rubric is blind to nothing."""
        return (
            not self.undecided
            and all(case.kept for case in self.cases)
            and not any(mutant.fate == "survived" for mutant in self.mutants)
            and not self.never_fail
            and not self.stale
        )


def fell_short(result: Result) -> tuple[Short, ...]:
    """Return the criteria of a result that did not pass."""
    return tuple(
        Short(id=c.id, points=c.points, max_points=c.max_points, reason=c.reason.en)
        for c in result.criteria
        if c.outcome != "passed"
    )


def never_fail(rubric: Rubric, results: Sequence[Result]) -> tuple[str, ...]:
    """Return the criteria that none of the results sees fall short by themselves.

    What earns nothing by design shows nothing: an empty submission fails everywhere.
    """
    failed = {
        c.id for result in results for c in result.criteria if c.outcome in {"failed", "partial"}
    }
    return tuple(c.id for c in rubric.criteria if c.id not in failed)


def together(rubric: Rubric, results: Sequence[Result]) -> tuple[tuple[str, ...], ...]:
    """Return the criteria that fall short in the same cases, whatever the case."""
    cases: dict[str, list[bool]] = {c.id: [] for c in rubric.criteria}
    for result in results:
        for c in result.criteria:
            cases[c.id].append(c.outcome != "passed")
    same: defaultdict[tuple[bool, ...], list[str]] = defaultdict(list)
    for name, short in cases.items():
        if any(short):
            same[tuple(short)].append(name)
    return tuple(tuple(names) for names in same.values() if len(names) > 1)


def nearest(rubric: Rubric, mutant: Mutant, solved: Result) -> tuple[str, ...]:
    """Return the criteria that have most to do with the changed line."""
    line = {c.id for c in solved.criteria if c.line is not None and c.line == mutant.line}
    words = _words(mutant.before)

    def closeness(criterion: Criterion) -> float:
        asked = _words(criterion.check.model_dump_json(exclude_defaults=True))
        return len(words & asked) + 1.5 * (criterion.id in line)

    ranked = sorted(rubric.criteria, key=closeness, reverse=True)
    return tuple(c.id for c in ranked[:NEAREST] if closeness(c) > 0)


def _words(text: str) -> set[str]:
    return {word for word in re.split(r"[^\w가-힣.-]+", text) if len(word) > 1}


class Excuses:
    """The entries of `equivalents.yaml`: which mutants they excuse, and which of them are stale."""

    def __init__(self, entries: Iterable[Equivalent]) -> None:
        self._entries = tuple(entries)
        self._found: dict[int, list[Fate]] = {n: [] for n in range(len(self._entries))}

    def fate(self, mutant: Mutant, fate: Fate) -> tuple[Fate, str]:
        """Return what becomes of a mutant that was killed or survived, and the entry's reason."""
        for number, entry in enumerate(self._entries):
            if _key(entry) == _key(mutant):
                self._found[number].append(fate)
                if fate == "survived":
                    return "equivalent", entry.reason
        return fate, ""

    def stale(self) -> tuple[Stale, ...]:
        """Return the entries that excused nothing."""
        why: Mapping[bool, str] = {
            True: "it is no longer equivalent: it costs points now",
            False: "there is no such change: the solution's line was edited",
        }
        return tuple(
            Stale(number=number + 1, entry=entry, why=why[bool(self._found[number])])
            for number, entry in enumerate(self._entries)
            if not {"survived", "undecided"} & set(self._found[number])
        )


def _key(one: Equivalent | Mutant) -> tuple[str, tuple[str, ...], tuple[str, ...], int]:
    return one.change, _lines(one.before), _lines(one.after), one.nth


def _lines(text: str) -> tuple[str, ...]:
    """Return the lines of a text without what editors and YAML may add or take."""
    lines = (" ".join(line.split()) for line in text.strip().split("\n"))
    return tuple(line for line in lines if line)
