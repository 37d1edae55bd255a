"""What becomes of a Dockerfile: every instruction judged, and a new text written for the engine.

Images are named by their ids, so nothing but this session's and the lab's can be meant [65]. A
stage that begins with an image gets a label of the session as its first instruction: the builder's
cache then never leads from one session to another [71], and whatever a build leaves behind, ready
or not, carries our label. That step is not shown.
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from grader.gateway.images.dockerfile import Dockerfile, Instruction, unreadable
from grader.gateway.images.instructions import (
    Line,
    bounded,
    cannot_read,
    check_health,
    check_labels,
    check_volumes,
    clean_folder,
    no_triggers,
    plain_path,
    written,
)
from grader.gateway.images.words import Unreadable, expand, split_words, string_list
from grader.gateway.refusal import forbidden

_STAGE = re.compile(r"[a-z][a-z0-9._-]*")
_ADDED = re.compile(r"[\w./ +@%=,:~*?-]+")


@dataclass(frozen=True)
class ImageFacts:
    """What a build has to know of an image that it begins with."""

    environment: tuple[str, ...] = ()
    working_dir: str = ""
    triggers: bool = False
    """It has instructions that run in builds of others (ONBUILD)."""
    volumes: int = 0
    """How many volumes it asks for."""


@dataclass(frozen=True)
class BuildPlan:
    """What goes to the engine for one `docker build`."""

    lines: tuple[Line, ...]
    escape: str
    base: str
    """What the last stage begins with, as written."""

    @property
    def text(self) -> bytes:
        """The new Dockerfile."""
        lines = [f"# escape={self.escape}", *(line.sent for line in self.lines)]
        return ("\n".join(lines) + "\n").encode()

    def origin(self, line: int) -> int:
        """Return the line of the student's file for one of the new file."""
        at = min(max(line - 2, 0), len(self.lines) - 1)
        return self.lines[at].origin


@dataclass
class _Stage:
    name: str
    values: dict[str, str | None]
    environment: dict[str, str | None]
    folder: str
    volumes: int = 0
    lines: list[Line] = field(default_factory=list)
    base: str = ""

    def known(self) -> dict[str, str | None]:
        return self.values | self.environment


def plan_build(
    dockerfile: Dockerfile,
    *,
    images: Callable[[str], str | None],
    facts: Mapping[str, ImageFacts],
    labels: Mapping[str, str],
    arguments: Mapping[str, str | None],
    target: str = "",
    labelled: bool = False,
) -> BuildPlan:
    """Decide about one Dockerfile. Raises Refusal.

    `images` finds the id of an image that the session may use, `facts` are those of all such ids,
    `labels` are ours; `labelled`: the client gives the image labels of its own.
    """
    planner = _Planner(dockerfile.escape, images, facts, labels, arguments)
    for instruction in dockerfile.instructions:
        planner.add(instruction)
    if not planner.stages:
        raise unreadable("no build stage in current context")
    stages = planner.up_to(target)
    if not labelled and len(stages[-1].lines) == 2 and stages[-1].base == "scratch":
        # Our label makes an image even of nothing.
        raise unreadable("No image was generated. Is your Dockerfile empty?")
    lines = [*planner.before, *(line for stage in stages for line in stage.lines)]
    return BuildPlan(tuple(lines), dockerfile.escape, stages[-1].base)


