"""Kind `file`: what a container's file system held."""

from __future__ import annotations

import difflib
import posixpath
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from grader.checks import Check, Example
from grader.checks._examples import made, moment, seen, stored, typed
from grader.checks._select import (
    At,
    ContainerName,
    Point,
    best,
    best_container,
    line_at,
    never_came,
    not_reached,
    noun,
    picked,
    snapshot_at,
    when,
)
from grader.checks._text import Pattern, Strings, found, holds, joined, listed, quote, same, shorten
from grader.errors import EvidenceMissing
from grader.model.evidence import HOST, ContainerRecord, Evidence, FileState, Moment, Snapshot
from grader.model.record import Record, Text
from grader.model.result import Verdict

_TYPES = {
    "file": Text(ko="파일", en="a file"),
    "dir": Text(ko="디렉터리", en="a directory"),
    "link": Text(ko="심볼릭 링크", en="a symbolic link"),
}


def _nothing_is_exists(value: object) -> object:
    return {} if value is None else value


def _absolute(path: str) -> str:
    if not path.startswith("/") or posixpath.normpath(path) != path or path == "/":
        raise PydanticCustomError(
            "path", "{path} is not a plain absolute path such as '/tmp/a.txt'", {"path": repr(path)}
        )
    return path


class Matcher(Record):
    """What one path has to be like. Empty means: it exists."""

    exists: bool = True
    contains: Strings = ()
    """Texts that stand in the file, all of them."""
    equals: str | None = None
    """The whole text; line ends at the end do not count."""
    matches: Pattern | None = None
    """A regular expression that matches somewhere in the text."""
    type: Literal["file", "dir", "link"] | None = None
    mode: Annotated[str, Field(pattern=r"^0?[0-7]{3,4}$")] | None = None
    """Permission bits as an octal number in quotes, such as "0644"."""
    empty: bool | None = None

    @model_validator(mode="after")
    def _absence_stands_alone(self) -> Self:
        others = (value for name, value in self if name != "exists")
        if not self.exists and any(value not in (None, ()) for value in others):
            raise PydanticCustomError(
                "absent_path", "'exists: false' cannot be combined with other conditions"
            )
        return self

    @property
    def reads(self) -> bool:
        """Whether the text of the file matters."""
        return bool(self.contains) or self.equals is not None or self.matches is not None

    def flaw(self, state: FileState | None) -> Text | None:
        """Say what is wrong with a path, None if nothing is.

        Raises EvidenceMissing if that takes text that was not recorded.
        """
        if state is None:
            return Text(ko="없습니다", en="does not exist") if self.exists else None
        if not self.exists:
            return Text(ko="아직 있습니다", en="still exists")
        if self.type is not None and state.type != self.type:
            kind = _TYPES.get(
                state.type, Text(ko=f"'{state.type}' 종류", en=f"of type '{state.type}'")
            )
            asked = _TYPES[self.type]
            return Text(
                ko=f"{asked.ko}이(가) 아니라 {kind.ko}입니다", en=f"is {kind.en}, not {asked.en}"
            )
        if self.mode is not None and state.mode & 0o7777 != int(self.mode, 8):
            has, asks = f"{state.mode & 0o7777:04o}", f"{int(self.mode, 8):04o}"
            return Text(ko=f"권한이 {asks}이 아니라 {has}입니다", en=f"has mode {has}, not {asks}")
        if self.empty is not None and (state.size == 0) != self.empty:
            if self.empty:
                return Text(ko="비어 있지 않습니다", en="is not empty")
            return Text(ko="비어 있습니다", en="is empty")
        return self._text_flaw(state) if self.reads else None

    def _text_flaw(self, state: FileState) -> Text | None:
        if state.type != "file":
            kind = _TYPES.get(state.type, Text(ko="특수 파일", en="a special file"))
            return Text(ko=f"파일이 아니라 {kind.ko}입니다", en=f"is {kind.en}, not a file")
        text = "" if state.size == 0 else state.text
        if text is None:
            if state.digest is None:
                raise EvidenceMissing(f"the text of '{state.path}' was not recorded")
            return Text(ko="글이 아닌 이진 파일입니다", en="is a binary file, not text")
        missing = [part for part in self.contains if not holds(text, part)]
        wrong = self.equals is not None and not same(text, self.equals)
        unmatched = self.matches is not None and not found(self.matches, text)
        if not (missing or wrong or unmatched):
            return None
        if state.truncated and not (wrong and not same(text[:100], (self.equals or "")[:100])):
            raise EvidenceMissing(f"'{state.path}' was too long to be recorded as a whole")
        shown = quote(text) if text.strip() else ""
        ko = f"내용이 {shown}입니다" if shown else "비어 있습니다"
        en = f"says {shown}" if shown else "is empty"
        if missing:
            parts = listed(missing)
            return Text(ko=f"{parts.ko} 내용이 없습니다 ({ko})", en=f"lacks {parts.en} ({en})")
        if wrong:
            whole = quote(self.equals or "")
            return Text(ko=f"{whole}와 같지 않습니다 ({ko})", en=f"is not exactly {whole} ({en})")
        return Text(
            ko=f"요구한 형식과 다릅니다 ({ko})", en=f"does not have the form asked for ({en})"
        )

    def words(self, path: str) -> Text:
        """Return the demand as a phrase."""
        if not self.exists:
            return Text(ko=f"'{path}' 없음", en=f"no '{path}'")
        ko, en = [f"'{path}'"], [f"'{path}'"]
        if self.type is not None:
            ko.append(f"({_TYPES[self.type].ko})")
            en.append(f"as {_TYPES[self.type].en}")
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
        if self.equals is not None:
            ko.append(f"내용이 정확히 {quote(self.equals)}")
            en.append(f"that says exactly {quote(self.equals)}")
        if self.matches is not None:
            ko.append("내용이 요구한 형식")
            en.append("with text of the form asked for")
        return Text(ko=" ".join(ko), en=" ".join(en))


