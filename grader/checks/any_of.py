"""Kind `any_of`: several ways to do the same."""

from __future__ import annotations

from typing import Literal

from grader.checks import Check, Example
from grader.checks._examples import seen, typed
from grader.checks._nested import Several, best_of
from grader.checks._text import joined
from grader.model.evidence import Evidence
from grader.model.result import Verdict


class AnyOf(Several):
    """One of the `checks` has to hold; the best one counts."""

    kind: Literal["any_of"] = "any_of"

    def judge(self, evidence: Evidence) -> Verdict:
        """Judge until one holds, and tell about the best."""
        verdicts: list[Verdict] = []

        def judge(check: Check) -> Verdict:
            verdicts.append(check.judge(evidence))
            return verdicts[-1]

        top = best_of(self.checks, judge)
        if top.credit > 0:
            return top
        ways = [v.expected for v in verdicts if v.expected is not None]
        expected = joined(ways, most=3, between=" / ") if ways else None
        return top.model_copy(update={"expected": expected})


_ASKED = {
    "checks": [
        {"kind": "command", "typed": "cat /tmp/a"},
        {"kind": "command", "output": {"contains": ["one", "two"]}},
    ]
}

EXAMPLES = (
    Example(
        shows="one of the ways",
        check=_ASKED,
        evidence=lambda: seen(typed(1, "cat /tmp/a")),
        credit=1,
        says="Line 1: 'cat /tmp/a'.",
    ),
    Example(
        shows="half of one way",
        check=_ASKED,
        evidence=lambda: seen(typed(1, "head /tmp/a", "one")),
        credit=0.5,
        says="lacks 'two'",
    ),
    Example(
        shows="none of the ways",
        check=_ASKED,
        evidence=lambda: seen(typed(1, "ls", "a\n")),
        credit=0,
        says="No line types the command asked for.",
    ),
)
