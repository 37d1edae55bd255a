from __future__ import annotations

from pathlib import Path

import pytest

from grader.answer_sheet import answers
from grader.errors import SubmissionError
from grader.model.lab import Lab
from grader.model.submission import Submission

FILE = Path("quiz1.yaml")
TITLE = {"ko": "가", "en": "a"}
CHOICES = dict.fromkeys("ABCD", TITLE)
QUIZ = Lab.model_validate(
    {
        "id": "quiz1",
        "title": TITLE,
        "kind": "quiz",
        "questions": {str(n): {"title": TITLE, "choices": CHOICES} for n in (1, 2, 3)},
    }
)


def sheet(text: str) -> Submission:
    return Submission(student="alice", path=str(FILE), digest="sha256:0", text=text)


@pytest.mark.parametrize(
    "text",
    [
        "1: B\n2: [A, B]\n",
        "1: b\n2: a, b\n",
        '"1": "B"\n"2": "AB"\n',
        "Q1: B)\nQ2: A) B)\n",
        "퀴즈1: (b)\n퀴즈 2: [A, b, A]\n",
        "1번: B) 기록 가능 레이어\n2번:\n  - A\n  - B\n3번:\n",
        "question 1: Ｂ\n문제 2: A/B\n3: []\n",
        "1:B\n2:A,B\n",
        "1) B\n2) A, B\n",
        "1. B\n2.A B\n3.\n",
        "1 = B\n\t2 = [A, B]\n",
        "Q1.B\nQ2.AB\n",
        "1: “B”\n2: “A”, ‘B’\n",
        "1번: B\n2번: A와 B\n",
        "1: B\n2: A and B\n",
        "1: B\n2: A 및 B\n",
        "- B\n- [A, B]\n-\n",
    ],
)
def test_ways_to_write_answers(text: str) -> None:
    chosen, lines = answers(sheet(text), QUIZ)
    assert chosen == {"1": ("B",), "2": ("A", "B")}
    assert (lines["1"], lines["2"]) == (1, 2)


@pytest.mark.parametrize("fence", ["```", "```yaml", "~~~", "  ```` yml "])
def test_a_sheet_pasted_as_a_block_of_markdown(fence: str) -> None:
    end = fence.rstrip("yaml ")
    chosen, lines = answers(sheet(f"# 제 답\n{fence}\n1: B\n2: [A, C]\n{end}\n"), QUIZ)
    assert chosen == {"1": ("B",), "2": ("A", "C")}
    assert lines == {"1": 3, "2": 4}


def test_a_sheet_of_comments_has_no_answers() -> None:
    assert answers(sheet("# later\n"), QUIZ) == ({}, {})


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("1: B\n4: A\n", 2, "the quiz has no question '4'; its questions: 1, 2, 3"),
        ("1: B\n2: E\n", 2, "question 2 has no choice 'E'; its choices: A, B, C, D"),
        ("1: B\n2: [A, [B]]\n", 2, "question 2 is a list within"),
        ("1: true\n", 1, "question 1 has no choice 'TRUE'"),
        ("1: B\n\nQ1: A\n", 3, "question 1 is answered twice (also on line 1)"),
        ("1: B\n1: A\n", 2, "duplicate key '1'"),
        ("- B\n- A\n", 1, "the sheet is no list of answers"),
        ("1: Banana\n", 1, "question 1 has no choice 'BANANA'"),
        ("1: brand\n", 1, "question 1 has no choice 'BRAND'"),
        ("B\nA\n", 1, "the sheet is no list of answers"),
        ("1: [A\n2: B\n", 1, "not proper YAML"),
        ("```\n1: B\n4: A\n```\n", 3, "the quiz has no question '4'"),
        ("1: &a [*a]\n", 1, "an alias stands inside what it refers to"),
    ],
)
def test_a_sheet_with_a_slip(text: str, line: int, says: str) -> None:
    with pytest.raises(SubmissionError) as caught:
        answers(sheet(text), QUIZ)
    assert says in caught.value.problem
    assert caught.value.line == line
    assert caught.value.file == FILE
    assert caught.value.fix
