"""Kind `order`: this before that, across containers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal, NamedTuple, Self

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from grader.checks import Check, Example
from grader.checks._chosen import AnyContainer, charge_each
from grader.checks._examples import called, made, moment, seen, typed
from grader.checks._select import is_about, known_label, line_at, no_container, noun
from grader.checks._text import Pattern, found, joined, quote
from grader.checks._verbs import AnyVerb, made_by
from grader.model.evidence import FAILED, HOST, ContainerRecord, Evidence
from grader.model.record import Record, Text
from grader.model.result import Verdict


class Happening(NamedTuple):
    """When something happened, and the line that made it happen."""

    at: float
    line: int | None
    container: ContainerRecord | None = None


class Event(Record):
    """One thing that has to happen: a moment of a container, a verb of `docker`, or a line."""

    container: AnyContainer | None = None
    moment: Annotated[str, AfterValidator(known_label)] | None = None
    """`created`, `start N`, `exit N`, `removed` or `end` of the container."""
    call: AnyVerb | None = None
    """A verb that was carried out, about the container if one is given."""
    typed: Pattern | None = None
    """A regular expression on a typed line, inside the container if one is given."""

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if sum(way is not None for way in (self.moment, self.call, self.typed)) != 1:
            raise PydanticCustomError("event", "an event is one of 'moment', 'call' and 'typed'")
        if self.moment is not None and self.container is None:
            raise PydanticCustomError("event", "'moment' needs a 'container'")
        return self

    def happenings(self, evidence: Evidence) -> list[Happening]:
        """Return all times at which it happened, the earliest first."""
        if self.moment is not None:
            return sorted(self._moments(evidence), key=lambda h: h.at)
        found_ = self._calls(evidence) if self.call is not None else self._lines(evidence)
        return sorted(found_, key=lambda happening: happening.at)

    def _moments(self, evidence: Evidence) -> Iterator[Happening]:
        for container in self.container.find(evidence) if self.container else ():
            if (moment := container.moment(self.moment or "")) is not None:
                yield Happening(moment.at, line_at(evidence, container, moment), container)

    def _calls(self, evidence: Evidence) -> Iterator[Happening]:
        targets = None if self.container is None else self.container.find(evidence)
        for step in evidence.steps:
            calls = [
                call
                for call in evidence.calls_in(step.number)
                if call.refused is None and call.status < FAILED
            ]
            for call in made_by(self.call or "", step, calls):
                about = next((c for c in targets or () if is_about(call, c)), None)
                if targets is None or about is not None:
                    yield Happening(call.at, step.line, about)

    def _lines(self, evidence: Evidence) -> Iterator[Happening]:
        places: dict[str, ContainerRecord | None] = {c.id: c for c in evidence.containers}
        places[HOST] = None
        if self.container is not None:
            places = {c.id: c for c in self.container.find(evidence)}
        for step in evidence.steps:
            counts = step.where in places and step.end != "untyped"
            if counts and found(self.typed or "", step.text):
                yield Happening(step.at, step.line, places[step.where])

    def words(self) -> Text:
        """Return the event as a noun phrase."""
        whose = None if self.container is None else self.container.words()
        if self.moment is not None and whose is not None:
            label = noun(self.moment)
            return Text(ko=f"{whose.ko}의 {label.ko}", en=f"{label.en} of {whose.en}")
        what = f"`docker {self.call}`" if self.call else f"a line like {quote(self.typed or '')}"
        what_ko = f"`docker {self.call}`" if self.call else f"{quote(self.typed or '')} 형식의 줄"
        if whose is None:
            return Text(ko=what_ko, en=what)
        return Text(ko=f"{what_ko} ({whose.ko})", en=f"{what} ({whose.en})")


class Order(Check):
    """The `events` happened one after the other, in whichever containers.

    An event is a `moment` of a `container`, a `call` that was carried out (about the container, if
    one is given), or a `typed` line (inside the container, if one is given). Credit is the share of
    the steps from one event to the next that came in order; what happens too often or in between
    does no harm. The first event alone earns nothing. What another name costs is taken off once for
    each container.
    """

    kind: Literal["order"] = "order"
    events: tuple[Event, ...] = Field(min_length=2)

    def judge(self, evidence: Evidence) -> Verdict:
        """Follow the events as far as they come in order."""
        times = [event.happenings(evidence) for event in self.events]
        reached: list[Happening] = []
        for happenings in times:
            since = reached[-1].at if reached else float("-inf")
            after = next((h for h in happenings if h.at > since), None)
            if after is None:
                break
            reached.append(after)
        used = [
            (event.container, happening.container)
            for event, happening in zip(self.events, reached, strict=False)
            if event.container is not None and happening.container is not None
        ]
        return charge_each(self._verdict(evidence, times, reached), used, self._chain())

    def _verdict(
        self, evidence: Evidence, times: list[list[Happening]], reached: list[Happening]
    ) -> Verdict:
        line = reached[-1].line if reached else None
        count = len(reached)
        if count == len(self.events):
            reason = Text(
                ko=f"순서대로 일어났습니다: {self._chain().ko}.",
                en=f"All in order: {self._chain().en}.",
            )
            return Verdict(credit=1, reason=reason, line=line)
        missing = self.events[count].words()
        credit = max(count - 1, 0) / (len(self.events) - 1)
        whose = self.events[count].container
        if whose is not None and not whose.find(evidence):
            nobody = no_container(evidence, whose, self._chain())
            return nobody.model_copy(update={"credit": credit, "line": nobody.line or line})
        if not times[count]:
            ko = f"일어나지 않은 일이 있습니다: {missing.ko}."
            en = f"This never happened: {missing.en}."
        else:
            before = self.events[count - 1].words()
            line = times[count][-1].line or line
            ko = f"{missing.ko}: {before.ko} 다음에 일어나야 합니다."
            en = f"This did not come after {before.en}: {missing.en}."
        return Verdict(
            credit=credit,
            reason=Text(ko=ko, en=en),
            expected=self._chain(),
            line=line,
        )

    def _chain(self) -> Text:
        words = [event.words() for event in self.events]
        ko = joined(words, most=len(words), between=" → ")
        return Text(ko=ko.ko, en=joined(words, most=len(words), between=", then ").en)


_ASKED = {
    "events": [
        {"container": "db", "moment": "start 1"},
        {"container": "web", "moment": "start 1"},
        {"call": "logs", "container": "web"},
    ]
}


def _lived(db: int, web: int) -> Evidence:
    return seen(
        *(typed(step, f"line {step}") for step in (1, 2)),
        typed(3, "docker logs web"),
        containers=[
            made("db", moment("created", db, at=db), moment("start 1", db)),
            made("web", moment("created", web, at=web), moment("start 1", web)),
        ],
        calls=[called(3, "container_logs", "web")],
    )


EXAMPLES = (
    Example(
        shows="the data base was started first, then the site, and then its log was read",
        check=_ASKED,
        evidence=lambda: _lived(1, 2),
        credit=1,
        says="All in order: start 1 of container 'db', then start 1 of container 'web'",
    ),
    Example(
        shows="nobody looked at the log after that",
        check={"events": [*_ASKED["events"][:2], {"container": "web", "typed": "tail"}]},
        evidence=lambda: _lived(1, 2),
        credit=0.5,
        says="This never happened: a line like 'tail' (container 'web').",
    ),
    Example(
        shows="the wrong way round",
        check=_ASKED,
        evidence=lambda: _lived(2, 1),
        credit=0,
        says="This did not come after start 1 of container 'db': start 1 of container 'web'.",
    ),
)