PathMatcher = Annotated[Matcher, BeforeValidator(_nothing_is_exists)]


class File(Check):
    """Files and directories of a container, as they were when it exited, was removed, or at the end.

    `paths` says what each path has to be like: `exists` (true unless said otherwise), `contains`,
    `equals`, `matches`, `type`, `mode`, `empty`; nothing at all means that it exists. Credit is the
    share of the paths that are right. `at` picks the snapshot: `exit N`, `removed`, `end`, `last`, or
    `any`, the default, where the best one counts. `exits: 2` asks that a path is right at two
    different exits: that is how data proves to have survived a restart. `after` leaves out what was
    recorded before a moment of another container.
    """

    kind: Literal["file"] = "file"
    container: ContainerName
    at: At = "any"
    exits: int = Field(default=1, ge=1, le=100)
    after: Point | None = None
    paths: dict[Annotated[str, AfterValidator(_absolute)], PathMatcher] = Field(min_length=1)

    @model_validator(mode="after")
    def _exits_need_any(self) -> Self:
        if self.exits > 1 and self.at != "any":
            raise PydanticCustomError("exits", "'exits' looks at all exits; leave out 'at'")
        return self

    def watched(self) -> frozenset[str]:
        return frozenset(self.paths)

    def judge(self, evidence: Evidence) -> Verdict:
        return best_container(
            evidence, self.container, self._expected(), lambda c: self._judge(evidence, c)
        )

    def _expected(self) -> Text:
        demands = joined([m.words(path) for path, m in self.paths.items()], most=4, between=", ")
        place, place_en = f"'{self.container}' 컨테이너", f"in container '{self.container}'"
        if self.exits > 1:
            place += f", 서로 다른 {self.exits}번의 종료"
            place_en += f", at {self.exits} different exits"
        elif self.at not in ("any", "last"):
            place += f", {noun(self.at).ko} 시점"
            place_en += f", {when(self.at).en}"
        return Text(ko=f"{place}: {demands.ko}", en=f"{demands.en} {place_en}")

    def _judge(self, evidence: Evidence, container: ContainerRecord) -> Verdict:
        after = self.after.find(evidence) if self.after else None
        if self.after is not None and after is None:
            return never_came(self.after, self._expected())
        moments = picked(container, self.at, after)
        if self.exits > 1:
            moments = tuple(m for m in moments if m.label.startswith("exit "))
        if not moments:
            return not_reached(evidence, container, self.at, self.after, self._expected())
        if self.exits > 1:
            return self._judge_exits(evidence, container, moments)
        return best((lambda m=m: self._judge_moment(evidence, container, m)) for m in moments)

    def _judge_moment(
        self, evidence: Evidence, container: ContainerRecord, moment: Moment
    ) -> Verdict:
        snapshot = snapshot_at(container, moment)
        flaws = {
            path: flaw
            for path, matcher in self.paths.items()
            if (flaw := matcher.flaw(_state(evidence, snapshot, path))) is not None
        }
        line = line_at(evidence, container, moment)
        if not flaws:
            return self._passed(container, when(moment.label), line)
        time = when(moment.label)
        parts = [
            Text(ko=f"{time.ko} '{path}' 경로가 {flaw.ko}", en=f"{time.en}, '{path}' {flaw.en}")
            for path, flaw in flaws.items()
        ]
        return self._fell_short(evidence, container, list(flaws), parts, line)

    def _judge_exits(
        self, evidence: Evidence, container: ContainerRecord, moments: tuple[Moment, ...]
    ) -> Verdict:
        whole = [m for m in moments if m.snapshot is not None and m.snapshot.fault is None]
        right = {
            path: [
                m
                for m in whole
                if m.snapshot is not None
                and matcher.flaw(_state(evidence, m.snapshot, path)) is None
            ]
            for path, matcher in self.paths.items()
        }
        short = [path for path, times in right.items() if len(times) < self.exits]
        line = line_at(evidence, container, moments[0])
        if not short:
            time = Text(ko=f"종료 시점 {self.exits}번 모두", en=f"at {self.exits} exits")
            return self._passed(container, time, line)
        if len(whole) < len(moments):
            broken = next(m for m in moments if m not in whole)
            snapshot_at(container, broken)
        counts = len(moments)
        parts = [
            Text(
                ko=f"컨테이너가 {counts}번 종료되었고 '{path}' 경로는 {len(right[path])}번 올바랐습니다",
                en=f"the container exited {counts} time(s), and '{path}' was right {len(right[path])} time(s)",
            )
            for path in short
        ]
        return self._fell_short(evidence, container, short, parts, line)

    def _passed(self, container: ContainerRecord, time: Text, line: int | None) -> Verdict:
        name = container.name
        paths = listed(self.paths)
        ko = f"'{name}' 컨테이너에서 {time.ko} {paths.ko} 경로가 요구한 상태였습니다."
        en = f"In container '{name}', {time.en}, {paths.en} was as asked."
        return Verdict(credit=1, reason=Text(ko=ko, en=en), line=line)

    def _fell_short(
        self,
        evidence: Evidence,
        container: ContainerRecord,
        wrong: list[str],
        parts: list[Text],
        line: int | None,
    ) -> Verdict:
        told = joined(parts)
        name = container.name
        ko, en = f"'{name}' 컨테이너에서 {told.ko}.", f"In container '{name}', {told.en}."
        for path in wrong:
            if clue := self._clue(evidence, container, path):
                ko, en = f"{ko} {clue[0].ko}", f"{en} {clue[0].en}"
                line = clue[1] or line
                break
        credit = (len(self.paths) - len(wrong)) / len(self.paths)
        return Verdict(
            credit=credit, reason=Text(ko=ko, en=en), expected=self._expected(), line=line
        )

    def _clue(
        self, evidence: Evidence, container: ContainerRecord, path: str
    ) -> tuple[Text, int | None] | None:
        """Return the near miss for a path that is wrong, and its line."""
        matcher = self.paths[path]
        if not matcher.exists:
            return None
        states = [s for c in evidence.containers for s in _states(c)]
        own = _states(container)
        if any(s.path == path for s in own):
            return None
        names = [s.path for s in own]
        close = difflib.get_close_matches(path, names, n=1, cutoff=0.8)
        close += [n for n in names if posixpath.basename(n) == posixpath.basename(path)]
        if close:
            clue = Text(
                ko=f"대신 '{close[0]}' 경로를 썼습니다.", en=f"You wrote '{close[0]}' instead."
            )
            return clue, None
        for step in evidence.steps:
            if (
                step.where == HOST
                and ">" in step.text
                and path in step.text
                and "docker" not in step.text
            ):
                ko = f"{step.line}번째 줄은 컨테이너 안이 아니라 호스트에서 실행되었습니다."
                en = f"Line {step.line} ran on the host, not inside a container."
                return Text(ko=ko, en=en), step.line
        if any(s.path == path for s in states):
            owner = next(c for c in evidence.containers if any(s.path == path for s in _states(c)))
            ko = f"'{path}' 경로는 다른 컨테이너 '{owner.name}' 안에 있습니다."
            en = f"'{path}' is in another container, '{owner.name}'."
            return Text(ko=ko, en=en), line_at(evidence, owner, owner.moments[-1])
        if matcher.reads and (twin := _twin(own, matcher)):
            ko = f"요구한 내용은 '{twin}' 경로에 있습니다."
            en = f"The text asked for is in '{twin}'."
            return Text(ko=ko, en=en), None
        return None


