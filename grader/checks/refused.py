"""Kind `refused`: a Docker call that was not carried out."""

from __future__ import annotations

from functools import cached_property
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from grader.checks import Check, Example
from grader.checks._chosen import AnyContainer, charge_each
from grader.checks._examples import called, made, moment, seen, typed
from grader.checks._select import is_about, line_of, no_container
from grader.checks._text import joined, quote
from grader.checks._text_rule import TextRule
from grader.checks._verbs import AnyVerb, made_by, routes_of
from grader.model.evidence import FAILED, HOST, Call, Evidence
from grader.model.record import Text
from grader.model.refusals import ENGINES_WORDS, RULES
from grader.model.result import Verdict
from grader.wording import did_you_mean

UNSURE = 500
"""From this status on it was a failure, and no refusal."""


def _known_rule(value: str) -> str:
    if value not in RULES:
        raise PydanticCustomError(
            "rule",
            "unknown rule {rule}{near}; known rules: {known}",
            {
                "rule": repr(value),
                "near": did_you_mean(value, RULES),
                "known": ", ".join(RULES),
            },
        )
    return value


AnyRule = Annotated[
    str, AfterValidator(_known_rule), Field(json_schema_extra={"enum": list(RULES)})
]


class Refused(Check):
    """A Docker call was refused, by the lab's gateway or by the engine: the student met a limit.

    `call` is the verb of `docker`; `by` is `gateway` (the lab does not allow it) or `engine` (it
    makes no sense, such as removing a running container); `rule` is the gateway's name for what it
    refused, such as `host-mount`; `message` asks for the text that the student saw, in the words
    for all texts; `container` keeps to calls about that container. Credit is the share of the
    conditions that the best refused call fulfils. A failure of the engine is no refusal.
    """

    kind: Literal["refused"] = "refused"
    call: AnyVerb | None = None
    by: Literal["gateway", "engine"] | None = None
    rule: AnyRule | None = None
    message: TextRule | None = None
    container: AnyContainer | None = None

    @model_validator(mode="after")
    def _asks_something(self) -> Self:
        if self.call is None and self.rule is None and self.message is None:
            raise PydanticCustomError("refused", "'refused' needs 'call', 'rule' or 'message'")
        if self.rule is not None and self.by == "engine":
            raise PydanticCustomError("refused", "'rule' is a rule of the gateway: leave out 'by'")
        if self.message is not None and not self.message.reads:
            raise PydanticCustomError(
                "refused", "'message' needs 'contains', 'lacks', 'equals', 'matches' or 'number'"
            )
        return self

    def judge(self, evidence: Evidence) -> Verdict:
        """Find the refused call that fulfils most."""
        targets = () if self.container is None else self.container.find(evidence)
        if self.container is not None and not targets:
            return no_container(evidence, self.container, self._expected)
        refused = [call for call in evidence.calls if self._counts(evidence, call)]
        if not refused:
            return self._none(evidence)
        held, call = max(
            ((self._held(call), call) for call in refused), key=lambda pair: sum(pair[0])
        )
        line, told = line_of(evidence, call.step), _told(call)
        where = Text(ko=f"{line}번째 줄: ", en=f"Line {line}: ") if line else Text(ko="", en="")
        reason = Text(ko=f"{where.ko}{told.ko}.", en=f"{where.en}{told.en}.")
        verdict = Verdict(credit=1, reason=reason, line=line)
        if not all(held):
            ko = f"{reason.ko} 거부된 이유가 요구한 것과 다릅니다."
            en = f"{reason.en} It was not refused for what was asked for."
            verdict = Verdict(
                credit=sum(held) / len(held),
                reason=Text(ko=ko, en=en),
                expected=self._expected,
                line=line,
            )
        about = [
            (self.container, target)
            for target in targets
            if self.container is not None and is_about(call, target)
        ]
        return charge_each(verdict, about, self._expected)

    def _counts(self, evidence: Evidence, call: Call) -> bool:
        if call.status < FAILED or call.status >= UNSURE or call.method == "HEAD":
            return False
        if self.by is not None and (self.by == "gateway") != _by_gateway(call):
            return False
        if self.call is not None and call.route not in routes_of(self.call):
            return False
        targets = () if self.container is None else self.container.find(evidence)
        return self.container is None or any(is_about(call, target) for target in targets)

    def _held(self, call: Call) -> list[bool]:
        held = [True]
        if self.rule is not None:
            held.append(call.refused == self.rule)
        if self.message is not None:
            held.append(self.message.share(call.message or "") == 1)
        return held if self.call is not None or self.container is not None else held[1:]

    def _none(self, evidence: Evidence) -> Verdict:
        done = self._done(evidence)
        line = None
        if done is not None:
            line = line_of(evidence, done.step)
            ko = f"{line}번째 줄의 `docker {self.call}` 명령은 거부되지 않고 실행되었습니다."
            en = f"`docker {self.call}` of line {line} was not refused; it was carried out."
        else:
            ko, en = "요구한 거부가 일어나지 않았습니다.", "Nothing of the kind was refused."
        return Verdict(credit=0, reason=Text(ko=ko, en=en), expected=self._expected, line=line)

    def _done(self, evidence: Evidence) -> Call | None:
        """Return a call of the kind asked for that was carried out."""
        if self.call is None:
            return None
        for step in evidence.steps:
            good = [c for c in evidence.calls_in(step.number) if c.status < FAILED]
            if step.where == HOST and (calls := made_by(self.call, step, good)):
                return calls[0]
        return None

    @cached_property
    def _expected(self) -> Text:
        ko = f"`docker {self.call}` 명령이 거부됨" if self.call else "명령이 거부됨"
        en = f"`docker {self.call}` refused" if self.call else "a command refused"
        words = [Text(ko=ko, en=en)]
        if self.by is not None:
            by = {"gateway": ("실습 환경", "the lab"), "engine": ("Docker 엔진", "the engine")}
            words.append(Text(ko=f"{by[self.by][0]}에서", en=f"by {by[self.by][1]}"))
        if self.container is not None:
            words.append(self.container.words())
        if self.rule is not None:
            words.append(Text(ko=f"규칙 '{self.rule}'", en=f"by rule '{self.rule}'"))
        if self.message is not None:
            words.append(Text(ko="요구한 내용의 메시지", en="with the message asked for"))
        return joined(words, most=len(words), between=", ")


