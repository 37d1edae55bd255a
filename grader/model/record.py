"""The base of all records, and text in both languages."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

Language = Literal["ko", "en"]


class Record(BaseModel):
    """Frozen and strict: an unknown field is an error, a changed fact is a new record."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Text(Record):
    """One sentence in Korean and in English."""

    ko: str
    en: str

    def in_(self, language: Language) -> str:
        """Return the sentence in one language."""
        return self.ko if language == "ko" else self.en