def _state(evidence: Evidence, snapshot: Snapshot, path: str) -> FileState | None:
    """Return the state of a path, None if it does not exist.

    Raises EvidenceMissing if the snapshot cannot tell.
    """
    if (state := snapshot.file(path)) is not None:
        return state
    if path in snapshot.absent:
        return None
    if any(
        c.kind == "D" and (path == c.path or path.startswith(c.path + "/"))
        for c in snapshot.changes
    ):
        return None
    if path in evidence.watched and not any(c.path == path for c in snapshot.changes):
        return None
    raise EvidenceMissing(f"nobody looked at '{path}' when the submission was replayed")


def _states(container: ContainerRecord) -> list[FileState]:
    """Return what the student added or changed, at any time, files first."""
    states: dict[str, FileState] = {}
    for moment_ in container.moments:
        if moment_.snapshot is not None:
            touched = {c.path for c in moment_.snapshot.changes if c.kind != "D"}
            states |= {s.path: s for s in moment_.snapshot.files if s.path in touched}
    return sorted(states.values(), key=lambda s: (s.type == "dir", s.path))


def _twin(states: list[FileState], matcher: Matcher) -> str | None:
    for state in states:
        try:
            if state.type == "file" and matcher.flaw(state) is None:
                return state.path
        except EvidenceMissing:
            continue
    return None


