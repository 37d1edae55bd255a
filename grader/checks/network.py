"""Kind `network`: a network that was made, and which containers were in it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from functools import cached_property, partial
from typing import Literal

from pydantic import Field

from grader.checks import Check, CourseProblem, Example
from grader.checks._chosen import AnyContainer, Chosen, ContainerName, charge_each
from grader.checks._examples import made, moment, seen, typed
from grader.checks._objects import label_flaws, label_words, left_flaws, left_words
from grader.checks._select import absent, best, line_of
from grader.checks._text import NonEmpty, joined, listed
from grader.model.evidence import ContainerRecord, Evidence, NetworkRecord
from grader.model.lab import Lab
from grader.model.record import Text
from grader.model.result import Verdict


class Network(Check):
    """A network was made, and containers were in it.

    Conditions are that it was made, each of `members` (that container was in it at any time), each
    of `strangers` (that container was made, and never was in it), each entry of `labels`, whether
    it is `internal`, and whether it `exists_at_end`. Credit is the share of the conditions that
    hold. The lab needs `network: true`.
    """

    kind: Literal["network"] = "network"
    network: ContainerName
    members: tuple[AnyContainer, ...] = ()
    strangers: tuple[AnyContainer, ...] = ()
    labels: dict[NonEmpty, str] = Field(default_factory=dict)
    internal: bool | None = None
    exists_at_end: bool | None = None

    def problems(self, lab: Lab) -> Iterable[CourseProblem]:
        """Return what the lab must allow first."""
        if not lab.network:
            yield CourseProblem(("network",), "the lab has no networks; add 'network: true' to it")

    def judge(self, evidence: Evidence) -> Verdict:
        """Compare the best of the networks of this name with every condition."""
        named = [record for record in evidence.networks if record.name == self.network]
        if not named:
            return self._never_made(evidence)
        verdict = best(partial(self._judge, evidence, record) for record in named)
        used = [
            *((c, inside[0]) for c in self.members if (inside := self._inside(evidence, c))),
            *((c, outside[0]) for c in self.strangers if (outside := c.find(evidence))),
        ]
        return charge_each(verdict, used, self._expected)

    def _inside(self, evidence: Evidence, chosen: Chosen) -> list[ContainerRecord]:
        return [c for c in chosen.find(evidence) if self.network in c.networks]

    def _judge(self, evidence: Evidence, record: NetworkRecord) -> Verdict:
        flaws = [*self._member_flaws(evidence), *self._own_flaws(record)]
        line = line_of(evidence, record.step)
        if not flaws:
            reason = Text(
                ko=f"'{self.network}' 네트워크가 요구한 대로입니다.",
                en=f"Network '{self.network}' is as asked.",
            )
            return Verdict(credit=1, reason=reason, line=line)
        total = 1 + len(self.members) + len(self.strangers) + len(self.labels)
        total += (self.internal is not None) + (self.exists_at_end is not None)
        told = joined(flaws, most=3)
        return Verdict(
            credit=(total - len(flaws)) / total,
            reason=Text(
                ko=f"'{self.network}' 네트워크: {told.ko}.",
                en=f"Network '{self.network}': {told.en}.",
            ),
            expected=self._expected,
            line=line,
        )

    def _member_flaws(self, evidence: Evidence) -> Iterator[Text]:
        for chosen in (*self.members, *self.strangers):
            if not chosen.find(evidence):
                yield absent(evidence, chosen)
        for chosen in self.members:
            whose = chosen.words()
            if chosen.find(evidence) and not self._inside(evidence, chosen):
                yield Text(ko=f"{whose.ko}가 연결되지 않았습니다", en=f"{whose.en} was never in it")
        for chosen in self.strangers:
            whose = chosen.words()
            if self._inside(evidence, chosen):
                yield Text(
                    ko=f"{whose.ko}는 연결되지 않아야 합니다",
                    en=f"{whose.en} should not have been in it",
                )

    def _own_flaws(self, record: NetworkRecord) -> Iterator[Text]:
        yield from label_flaws(record.labels, self.labels)
        if self.internal is not None and record.internal != self.internal:
            yield (
                Text(ko="'--internal' 옵션이 없습니다", en="option '--internal' is missing")
                if self.internal
                else Text(
                    ko="'--internal' 옵션은 없어야 합니다",
                    en="option '--internal' should not be there",
                )
            )
        yield from left_flaws(record.removed_step, asked=self.exists_at_end)

    def _never_made(self, evidence: Evidence) -> Verdict:
        names = [record.name for record in evidence.networks]
        ko, en = f"'{self.network}' 네트워크가 없습니다.", f"There is no network '{self.network}'."
        line = None
        if near := difflib.get_close_matches(self.network, names, n=1):
            record = next(record for record in evidence.networks if record.name == near[0])
            line = line_of(evidence, record.step)
            ko = f"만든 네트워크의 이름은 '{near[0]}'이고, 요구한 이름은 '{self.network}'입니다."
            en = f"You made '{near[0]}'; the lab asks for '{self.network}'."
        elif names:
            made_ = listed(names)
            ko, en = f"{ko} 있는 네트워크: {made_.ko}.", f"{en} There is {made_.en}."
        return Verdict(credit=0, reason=Text(ko=ko, en=en), expected=self._expected, line=line)

    @cached_property
    def _expected(self) -> Text:
        words = [Text(ko=f"'{self.network}' 네트워크", en=f"a network '{self.network}'")]
        inside = [chosen.words() for chosen in self.members]
        outside = [chosen.words() for chosen in self.strangers]
        words += [Text(ko=f"{one.ko} 연결", en=f"with {one.en} in it") for one in inside]
        words += [Text(ko=f"{one.ko} 연결 안 됨", en=f"without {one.en}") for one in outside]
        words += label_words(self.labels)
        if self.internal is not None:
            words.append(
                Text(ko="'--internal' 옵션", en="option '--internal'")
                if self.internal
                else Text(ko="'--internal' 옵션 없음", en="no option '--internal'")
            )
        words += left_words(asked=self.exists_at_end)
        return joined(words, most=8, between=", ")


_ASKED = {"network": "back", "members": ["web", "db"], "strangers": ["guest"]}


def _joined(*members: str, network: str = "back") -> Evidence:
    return seen(
        typed(1, f"docker network create {network}"),
        containers=[
            made(name, moment("created", 2), networks=(network,) if name in members else ())
            for name in ("web", "db", "guest")
        ],
        networks=[NetworkRecord(name=network, step=1)],
    )


EXAMPLES = (
    Example(
        shows="both are in the network, and the guest is not",
        check=_ASKED,
        evidence=lambda: _joined("web", "db"),
        credit=1,
        says="Network 'back' is as asked.",
    ),
    Example(
        shows="one is missing, and the guest is in it",
        check=_ASKED,
        evidence=lambda: _joined("web", "guest"),
        credit=0.5,
        says="container 'db' was never in it; container 'guest' should not have been in it.",
    ),
    Example(
        shows="a network with another name",
        check=_ASKED,
        evidence=lambda: _joined("web", "db", network="bakc"),
        credit=0,
        says="You made 'bakc'; the lab asks for 'back'.",
    ),
)
