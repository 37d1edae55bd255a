"""Kind `command`: what the student ran, and what it showed."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal, NamedTuple, Self

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from grader.checks import Check, Example
from grader.checks._examples import called, made, moment, seen, typed
from grader.checks._select import (
    ContainerName,
    Point,
    is_about,
    is_after,
    never_came,
    no_container,
    same_image,
)
from grader.checks._text import NonEmpty, Pattern, Strings, found, holds, last_line, listed, quote
from grader.errors import EvidenceMissing
from grader.model.evidence import HOST, Call, Evidence, Moment, Step
from grader.model.record import Record, Text
from grader.model.result import Verdict


class Verb(NamedTuple):
    """How a verb of the `docker` command line shows in the calls of a step."""

    routes: tuple[str, ...]
    """One of these was called."""
    shared: tuple[str, ...] = ()
    """Where one of these was called too, another verb may have made the call: then the verb has to
    stand in the typed text."""


_RUNS = ("container_create", "container_start", "container_attach", "exec_create")

VERBS: dict[str, Verb] = {
    "attach": Verb(("container_attach",), ("container_start",)),
    "cp": Verb(("container_copy_out", "container_copy_in")),
    "create": Verb(("container_create",), ("container_start",)),
    "diff": Verb(("container_diff",)),
    "events": Verb(("events",)),
    "exec": Verb(("exec_start",)),
    "export": Verb(("container_export",)),
    "history": Verb(("image_history",)),
    "images": Verb(("image_list",)),
    "info": Verb(("info",)),
    "inspect": Verb(
        ("container_inspect", "image_inspect", "volume_inspect", "network_inspect"),
        (*_RUNS, "container_logs", "container_copy_out", "container_copy_in", "container_stats"),
    ),
    "kill": Verb(("container_kill",), ("container_attach",)),
    "logs": Verb(("container_logs",)),
    "network create": Verb(("network_create",)),
    "network inspect": Verb(("network_inspect",)),
    "network ls": Verb(("network_list",)),
    "pause": Verb(("container_pause",)),
    "prune": Verb(("container_prune",)),
    "ps": Verb(("container_list",), ("container_stats",)),
    "pull": Verb(("image_pull",), ("container_create",)),
    "rename": Verb(("container_rename",)),
    "restart": Verb(("container_restart",)),
    "rm": Verb(("container_remove",)),
    "rmi": Verb(("image_remove",)),
    "run": Verb(("container_create",)),
    "start": Verb(("container_start",), ("container_create",)),
    "stats": Verb(("container_stats",)),
    "stop": Verb(("container_stop",)),
    "tag": Verb(("image_tag",)),
    "top": Verb(("container_top",)),
    "unpause": Verb(("container_unpause",)),
    "update": Verb(("container_update",)),
    "version": Verb(("version",)),
    "volume create": Verb(("volume_create",)),
    "volume inspect": Verb(("volume_inspect",)),
    "volume ls": Verb(("volume_list",)),
    "volume rm": Verb(("volume_remove",)),
    "wait": Verb(("container_wait",), ("container_start", "container_attach")),
}


def _known_verb(value: str) -> str:
    if value not in VERBS:
        near = difflib.get_close_matches(value, VERBS, n=1)
        raise PydanticCustomError(
            "verb",
            "unknown call {verb}{near}; known calls: {known}",
            {
                "verb": repr(value),
                "near": f", did you mean '{near[0]}'?" if near else "",
                "known": ", ".join(VERBS),
            },
        )
    return value


class Output(Record):
    """What the output has to be like."""

    contains: Strings = ()
    lacks: Strings = ()
    matches: Pattern | None = None

    @model_validator(mode="after")
    def _not_empty(self) -> Self:
        if not self.contains and not self.lacks and self.matches is None:
            raise PydanticCustomError(
                "no_output", "'output' needs 'contains', 'lacks' or 'matches'"
            )
        return self

    def credit(self, output: str) -> float:
        """Return the share of what is seen; nothing if something unwanted is."""
        if any(holds(output, part) for part in self.lacks):
            return 0.0
        seen_ = [holds(output, part) for part in self.contains]
        if self.matches is not None:
            seen_.append(found(self.matches, output))
        return sum(seen_) / len(seen_) if seen_ else 1.0

    def words(self) -> Text:
        """Return the demand as a phrase."""
        ko, en = [], []
        if self.contains:
            parts = listed(self.contains)
            ko.append(f"{parts.ko} 출력")
            en.append(f"output with {parts.en}")
        if self.lacks:
            parts = listed(self.lacks)
            ko.append(f"출력에 {parts.ko} 없음")
            en.append(f"output without {parts.en}")
        if self.matches is not None:
            ko.append("요구한 형식의 출력")
            en.append("output of the form asked for")
        return Text(ko=", ".join(ko), en=", ".join(en))


@dataclass(frozen=True)
class _Act:
    """A step, with what it did not fulfil and what speaks for it."""

    step: Step
    unmet: frozenset[str]
    failed: Call | None = None
    """A call of the right verb that the engine or the gateway refused."""


class Command(Check):
    """The student ran something, and perhaps saw something.

    `call` is a verb of `docker` (`diff`, `run`, `start`, …) that the engine carried out; `typed` a regular
    expression on the typed line; `output` what it showed (`contains`, `lacks`, `matches`); `status`
    its exit status. `container` keeps to lines typed inside that container or about it, `image` to
    containers made from that image, `where` to `host` or `container`, `after` and `before` to the
    time between two moments. One line that fulfils everything earns full credit. With `across`
    (true unless said otherwise) the outputs of all lines that fulfil the rest are taken together,
    and credit is the share of the texts in `contains` that were seen.
    """

    kind: Literal["command"] = "command"
    call: Annotated[str, AfterValidator(_known_verb)] | None = None
    container: ContainerName | None = None
    image: NonEmpty | None = None
    typed: Pattern | None = None
    output: Output | None = None
    status: int | None = Field(default=None, ge=0, le=255)
    where: Literal["host", "container"] | None = None
    across: bool = True
    after: Point | None = None
    before: Point | None = None

    @model_validator(mode="after")
    def _asks_something(self) -> Self:
        if self.call is None and self.typed is None and self.output is None:
            raise PydanticCustomError("no_command", "a command needs 'call', 'typed' or 'output'")
        return self

    def judge(self, evidence: Evidence) -> Verdict:
        expected = self._expected()
        if self.container is not None and not evidence.named(self.container):
            return no_container(evidence, self.container, expected)
        limits: list[Moment | None] = [None, None]
        for index, point in enumerate((self.after, self.before)):
            if point is not None:
                limits[index] = point.find(evidence)
                if limits[index] is None and index == 0:
                    return never_came(point, expected)
        acts = [self._act(evidence, s, limits[0], limits[1]) for s in evidence.steps]
        steps = [act.step for act in acts if not act.unmet]
        if not steps:
            return self._near_miss(evidence, acts, expected)
        return self._see(steps, expected)

    def _expected(self) -> Text:
        ko, en = [], []
        if self.call is not None:
            ko.append(f"`docker {self.call}` 실행")
            en.append(f"run `docker {self.call}`")
        if self.typed is not None and (plain := _plain(self.typed)):
            ko.append(f"`{plain}` 입력")
            en.append(f"type `{plain}`")
        elif self.typed is not None and self.call is None:
            ko.append("요구한 명령 입력")
            en.append("type the command asked for")
        if self.container is not None:
            ko.append(f"'{self.container}' 컨테이너")
            en.append(f"with container '{self.container}'")
        if self.image is not None:
            ko.append(f"이미지 '{self.image}'")
            en.append(f"with image '{self.image}'")
        if self.where == "container":
            ko.append("컨테이너 안에서")
            en.append("inside the container")
        elif self.where == "host":
            ko.append("호스트에서")
            en.append("on the host")
        if self.after is not None:
            ko.append(f"{self.after.words().ko} 이후")
            en.append(f"after {self.after.words().en}")
        if self.before is not None:
            ko.append(f"{self.before.words().ko} 이전")
            en.append(f"before {self.before.words().en}")
        if self.status is not None:
            ko.append(f"종료 코드 {self.status}")
            en.append(f"exit status {self.status}")
        if self.output is not None:
            ko.append(self.output.words().ko)
            en.append(self.output.words().en)
        return Text(ko=", ".join(ko), en=", ".join(en))

    def _act(
        self, evidence: Evidence, step: Step, after: Moment | None, before: Moment | None
    ) -> _Act:
        calls = [c for c in evidence.calls if c.step == step.number]
        good = [c for c in calls if c.refused is None and c.status < 400]
        unmet = set()
        failed = None
        mine, within = self._on_target(evidence, step, good)
        if self.call is not None:
            anywhere = _made_by(self.call, step, good)
            counted = _made_by(self.call, step, mine)
            if not anywhere:
                unmet.add("call")
                failed = next(
                    iter(_made_by(self.call, step, [c for c in calls if c not in good])), None
                )
            elif not counted:
                unmet.add("target")
        else:
            counted = [] if within else mine
            if not within and not mine:
                unmet.add("target")
        times = [call.at for call in counted] or [step.at]
        if not any(_between(step.number, at, after, before) for at in times):
            unmet.add("time")
        if self.typed is not None and not found(self.typed, step.text):
            unmet.add("typed")
        if self.where is not None and (step.where == HOST) != (self.where == "host"):
            unmet.add("where")
        if step.end == "untyped":
            unmet.add("untyped")
        if self.status is not None and not unmet and step.status is None and step.end == "prompt":
            raise EvidenceMissing(f"the exit status of line {step.line} is not known")
        if self.status is not None and step.status != self.status:
            unmet.add("status")
        return _Act(step, frozenset(unmet), failed)

    def _on_target(
        self, evidence: Evidence, step: Step, calls: Sequence[Call]
    ) -> tuple[list[Call], bool]:
        """Return the calls that are about what `container` and `image` name, and whether the step
        was typed inside it. Without either, everything is on target."""
        if self.container is None and self.image is None:
            return list(calls), True
        wanted = [
            c
            for c in evidence.containers
            if (self.container is None or self.container in c.names)
            and (self.image is None or same_image(self.image, c.image))
        ]
        mine = [
            call
            for call in calls
            if any(is_about(call, c) for c in wanted)
            or (
                self.container is None
                and self.image is not None
                and _is_about_image(call, self.image)
            )
        ]
        return mine, any(step.where == c.id for c in wanted)

    def _see(self, steps: Sequence[Step], expected: Text) -> Verdict:
        line = steps[0].line
        output = self.output
        if output is None:
            what = quote(steps[0].text)
            reason = Text(ko=f"{line}번째 줄: {what}.", en=f"Line {line}: {what}.")
            return Verdict(credit=1, reason=reason, line=line)
        credits_ = [output.credit(step.output) for step in steps]
        top = max(range(len(steps)), key=lambda i: (credits_[i], -i))
        credit, shown, line = credits_[top], steps[top].output, steps[top].line
        union = "\n".join(step.output for step in steps)
        if self.across and output.credit(union) > credit:
            credit, shown, line = output.credit(union), union, steps[0].line
        cut = any(step.truncated for step in steps)
        if cut and (credit < 1 or output.lacks):
            raise EvidenceMissing(
                f"the output of line {line} was too long to be recorded as a whole"
            )
        if credit >= 1:
            words = output.words()
            reason = Text(ko=f"{line}번째 줄: {words.ko}.", en=f"Line {line}: {words.en}.")
            return Verdict(credit=1, reason=reason, line=line)
        reason = self._unseen(output, shown, line)
        return Verdict(credit=credit, reason=reason, expected=expected, line=line)

    def _unseen(self, output: Output, shown: str, line: int) -> Text:
        unwanted = [part for part in output.lacks if holds(shown, part)]
        if unwanted:
            parts = listed(unwanted)
            return Text(
                ko=f"{line}번째 줄의 출력에 {parts.ko}이(가) 있습니다.",
                en=f"The output of line {line} contains {parts.en}.",
            )
        tail = last_line(shown)
        ko = f"마지막 출력: {quote(tail)}" if tail else "출력이 없습니다"
        en = f"its last output is {quote(tail)}" if tail else "there is no output"
        missing = [part for part in output.contains if not holds(shown, part)]
        if missing:
            parts = listed(missing)
            return Text(
                ko=f"{line}번째 줄을 실행하였지만 출력에 {parts.ko}이(가) 없습니다 ({ko}).",
                en=f"Line {line} ran, but its output lacks {parts.en} ({en}).",
            )
        return Text(
            ko=f"{line}번째 줄의 출력이 요구한 형식과 다릅니다 ({ko}).",
            en=f"The output of line {line} does not have the form asked for ({en}).",
        )

    def _near_miss(self, evidence: Evidence, acts: Sequence[_Act], expected: Text) -> Verdict:
        for act in acts:
            told = self._almost(evidence, act)
            if told is not None:
                return Verdict(credit=0, reason=told, expected=expected, line=act.step.line)
        if self.call is not None:
            reason = Text(
                ko=f"`docker {self.call}` 명령을 실행한 줄이 없습니다.",
                en=f"No line runs `docker {self.call}` as asked.",
            )
        elif self.typed is not None:
            reason = Text(
                ko="요구한 명령을 입력한 줄이 없습니다.", en="No line types the command asked for."
            )
        else:
            reason = Text(
                ko="해당하는 명령을 실행한 줄이 없습니다.", en="No line runs such a command."
            )
        return Verdict(credit=0, reason=reason, expected=expected)

    def _almost(self, evidence: Evidence, act: _Act) -> Text | None:
        """Say what kept a step from counting, if it was one thing only."""
        step = act.step
        line, what = step.line, quote(step.text)
        head_ko, head_en = f"{line}번째 줄 {what}", f"Line {line}, {what},"
        if act.failed is not None and act.unmet <= {"call", "status", "target"}:
            why = quote(act.failed.message or f"HTTP {act.failed.status}")
            return Text(ko=f"{head_ko} 명령이 실패하였습니다: {why}", en=f"{head_en} failed: {why}")
        if self.call is None and self.typed is None:
            return None
        if act.unmet == {"time"}:
            return self._wrong_time(head_ko, head_en)
        if act.unmet == {"status"}:
            tail = last_line(step.output)
            more = f": {quote(tail)}" if tail else ""
            if step.end == "timeout":
                return Text(
                    ko=f"{head_ko} 명령이 시간 안에 끝나지 않았습니다.",
                    en=f"{head_en} did not finish in time.",
                )
            return Text(
                ko=f"{head_ko} 명령의 종료 코드가 {step.status}입니다{more}",
                en=f"{head_en} ended with status {step.status}{more}",
            )
        if act.unmet == {"untyped"}:
            return Text(
                ko=f"{head_ko} 명령은 제한 시간이 끝나 실행되지 못하였습니다.",
                en=f"{head_en} was never typed: the time was up.",
            )
        if act.unmet in ({"where"}, {"target"}):
            place = _place(evidence, step)
            if act.unmet == {"target"} and step.where == HOST and self.call is not None:
                wanted = self.container or self.image
                return Text(
                    ko=f"{head_ko} 명령은 '{wanted}'에 대한 것이 아닙니다.",
                    en=f"{head_en} is not about '{wanted}'.",
                )
            return Text(
                ko=f"{head_ko} 명령은 {place.ko}에서 실행되었습니다.",
                en=f"{head_en} ran {place.en}.",
            )
        return None

    def _wrong_time(self, head_ko: str, head_en: str) -> Text:
        early = self.after is not None
        limits = [(self.after, "이전에", "before"), (self.before, "이후에", "after")]
        point, ko, en = next((p, k, e) for p, k, e in limits if p is not None)
        if early and self.before is not None:
            return Text(
                ko=f"{head_ko} 명령은 {self.after.words().ko}과(와) {self.before.words().ko} 사이에 실행해야 합니다.",
                en=f"{head_en} did not run between {self.after.words().en} and {self.before.words().en}.",
            )
        return Text(
            ko=f"{head_ko} 명령은 {point.words().ko} {ko} 실행되었습니다.",
            en=f"{head_en} ran {en} {point.words().en}.",
        )


def _between(number: int, at: float, after: Moment | None, before: Moment | None) -> bool:
    late = after is None or is_after(number, at, after)
    return late and (before is None or not is_after(number, at, before))


def _made_by(verb: str, step: Step, calls: Iterable[Call]) -> list[Call]:
    """Return the calls by which a step carried out a verb."""
    calls = list(calls)
    routes, shared = VERBS[verb]
    made_ = [call for call in calls if call.route in routes]
    if step.where != HOST or not made_:
        return []
    called_ = {call.route for call in calls}
    if verb == "run" and all(call.status < 400 for call in calls):
        return made_ if "container_start" in called_ else []
    if called_.isdisjoint(shared) or re.search(rf"\b{verb}\b", step.text):
        return made_
    return []


def _is_about_image(call: Call, image: str) -> bool:
    place = re.search(r"/images/(.+?)(?:/(?:json|history|tag|get|push))?$", call.path)
    return call.route.startswith("image_") and place is not None and same_image(place[1], image)


def _place(evidence: Evidence, step: Step) -> Text:
    if step.where == HOST:
        return Text(ko="호스트", en="on the host")
    name = next((c.name for c in evidence.containers if c.id == step.where), step.where)
    return Text(ko=f"'{name}' 컨테이너 안", en=f"inside container '{name}'")


def _plain(pattern: str) -> str:
    """Return a regular expression as a command a student can read, empty if it is too intricate."""
    text = re.sub(r"\\s[*+]", " ", pattern).replace(r"\b", "").strip("^$")
    text = re.sub(r"\\([./-])", r"\1", text)
    return "" if re.search(r"[\\()\[\]{}|*+?^$]", text) else text.strip()


_ASKED = {
    "call": "diff",
    "container": "cow-test",
    "output": {"contains": ["C /etc", "C /etc/passwd"]},
    "after": {"container": "cow-test", "moment": "exit 1"},
}
_RUN = typed(1, "docker run --name cow-test alpine:latest sh -c 'echo x >> /etc/passwd'")
_LIFE = (moment("created", 1), moment("start 1", 1), moment("exit 1", 1))

EXAMPLES = (
    Example(
        shows="the student looked at the changes and saw them",
        check=_ASKED,
        evidence=lambda: seen(
            _RUN,
            typed(2, "docker diff cow-test", "C /etc\nC /etc/passwd\n"),
            containers=[made("cow-test", *_LIFE)],
            calls=[called(2, "container_diff", "cow-test")],
        ),
        credit=1,
        says="Line 2: output with 'C /etc', 'C /etc/passwd'.",
    ),
    Example(
        shows="two lines together show half of what was asked for",
        check={
            "typed": r"^cat\b",
            "container": "a",
            "output": {"contains": ["one", "two", "three", "four"]},
        },
        evidence=lambda: seen(
            typed(1, "cat /1", "one\n", where="a"),
            typed(2, "cat /2", "two\n", where="a"),
            containers=[made("a", *_LIFE)],
        ),
        credit=0.5,
        says="lacks 'three', 'four'",
    ),
    Example(
        shows="too early to see anything",
        check=_ASKED,
        evidence=lambda: seen(
            typed(1, "docker create --name cow-test alpine:latest"),
            typed(2, "docker diff cow-test"),
            typed(3, "docker start cow-test"),
            containers=[made("cow-test", moment("created", 1), moment("exit 1", 3))],
            calls=[called(2, "container_diff", "cow-test")],
        ),
        credit=0,
        says="Line 2, 'docker diff cow-test', ran before exit 1 of container 'cow-test'.",
    ),
    Example(
        shows="the command failed",
        check={"call": "rm", "container": "a"},
        evidence=lambda: seen(
            typed(1, "docker run -d --name a alpine:latest sleep 99"),
            typed(2, "docker rm a", "Error response from daemon: …", status=1),
            containers=[made("a", moment("created", 1), moment("start 1", 1))],
            calls=[
                called(1, "container_create", "a"),
                called(1, "container_start", "a"),
                called(
                    2,
                    "container_remove",
                    "a",
                    status=409,
                    message="You cannot remove a running container",
                ),
            ],
        ),
        credit=0,
        says="Line 2, 'docker rm a', failed: 'You cannot remove a running container'",
    ),
)
