"""Kind `probe`: a command that the grader itself runs at the end."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Iterable, Iterator
from functools import cached_property, partial
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from grader.checks import Check, CourseProblem, Example
from grader.checks._chosen import AnyContainer, ContainerName
from grader.checks._examples import made, moment, seen, typed
from grader.checks._output import Output
from grader.checks._select import best_container
from grader.checks._text import NonEmpty, joined, last_line, listed, quote
from grader.errors import EvidenceMissing
from grader.model.evidence import ContainerRecord, Evidence
from grader.model.lab import Lab
from grader.model.probe import Probe as Asked
from grader.model.probe import ProbeRecord, ProbeWish
from grader.model.record import Text
from grader.model.result import Verdict
from grader.model.units import ShortSpan, seconds_of

MOST_SECONDS = 300.0

_ENDS = {
    "timeout": Text(ko="제한 시간 안에 끝나지 않았습니다", en="did not come to an end in time"),
    "not running": Text(
        ko="마지막에 컨테이너가 실행 중이 아니었습니다",
        en="could not be run: the container does not run at the end",
    ),
    "refused": Text(ko="실행할 수 없었습니다", en="could not be run"),
}


def _by_shell(value: object) -> object:
    return ("sh", "-c", value) if isinstance(value, str) else value


Command = Annotated[
    tuple[NonEmpty, ...],
    BeforeValidator(_by_shell, json_schema_input_type=NonEmpty | tuple[NonEmpty, ...]),
]


class Probe(Check):
    """A command that the grader itself runs when the submission is over.

    It runs in a `container` of the student's, or in one that is made from an `image` for this
    alone, with the student's own `volumes` (name → where) and in a `network`, if asked. `run` is a
    line for `sh`, or a list of the program and its arguments; without it, an image runs what it
    runs by itself. A container has to run at the end, or is started first with `start: true`.

    `output` is asked in the words for all texts; `exit_code` is 0, or whatever it may be where only
    `output` is asked. With `within` (such as `10s`) it is tried again until it holds. Everything is
    on record before; so a probe changes nothing that other criteria see, but those that come later
    see what earlier ones did. It has the rights and the limits of the student's own commands.
    Credit is the share of the conditions that hold.
    """

    kind: Literal["probe"] = "probe"
    container: AnyContainer | None = None
    image: NonEmpty | None = None
    run: Command = ()
    start: bool = False
    volumes: dict[ContainerName, NonEmpty] = Field(default_factory=dict)
    network: ContainerName | None = None
    output: Output | None = None
    exit_code: int | None = Field(strict=True, default=None, ge=0, le=255)
    within: ShortSpan | None = None

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        for wrong, text in self._contradictions():
            if wrong:
                raise PydanticCustomError("probe", text)
        return self

    def _contradictions(self) -> Iterator[tuple[bool, str]]:
        yield (
            (self.container is None) == (self.image is None),
            "a probe needs 'container' or 'image', one of them",
        )
        yield self.container is not None and not self.run, "a probe in a container needs 'run'"
        yield self.start and self.image is not None, "'start' goes with 'container'"
        yield (
            bool(self.volumes or self.network) and self.image is None,
            "'volumes' and 'network' go with 'image'; a container has its own",
        )
        relative = [path for path in self.volumes.values() if not posixpath.isabs(path)]
        yield bool(relative), f"{''.join(relative[:1])!r} is no absolute path"
        yield (
            self.within is not None and seconds_of(self.within) > MOST_SECONDS,
            f"'within' is {self.within}; the most is '{MOST_SECONDS / 60:.0f}m'",
        )

    def problems(self, lab: Lab) -> Iterable[CourseProblem]:
        """Return what the lab must allow first."""
        if lab.kind != "terminal":
            yield CourseProblem(("kind",), "a quiz has nothing to run a probe in")
        if self.network is not None and not lab.network:
            yield CourseProblem(("network",), "the lab has no networks; add 'network: true' to it")
        if self.volumes and not lab.volumes:
            yield CourseProblem(("volumes",), "the lab has no volumes; add 'volumes: true' to it")

    def probes(self) -> tuple[ProbeWish, ...]:
        """Return what is to be run."""
        within = seconds_of(self.within) if self.within else 0.0
        targets = self.container.find if self.container else lambda _: ()
        return (ProbeWish(self._asked(), within, self._holds, targets),)

    def _asked(self) -> Asked:
        # What another name costs does not change what is to be run.
        chosen = self.container and self.container.model_dump(
            exclude_defaults=True, exclude={"costs"}
        )
        return Asked(
            container=json.dumps(chosen, sort_keys=True, ensure_ascii=False) if chosen else None,
            image=self.image,
            run=self.run,
            start=self.start,
            volumes=self.volumes,
            network=self.network,
        )

    def judge(self, evidence: Evidence) -> Verdict:
        """Compare what the probe said with what was asked."""
        asked = self._asked()
        records = {r.container: r for r in evidence.probes if r.asked == asked}
        judge = partial(self._judge_in, records)
        if self.container is None:
            return judge(None)
        return best_container(evidence, self.container, self._expected, judge)

    def _judge_in(
        self, records: dict[str | None, ProbeRecord], container: ContainerRecord | None
    ) -> Verdict:
        record = records.get(container.id if container else None)
        if record is not None:
            return self._judge(record)
        raise EvidenceMissing(
            f"the probe {quote(self._line())} was not run when the submission was replayed; "
            "grade the submission again"
        )

    def _judge(self, record: ProbeRecord) -> Verdict:
        if record.end == "failed":
            raise EvidenceMissing(f"the engine failed at a probe: {record.message}")
        line = quote(self._line())
        if record.end != "exited":
            how = _ENDS[record.end]
            why = f" ({quote(record.message)})" if record.message else ""
            reason = Text(
                ko=f"채점기가 실행한 {line}: {how.ko}{why}.",
                en=f"The grader's own {line} {how.en}{why}.",
            )
            return Verdict(credit=0, reason=reason, expected=self._expected)
        flaws = [*self._exit_flaws(record), *self._output_flaws(record)]
        if not flaws:
            shown = self.output.told(record.output) if self.output else _status(record.status)
            reason = Text(
                ko=f"채점기가 실행한 {line}의 결과가 요구한 대로입니다: {shown.ko}.",
                en=f"The grader's own {line} did what was asked: {shown.en}.",
            )
            return Verdict(credit=1, reason=reason)
        told = joined(flaws)
        return Verdict(
            credit=self._share(record),
            reason=Text(
                ko=f"채점기가 실행한 {line}: {told.ko}.", en=f"The grader's own {line}: {told.en}."
            ),
            expected=self._expected,
        )

    def _holds(self, record: ProbeRecord) -> bool:
        return record.end == "exited" and self._share(record) >= 1

    def _share(self, record: ProbeRecord) -> float:
        shares = []
        if self._wanted_exit() is not None:
            shares.append(float(record.status == self._wanted_exit()))
        if self.output is not None:
            shares.append(self.output.share(record.output))
        return sum(shares) / len(shares)

    def _wanted_exit(self) -> int | None:
        return 0 if self.exit_code is None and self.output is None else self.exit_code

    def _exit_flaws(self, record: ProbeRecord) -> Iterator[Text]:
        wanted = self._wanted_exit()
        if wanted is not None and record.status != wanted:
            status, tail = _status(record.status), quote(last_line(record.output))
            said = tail != quote("")
            yield Text(
                ko=status.ko + (f" (마지막 출력: {tail})" if said else ""),
                en=f"it ended with {status.en}" + (f" (its last output is {tail})" if said else ""),
            )

    def _output_flaws(self, record: ProbeRecord) -> Iterator[Text]:
        rule, shown = self.output, record.output
        if rule is None or rule.share(shown) >= 1:
            return
        tail = quote(last_line(shown))
        told = Text(ko=f"마지막 출력은 {tail}", en=f"its last output is {tail}")
        if parts := rule.unwanted(shown):
            unwanted = listed(parts)
            told = Text(
                ko=f"출력에 {unwanted.ko}이(가) 있습니다", en=f"its output contains {unwanted.en}"
            )
        elif parts := rule.missing(shown):
            missing = listed(parts)
            told = Text(
                ko=f"출력에 {missing.ko}이(가) 없습니다 ({told.ko})",
                en=f"its output lacks {missing.en} ({told.en})",
            )
        yield told

    def _line(self) -> str:
        if not self.run:
            return str(self.image)
        return self.run[2] if self.run[:2] == ("sh", "-c") else " ".join(self.run)

    @cached_property
    def _expected(self) -> Text:
        line = quote(self._line())
        if self.container is not None:
            where = self.container.words()
        else:
            where = Text(ko=f"이미지 '{self.image}'", en=f"image '{self.image}'")
        wants = []
        if (status := self._wanted_exit()) is not None:
            wants.append(_status(status))
        if self.output is not None:
            wants.append(self.output.words())
        told = joined(wants, between=", ")
        return Text(
            ko=f"{where.ko}에서 {line} 실행 결과: {told.ko}",
            en=f"{line} in {where.en} gives {told.en}",
        )


def _status(status: int | None) -> Text:
    return Text(ko=f"종료 코드 {status}", en=f"exit code {status}")


_ASKED = {
    "container": "web",
    "run": "cat /data/note.txt",
    "output": {"contains": ["hello", "world"]},
}


def _probed(output: str, end: str = "exited", status: int | None = 0) -> Evidence:
    box = made("web", moment("created", 1), moment("start 1", 1))
    record = ProbeRecord.model_validate(
        {
            "asked": Probe.model_validate(_ASKED).probes()[0].asked,
            "container": box.id,
            "end": end,
            "status": status,
            "output": output,
        }
    )
    return seen(typed(1, "docker run -d --name web …"), containers=[box], probes=[record])


EXAMPLES = (
    Example(
        shows="the file is there when the grader looks",
        check=_ASKED,
        evidence=lambda: _probed("hello world\n"),
        credit=1,
        says="did what was asked: output with 'hello', 'world'.",
    ),
    Example(
        shows="it says a part of it",
        check=_ASKED,
        evidence=lambda: _probed("hello\n"),
        credit=0.5,
        says="its output lacks 'world' (its last output is 'hello').",
    ),
    Example(
        shows="the container has ended",
        check=_ASKED,
        evidence=lambda: _probed("", "not running", None),
        credit=0,
        says="could not be run: the container does not run at the end.",
    ),
)
