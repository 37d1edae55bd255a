"""What a rubric may ask of a number in a text."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from grader.checks._text import NonEmpty, normal
from grader.model.record import Record, Text

Figure = Annotated[float, Field(strict=True, allow_inf_nan=False)]

# A part of a date, a version, a path, an address or a word is no number of its own. Hangul may
# follow, `3개`, and units of size and time: `20MB`, `1.5s`.
_NUMBER = re.compile(
    r"(?<![A-Za-z0-9_.,:/@-])[-+]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?"
    r"(?=(?:[kKMGT]?i?B|[kKMGT]|m?s)?(?:[^A-Za-z0-9_.,:/@-]|[.,](?!\d)|$))",
    re.ASCII,
)

MOST_SHOWN = 3


class Number(Record):
    """A number that stands in the text by itself, such as `3` in `3 files`."""

    equals: Figure | None = None
    within: Annotated[float, Field(strict=True, ge=0, allow_inf_nan=False)] = 0
    """How far it may be off."""
    least: Figure | None = None
    most: Figure | None = None
    label: NonEmpty | None = None
    """Only the first number after this text counts, in the same line."""

    @model_validator(mode="after")
    def _asks_something(self) -> Self:
        bounds = self.least is not None or self.most is not None
        if (self.equals is None) != bounds:
            raise PydanticCustomError(
                "number", "'number' needs 'equals' (perhaps 'within'), or 'least' and 'most'"
            )
        if self.within and bounds:
            raise PydanticCustomError("number", "'within' goes with 'equals' only")
        if self.least is not None and self.most is not None and self.least > self.most:
            raise PydanticCustomError("number", "'least' is greater than 'most'")
        return self

    def fits(self, text: str) -> bool:
        """Say whether the text has such a number."""
        return any(self._is_asked(value) for value in self._values(text))

    def words(self) -> Text:
        """Return the demand as a phrase."""
        if self.equals is not None:
            what = _plain(self.equals) + (f" (±{_plain(self.within)})" if self.within else "")
            ko, en = f"수 {what}", f"the number {what}"
        elif self.least is None:
            ko, en = f"{_plain(self.most)} 이하의 수", f"a number up to {_plain(self.most)}"
        elif self.most is None:
            ko, en = f"{_plain(self.least)} 이상의 수", f"a number from {_plain(self.least)} on"
        else:
            low, high = _plain(self.least), _plain(self.most)
            ko, en = f"{low}에서 {high}까지의 수", f"a number from {low} to {high}"
        if self.label is not None:
            ko, en = f"'{self.label}' 뒤에 {ko}", f"{en} after '{self.label}'"
        return Text(ko=ko, en=en)

    def seen(self, text: str) -> Text:
        """Return the numbers that are there instead."""
        values = list(dict.fromkeys(_plain(value) for value in self._values(text)))
        if not values:
            return Text(ko="수가 없습니다", en="there is no number")
        more = " …" if len(values) > MOST_SHOWN else ""
        shown = ", ".join(values[:MOST_SHOWN]) + more
        return Text(ko=f"있는 수: {shown}", en=f"it has {shown}")

    def _is_asked(self, value: Decimal) -> bool:
        if self.equals is not None:
            return abs(value - _exact(self.equals)) <= _exact(self.within)
        low = self.least is None or value >= _exact(self.least)
        return low and (self.most is None or value <= _exact(self.most))

    def _values(self, text: str) -> list[Decimal]:
        text = normal(text)
        if self.label is None:
            return [_value(match[0]) for match in _NUMBER.finditer(text)]
        label = normal(self.label)
        rests = (rest for line in text.splitlines() for rest in line.split(label)[1:])
        firsts = (_NUMBER.search(f" {rest.lstrip(':= ')}") for rest in rests)
        return [_value(match[0]) for match in firsts if match is not None]


def _value(digits: str) -> Decimal:
    return Decimal(digits.replace(",", ""))


def _exact(value: float) -> Decimal:
    return Decimal(repr(value))


def _plain(value: float | Decimal | None) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _equal_alone(value: object) -> object:
    is_figure = isinstance(value, int | float) and not isinstance(value, bool)
    return {"equals": value} if is_figure else value


AnyNumber = Annotated[Number, BeforeValidator(_equal_alone, json_schema_input_type=float | Number)]
"""`3`, or with bounds: `{equals: 3, within: 0.5}`, `{least: 1, most: 5}`."""
