"""Kind `all_of`: several checks together."""

from __future__ import annotations

from typing import Literal

from grader.checks import Example
from grader.checks._examples import seen, typed
from grader.checks._nested import Several
from grader.checks._text import joined
from grader.model.evidence import Evidence
from grader.model.record import Text
from grader.model.result import Verdict


class AllOf(Several):
    """All of the `checks` have to hold; credit is the mean of theirs."""

    kind: Literal["all_of"] = "all_of"

    def judge(self, evidence: Evidence) -> Verdict:
        """Judge all, and tell about the worst."""
        verdicts = [check.judge(evidence) for check in self.checks]
        worst = min(verdicts, key=lambda verdict: verdict.credit)
        if worst.credit >= 1:
            reasons = {verdict.reason.en: verdict.reason for verdict in verdicts}
            reason = joined([*reasons.values()], most=3, between=" ")
            return Verdict(credit=1, reason=reason, line=worst.line)
        held, total = sum(verdict.credit >= 1 for verdict in verdicts), len(verdicts)
        return Verdict(
            credit=sum(verdict.credit for verdict in verdicts) / total,
            reason=Text(
                ko=f"{worst.reason.ko} (조건 {total}개 중 {held}개 충족)",
                en=f"{worst.reason.en} ({held} of {total} conditions hold)",
            ),
            expected=worst.expected,
            line=worst.line,
        )


_ASKED = {"checks": [{"kind": "command", "typed": "^one$"}, {"kind": "command", "typed": "^two$"}]}

EXAMPLES = (
    Example(
        shows="both hold",
        check=_ASKED,
        evidence=lambda: seen(typed(1, "one"), typed(2, "two")),
        credit=1,
        says="Line 1: 'one'. Line 2: 'two'.",
    ),
    Example(
        shows="one of two holds",
        check=_ASKED,
        evidence=lambda: seen(typed(1, "one")),
        credit=0.5,
        says="(1 of 2 conditions hold)",
    ),
    Example(
        shows="none holds",
        check=_ASKED,
        evidence=lambda: seen(typed(1, "three")),
        credit=0,
        says="(0 of 2 conditions hold)",
    ),
)
