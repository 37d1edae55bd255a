"""Kind `command`: what the student ran, and what it showed."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal, NamedTuple, Self

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from grader.checks import Check, Example
from grader.checks._examples import called, made, moment, seen, typed
from grader.checks._select import (
    FAILED,
    ContainerName,
    Instant,
    Point,
    is_about,
    is_after,
    never_came,
    no_container,
    same_image,
)
from grader.checks._text import (
    NonEmpty,
    Pattern,
    Strings,
    found,
    holds,
    joined,
    last_line,
    listed,
    quote,
)
from grader.errors import EvidenceMissing
from grader.model.evidence import HOST, Call, ContainerRecord, Evidence, Step
from grader.model.record import Record, Text
from grader.model.result import Verdict


class Verb(NamedTuple):
    """How a verb of the `docker` command line shows in the calls of a step."""

    routes: tuple[str, ...]
    """One of these was called."""
    also: str = ""
    """This one was called too."""
    shared: tuple[str, ...] = ()
    """Where one of these was called too, another verb may have made the call: then the verb has to
    stand in the typed text."""


_RUNS = ("container_create", "container_start", "container_attach", "exec_create")

VERBS: dict[str, Verb] = {
    "attach": Verb(("container_attach",), shared=("container_start",)),
    "cp": Verb(("container_copy_out", "container_copy_in")),
    "create": Verb(("container_create",), shared=("container_start",)),
    "diff": Verb(("container_diff",)),
    "events": Verb(("events",)),
    "exec": Verb(("exec_start",)),
    "export": Verb(("container_export",)),
    "history": Verb(("image_history",)),
    "images": Verb(("image_list",)),
    "info": Verb(("info",)),
    "inspect": Verb(
        ("container_inspect", "image_inspect", "volume_inspect", "network_inspect"),
        shared=(
            *_RUNS,
            "container_logs",
            "container_copy_out",
            "container_copy_in",
            "container_stats",
        ),
    ),
    "kill": Verb(("container_kill",), shared=("container_attach",)),
    "logs": Verb(("container_logs",)),
    "network create": Verb(("network_create",)),
    "network inspect": Verb(("network_inspect",)),
    "network ls": Verb(("network_list",)),
    "pause": Verb(("container_pause",)),
    "prune": Verb(("container_prune",)),
    "ps": Verb(("container_list",), shared=("container_stats",)),
    "pull": Verb(("image_pull",), shared=("container_create",)),
    "rename": Verb(("container_rename",)),
    "restart": Verb(("container_restart",)),
    "rm": Verb(("container_remove",)),
    "rmi": Verb(("image_remove",)),
    "run": Verb(("container_create",), also="container_start"),
    "start": Verb(("container_start",), shared=("container_create",)),
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
    "wait": Verb(("container_wait",), shared=("container_start", "container_attach")),
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


Unmet = Literal[
    "call", "failed", "target", "time", "typed", "where", "status", "unknown", "untyped"
]

TELLING: tuple[Unmet, ...] = ("unknown", "time", "status", "failed", "target", "where", "untyped")
"""What may keep a line from counting so that it is a near miss, the most telling first."""


@dataclass(frozen=True)
class Act:
    """A step, and what it did not fulfil."""

    step: Step
    unmet: frozenset[Unmet]
    failed: Call | None = None
    """A call of the right verb that the engine or the gateway refused."""


class Command(Check):
    """The student ran something, and perhaps saw something.

    `call` is a verb of `docker` (`diff`, `run`, `start`, …) that the engine carried out; `typed` a
    regular expression on the typed line; `output` what it showed (`contains`, `lacks`, `matches`);
    `status` its exit status. `container` keeps to lines typed inside that container or about it,
    `image` to containers made from that image, `where` to `host` or `container`, `after` and
    `before` to the time between two moments. One line that fulfils everything earns full credit.
    With `across` (true unless said otherwise) the outputs of all lines that fulfil the rest are
    taken together, and credit is the share of the texts in `contains` that were seen.
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
        """Find the lines that count, and look at their output."""
        expected = self._expected()
        if self.container is not None and not evidence.named(self.container):
            return no_container(evidence, self.container, expected)
        after = self.after.bound(evidence) if self.after else None
        if self.after is not None and after is None:
            return never_came(self.after, expected)
        before = self.before.bound(evidence) if self.before else None
        acts = [self._act(evidence, step, after, before) for step in evidence.steps]
        steps = [act.step for act in acts if not act.unmet]
        if steps:
            return self._look(steps, expected)
        return self._near_miss(evidence, acts, expected)

    def _expected(self) -> Text:
        plain = _plain(self.typed or "")
        line = Text(ko=f"`{plain}` 입력", en=f"type `{plain}`")
        if not plain:
            line = Text(ko="요구한 명령 입력", en="type the command asked for")
        inside = self.where == "container"
        after = self.after.words() if self.after else None
        before = self.before.words() if self.before else None
        demands = (
            self.call and Text(ko=f"`docker {self.call}` 실행", en=f"run `docker {self.call}`"),
            line if self.typed and (plain or not self.call) else None,
            self.container
            and Text(ko=f"'{self.container}' 컨테이너", en=f"container '{self.container}'"),
            self.image and Text(ko=f"이미지 '{self.image}'", en=f"image '{self.image}'"),
            self.where
            and Text(
                ko="컨테이너 안에서" if inside else "호스트에서",
                en="inside a container" if inside else "on the host",
            ),
            after and Text(ko=f"{after.ko} 이후", en=f"after {after.en}"),
            before and Text(ko=f"{before.ko} 이전", en=f"before {before.en}"),
            None
            if self.status is None
            else Text(ko=f"종료 코드 {self.status}", en=f"exit status {self.status}"),
            self.output and self.output.words(),
        )
        return joined([words for words in demands if words], most=len(demands), between=", ")

    def _act(
        self, evidence: Evidence, step: Step, after: Instant | None, before: Instant | None
    ) -> Act:
        calls = [call for call in evidence.calls if call.step == step.number]
        good = [call for call in calls if call.refused is None and call.status < FAILED]
        targets = self._targets(evidence)
        mine = good if targets is None else [c for c in good if self._is_mine(c, targets)]
        inside = targets is not None and any(step.where == c.id for c in targets)
        unmet: set[Unmet] = set()
        failed = None
        if self.call is not None:
            if not _made_by(self.call, step, good):
                routes = (*VERBS[self.call].routes, VERBS[self.call].also)
                bad = (c for c in calls if c not in good and c.route in routes)
                failed = next(bad, None) if step.where == HOST else None
                unmet.add("failed" if failed else "call")
            elif not (mine := _made_by(self.call, step, mine)):
                unmet.add("target")
        elif targets is not None and not inside and not mine:
            unmet.add("target")
        by_call = self.call is not None or (targets is not None and not inside)
        times = [call.at for call in mine] if by_call and mine else [step.at]
        if not any(_between(step.number, at, after, before) for at in times):
            unmet.add("time")
        return Act(step, frozenset(unmet | self._unmet_by_line(step)), failed)

    def _unmet_by_line(self, step: Step) -> set[Unmet]:
        unmet: set[Unmet] = set()
        if self.typed is not None and not found(self.typed, step.text):
            unmet.add("typed")
        if self.where is not None and (step.where == HOST) != (self.where == "host"):
            unmet.add("where")
        if step.end == "untyped":
            unmet.add("untyped")
        if self.status is not None and step.status != self.status:
            unsure = step.status is None and step.end == "prompt"
            unmet.add("unknown" if unsure else "status")
        return unmet

    def _targets(self, evidence: Evidence) -> list[ContainerRecord] | None:
        """Return the containers that `container` and `image` mean; None if any will do."""
        if self.container is None and self.image is None:
            return None
        return [
            c
            for c in evidence.containers
            if (self.container is None or self.container in c.names)
            and (self.image is None or same_image(self.image, c.image))
        ]

    def _is_mine(self, call: Call, targets: Sequence[ContainerRecord]) -> bool:
        if any(is_about(call, container) for container in targets):
            return True
        by_image = self.container is None and self.image is not None
        return by_image and _is_about_image(call, self.image or "")

    def _look(self, steps: Sequence[Step], expected: Text) -> Verdict:
        first, output = steps[0], self.output
        if output is None:
            what = quote(first.text)
            reason = Text(ko=f"{first.line}번째 줄: {what}.", en=f"Line {first.line}: {what}.")
            return Verdict(credit=1, reason=reason, line=first.line)
        views = [(step, step.output, step.truncated) for step in steps]
        if self.across and len(steps) > 1:
            union = "\n".join(step.output for step in steps)
            views.append((first, union, any(step.truncated for step in steps)))
        step, shown, cut = max(views, key=lambda view: (output.credit(view[1]), not view[2]))
        credit, line, what = output.credit(shown), step.line, quote(step.text)
        if (cut and output.lacks) or (credit < 1 and any(view[2] for view in views)):
            raise EvidenceMissing(f"the output of line {line} was too long to be kept as a whole")
        if credit >= 1:
            words = output.words()
            reason = Text(
                ko=f"{line}번째 줄 {what}: {words.ko}.",
                en=f"Line {line}, {what}, shows {words.en}.",
            )
            return Verdict(credit=1, reason=reason, line=line)
        reason = _unseen(output, shown, line)
        return Verdict(credit=credit, reason=reason, expected=expected, line=line)

    def _near_miss(self, evidence: Evidence, acts: Sequence[Act], expected: Text) -> Verdict:
        if self.call is not None or self.typed is not None:
            for unmet in TELLING:
                for act in acts:
                    if act.unmet - {"status", "unknown"} <= {unmet} and unmet in act.unmet:
                        reason = self._almost(evidence, act, unmet)
                        line = act.step.line
                        return Verdict(credit=0, reason=reason, expected=expected, line=line)
        if self.call is not None:
            ko = f"`docker {self.call}` 명령을 요구한 대로 실행한 줄이 없습니다."
            en = f"No line runs `docker {self.call}` as asked."
        elif self.typed is not None:
            ko, en = "요구한 명령을 입력한 줄이 없습니다.", "No line types the command asked for."
        else:
            ko, en = "해당하는 명령을 실행한 줄이 없습니다.", "No line runs such a command."
        return Verdict(credit=0, reason=Text(ko=ko, en=en), expected=expected)

    def _almost(self, evidence: Evidence, act: Act, unmet: Unmet) -> Text:
        """Say what kept a step from counting."""
        step = act.step
        if unmet == "unknown":
            raise EvidenceMissing(f"the exit status of line {step.line} is not known")
        wanted = self.container or self.image
        place = _place(evidence, step)
        if unmet == "time":
            end = self._wrong_time()
        elif unmet == "failed":
            why = quote((act.failed and act.failed.message) or last_line(step.output))
            end = Text(ko=f"명령이 실패하였습니다: {why}", en=f"failed: {why}")
        elif unmet == "untyped":
            end = Text(
                ko="명령은 제한 시간이 끝나 입력하지 못하였습니다.",
                en="was never typed: the time was up.",
            )
        elif unmet == "status" and step.end == "timeout":
            end = Text(ko="명령이 제한 시간 안에 끝나지 않았습니다.", en="did not finish in time.")
        elif unmet == "status":
            tail = f": {quote(line)}" if (line := last_line(step.output)) else "."
            end = Text(
                ko=f"명령의 종료 코드가 {step.status}입니다{tail}",
                en=f"ended with status {step.status}{tail}",
            )
        elif unmet == "target" and step.where == HOST:
            end = Text(
                ko=f"명령은 '{wanted}'에 대한 것이 아닙니다.", en=f"is not about '{wanted}'."
            )
        else:
            end = Text(ko=f"명령은 {place.ko}에서 실행되었습니다.", en=f"ran {place.en}.")
        what = quote(step.text)
        return Text(
            ko=f"{step.line}번째 줄 {what} {end.ko}", en=f"Line {step.line}, {what}, {end.en}"
        )

    def _wrong_time(self) -> Text:
        after = self.after.words() if self.after else None
        before = self.before.words() if self.before else None
        if after and before:
            return Text(
                ko=f"명령은 {after.ko}과(와) {before.ko} 사이에 실행해야 합니다.",
                en=f"did not run between {after.en} and {before.en}.",
            )
        if after:
            return Text(
                ko=f"명령은 {after.ko}보다 먼저 실행되었습니다.", en=f"ran before {after.en}."
            )
        point = before or Text(ko="", en="")
        return Text(ko=f"명령은 {point.ko}보다 나중에 실행되었습니다.", en=f"ran after {point.en}.")


