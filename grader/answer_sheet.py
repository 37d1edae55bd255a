"""A quiz sheet: which choices a student made, in whatever way they are written."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from pathlib import Path

from grader.errors import SubmissionError
from grader.model.lab import Lab
from grader.model.submission import Submission
from grader.yaml_file import parse

NUMBERED = re.compile(
    r"^( *)\t*((?:(?:question|quiz|q|no|퀴즈|문제|문항|질문)[ .#]*)?\d+(?: ?번)?)"
    r"[ \t]*[:：.)=][ \t]*(?=\S|$)",
    re.IGNORECASE | re.MULTILINE,
)
"""What stands before an answer: `1: `, or what people write instead: `1:`, `1.`, `1)`, `1 =`."""
FENCE = re.compile(r"^[ \t]*(?:`{3,}|~{3,})[ \t]*[\w-]*[ \t]*$", re.MULTILINE)
"""What stands around a sheet that was pasted as a block of Markdown."""
JOINING = re.compile(r"\b(?:and|및|그리고)\b|(?<=\b[a-z])(?:와|과|하고|랑)(?=\s)")
PREFIX = re.compile(r"^(?:question|quiz|q|no|퀴즈|문제|문항|질문)[\s.#]*|\s*번$", re.IGNORECASE)
SHEET = "write one line for each question, such as '1: B' or '2: [A, B]'"


def answers(submission: Submission, lab: Lab) -> tuple[dict[str, tuple[str, ...]], dict[str, int]]:
    """Return the chosen letters of a quiz sheet, and the line of each answer, by question.

    A question without an answer is left out. Raises SubmissionError for a question or a choice
    that the quiz does not have.
    """
    file = Path(submission.path)
    text = NUMBERED.sub(r"\1\2: ", FENCE.sub("", submission.text))
    document = parse(text, file=file, error=SubmissionError)
    chosen: dict[str, tuple[str, ...]] = {}
    lines: dict[str, int] = {}
    if document.data is None:
        return chosen, lines
    data = document.data
    in_order = isinstance(data, list) and len(data) == len(lab.questions)
    entries = dict(enumerate(data)) if in_order else data
    if not isinstance(entries, dict):
        problem = "the sheet is no list of answers"
        raise SubmissionError(problem, file=file, line=1, fix=f"{SHEET} (blank after the colon)")
    for key, value in entries.items():
        line = document.line((str(key),))
        question = [*lab.questions][key] if in_order else _question(key, lab)
        if question is None:
            problem = f"the quiz has no question '{key}'; its questions: {', '.join(lab.questions)}"
            raise SubmissionError(problem, file=file, line=line, fix=SHEET)
        if question in lines:
            problem = f"question {question} is answered twice (also on line {lines[question]})"
            raise SubmissionError(problem, file=file, line=line, fix="keep one of the two")
        lines[question] = line
        letters = tuple(_letters(value, question, lab, file, line))
        if letters:
            chosen[question] = tuple(dict.fromkeys(letters))
    return chosen, lines


def _question(key: object, lab: Lab) -> str | None:
    plain = _plain(key)
    by_name = {_plain(number): number for number in lab.questions}
    return by_name.get(plain, by_name.get(PREFIX.sub("", plain)))


def _letters(value: object, question: str, lab: Lab, file: Path, line: int) -> Iterator[str]:
    letters = {_plain(letter): letter for letter in lab.questions[question].choices}
    for entry in value if isinstance(value, list) else [value]:
        if entry is None:
            continue
        if isinstance(entry, list | dict):
            raise SubmissionError(
                f"the answer to question {question} is a list within a list, or a mapping",
                file=file,
                line=line,
                fix=SHEET,
            )
        for word in _words(entry, letters):
            if word not in letters:
                raise SubmissionError(
                    f"question {question} has no choice '{word.upper()}'; "
                    f"its choices: {', '.join(letters.values())}",
                    file=file,
                    line=line,
                    fix=SHEET,
                )
            yield letters[word]


def _words(entry: object, letters: Mapping[str, str]) -> list[str]:
    """Return the choices named in `B`, `a, b`, `a and b`, `AB`, `(b)` or `B) with its text`."""
    text = _plain(entry)
    if (pasted := re.match(r"\(?(\w+)[).:]", text)) and pasted[1] in letters:
        rest = text[pasted.end() :].strip(" ,")
        if not re.match(r"\(?\w+[).:]|\w?$", rest):
            return [pasted[1]]
    plain = JOINING.sub(" ", text)
    words = [word for word in re.split(r"[\s,;/+&().:·、“”‘’\"']+", plain) if word]
    if all(word in letters or set(word) <= letters.keys() for word in words):
        return [letter for word in words for letter in ([word] if word in letters else word)]
    return words


def _plain(value: object) -> str:
    return unicodedata.normalize("NFKC", str(value)).strip().casefold()
