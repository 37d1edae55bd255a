"""What a rubric may ask of one path in a container's file system."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from grader.checks._paths import fits, is_pattern
from grader.checks._text import listed, only_first, quote
from grader.checks._text_rule import TextRule
from grader.errors import EvidenceMissing
from grader.model.evidence import FileState
from grader.model.record import Text

TYPES = {
    "file": Text(ko="파일", en="a file"),
    "dir": Text(ko="디렉터리", en="a directory"),
    "link": Text(ko="심볼릭 링크", en="a symbolic link"),
}


class Matcher(TextRule):
    """What one path has to be like. Empty means: it exists."""

    exists: bool = True
    type: Literal["file", "dir", "link"] | None = None
    mode: Annotated[str, Field(pattern=r"^0?[0-7]{3,4}$")] | None = None
    """Permission bits as an octal number in quotes, such as "0644"."""
    empty: bool | None = None

    @model_validator(mode="after")
    def _absence_stands_alone(self) -> Self:
        fields = type(self).model_fields
        others = (value != fields[name].default for name, value in self if name != "exists")
        if not self.exists and any(others):
            raise PydanticCustomError(
                "absent_path", "'exists: false' cannot be combined with other conditions"
            )
        return self

    def flaw(self, state: FileState | None) -> Text | None:
        """Say what is wrong with a path, None if nothing is.

        Of a file that is too long to be recorded as a whole, the recorded beginning is judged.
        Raises EvidenceMissing if nothing of a text that matters was recorded.
        """
        if state is None:
            return Text(ko="없습니다", en="does not exist") if self.exists else None
        if not self.exists:
            return Text(ko="아직 있습니다", en="still exists")
        return self._form_flaw(state) or (self._text_flaw(state) if self.reads else None)

    def _form_flaw(self, state: FileState) -> Text | None:
        if self.type is not None and state.type != self.type:
            return _not_of_type(state, self.type)
        if self.mode is not None and state.mode & 0o7777 != int(self.mode, 8):
            has, asks = f"{state.mode & 0o7777:04o}", f"{int(self.mode, 8):04o}"
            return Text(
                ko=f"권한이 {asks}이(가) 아니라 {has}입니다", en=f"has mode {has}, not {asks}"
            )
        if self.empty is not None and (state.size == 0) != self.empty:
            if self.empty:
                return Text(ko="비어 있지 않습니다", en="is not empty")
            return Text(ko="비어 있습니다", en="is empty")
        return None

    def _text_flaw(self, state: FileState) -> Text | None:
        if state.type != "file":
            return _not_of_type(state, "file")
        text = "" if state.size == 0 else state.text
        if text is None:
            if state.digest is None and not state.truncated:
                raise EvidenceMissing(f"the text of '{state.path}' was not recorded")
            return Text(ko="글이 아닌 이진 파일입니다", en="is a binary file, not text")
        flaw = self._wrong_text(text, cut=state.truncated)
        if flaw is None or not state.truncated:
            return flaw
        note = only_first(len(text.encode()))
        return Text(ko=f"{flaw.ko} ({note.ko})", en=f"{flaw.en} ({note.en})")

    def _wrong_text(self, text: str, *, cut: bool) -> Text | None:
        told = quote(text)
        ko, en = f"내용이 {told}입니다", f"says {told}"
        if not text.strip():
            ko, en = "비어 있습니다", "is empty"
        if unwanted := self.unwanted(text):
            parts = listed(unwanted)
            return Text(ko=f"없어야 할 {parts.ko} 내용이 있습니다", en=f"contains {parts.en}")
        if missing := self.missing(text):
            parts = listed(missing)
            return Text(ko=f"{parts.ko} 내용이 없습니다 ({ko})", en=f"lacks {parts.en} ({en})")
        if self.equals is not None and (cut or self.differs(text)):
            whole = quote(self.equals)
            return Text(ko=f"{whole} 내용과 다릅니다 ({ko})", en=f"is not exactly {whole} ({en})")
        if self.misfits(text):
            return Text(
                ko=f"요구한 형식과 다릅니다 ({ko})", en=f"does not have the form asked for ({en})"
            )
        if self.number is not None and self.miscounts(text):
            asked, seen = self.number.words(), self.number.seen(text)
            return Text(
                ko=f"{asked.ko} 내용이 없습니다 ({seen.ko})", en=f"lacks {asked.en} ({seen.en})"
            )
        return None

    def words(self, path: str) -> Text:
        """Return the demand as a phrase."""
        if not self.exists:
            return Text(ko=f"'{path}' 없음", en=f"no '{path}'")
        ko, en = [f"'{path}'"], [f"'{path}'"]
        if self.type is not None:
            ko.append(f"({TYPES[self.type].ko})")
            en.append(f"as {TYPES[self.type].en}")
        if self.mode is not None:
            ko.append(f"(권한 {self.mode})")
            en.append(f"with mode {self.mode}")
        if self.empty is not None:
            ko.append("(빈 파일)" if self.empty else "(내용 있음)")
            en.append("empty" if self.empty else "not empty")
        if self.contains:
            parts = listed(self.contains)
            ko.append(f"안에 {parts.ko}")
            en.append(f"with {parts.en} in it")
        if self.lacks:
            parts = listed(self.lacks)
            ko.append(f"안에 {parts.ko} 없음")
            en.append(f"without {parts.en}")
        if self.number is not None:
            parts = self.number.words()
            ko.append(f"안에 {parts.ko}")
            en.append(f"with {parts.en} in it")
        if self.equals is not None:
            ko.append(f"내용이 정확히 {quote(self.equals)}")
            en.append(f"that says exactly {quote(self.equals)}")
        if self.matches is not None:
            ko.append("내용이 요구한 형식")
            en.append("with text of the form asked for")
        return Text(ko=" ".join(ko), en=" ".join(en))


def flaw_among(matcher: Matcher, path: str, states: Iterable[FileState]) -> Text | None:
    """Say what is wrong with a path, or with the best of those that fit its pattern."""
    if not is_pattern(path):
        return matcher.flaw(next((state for state in states if fits(state.path, path)), None))
    fitting = [state for state in states if fits(state.path, path)]
    if not fitting:
        return matcher.flaw(None)
    flaws = [matcher.flaw(state) for state in fitting]
    if None in flaws:
        return None
    first = next(flaw for flaw in flaws if flaw is not None)
    found = fitting[0].path
    return Text(ko=f"{first.ko} ('{found}')", en=f"{first.en} ('{found}')")


def _not_of_type(state: FileState, asked: Literal["file", "dir", "link"]) -> Text:
    special = Text(ko="특수 파일", en=f"a {state.type}")
    is_, asks = TYPES.get(state.type, special), TYPES[asked]
    return Text(ko=f"{asks.ko}이(가) 아니라 {is_.ko}입니다", en=f"is {is_.en}, not {asks.en}")


def _nothing_is_exists(value: object) -> object:
    return {} if value is None else value


PathMatcher = Annotated[
    Matcher, BeforeValidator(_nothing_is_exists, json_schema_input_type=Matcher | None)
]