def _between(number: int, at: float, after: Instant | None, before: Instant | None) -> bool:
    late = after is None or is_after(number, at, after)
    return late and (before is None or not is_after(number, at, before))


def _made_by(verb: str, step: Step, calls: Sequence[Call]) -> list[Call]:
    """Return the calls by which a step carried out a verb."""
    routes, also, shared = VERBS[verb]
    called_ = {call.route for call in calls}
    if step.where != HOST or (also and also not in called_):
        return []
    if called_.isdisjoint(shared) or re.search(rf"\b{verb}\b", step.text):
        return [call for call in calls if call.route in routes]
    return []


def _is_about_image(call: Call, image: str) -> bool:
    place = re.search(r"/images/(.+?)(?:/(?:json|history|tag|get|push))?$", call.path)
    return call.route.startswith("image_") and place is not None and same_image(place[1], image)


def _unseen(output: Output, shown: str, line: int) -> Text:
    if unwanted := [part for part in output.lacks if holds(shown, part)]:
        parts = listed(unwanted)
        return Text(
            ko=f"{line}번째 줄의 출력에 없어야 할 {parts.ko} 내용이 있습니다.",
            en=f"The output of line {line} contains {parts.en}.",
        )
    tail = quote(last_line(shown))
    ko, en = f"마지막 출력: {tail}", f"its last output is {tail}"
    if not shown.strip():
        ko, en = "출력이 없습니다", "there is no output"
    if missing := [part for part in output.contains if not holds(shown, part)]:
        parts = listed(missing)
        return Text(
            ko=f"{line}번째 줄을 실행하였지만 출력에 {parts.ko} 내용이 없습니다 ({ko}).",
            en=f"Line {line} ran, but its output lacks {parts.en} ({en}).",
        )
    return Text(
        ko=f"{line}번째 줄의 출력이 요구한 형식과 다릅니다 ({ko}).",
        en=f"The output of line {line} does not have the form asked for ({en}).",
    )


