"""What a rubric may ask of the output of a line."""

from __future__ import annotations

from typing import Self

from pydantic import model_validator
from pydantic_core import PydanticCustomError

from grader.checks._text import last_line, listed, only_first, quote
from grader.checks._text_rule import TextRule
from grader.model.record import Text


class Output(TextRule):
    """What the output has to be like."""

    @model_validator(mode="after")
    def _not_empty(self) -> Self:
        if not self.reads:
            raise PydanticCustomError(
                "no_output",
                "'output' needs 'contains', 'lacks', 'equals', 'matches' or 'number'",
            )
        return self

    def words(self) -> Text:
        """Return the demand as a phrase."""
        ko, en = [], []
        if self.contains:
            parts = listed(self.contains)
            ko.append(f"{parts.ko} 출력")
            en.append(f"output with {parts.en}")
        if self.lacks:
            parts = listed(self.lacks)
            ko.append(f"출력에 {parts.ko} 없음")
            en.append(f"output without {parts.en}")
        if self.equals is not None:
            ko.append(f"정확히 {quote(self.equals)} 출력")
            en.append(f"exactly {quote(self.equals)}")
        if self.number is not None:
            parts = self.number.words()
            ko.append(f"{parts.ko} 출력")
            en.append(f"output with {parts.en}")
        if self.matches is not None:
            ko.append("요구한 형식의 출력")
            en.append("output of the form asked for")
        return Text(ko=", ".join(ko), en=", ".join(en))

    def told(self, shown: str) -> Text:
        """Return what an output that is as asked has shown."""
        tail = last_line(shown)
        if self.contains or self.number is not None or not tail:
            return self.words()
        return Text(ko=f"{quote(tail)} 출력", en=quote(tail))

    def flaw(self, shown: str, line: int, kept: int) -> Text:
        """Say what keeps the output of a line from full credit.

        `kept` is how many bytes there are of an output that was too long to be kept, else 0.
        """
        if unwanted := self.unwanted(shown):
            parts = listed(unwanted)
            return Text(
                ko=f"{line}번째 줄의 출력에 없어야 할 {parts.ko} 내용이 있습니다.",
                en=f"The output of line {line} contains {parts.en}.",
            )
        seen = _seen(shown, kept)
        if missing := self.missing(shown):
            parts = listed(missing)
            return Text(
                ko=f"{line}번째 줄을 실행하였지만 출력에 {parts.ko} 내용이 없습니다 ({seen.ko}).",
                en=f"Line {line} ran, but its output lacks {parts.en} ({seen.en}).",
            )
        if self.differs(shown):
            whole = quote(self.equals or "")
            return Text(
                ko=f"{line}번째 줄의 출력이 {whole} 내용과 다릅니다 ({seen.ko}).",
                en=f"The output of line {line} is not exactly {whole} ({seen.en}).",
            )
        if self.number is not None and self.miscounts(shown):
            asked, has = self.number.words(), self.number.seen(shown)
            return Text(
                ko=f"{line}번째 줄의 출력에 {asked.ko} 내용이 없습니다 ({has.ko}).",
                en=f"The output of line {line} lacks {asked.en} ({has.en}).",
            )
        return Text(
            ko=f"{line}번째 줄의 출력이 요구한 형식과 다릅니다 ({seen.ko}).",
            en=f"The output of line {line} does not have the form asked for ({seen.en}).",
        )


def _seen(shown: str, kept: int) -> Text:
    if kept:
        return only_first(kept)
    if not shown.strip():
        return Text(ko="출력이 없습니다", en="there is no output")
    tail = quote(last_line(shown))
    return Text(ko=f"마지막 출력: {tail}", en=f"its last output is {tail}")
