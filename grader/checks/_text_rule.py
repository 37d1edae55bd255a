"""What a rubric may ask of any text: of a file, of an output, of a command line."""

from __future__ import annotations

import unicodedata
from typing import Literal, Self

from pydantic import model_validator
from pydantic_core import PydanticCustomError

from grader.checks._number import AnyNumber
from grader.checks._text import Pattern, Strings, found, normal
from grader.model.record import Record


class TextRule(Record):
    """What a text has to be like; the same words wherever a rubric looks at a text."""

    contains: Strings = ()
    """Texts that stand in it, all of them."""
    lacks: Strings = ()
    """Texts that must not stand in it."""
    equals: str | None = None
    """The whole text; line ends at the end do not count."""
    matches: Pattern | None = None
    """A regular expression that matches somewhere in the text."""
    number: AnyNumber | None = None
    """A number that stands in the text by itself."""
    case: Literal["exact", "any"] = "exact"
    """`any`: capital letters are as good as small ones."""
    spaces: Literal["exact", "any"] = "exact"
    """`any`: in `contains`, `lacks` and `equals`, blanks, tabs and line ends are all one blank."""

    @model_validator(mode="after")
    def _choices_matter(self) -> Self:
        if self.spaces == "any" and not all(part.strip() for part in self.contains + self.lacks):
            raise PydanticCustomError("spaces", "with 'spaces: any', a blank text is no text")
        plain = bool(self.contains or self.lacks) or self.equals is not None
        if self.spaces == "any" and not plain:
            raise PydanticCustomError(
                "spaces", "'spaces' needs 'contains', 'lacks' or 'equals' to have a meaning"
            )
        if self.case == "any" and not plain and self.matches is None:
            raise PydanticCustomError(
                "case", "'case' needs 'contains', 'lacks', 'equals' or 'matches' to have a meaning"
            )
        return self

    @property
    def reads(self) -> bool:
        """Whether anything is asked of the text."""
        asked = (self.equals, self.matches, self.number)
        return bool(self.contains or self.lacks) or any(value is not None for value in asked)

    def missing(self, text: str) -> list[str]:
        """Return what should stand in a text and does not."""
        form = self._form(text) if self.contains else ""
        return [part for part in self.contains if self._form(part) not in form]

    def unwanted(self, text: str) -> list[str]:
        """Return what stands in a text and should not."""
        form = self._form(text) if self.lacks else ""
        return [part for part in self.lacks if self._form(part) in form]

    def differs(self, text: str) -> bool:
        """Say whether a text is not the one asked for."""
        if self.equals is None:
            return False
        return self._form(text).rstrip("\n") != self._form(self.equals).rstrip("\n")

    def misfits(self, text: str) -> bool:
        """Say whether a text does not have the form asked for."""
        any_case = self.case == "any"
        return self.matches is not None and not found(self.matches, text, any_case=any_case)

    def miscounts(self, text: str) -> bool:
        """Say whether a text lacks the number asked for."""
        return self.number is not None and not self.number.fits(text)

    def share(self, text: str) -> float:
        """Return the share of what is asked that holds; nothing if something unwanted is there."""
        if self.unwanted(text):
            return 0.0
        held = len(self.contains) - len(self.missing(text))
        total = len(self.contains)
        for asked, wrong in (
            (self.equals, self.differs),
            (self.matches, self.misfits),
            (self.number, self.miscounts),
        ):
            if asked is not None:
                total += 1
                held += not wrong(text)
        return held / total if total else 1.0

    def _form(self, text: str) -> str:
        """Return the form in which texts are compared."""
        text = normal(text)
        if self.spaces == "any":
            text = " ".join(text.split())
        if self.case == "any":
            text = unicodedata.normalize("NFC", text.casefold())
        return text