def _place(evidence: Evidence, step: Step) -> Text:
    if step.where == HOST:
        return Text(ko="호스트", en="on the host")
    name = next((c.name for c in evidence.containers if c.id == step.where), step.where)
    return Text(ko=f"'{name}' 컨테이너 안", en=f"inside container '{name}'")


def _plain(pattern: str) -> str:
    """Return a regular expression as a command a student can read, empty if too intricate."""
    text = re.sub(r"\\s[*+]", " ", pattern).replace(r"\b", "").strip("^$")
    text = re.sub(r"\\([./-])", r"\1", text)
    return "" if re.search(r"[\\()\[\]{}|*+?^$]", text) else text.strip()


_ASKED = {
    "call": "diff",
    "container": "cow-test",
    "output": {"contains": ["C /etc", "C /etc/passwd"]},
    "after": {"container": "cow-test", "moment": "exit 1"},
}
_RUN = "docker run --name cow-test alpine:latest sh -c 'echo x >> /etc/passwd'"

EXAMPLES = (
    Example(
        shows="the student looked at the changes and saw them",
        check=_ASKED,
        evidence=lambda: seen(
            typed(1, _RUN),
            typed(2, "docker diff cow-test", "C /etc\nC /etc/passwd\n"),
            containers=[made("cow-test", moment("created", 1), moment("exit 1", 1))],
            calls=[called(2, "container_diff", "cow-test")],
        ),
        credit=1,
        says="'docker diff cow-test', shows output with 'C /etc', 'C /etc/passwd'.",
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
            containers=[made("a", moment("created", 1))],
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
