"""What a rubric may ask of an image's own make: its layers, history and configuration."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from grader.checks._number import AnyNumber
from grader.checks._objects import label_flaws, label_words
from grader.checks._stack import contents_of
from grader.checks._text import NonEmpty, listed, normal, quote
from grader.checks._text_rule import TextRule
from grader.model.evidence import BuiltImage
from grader.model.image_contents import ImageContents
from grader.model.record import Record, Text

MB = 1_000_000

HIGHEST_PORT = 65_535


def _folder(value: str) -> str:
    if not value.startswith("/") or posixpath.normpath(value) != value:
        raise PydanticCustomError(
            "folder", "{value} is no plain absolute path such as '/app'", {"value": repr(value)}
        )
    return value


def _port(value: object) -> object:
    """Return a port with its protocol: `80/tcp` for `80`."""
    found = re.fullmatch(r"(\d{1,5})(/tcp|/udp|/sctp)?", str(value), re.ASCII)
    if found is None or not 0 < int(found[1]) <= HIGHEST_PORT:
        raise PydanticCustomError(
            "port", "{value} is no port such as 80 or '53/udp'", {"value": repr(value)}
        )
    return f"{int(found[1])}{found[2] or '/tcp'}"


Folder = Annotated[str, AfterValidator(_folder)]
Port = Annotated[str, BeforeValidator(_port, json_schema_input_type=int | str)]


class MadeOf(Record):
    """What an image is made of."""

    layers: AnyNumber | None = None
    """How many layers it has above those of the lab's image."""
    size_mb: AnyNumber | None = None
    """Its size as `docker images` shows it, in millions of bytes."""
    adds_mb: AnyNumber | None = None
    """What its own layers hold, in millions of bytes; what a later one deletes still counts."""
    user: str | None = None
    entrypoint: tuple[str, ...] | None = None
    command: tuple[str, ...] | None = None
    workdir: Folder | None = None
    """Where its containers begin (`WORKDIR`)."""
    ports: tuple[Port, ...] = ()
    """Ports that it tells of (`EXPOSE`), such as `80` or `53/udp`, all of them."""
    labels: dict[NonEmpty, str] = Field(default_factory=dict)
    environment: tuple[NonEmpty, ...] = ()
    """Variables with their values, such as `MODE=test`, all of them."""
    history: TextRule | None = None
    """The lines of `docker history --no-trunc`."""

    def asked(self) -> int:
        """Return the number of conditions."""
        fields = (
            self.layers,
            self.size_mb,
            self.adds_mb,
            self.user,
            self.entrypoint,
            self.command,
            self.workdir,
            self.history,
        )
        given = sum(value is not None for value in fields)
        return given + len(self.ports) + len(self.labels) + len(self.environment)

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
        added = sum(layer.size for layer in contents.layers if not layer.base)
        for number, size, ko, en in (
            (self.size_mb, contents.size, "크기가", "its size is"),
            (self.adds_mb, added, "더한 레이어의 크기가", "its own layers hold"),
        ):
            if number is not None and not number.fits(f"{size / MB:.3f}"):
                yield Text(ko=f"{ko} {size / MB:.1f} MB입니다", en=f"{en} {size / MB:.1f} MB")
        yield from label_flaws(contents.labels, self.labels)
        known = {normal(entry) for entry in contents.environment}
        for entry in self.environment:
            if normal(entry) not in known:
                yield Text(
                    ko=f"환경 변수 {quote(entry)}이(가) 없습니다",
                    en=f"the variable {quote(entry)} is missing",
                )
        if self.user is not None and self.user != contents.user:
            yield Text(ko=f"사용자가 '{contents.user}'입니다", en=f"its user is '{contents.user}'")
        yield from self._place_flaws(contents)
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

    def _place_flaws(self, contents: ImageContents) -> Iterator[Text]:
        folder = posixpath.normpath(contents.working_dir or "/")
        if self.workdir is not None and self.workdir != folder:
            yield Text(
                ko=f"작업 폴더가 '{folder}'입니다", en=f"its working directory is '{folder}'"
            )
        for port in self.ports:
            if port not in contents.ports:
                yield Text(
                    ko=f"{port} 포트를 알리지 않습니다", en=f"it does not expose port {port}"
                )

    def words(self) -> Iterator[Text]:
        """Yield the demands as phrases."""
        for number, ko, en in (
            (self.layers, "더한 레이어", "layers of its own"),
            (self.size_mb, "크기(MB)", "size in MB"),
            (self.adds_mb, "더한 레이어의 크기(MB)", "size of its own layers in MB"),
        ):
            if number is not None:
                told = number.words()
                yield Text(ko=f"{ko}: {told.ko}", en=f"{en}: {told.en}")
        if self.user is not None:
            yield Text(ko=f"사용자 '{self.user}'", en=f"user '{self.user}'")
        yield from label_words(self.labels)
        if self.workdir is not None:
            folder = self.workdir
            yield Text(ko=f"작업 폴더 '{folder}'", en=f"working directory '{folder}'")
        if self.ports:
            told = listed(self.ports)
            yield Text(ko=f"알리는 포트 {told.ko}", en=f"the exposed ports {told.en}")
        if self.environment:
            told = listed(self.environment)
            yield Text(ko=f"환경 변수 {told.ko}", en=f"the variables {told.en}")
        if (self.entrypoint, self.command, self.history) != (None, None, None):
            yield Text(ko="요구한 구성", en="made as asked")
