"""What a rubric may ask of an image's own make: its layers, history and configuration."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from grader.checks._number import AnyNumber
from grader.checks._stack import contents_of
from grader.checks._text import listed
from grader.checks._text_rule import TextRule
from grader.model.evidence import BuiltImage
from grader.model.image_contents import ImageContents
from grader.model.record import Record, Text


class MadeOf(Record):
    """What an image is made of."""

    layers: AnyNumber | None = None
    """How many layers it has above those of the lab's image."""
    user: str | None = None
    entrypoint: tuple[str, ...] | None = None
    command: tuple[str, ...] | None = None
    history: TextRule | None = Field(default=None)
    """The lines of `docker history --no-trunc`."""

    def asked(self) -> int:
        """Return the number of conditions."""
        fields = (self.layers, self.user, self.entrypoint, self.command, self.history)
        return sum(value is not None for value in fields)

    def flaws(self, record: BuiltImage) -> Iterator[Text]:
        """Yield what is not as asked. Raises EvidenceMissing where it was not recorded."""
        if record.how == "tag":
            for _ in range(self.asked()):
                yield Text(ko="실습 이미지에 이름만 붙였습니다", en="it is an image of the lab")
        elif self.asked():
            yield from self._flaws(contents_of(record))

    def _flaws(self, contents: ImageContents) -> Iterator[Text]:
        own = sum(not layer.base for layer in contents.layers)
        if self.layers is not None and not self.layers.fits(str(own)):
            yield Text(ko=f"더한 레이어가 {own}개입니다", en=f"layers that it adds: {own}")
        if self.user is not None and self.user != contents.user:
            yield Text(ko=f"사용자가 '{contents.user}'입니다", en=f"its user is '{contents.user}'")
        for asked, told, ko, en in (
            (self.entrypoint, contents.entrypoint, "엔트리포인트", "entrypoint"),
            (self.command, contents.command, "명령", "command"),
        ):
            if asked is not None and asked != told:
                words = listed(told)
                yield Text(ko=f"다른 {ko}: {words.ko}", en=f"another {en}: {words.en}")
        lines = "\n".join(entry.created_by for entry in contents.history)
        if self.history is not None and self.history.share(lines) < 1:
            missing = listed(self.history.missing(lines))
            tail = f" ({missing.en})" if missing.en else ""
            yield Text(
                ko=f"기록이 요구한 것과 다릅니다{tail}", en=f"its history is not as asked{tail}"
            )

    def words(self) -> Iterator[Text]:
        """Yield the demands as phrases."""
        if self.asked():
            yield Text(ko="요구한 구성", en="made as asked")