class _Planner:
    def __init__(
        self,
        escape: str,
        images: Callable[[str], str | None],
        facts: Mapping[str, ImageFacts],
        labels: Mapping[str, str],
        arguments: Mapping[str, str | None],
    ) -> None:
        self.escape = escape
        self.images = images
        self.facts = facts
        self.labels = labels
        self.arguments = arguments
        self.before: list[Line] = []
        self.globals: dict[str, str | None] = {}
        self.stages: list[_Stage] = []
        self.longest = max((len(value or "") for value in arguments.values()), default=0)
        """No variable has a longer value."""

    def add(self, given: Instruction) -> None:
        """Judge one instruction and write it anew."""
        most = bounded(given, self.longest)
        self._add(given)
        if given.keyword in {"ARG", "ENV", "FROM"}:
            known = [self.globals, *(stage.known() for stage in self.stages[-1:])]
            values = [value for values in known for value in values.values()]
            lengths = (most if value is None else len(value) for value in values)
            self.longest = max(self.longest, *lengths, 0)

    def _add(self, given: Instruction) -> None:
        if given.keyword == "FROM":
            self._from(given)
        elif not self.stages:
            if given.keyword != "ARG":
                raise unreadable("no build stage in current context")
            self._argument(given, self.globals, self.globals)
            self.before.append(written(given))
        else:
            self.stages[-1].lines.append(self._judged(given, self.stages[-1]))

    def up_to(self, target: str) -> list[_Stage]:
        """Return the stages that `--target` asks for."""
        if not target:
            return self.stages
        names = [stage.name for stage in self.stages]
        if target.lower() in names:
            return self.stages[: names.index(target.lower()) + 1]
        if re.fullmatch(r"\d{1,3}", target, re.ASCII) and int(target) < len(self.stages):
            return self.stages[: int(target) + 1]
        raise unreadable(f"failed to reach build target {target} in Dockerfile")

    def _from(self, given: Instruction) -> None:
        words = given.rest.split()
        named = len(words) == 3 and words[1].lower() == "as"
        if len(words) != 1 and not named:
            raise unreadable(
                f"dockerfile parse error line {given.line}: FROM requires either one or three "
                "arguments"
            )
        name = words[2].lower() if named else ""
        if named and not _STAGE.fullmatch(name):
            raise unreadable(f"invalid name for build stage: {words[2]!r}")
        if name and any(stage.name == name for stage in self.stages):
            raise unreadable(f"duplicate name {name}")
        try:
            wanted = expand(words[0], self.globals, self.escape)
        except Unreadable:
            raise cannot_read(given) from None
        if not wanted:
            raise unreadable(f"base name ({words[0]}) should not be blank")
        stage, base = self._begun(wanted, name)
        stage.base = wanted
        sent = f"FROM {base} AS {name}" if name else f"FROM {base}"
        stage.lines.append(Line(sent, given.text, given.line))
        if base.startswith("sha256:") or base == "scratch":
            pairs = " ".join(f'"{key}"="{value}"' for key, value in sorted(self.labels.items()))
            stage.lines.append(Line(f"LABEL {pairs}", None, given.line))
        self.stages.append(stage)

    def _begun(self, wanted: str, name: str) -> tuple[_Stage, str]:
        """Return a new stage, and what it begins with in the engine's words."""
        earlier = next((s for s in self.stages if s.name and s.name == wanted.lower()), None)
        if earlier is not None:
            begun = _Stage(name, {}, dict(earlier.environment), earlier.folder, earlier.volumes)
            return begun, earlier.name
        if wanted == "scratch":
            return _Stage(name, {}, {}, "/"), wanted
        id_ = self._image(wanted)
        facts = self.facts[id_]
        if facts.triggers:
            raise no_triggers()
        pairs = (entry.partition("=") for entry in facts.environment)
        environment: dict[str, str | None] = {key: value for key, _, value in pairs}
        return _Stage(name, {}, environment, facts.working_dir or "/", facts.volumes), id_

    def _image(self, wanted: str) -> str:
        id_ = self.images(wanted)
        if id_ is None:
            raise forbidden(
                "image",
                f"the image {wanted!r}; a build may use the lab's images and your own",
                f"이미지 {wanted!r}; 실습 이미지와 직접 만든 이미지만 쓸 수 있습니다",
            )
        return id_

    def _judged(self, given: Instruction, stage: _Stage) -> Line:
        keyword = given.keyword
        if keyword == "ONBUILD":
            raise no_triggers()
        if keyword == "LABEL":
            check_labels(given, self.escape)
        elif keyword == "HEALTHCHECK":
            check_health(given)
        elif keyword == "VOLUME":
            stage.volumes = check_volumes(given, self.escape, stage.volumes)
        elif keyword == "ARG":
            self._argument(given, stage.values, stage.known())
        elif keyword == "ENV":
            self._environment(given, stage)
        elif keyword == "WORKDIR":
            return self._working_dir(given, stage)
        elif keyword == "ADD":
            return self._added(given, stage)
        elif keyword == "COPY" and "from" in given.flags:
            source = self._copied_from(given.flags["from"])
            return written(given, flags=given.flags | {"from": source})
        return written(given)

    def _copied_from(self, wanted: str) -> str:
        if "$" in wanted:
            raise unreadable(f"invalid from flag value {wanted}: no variables are expanded here")
        earlier = self.stages[:-1]
        if re.fullmatch(r"[+-]?\d{1,9}", wanted, re.ASCII):
            if not 0 <= int(wanted) < len(earlier):
                raise unreadable(f"invalid from flag value {wanted}: index out of bounds")
            return str(int(wanted))
        names = [stage.name for stage in earlier]
        return wanted.lower() if wanted.lower() in names else self._image(wanted)

    def _argument(
        self, given: Instruction, values: dict[str, str | None], known: dict[str, str | None]
    ) -> None:
        """Note what `ARG NAME` or `ARG NAME=default` gives its name."""
        for word in split_words(given.rest, self.escape):
            name, has_default, default = word.partition("=")
            if name in self.arguments:
                values[name] = self.arguments[name]
            elif has_default:
                values[name] = self._value(default, known)
            elif name in self.globals:
                values[name] = self.globals[name]

    def _environment(self, given: Instruction, stage: _Stage) -> None:
        """Note what `ENV` sets, in its form with `=` and in its old one."""
        known = stage.known()
        words = split_words(given.rest, self.escape)
        if words and "=" not in words[0]:
            stage.environment[words[0]] = self._value(given.rest.removeprefix(words[0]), known)
            return
        for word in words:
            name, _, value = word.partition("=")
            stage.environment[name] = self._value(value, known)

    def _value(self, text: str, known: dict[str, str | None]) -> str | None:
        try:
            return expand(text.strip(), known, self.escape)
        except Unreadable:
            return None

    def _working_dir(self, given: Instruction, stage: _Stage) -> Line:
        wanted = plain_path(given, stage.known(), self.escape)
        if not wanted:
            raise unreadable(f"dockerfile parse error line {given.line}: WORKDIR needs a folder")
        stage.folder = clean_folder(given, posixpath.join(stage.folder, wanted))
        return Line(f"WORKDIR {stage.folder}", given.text, given.line)

    def _added(self, given: Instruction, stage: _Stage) -> Line:
        """Return an ADD of files of the context; the engine would fetch what is named by URL [66].

        Its words are sent with their variables filled in.
        """
        words = string_list(given.rest)
        if words is None:
            words = split_words(given.rest, self.escape)
        try:
            told = [expand(word, stage.known(), self.escape) for word in words]
        except Unreadable:
            raise cannot_read(given) from None
        if len(told) < 2:
            raise unreadable(
                f"dockerfile parse error line {given.line}: ADD requires at least two arguments"
            )
        for word in told[:-1]:
            if "://" in word or word.startswith("git@"):
                raise forbidden("fetch", f"ADD of {word}", f"ADD {word} (외부에서 내려받기)")
        if not all(_ADDED.fullmatch(word) for word in told):
            raise cannot_read(given)
        return written(given, rest=json.dumps(told, ensure_ascii=False))
