"""The base of all records, and text in both languages."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cached_property
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict

Language = Literal["ko", "en"]


class Record(BaseModel):
    """Frozen and strict: an unknown field is an error, a changed fact is a new record.

    What it works out once is in cached properties; they are private, since pydantic takes public
    ones for fields where it goes over a record.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Return a changed copy, without what cached properties keep of the old fields."""
        copied = super().model_copy(update=update, deep=deep)
        for name in copied.__dict__.keys() - type(self).model_fields.keys():
            del copied.__dict__[name]
        return copied


class Source(Record):
    """What a teacher writes and results are made by; told apart by all that it says."""

    @property
    def digest(self) -> str:
        """SHA-256 of its JSON, in hexadecimal."""
        return self._digest

    @cached_property
    def _digest(self) -> str:
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()


class Text(Record):
    """One sentence in Korean and in English."""

    ko: str
    en: str

    def in_(self, language: Language) -> str:
        """Return the sentence in one language."""
        return self.ko if language == "ko" else self.en
