"""Kind `container`: how a container was made."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, partial
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from grader.checks import Check, Example
from grader.checks._chosen import AnyContainer, made_from
from grader.checks._examples import made, moment, seen, typed
from grader.checks._select import (
    Point,
    best_container,
    is_after,
    line_at,
    never_came,
)
from grader.checks._text import NonEmpty, has_all, joined, listed, normal, quote
from grader.checks._text_rule import TextRule
from grader.model.evidence import ContainerRecord, Evidence
from grader.model.record import Record, Text
from grader.model.result import Verdict


class Options(Record):
    """Options of `docker run`; what is left out may be anything."""

    tty: bool | None = None
    interactive: bool | None = None
    auto_remove: bool | None = None
    network: NonEmpty | None = None
    user: str | None = None
    workdir: str | None = None
    hostname: str | None = None

    @model_validator(mode="after")
    def _not_empty(self) -> Self:
        if all(value is None for _, value in self):
            raise PydanticCustomError("no_option", "'options' names no option")
        return self


class Mount(Record):
    """One mount that the container has to have."""

    type: Literal["bind", "volume", "tmpfs"]
    target: NonEmpty
    source: NonEmpty | None = None
    read_only: bool | None = None


class CommandLine(TextRule):
    """What the command of the container has to be like, its words joined with blanks."""

    @model_validator(mode="after")
    def _not_empty(self) -> Self:
        if not self.reads:
            raise PydanticCustomError(
                "no_command",
                "'command' needs 'contains', 'lacks', 'equals', 'matches' or 'number'",
            )
        return self

    def words(self) -> Text:
        """Return the demand as a phrase."""
        if self.equals is not None:
            return Text(ko=f"명령 {quote(self.equals)}", en=f"the command {quote(self.equals)}")
        if self.contains:
            parts = listed(self.contains)
            return Text(ko=f"{parts.ko} 포함 명령", en=f"a command with {parts.en}")
        if self.lacks:
            parts = listed(self.lacks)
            return Text(ko=f"{parts.ko} 없는 명령", en=f"a command without {parts.en}")
        return Text(ko="요구한 형식의 명령", en="a command of the form asked for")


def _port(value: str) -> str:
    if not value or value.strip() != value:
        raise PydanticCustomError(
            "port", "{value} is no port such as '8080:80'", {"value": repr(value)}
        )
    return value


Condition = tuple[Text, Text | None]
"""What is asked for, and what was seen instead; None where it is as asked."""


class Container(Check):
    """A container was made, and made in a certain way.

    Conditions are that it exists, its `image` (by name, where a tag may be left out: `latest`; an
    id typed instead is fine), whether it `exists_at_end`, each of its `options` (`tty`,
    `interactive`, `auto_remove`, `network`, `user`, `workdir`, `hostname`), each entry of
    `environment` (`NAME=value`, or `NAME` for any value), `labels`, `mounts` (`type`, `target`, and
    perhaps `source` and `read_only`), `ports` (as in `docker run -p`), and its `command`, in the
    words for all texts. Credit is the share of the conditions that hold. `after` counts only
    containers made after a moment.
    """

    kind: Literal["container"] = "container"
    container: AnyContainer
    image: NonEmpty | None = None
    exists_at_end: bool | None = None
    options: Options | None = None
    environment: tuple[NonEmpty, ...] = ()
    labels: dict[NonEmpty, str] = Field(default_factory=dict)
    mounts: tuple[Mount, ...] = ()
    ports: tuple[Annotated[str, AfterValidator(_port)], ...] = ()
    command: CommandLine | None = None
    after: Point | None = None

    def judge(self, evidence: Evidence) -> Verdict:
        """Compare how the container was made with every condition."""
        return best_container(
            evidence, self.container, self._expected, partial(self._judge, evidence)
        )

    @cached_property
    def _expected(self) -> Text:
        what = self.container.words()
        name = Text(
            ko=what.ko, en=what.en if what.en.startswith(("a ", "the ")) else f"a {what.en}"
        )
        blank = made("blank")
        asked = [words for words, _ in self._conditions(blank, left=True, image=True)]
        return joined([name, *asked], most=8, between=", ")

    def _judge(self, evidence: Evidence, container: ContainerRecord) -> Verdict:
        created = container.moment("created")
        line = line_at(evidence, container, created) if created else None
        if self.after is not None:
            after = self.after.find(evidence)
            if after is None:
                return never_came(self.after, self._expected)
            if created is None or not is_after(created.step, created.at, after):
                words = self.after.words()
                reason = Text(
                    ko=f"'{container.name}' 컨테이너는 {words.ko}보다 먼저 만들어졌습니다.",
                    en=f"Container '{container.name}' was made before {words.en}.",
                )
                return Verdict(credit=0, reason=reason, expected=self._expected, line=line)
        left = any(
            self.container.name in {None, other.name} and other.moment("removed") is None
            for other in self.container.find(evidence)
        )
        image = self.image is None or made_from(evidence, container, self.image)
        conditions = self._conditions(container, left=left, image=image)
        flaws = [flaw for _, flaw in conditions if flaw is not None]
        name = container.name
        if not flaws:
            reason = Text(
                ko=f"'{name}' 컨테이너가 요구한 대로 만들어졌습니다.",
                en=f"Container '{name}' was made as asked.",
            )
            return Verdict(credit=1, reason=reason, line=line)
        told = joined(flaws, most=3)
        total = len(conditions) + 1
        return Verdict(
            credit=(total - len(flaws)) / total,
            reason=Text(ko=f"'{name}' 컨테이너: {told.ko}.", en=f"Container '{name}': {told.en}."),
            expected=self._expected,
            line=line,
        )

    def _conditions(
        self, container: ContainerRecord, *, left: bool, image: bool
    ) -> list[Condition]:
        conditions: list[Condition] = []

        def ask(fits: bool, asked: Text, flaw: Callable[[], Text]) -> None:  # noqa: FBT001
            conditions.append((asked, None if fits else flaw()))

        if self.image is not None:
            ask(
                image,
                Text(ko=f"이미지 '{self.image}'", en=f"image '{self.image}'"),
                lambda: Text(
                    ko=f"이미지가 '{self.image}'이(가) 아니라 '{container.image}'입니다",
                    en=f"its image is '{container.image}', not '{self.image}'",
                ),
            )
        if self.exists_at_end is not None:
            exists = container.moment("removed") is None if self.exists_at_end else left
            stay, gone = (
                Text(ko="끝까지 남아 있음", en="left at the end"),
                Text(ko="끝에는 삭제됨", en="removed in the end"),
            )
            ask(
                exists == self.exists_at_end,
                stay if self.exists_at_end else gone,
                lambda: (
                    Text(ko="삭제되지 않았습니다", en="it was never removed")
                    if exists
                    else Text(ko="삭제되었습니다", en="it was removed")
                ),
            )
        if self.options is not None:
            asked_options = ((name, value) for name, value in self.options if value is not None)
            conditions += [_option(name, value, container) for name, value in asked_options]
        given = [normal(has) for has in container.environment]
        for entry in self.environment:
            fits = any(f"{has}=".startswith(f"{normal(entry)}=") for has in given)
            conditions.append(_plain("환경 변수", "environment", entry, fits=fits))
        for key, value in self.labels.items():
            fits = has_all(container.labels, {key: value})
            conditions.append(_plain("레이블", "label", f"{key}={value}", fits=fits))
        for mount in self.mounts:
            conditions.append(_mounted(mount, container))
        for port in self.ports:
            fits = _plain_port(port) in {_plain_port(has) for has in container.ports}
            conditions.append(_plain("포트", "port", port, fits=fits))
        if self.command is not None:
            line = " ".join(container.command)
            words = self.command.words()
            ask(
                self.command.share(line) == 1,
                words,
                lambda: Text(
                    ko=f"{words.ko}이(가) 아닙니다 (실제 명령: {quote(line)})",
                    en=f"its command is {quote(line)}, not {words.en}",
                ),
            )
        return conditions


def _option(option: str, asked: object, container: ContainerRecord) -> Condition:
    has: object = {
        "tty": container.tty,
        "interactive": container.open_stdin,
        "auto_remove": container.auto_remove,
        "network": container.network,
        "user": container.user,
        "workdir": container.working_dir,
        "hostname": container.hostname,
    }[option]
    flag = {
        "tty": "-t",
        "interactive": "-i",
        "auto_remove": "--rm",
        "network": "--network",
        "user": "--user",
        "workdir": "--workdir",
        "hostname": "--hostname",
    }[option]
    if isinstance(asked, bool):
        ko, en = (
            (f"'{flag}' 옵션", f"option '{flag}'")
            if asked
            else (f"'{flag}' 옵션 없음", f"no option '{flag}'")
        )
        flaw = (
            Text(ko=f"'{flag}' 옵션이 없습니다", en=f"option '{flag}' is missing")
            if asked
            else Text(
                ko=f"'{flag}' 옵션은 없어야 합니다", en=f"option '{flag}' should not be there"
            )
        )
        return Text(ko=ko, en=en), None if has == asked else flaw
    both = {"default", "bridge"}
    fits = has == asked or (option == "network" and {has, asked} == both)
    words = Text(ko=f"'{flag} {asked}'", en=f"'{flag} {asked}'")
    flaw = Text(
        ko=f"'{flag}' 값이 '{asked}'이(가) 아니라 '{has}'입니다",
        en=f"'{flag}' is '{has}', not '{asked}'",
    )
    return words, None if fits else flaw


def _plain(ko: str, en: str, entry: str, *, fits: bool) -> Condition:
    asked = Text(ko=f"{ko} {quote(entry)}", en=f"{en} {quote(entry)}")
    flaw = Text(ko=f"{asked.ko} 설정이 없습니다", en=f"{asked.en} is missing")
    return asked, None if fits else flaw


def _mounted(asked: Mount, container: ContainerRecord) -> Condition:
    source = f"{asked.source}:" if asked.source else ""
    mode = {None: "", True: ":ro", False: ":rw"}[asked.read_only]
    entry = f"{source}{asked.target}{mode}"
    words = Text(ko=f"{asked.type} 마운트 '{entry}'", en=f"{asked.type} mount '{entry}'")
    for has in container.mounts:
        if has.target.rstrip("/") != asked.target.rstrip("/"):
            continue
        if has.type != asked.type:
            return words, Text(
                ko=f"'{asked.target}' 마운트의 종류가 {asked.type}이(가) 아니라 {has.type}입니다",
                en=f"the mount on '{asked.target}' is a {has.type}, not a {asked.type}",
            )
        if asked.source is not None and has.source != asked.source:
            return words, Text(
                ko=f"'{asked.target}' 마운트의 원본이 '{has.source}'입니다 ('{asked.source}' 필요)",
                en=f"the mount on '{asked.target}' comes from '{has.source}', not '{asked.source}'",
            )
        if asked.read_only is not None and has.read_only != asked.read_only:
            ko, en = (
                ("읽기 전용이 아닙니다", "is not read-only")
                if asked.read_only
                else ("읽기 전용입니다", "is read-only")
            )
            return words, Text(
                ko=f"'{asked.target}' 마운트가 {ko}", en=f"the mount on '{asked.target}' {en}"
            )
        return words, None
    return words, Text(
        ko=f"'{asked.target}' 위치에 마운트가 없습니다",
        en=f"nothing is mounted on '{asked.target}'",
    )


def _plain_port(port: str) -> str:
    port = port.removeprefix("0.0.0.0:").removeprefix("[::]:")
    return port if "/" in port else f"{port}/tcp"


EXAMPLES = (
    Example(
        shows="the right image, with a terminal",
        check={
            "container": "web",
            "image": "alpine",
            "options": {"tty": True, "interactive": True},
        },
        evidence=lambda: seen(
            typed(1, "docker run -it --name web alpine:latest sh"),
            containers=[made("web", moment("created", 1))],
        ),
        credit=1,
        says="was made as asked",
    ),
    Example(
        shows="it exists, but from another image and with --rm",
        check={"container": "web", "image": "alpine", "options": {"auto_remove": False}},
        evidence=lambda: seen(
            typed(1, "docker run --rm --name web busybox sh"),
            containers=[made("web", moment("created", 1), image="busybox", auto_remove=True)],
        ),
        credit=1 / 3,
        says="its image is 'busybox', not 'alpine'; option '--rm' should not be there",
    ),
    Example(
        shows="it was not made at all",
        check={"container": "web", "image": "alpine"},
        evidence=lambda: seen(typed(1, "docker ps")),
        credit=0,
        says="There is no container 'web'",
    ),
    Example(
        shows="a volume where one was asked for, and one forgotten variable",
        check={
            "container": "db",
            "mounts": [{"type": "volume", "target": "/data"}],
            "environment": ["MODE=test"],
        },
        evidence=lambda: seen(
            containers=[
                made("db", mounts=[{"type": "volume", "source": "data", "target": "/data"}])
            ]
        ),
        credit=2 / 3,
        says="environment 'MODE=test' is missing",
    ),
)
