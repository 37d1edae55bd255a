"""Kind `command`: what the student ran, and what it showed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Literal, NamedTuple, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from grader.checks import Check, Example
from grader.checks._chosen import AnyContainer, made_from, means_image
from grader.checks._examples import called, made, moment, seen, typed
from grader.checks._near_miss import TELLING, Act, Unmet, Wanted
from grader.checks._output import Output
from grader.checks._select import (
    Instant,
    Point,
    Subjects,
    is_after,
    never_came,
    no_container,
)
from grader.checks._text import NonEmpty, Pattern, found, joined, quote
from grader.checks._verbs import RUNNING, SHOWING, AnyVerb, made_by, routes_of
from grader.model.evidence import HOST, Call, ContainerRecord, Evidence, Step, by_step
from grader.model.record import Text
from grader.model.result import Verdict


class Scene(NamedTuple):
    """What is the same for all lines that a command is looked for in."""

    evidence: Evidence
    targets: Subjects | None
    """The containers that are meant; None if any will do."""
    mine: Mapping[int, Sequence[Call]] | None
    """Step → its calls that succeeded and are about what is meant; None if all are."""
    others: Subjects
    """Those that are not meant."""
    after: Instant | None
    before: Instant | None
    since: int | None
    """The line that has to come before."""


FULL = (1.0, True)
"""The rank of a view that shows all that was asked for."""


class View(NamedTuple):
    """What a line showed, or several together."""

    rank: tuple[float, bool]
    """The share of what was asked for, and whether nothing is cut off."""
    step: Step
    shown: str
    cut: bool


class Command(Check):
    """The student ran something, and perhaps saw something.

    `call` is a verb of `docker` (`diff`, `run`, `start`, …) that the engine carried out; `typed` a
    regular expression on the typed line; `ran` one on what a container was made to do; `output`
    what it showed (`contains`, `lacks`, `equals`, `matches`, `number`); `status` its exit status.
    `container` keeps to lines typed inside that container or about it, `image` to containers made
    from that image, `other_than` to containers that never had that name, `where` to `host` or
    `container`, `after` and `before` to the time between two moments, `follows` to lines after one
    that fulfils another command: that is how a file that was copied out counts as looked at when it
    is shown later. One line that fulfils everything earns full credit. With `across` (true unless
    said otherwise) the outputs of all lines that fulfil the rest are taken together, and credit is
    the share of the texts in `contains` that were seen.

    What a container was made to do is a line typed inside it, the command of an `exec`, its own
    command where its output was shown, and a host's line that is about no other container. So `ran`
    also sees what a loop, a function or a script does, and tells apart what one long line does to
    several containers.

    A line at the host that tried to run something in a container and was refused does not count,
    unless `status` asks for a failure; nor does one that a container without `-i` could not read. A
    line that opened another shell has no exit status; it fulfils `status: 0`, because it ran and
    had not failed. Of a very long output only the beginning is kept, and judged.
    """

    kind: Literal["command"] = "command"
    call: AnyVerb | None = None
    container: AnyContainer | None = None
    image: NonEmpty | None = None
    other_than: AnyContainer | None = None
    typed: Pattern | None = None
    ran: Pattern | None = None
    output: Output | None = None
    status: int | None = Field(strict=True, default=None, ge=0, le=255)
    where: Literal["host", "container"] | None = None
    across: bool = True
    after: Point | None = None
    before: Point | None = None
    follows: Command | None = None

    @model_validator(mode="after")
    def _asks_something(self) -> Self:
        if not (self.call or self.typed or self.ran or self.output):
            raise PydanticCustomError(
                "no_command", "a command needs 'call', 'typed', 'ran' or 'output'"
            )
        return self

    def judge(self, evidence: Evidence) -> Verdict:
        """Find the lines that count, and look at their output."""
        verdict = self._judge(evidence)
        containers = self.container.find(evidence) if self.container else ()
        if self.container is None or not containers:
            return verdict
        return self.container.charge(verdict, containers[0], self._expected)

    def _judge(self, evidence: Evidence) -> Verdict:
        expected = self._expected
        if self.container is not None and not self.container.find(evidence):
            return no_container(evidence, self.container, expected)
        after = self.after.bound(evidence) if self.after else None
        if self.after is not None and after is None:
            return never_came(self.after, expected)
        before = self.before.bound(evidence) if self.before else None
        first = self.follows._judge(evidence) if self.follows else None  # noqa: SLF001 - its own class
        if first is not None and first.credit < 1:
            return first.model_copy(update={"credit": 0, "expected": expected})
        since = first.line if first is not None else None
        scene = self._scene(evidence, after, before, since)
        acts: list[Act] = []
        views: list[View] = []
        for step in evidence.steps:
            if (act := self._act(scene, step)) is None:
                continue
            acts.append(act)
            if not act.unmet and self._is_worded(scene, act):
                views.append(self._view(step, step.output, cut=step.truncated))
                if views[-1].rank == FULL:  # of equals, the first one counts
                    break
        if views:
            return self._look(views, expected)
        return self._near_miss(scene, acts, expected)

    @cached_property
    def _expected(self) -> Text:
        pattern = self.typed or self.ran or ""
        plain = _plain(pattern)
        line = Text(ko=f"`{plain}` 입력", en=f"type `{plain}`")
        if not plain:
            line = Text(ko="요구한 명령 입력", en="type the command asked for")
        inside = self.where == "container"
        after = self.after.words() if self.after else None
        before = self.before.words() if self.before else None
        follows = self.follows._expected if self.follows else None  # noqa: SLF001 - its own class
        other = self.other_than.words() if self.other_than else None
        demands = (
            self.call and Text(ko=f"`docker {self.call}` 실행", en=f"run `docker {self.call}`"),
            line if pattern and (plain or not self.call) else None,
            self.container and self.container.words(),
            self.image and Text(ko=f"이미지 '{self.image}'", en=f"image '{self.image}'"),
            other
            and Text(ko=f"{other.ko} 아닌 컨테이너", en=f"in another container than {other.en}"),
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
            follows and Text(ko=f"먼저: {follows.ko}", en=f"first: {follows.en}"),
        )
        return joined([words for words in demands if words], most=len(demands), between=", ")

    def _scene(
        self, evidence: Evidence, after: Instant | None, before: Instant | None, since: int | None
    ) -> Scene:
        meant = self._targets(evidence)
        targets = None if meant is None else Subjects.of(meant)
        others = () if targets is None else evidence.containers
        rest = Subjects.of(c for c in others if targets is None or c.id not in targets.ids)
        mine = None
        if targets is not None:
            good = evidence.good_calls()
            mine = by_step(call for call in good if self._is_mine(evidence, call, targets))
        return Scene(evidence, targets, mine, rest, after, before, since)

    def _act(self, scene: Scene, step: Step) -> Act | None:
        """Return what a line did not fulfil beside its wording, which takes longest to compare.

        None for a line that is another command altogether.
        """
        evidence, targets, after, before = scene.evidence, scene.targets, scene.after, scene.before
        calls, good = evidence.calls_in(step.number), evidence.good_calls_in(step.number)
        mine = good if scene.mine is None else scene.mine.get(step.number, ())
        inside = targets is not None and step.where in targets.ids
        unmet = self._unmet_by_line(scene, step)
        failed = None
        if self.call is not None:
            if not made_by(self.call, step, good):
                routes = routes_of(self.call)
                bad = (c for c in calls if not c.succeeded and c.route in routes)
                failed = next(bad, None) if step.where == HOST else None
                if failed is None:
                    return None
                unmet.add("failed")
            elif not (mine := made_by(self.call, step, mine)):
                unmet.add("target")
        elif targets is not None and not inside and not mine:
            unmet.add("target")
        elif not self.status and len(good) < len(calls):
            wanted = [call for call in calls if self._is_mine(evidence, call, targets)]
            failed = _failed_run(wanted, mine)
            unmet |= {"failed"} if failed else set()
        by_call = self.call is not None or (targets is not None and not inside)
        times = [call.at for call in mine] if by_call and mine else [step.at]
        bounded = after is not None or before is not None
        if bounded and not any(_between(step.number, at, after, before) for at in times):
            unmet.add("time")
        told = len(unmet - {"status"}) <= 1  # else it is no near miss, whatever it ran
        return Act(step, frozenset(unmet), mine, failed) if told else None

    def _is_worded(self, scene: Scene, act: Act) -> bool:
        """Say whether a line is as `typed` asks, and made containers do what `ran` asks for."""
        if self.typed is not None and not found(self.typed, act.step.text):
            return False
        if self.ran is None:
            return True
        step, after, before = act.step, scene.after, scene.before
        timely = [call for call in act.mine if _between(step.number, call.at, after, before)]
        whole = _between(step.number, step.at, after, before)
        texts = _made_to_do(scene, step, timely, whole=whole)
        return any(found(self.ran, text) for text in texts)

    def _unmet_by_line(self, scene: Scene, step: Step) -> set[Unmet]:
        unmet: set[Unmet] = set()
        if scene.since is not None and step.line <= scene.since:
            unmet.add("order")
        if self.where is not None and (step.where == HOST) != (self.where == "host"):
            unmet.add("where")
        if step.end == "untyped":
            unmet.add("untyped")
        if _unread(scene.evidence, step):
            unmet.add("unread")
        if self.status is not None and step.status != self.status:
            opened_shell = step.status is None and step.end == "prompt"
            if self.status != 0 or not opened_shell:
                unmet.add("status")
        return unmet

    def _targets(self, evidence: Evidence) -> list[ContainerRecord] | None:
        """Return the containers that `container` and `image` mean; None if any will do."""
        if self.container is None and self.image is None and self.other_than is None:
            return None
        others = {c.id for c in self.other_than.find(evidence)} if self.other_than else set()
        pool = evidence.containers if self.container is None else self.container.find(evidence)
        return [
            c
            for c in pool
            if c.id not in others and (self.image is None or made_from(evidence, c, self.image))
        ]

    def _is_mine(self, evidence: Evidence, call: Call, targets: Subjects | None) -> bool:
        if targets is None or targets.has(call):
            return True
        if self.container is not None or not call.route.startswith("image_"):
            return False
        place = _IMAGE_PATH.search(call.path)
        return place is not None and means_image(evidence, place[1], self.image or "")

    def _view(self, step: Step, shown: str, *, cut: bool) -> View:
        if self.output is None:
            return View(FULL, step, shown, cut)
        return View((self.output.share(shown), not cut), step, shown, cut)

    def _look(self, views: Sequence[View], expected: Text) -> Verdict:
        first, output = views[0].step, self.output
        if output is None:
            what = quote(first.text)
            reason = Text(ko=f"{first.line}번째 줄: {what}.", en=f"Line {first.line}: {what}.")
            return Verdict(credit=1, reason=reason, line=first.line)
        seen = views
        if self.across and len(views) > 1 and views[-1].rank != FULL:
            union = "\n".join(view.shown for view in views)
            cut = any(view.cut and view.shown for view in views)
            seen = [*views, self._view(first, union, cut=cut)]
        (credit, _), step, shown, cut = max(seen, key=lambda view: view.rank)
        line, what = step.line, quote(step.text)
        if credit >= 1:
            words = output.told(shown)
            reason = Text(
                ko=f"{line}번째 줄 {what}: {words.ko}.",
                en=f"Line {line}, {what}, shows {words.en}.",
            )
            return Verdict(credit=1, reason=reason, line=line)
        kept = max(len(view.shown.encode()) for view in views if view.cut) if cut else 0
        reason = output.flaw(shown, line, kept)
        return Verdict(credit=credit, reason=reason, expected=expected, line=line)

    def _near_miss(self, scene: Scene, acts: Sequence[Act], expected: Text) -> Verdict:
        pattern = self.typed or self.ran
        if self.call is not None or pattern is not None:
            target = (
                Text(ko=f"'{self.image}'", en=f"'{self.image}'")
                if self.container is None
                else self.container.words()
            )
            wanted = Wanted(target, self.after, self.before, scene.since)
            for unmet in TELLING:
                for act in acts:
                    near = unmet in act.unmet and act.unmet - {"status"} <= {unmet}
                    if near and self._is_worded(scene, act):
                        reason, line = wanted.told(scene.evidence, act, unmet), act.step.line
                        return Verdict(credit=0, reason=reason, expected=expected, line=line)
        if self.call is not None:
            ko = f"`docker {self.call}` 명령을 요구한 대로 실행한 줄이 없습니다."
            en = f"No line runs `docker {self.call}` as asked."
        elif pattern is not None:
            ko, en = "요구한 명령을 입력한 줄이 없습니다.", "No line types the command asked for."
        else:
            ko, en = "해당하는 명령을 실행한 줄이 없습니다.", "No line runs such a command."
        return Verdict(credit=0, reason=Text(ko=ko, en=en), expected=expected)


def _between(number: int, at: float, after: Instant | None, before: Instant | None) -> bool:
    late = after is None or is_after(number, at, after)
    return late and (before is None or not is_after(number, at, before))


def _unread(evidence: Evidence, step: Step) -> bool:
    """Say whether a line went to a container that has no input, and whose shell nobody entered."""
    if step.end != "input" or step.where == HOST:
        return False
    container = next((c for c in evidence.containers if c.id == step.where), None)
    if container is None or container.open_stdin:
        return False
    return not any(
        call.route == "exec_create" and call.container == step.where and call.step <= step.number
        for call in evidence.calls
    )


def _failed_run(calls: Sequence[Call], good: Sequence[Call]) -> Call | None:
    """Return a call that was to run something and failed, unless the line's next try worked."""
    worked = {call.route for call in good}
    tries = (call for call in calls if call.route in RUNNING and call.route not in worked)
    return next(tries, None)


