"""`docs/checks.md` is written from the kinds themselves: `make golden` writes it anew."""

from __future__ import annotations

import inspect
import os
import textwrap
from collections.abc import Iterable
from io import StringIO
from pathlib import Path

from ruamel.yaml import YAML

from grader.checks import Example, known_kinds, load_examples, load_kind
from grader.checks._verbs import VERBS
from grader.model.refusals import RULES

PAGE = Path(__file__).parents[2] / "docs" / "checks.md"

HEAD = """# Kinds of checks

A check is the rule in a criterion of a rubric: it looks at the evidence and says how much credit,
from 0 to 1, was earned, and why. This page is written from the kinds' own docstrings and examples
(`make golden`). How to add a kind: one file `grader/checks/<kind>.py`, then `make golden`.

## What all kinds share

**Texts** of files, outputs and command lines are asked about in the same words: `contains` and
`lacks` (one text or a list), `equals` (the whole), `matches` (a regular expression; `^` and `$`
stand for lines) and `number` (one that stands by itself: `3`, or `{equals: 3, within: 0.5}`, or
`{least: 1, most: 5}`; a unit such as `개`, `%`, `MB` or `s` may follow at once; with `label: total`
only the first one after that text in its line). Texts are compared in Unicode's normal form NFC, so
that Korean typed on a Mac is no mistake. `case: any` takes small letters for capital ones; `spaces:
any` takes runs of blanks and line ends for one blank. A pattern that does not come to an end is
stopped, and its criterion needs review: the student is not to blame.

**Paths** are absolute. Where patterns are allowed, `*` and `?` stop at a `/`, `**` crosses it, and
`{a,b}` is either.

**Moments** of a container are `created`, `start 1`, `exit 1`, `start 2`, …, `removed` and `end` (of
the lab, where it is still there). `after: {container: test-data, moment: exit 1}` names one; that
container may be another one.

**Containers** are chosen by name (`container: test-data`) or by what they are (`container: {image:
alpine, labels: {lab: "6"}, nth: 1}`, where `nth`, a number or `last`, counts in the order of
creation; without it the one that earns most counts). With both and `costs`, as in `container:
{name: test-data, image: alpine, nth: 1, costs: 20%}`, the name counts where a container has it;
where none has, the work is graded all the same, the credit is less by the costs, and the student is
told. This holds wherever a container is named, in lists too (`mounted_in`, `members`, …); where it
only says when or which others (`after`, `before`, `follows`, `other_than`), it costs nothing.
"""

CALLS = "**Calls** are named as `docker` names them: {}."
REFUSALS = "**Rules** by which the lab refuses a call (kind `refused`): {}."


def words(sentence: str, known: Iterable[str]) -> str:
    """Return a paragraph with the words that rubrics may use."""
    said = sentence.format(", ".join(f"`{word}`" for word in known))
    return textwrap.fill(said, 100, break_on_hyphens=False) + "\n"


def as_yaml(kind: str, example: Example) -> str:
    yaml = YAML(typ="safe")
    yaml.default_flow_style = None
    yaml.allow_unicode = True
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    out = StringIO()
    yaml.dump({"kind": kind} | example.check, out)
    return out.getvalue().rstrip()


def page() -> str:
    parts = [HEAD, words(CALLS, VERBS), words(REFUSALS, RULES)]
    for kind in known_kinds():
        parts.append(f"## {kind}\n\n{inspect.getdoc(load_kind(kind))}\n")
        for example in load_examples(kind):
            earned = f"Earns {example.credit:g}, because: {example.says}"
            parts.append(
                f"*{example.shows}*\n\n```yaml\n{as_yaml(kind, example)}\n```\n\n{earned}\n"
            )
    return "\n".join(parts)


def test_the_manual_is_current() -> None:
    if os.environ.get("GOLDEN") == "write":
        PAGE.write_text(page(), encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == page()
