"""Values that differ from student to student: what a lab says about each."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from grader.model.record import Record

ValueName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Word = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=63)]
"""Safe in a path, a name, an image's tag and a pattern."""

BOTH = 2
"""Ends of a range."""
OPTIONS: dict[str, frozenset[str]] = {
    "token": frozenset({"length"}),
    "word": frozenset({"words"}),
    "name": frozenset(),
    "number": frozenset({"range"}),
}
"""Kind of value → what else may be said about it."""


class Value(Record):
    """One value that each student gets of their own, derived from the course's secret."""

    kind: Literal["token", "word", "name", "number"]
    """`token`: letters and digits that nobody else has. `word`: one of `from`. `name`: two English
    words, such as `calm-otter`. `number`: one in `range`."""
    length: int = Field(strict=True, default=8, ge=4, le=32)
    """Characters of a token; from 6 on, it is looked for in what others hand in."""
    words: tuple[Word, ...] = Field(
        default=(), alias="from", description="The words of which a student gets one."
    )
    range: tuple[Annotated[int, Field(strict=True)], ...] = ()
    """Two numbers: the least and the greatest number."""

    @model_validator(mode="after")
    def _options_fit_the_kind(self) -> Self:
        strange = self.model_fields_set - {"kind"} - OPTIONS[self.kind]
        for option in sorted(strange):
            kind = next(kind for kind, options in OPTIONS.items() if option in options)
            name = "from" if option == "words" else option
            raise PydanticCustomError("value_option", f"'{name}' goes with 'kind: {kind}' only")
        if self.kind == "word" and len(set(self.words)) < max(2, len(self.words)):
            raise PydanticCustomError(
                "value_words", "a word needs 'from': two different words or more"
            )
        if self.kind == "number":
            low, high = self.range if len(self.range) == BOTH else (0, 0)
            if not 0 <= low < high < 2**63:
                raise PydanticCustomError(
                    "value_range", "a number needs 'range', such as [1024, 9999]; none below 0"
                )
        return self