_ASKED = {
    "container": "test-data",
    "paths": {
        "/tmp/important.txt": {"contains": "중요한 데이터"},
        "/var/log/app.log": {"contains": "애플리케이션 로그"},
    },
}
_RIGHT = {"/tmp/important.txt": "중요한 데이터\n", "/var/log/app.log": "애플리케이션 로그\n"}

EXAMPLES = (
    Example(
        shows="both files hold their text when the container exits",
        check=_ASKED,
        evidence=lambda: seen(
            typed(1, "docker run --name test-data -it alpine:latest sh"),
            typed(2, "exit", where="test-data"),
            containers=[made("test-data", moment("created", 1), moment("exit 1", 2, _RIGHT))],
        ),
        credit=1,
        says="was as asked",
    ),
    Example(
        shows="a slip in a path earns half, and is named",
        check=_ASKED,
        evidence=lambda: seen(
            typed(1, "docker run --name test-data -it alpine:latest sh"),
            typed(2, "exit", where="test-data"),
            containers=[
                made(
                    "test-data",
                    moment(
                        "exit 1",
                        2,
                        {
                            "/tmp/importent.txt": "중요한 데이터\n",
                            "/var/log/app.log": "애플리케이션 로그\n",
                        },
                        absent=["/tmp/important.txt"],
                    ),
                )
            ],
        ),
        credit=0.5,
        says="You wrote '/tmp/importent.txt' instead.",
    ),
    Example(
        shows="a container with another name",
        check=_ASKED,
        evidence=lambda: seen(
            typed(1, "docker run --name testdata -it alpine:latest sh"),
            containers=[made("testdata", moment("created", 1), moment("exit 1", 1, _RIGHT))],
        ),
        credit=0,
        says="You made 'testdata'; the lab asks for 'test-data'.",
    ),
    Example(
        shows="the file is right at two exits: it survived a restart",
        check={"container": "test-data", "exits": 2, "paths": {"/tmp/important.txt": None}},
        evidence=lambda: seen(
            typed(1, "exit", where="test-data"),
            typed(2, "docker start -i test-data"),
            typed(3, "exit", where="test-data"),
            containers=[
                made(
                    "test-data",
                    moment("exit 1", 1, {"/tmp/important.txt": "1"}),
                    moment("exit 2", 3, {"/tmp/important.txt": "1"}),
                )
            ],
        ),
        credit=1,
        says="at 2 exits",
    ),
    Example(
        shows="a new container is clean after the old one is gone",
        check={
            "container": "test-data-new",
            "after": {"container": "test-data", "moment": "removed"},
            "paths": {"/tmp/important.txt": {"exists": False}},
        },
        evidence=lambda: seen(
            typed(1, "docker rm test-data"),
            typed(2, "docker run --name test-data-new alpine:latest ls /tmp"),
            containers=[
                made("test-data", moment("exit 1", 0, _RIGHT), moment("removed", 1, _RIGHT)),
                made("test-data-new", moment("exit 1", 2, absent=["/tmp/important.txt"])),
            ],
        ),
        credit=1,
        says="was as asked",
    ),
    Example(
        shows="another text in the right file",
        check={"container": "a", "paths": {"/a.txt": {"equals": "hello"}}},
        evidence=lambda: seen(
            containers=[made("a", moment("end", 1, [stored("/a.txt", "hallo\n")]))]
        ),
        credit=0,
        says="is not exactly 'hello' (says 'hallo')",
    ),
)