def _made_to_do(scene: Scene, step: Step, timely: Sequence[Call], *, whole: bool) -> Iterator[str]:
    """Yield what a step made the containers do, as far as its `timely` calls show it.

    The typed line itself counts if the `whole` step came at the right time.
    """
    for call in timely:
        container = next((c for c in scene.evidence.containers if c.id == call.container), None)
        if call.command:
            yield " ".join(call.command)
        elif container is not None and call.route in SHOWING:
            yield " ".join((*container.entrypoint, *container.command))
    calls = scene.evidence.calls_in(step.number)
    if whole and not any(map(scene.others.has, calls)):
        yield step.text


_IMAGE_PATH = re.compile(r"/images/(.+?)(?:/(?:json|history))?$")


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
        shows="a function looked into one container and wrote into another",
        check={"container": "new", "ran": r"^ls\b.*/tmp"},
        evidence=lambda: seen(
            typed(1, "both", "hello\n"),
            containers=[made("old", moment("created", 0)), made("new", moment("created", 0))],
            calls=[
                called(1, "exec_create", "old", command=("sh", "-c", "echo hello > /tmp/a")),
                called(1, "exec_create", "new", command=("ls", "-a", "/tmp")),
            ],
        ),
        credit=1,
        says="Line 1: 'both'.",
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
