"""A proof as a text for the teacher."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from grader.reports._text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from grader.proof.findings import CaseFinding, MutantFinding, Proof


def render(proof: Proof) -> str:
    """Return everything that somebody has to look at, and a summary of the rest."""
    return printable("".join(f"{line}\n" for line in _lines(proof)))


def _lines(proof: Proof) -> Iterator[str]:
    word = "proven" if proof.proven else "could not be told" if proof.undecided else "NOT PROVEN"
    yield f"{proof.lab}: {word}"
    yield from _cases(proof.cases)
    yield from _mutants(proof.mutants)
    for name in proof.never_fail:
        yield f"  never fails: {name} (no sample or change makes it fall short: it may be blind)"
    for names in proof.together:
        yield f"  always fail together: {', '.join(names)} (one criterion, or a group?)"
    for stale in proof.stale:
        entry = stale.entry
        yield f"  equivalents.yaml, entry {stale.number} ({entry.change}: {_short(entry.before)})"
        yield f"    {stale.why}"
    yield f"  {proof.seconds:g} s, {proof.recorded} typed, the rest from kept evidence"
    yield ""


def _cases(cases: tuple[CaseFinding, ...]) -> Iterator[str]:
    yield f"  cases: {sum(case.kept for case in cases)} of {len(cases)} as expected"
    for case in cases:
        if case.kept:
            continue
        got = "?" if case.got is None else f"{case.got:g}"
        yield f"    {case.name}: expected {case.expected:g}, got {got} {case.problem}".rstrip()
        for short in case.short:
            yield f"      {short.points:g}/{short.max_points:g} {short.id}: {short.reason}"


def _mutants(mutants: tuple[MutantFinding, ...]) -> Iterator[str]:
    if not mutants:
        yield "  changes: none were tried, because the solution does not earn everything"
        return
    fates = Counter(mutant.fate for mutant in mutants)
    said = ", ".join(f"{count} {fate}" for fate, count in sorted(fates.items()))
    yield f"  changes: {len(mutants)} ({said})"
    for change in dict.fromkeys(mutant.change for mutant in mutants):
        same = [mutant for mutant in mutants if mutant.change == change]
        killed = sum(mutant.fate == "killed" for mutant in same)
        equivalent = sum(mutant.fate == "equivalent" for mutant in same)
        more = f", {equivalent} equivalent" if equivalent else ""
        yield f"    {change:16} {killed}/{len(same)} killed{more}"
    for mutant in mutants:
        if mutant.fate == "survived":
            yield f"  survived: {mutant.change}, {mutant.shown}"
            if mutant.nearest:
                yield f"    nearest criteria: {', '.join(mutant.nearest)}"
            yield from (f"    {line}" for line in _entry(mutant))
        elif mutant.fate == "undecided":
            yield f"  could not be told: {mutant.change}, {mutant.shown}: {mutant.reason}"


def _entry(mutant: MutantFinding) -> Iterator[str]:
    """Yield the entry that would excuse a survivor, to be copied and given its reason."""
    import json

    yield f"- change: {mutant.change}"
    yield f"  before: {json.dumps(mutant.before, ensure_ascii=False)}"
    if mutant.after:
        yield f"  after: {json.dumps(mutant.after, ensure_ascii=False)}"
    if mutant.nth:
        yield f"  nth: {mutant.nth}"


def _short(text: str) -> str:
    first, *others = text.strip().split("\n")
    return f"{first} …" if others else first
