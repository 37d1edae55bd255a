"""Small changes to the answers of a quiz: another choice, one more, one less, none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from grader.model.evidence import Evidence
from grader.model.lab import Lab
from grader.proof.mutants import Mutant

Answers = Mapping[str, tuple[str, ...]]


def mutants(lab: Lab, evidence: Evidence) -> list[Mutant]:
    """Return all sheets that differ from the right one in one choice."""
    right = evidence.answers
    return [
        Mutant(
            sort,
            evidence.answer_lines[question],
            _line(question, right[question]),
            _line(question, letters) if letters else "",
            0,
            _sheet({**right, question: letters}),
        )
        for question in lab.questions
        if question in right
        for sort, letters in _changed(right[question], tuple(lab.questions[question].choices))
    ]


def _changed(
    right: tuple[str, ...], choices: tuple[str, ...]
) -> Iterator[tuple[str, tuple[str, ...]]]:
    wrong = [letter for letter in choices if letter not in right]
    yield "left out", ()
    for at in range(len(right)):
        rest = (*right[:at], *right[at + 1 :])
        if rest:
            yield "one less", rest
        for instead in wrong:
            yield "another", (*right[:at], instead, *right[at + 1 :])
    for more in wrong:
        yield "one more", (*right, more)


def _line(question: str, letters: tuple[str, ...]) -> str:
    return f"{question}: {', '.join(letters)}"


def _sheet(answers: Answers) -> str:
    lines = [f'"{number}": [{", ".join(given)}]' for number, given in answers.items() if given]
    return "\n".join(lines or ["# nothing"]) + "\n"
