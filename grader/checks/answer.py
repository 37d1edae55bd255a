"""Kind `answer`: which choices of a quiz question were picked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, PlainSerializer

from grader.checks import Check, CourseProblem, Example
from grader.checks._examples import seen
from grader.model.evidence import Evidence
from grader.model.lab import Lab
from grader.model.record import Text
from grader.model.result import Verdict


def _number_as_text(value: object) -> object:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _letters(value: object) -> object:
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list | tuple):
        return value
    return tuple(v.strip().upper() if isinstance(v, str) else v for v in values)


class Answer(Check):
    """The answer to one question of a quiz.

    Credit is the number of right choices less the number of wrong ones, divided by the number of
    `correct` ones; never below nothing. With `only: missing` wrong choices take nothing away, with
    `only: extra` nothing but wrong choices does. The reason does not give the right answer away.
    """

    kind: Literal["answer"] = "answer"
    question: Annotated[
        str,
        Field(min_length=1),
        BeforeValidator(_number_as_text, json_schema_input_type=str | int),
    ]
    correct: Annotated[
        frozenset[Annotated[str, Field(min_length=1)]],
        Field(min_length=1),
        BeforeValidator(_letters, json_schema_input_type=str | frozenset[str]),
        # A set has another order in each process, and the rubric would have another digest.
        PlainSerializer(sorted, return_type=list[str], when_used="json"),
    ]
    only: Literal["missing", "extra"] | None = None

    def problems(self, lab: Lab) -> Iterator[CourseProblem]:
        """Yield a question or letters that the lab's quiz does not have."""
        question = lab.questions.get(self.question)
        if question is None:
            known = ", ".join(lab.questions) or "none"
            yield CourseProblem(
                ("question",),
                f"lab '{lab.id}' has no question '{self.question}'; its questions: {known}",
            )
            return
        choices = {choice.upper() for choice in question.choices}
        for letter in sorted(self.correct - choices):
            yield CourseProblem(
                ("correct",),
                f"question '{self.question}' has no choice '{letter}'; its choices: "
                + ", ".join(question.choices),
            )

    def judge(self, evidence: Evidence) -> Verdict:
        """Compare the letters chosen with the right ones."""
        chosen = {letter.upper() for letter in evidence.answers.get(self.question, ())}
        line = evidence.answer_lines.get(self.question)
        if not chosen:
            reason = Text(
                ko=f"{self.question}번 문제의 답이 없습니다.",
                en=f"Question {self.question} has no answer.",
            )
            return Verdict(credit=0, reason=reason, line=line)
        right, wrong = len(chosen & self.correct), len(chosen - self.correct)
        missed, total = len(self.correct) - right, len(self.correct)
        lost = {"missing": missed, "extra": wrong, None: missed + wrong}[self.only]
        found = self._found(len(chosen), right, wrong)
        reason = Text(
            ko=f"{self.question}번 문제: {found.ko}", en=f"Question {self.question}: {found.en}"
        )
        return Verdict(credit=max(0.0, (total - lost) / total), reason=reason, line=line)

    def _found(self, chosen: int, right: int, wrong: int) -> Text:
        complete = right == len(self.correct)
        if self.only == "missing" and complete:
            return Text(ko="빠뜨린 답이 없습니다.", en="nothing is missing.")
        if self.only == "missing":
            return Text(ko="더 골라야 할 답이 있습니다.", en="something is missing.")
        if self.only == "extra" and not wrong:
            return Text(ko="틀린 것을 고르지 않았습니다.", en="nothing wrong was chosen.")
        if complete and not wrong:
            return Text(ko="정답입니다.", en="correct.")
        if not wrong:
            return Text(
                ko="고른 답은 맞지만 더 골라야 합니다.",
                en="what you chose is right, but something is missing.",
            )
        return Text(
            ko=f"{chosen}개 중 {right}개가 맞고 {wrong}개가 틀렸습니다.",
            en=f"of {chosen} chosen, {right} right and {wrong} wrong.",
        )


_ASKED = {"question": "2", "correct": ["A", "B"]}

EXAMPLES = (
    Example(
        shows="both right choices",
        check=_ASKED,
        evidence=lambda: seen(answers={"2": ("B", "A")}, answer_lines={"2": 2}),
        credit=1,
        says="correct",
    ),
    Example(
        shows="one of two right choices",
        check=_ASKED,
        evidence=lambda: seen(answers={"2": ("A",)}, answer_lines={"2": 2}),
        credit=0.5,
        says="something is missing",
    ),
    Example(
        shows="a wrong choice takes a right one away",
        check=_ASKED,
        evidence=lambda: seen(answers={"2": ("A", "C")}, answer_lines={"2": 2}),
        credit=0,
        says="1 right and 1 wrong",
    ),
    Example(
        shows="a wrong choice, where only missing ones are looked at",
        check=_ASKED | {"only": "missing"},
        evidence=lambda: seen(answers={"2": ("A", "B", "C")}, answer_lines={"2": 2}),
        credit=1,
        says="nothing is missing",
    ),
    Example(
        shows="no answer",
        check=_ASKED,
        evidence=lambda: seen(answers={"1": ("A",)}),
        credit=0,
        says="Question 2 has no answer.",
    ),
)
