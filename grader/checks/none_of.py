"""Kind `none_of`: what must not have happened."""

from __future__ import annotations

from typing import Literal

from grader.checks import Example
from grader.checks._examples import seen, typed
from grader.checks._nested import Several, best_of
from grader.model.evidence import Evidence
from grader.model.record import Text
from grader.model.result import Verdict


class NoneOf(Several):
    """None of the `checks` may hold; credit is what the best of them leaves.

    An empty submission earns full credit here: use it inside `all_of`, or in a criterion that
    `requires` another one.
    """

    kind: Literal["none_of"] = "none_of"

    def judge(self, evidence: Evidence) -> Verdict:
        """Judge until one holds, and tell about the best."""
        top = best_of(self.checks, lambda check: check.judge(evidence))
        if top.credit <= 0:
            reason = Text(
                ko="하지 말아야 할 일은 일어나지 않았습니다.",
                en="Nothing happened that should not.",
            )
            return Verdict(credit=1, reason=reason)
        return Verdict(
            credit=1 - top.credit,
            reason=Text(
                ko=f"일어나지 않아야 할 일입니다: {top.reason.ko}",
                en=f"This should not have happened: {top.reason.en}",
            ),
            line=top.line,
        )


_ASKED = {
    "checks": [
        {"kind": "command", "typed": "rm -rf /"},
        {"kind": "command", "output": {"contains": ["secret", "key"]}},
    ]
}

EXAMPLES = (
    Example(
        shows="nothing of it happened",
        check=_ASKED,
        evidence=lambda: seen(typed(1, "ls")),
        credit=1,
        says="Nothing happened that should not.",
    ),
    Example(
        shows="a part of it happened",
        check=_ASKED,
        evidence=lambda: seen(typed(1, "cat /x", "secret")),
        credit=0.5,
        says="This should not have happened",
    ),
    Example(
        shows="it happened",
        check=_ASKED,
        evidence=lambda: seen(typed(1, "rm -rf /")),
        credit=0,
        says="Line 1: 'rm -rf /'.",
    ),
)