def _by_gateway(call: Call) -> bool:
    """Say whether the lab's rules refused a call, not the engine's sense of what there is."""
    return call.refused is not None and call.refused not in ENGINES_WORDS


def _told(call: Call) -> Text:
    said = f": {quote(call.message)}" if call.message else ""
    if not _by_gateway(call):
        return Text(ko=f"Docker 엔진이 거부하였습니다{said}", en=f"the engine refused it{said}")
    return Text(
        ko=f"실습 환경이 거부하였습니다 (규칙 '{call.refused}'){said}",
        en=f"the lab refused it (rule '{call.refused}'){said}",
    )


_RUNNING = (made("web", moment("created", 1), moment("start 1", 1)),)


def _removed(**more: object) -> Evidence:
    return seen(
        typed(1, "docker run -d --name web alpine:latest sleep 99"),
        typed(2, "docker rm web"),
        containers=_RUNNING,
        calls=[called(2, "container_remove", "web", **more)],
    )


def _mounted(rule: str) -> Evidence:
    message = "not allowed in this lab: folders of the host"
    return seen(
        typed(1, "docker run -v /etc:/x alpine:latest ls /x"),
        calls=[called(1, "container_create", status=403, refused=rule, message=message)],
    )


EXAMPLES = (
    Example(
        shows="a running container is not removed",
        check={"call": "rm", "container": "web", "by": "engine"},
        evidence=lambda: _removed(status=409, message="You cannot remove a running container"),
        credit=1,
        says="Line 2: the engine refused it: 'You cannot remove a running container'",
    ),
    Example(
        shows="the lab refused a mount of a host's folder",
        check={"call": "run", "rule": "host-mount"},
        evidence=lambda: _mounted("host-mount"),
        credit=1,
        says="the lab refused it (rule 'host-mount')",
    ),
    Example(
        shows="it was refused, but for something else",
        check={"call": "run", "rule": "host-mount"},
        evidence=lambda: _mounted("privileged"),
        credit=0.5,
        says="It was not refused for what was asked for.",
    ),
    Example(
        shows="it was not refused at all",
        check={"call": "rm", "container": "web"},
        evidence=lambda: _removed(status=204),
        credit=0,
        says="`docker rm` of line 2 was not refused; it was carried out.",
    ),
)
