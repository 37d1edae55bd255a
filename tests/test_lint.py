from __future__ import annotations

import copy
import json
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from grader.errors import CourseError, UsageError
from grader.lint import findings
from grader.yaml_file import parse

COURSE = Path(__file__).parents[1]

LAB = "title: {ko: 가, en: a}\nimages: [alpine:latest]\n"
RUBRIC = """
lab: {lab}
criteria:
  - id: one
    title: {{ko: 가, en: a}}
    points: 10
    check: {{kind: command, typed: ls}}
"""


def write(root: Path, name: str, text: str) -> None:
    file = root / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(textwrap.dedent(text).lstrip(), encoding="utf-8")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for lab in ("lab1", "lab2"):
        write(tmp_path, f"labs/{lab}/lab.yaml", LAB)
        write(tmp_path, f"rubrics/{lab}.yaml", RUBRIC.format(lab=lab))
    return tmp_path


def told(root: Path, *labs: str) -> list[str]:
    return [str(finding).replace(f"{root}/", "") for finding in findings(root, labs)]


def test_a_sound_course_has_no_findings(root: Path) -> None:
    assert told(root) == []
    assert told(root, "lab2") == []


def test_the_course_of_this_repository_is_sound() -> None:
    assert findings(COURSE) == []


def test_everything_is_told_at_once_with_line_and_column(root: Path) -> None:
    write(root, "labs/lab1/lab.yaml", "title: {ko: 가}\nimages: [Alpine]\ntimezone: x\n")
    write(
        root,
        "rubrics/lab1.yaml",
        """
        lab: lab1
        pass_mark: 160
        criteria:
          - id: one
            title: {ko: 가, en: a}
            points: none
            check: {kind: comand, typed: ls}
        """,
    )
    write(root, "rubrics/lab2.yaml", "lab: lab2\ncriteria: [\n")
    told_ = told(root)
    assert [line.partition(": ")[0] for line in told_] == [
        "labs/lab1/lab.yaml:1:1",
        "labs/lab1/lab.yaml:3:1",
        "rubrics/lab1.yaml:2:12",
        "rubrics/lab1.yaml:6:13",
        "rubrics/lab1.yaml:7:19",
        "rubrics/lab2.yaml:3:1",
    ]
    assert "unknown field 'timezone', did you mean 'time_zone'?; known: id, title, kind" in told_[1]
    assert "unknown check kind 'comand', did you mean 'command'?; known kinds: all_of" in told_[4]


def test_what_is_wrong_in_sound_criteria_is_told_beside_broken_ones(root: Path) -> None:
    text = RUBRIC.format(lab="lab1") + (
        "  - {id: two, title: {ko: 가, en: a}, points: 1, check: {kind: none_of, checks: "
        "[{kind: command, typed: ls}]}}\n"
        "  - {id: three, title: {ko: 가, en: a}, points: -1, check: {kind: command, typed: ls}}\n"
    )
    write(root, "rubrics/lab1.yaml", text)
    first, second = told(root, "lab1")
    assert "rubrics/lab1.yaml:7:" in first
    assert "an empty submission earns points for 'two'" in first
    assert "rubrics/lab1.yaml:8:" in second
    assert "'points' has to be greater than 0, not -1" in second


def test_more_than_ten_mistakes_are_all_told(root: Path) -> None:
    write(
        root,
        "rubrics/lab1.yaml",
        RUBRIC.format(lab="lab1") + "".join(f"extra{n}: 1\n" for n in range(15)),
    )
    assert len(told(root)) == 15


def test_what_belongs_to_no_lab_is_told(root: Path) -> None:
    (root / "labs" / "lab3").mkdir()
    write(root, "rubrics/lab4.yaml", RUBRIC.format(lab="lab4"))
    write(root, "rubrics/lab5.yml", RUBRIC.format(lab="lab5"))
    (root / "rubrics" / "lab2.yaml").unlink()
    lines = told(root)
    assert lines[0].startswith("rubrics/lab2.yaml: lab 'lab2' has no rubric; write it")
    assert lines[1].startswith("labs/lab3/lab.yaml: the lab has no lab.yaml")
    assert lines[2].startswith("rubrics/lab4.yaml: there is no lab 'lab4', did you mean")
    assert lines[3] == "rubrics/lab5.yml: nobody reads this; rename it to end in '.yaml'"
    assert told(root, "lab1") == []


def test_a_lab_that_is_not_there_is_an_error(root: Path) -> None:
    with pytest.raises(UsageError, match="unknown lab 'lab9'"):
        findings(root, ["lab9"])


def places(value: Any, loc: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:  # noqa: ANN401
    """Yield the places of all values in a document."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in items:
        yield (*loc, key)
        if isinstance(inner, dict | list):
            yield from places(inner, (*loc, key))


STRANGE: tuple[Any, ...] = (
    None,
    5,
    -1,
    True,
    "",
    "x",
    [],
    {},
    ["x"],
    {"x": 1},
    [None],
    float("inf"),
    10**30,
)


def test_whatever_stands_wherever_is_told_with_its_place(root: Path) -> None:
    page = (COURSE / "docs" / "scoring.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    written = parse(example.replace("lab: example", "lab: lab1"), file=root, error=CourseError).data
    told_ = 0
    for number, loc in enumerate(places(written)):
        document = copy.deepcopy(written)
        inside = document
        for key in loc[:-1]:
            inside = inside[key]
        inside[loc[-1]] = STRANGE[number % len(STRANGE)]
        write(root, "rubrics/lab1.yaml", json.dumps(document, ensure_ascii=False))
        found = findings(root, ["lab1"])
        assert all(finding.line and finding.column and finding.text for finding in found)
        told_ += bool(found)
    assert told_ > 60


@pytest.mark.parametrize(
    ("pattern", "says"),
    [
        ("'(a|aa)+$'", "this regular expression may never come to an end, as over 'aaaa"),
        ("'cat a.txt | grep x'", "'|' means 'or' in a regular expression"),
        ("'echo $HOME'", "'$' means the end of a line in a regular expression"),
        (r"'ls \| wc|^a$|\$HOME|[ | $x]'", None),
    ],
)
def test_what_is_probably_a_slip_is_a_warning(root: Path, pattern: str, says: str | None) -> None:
    deep = f"{{kind: all_of, checks: [{{kind: command, typed: ls, follows: {{ran: {pattern}}}}}]}}"
    text = RUBRIC.format(lab="lab1").replace("{kind: command, typed: ls}", deep)
    write(root, "rubrics/lab1.yaml", text)
    found = told(root)
    if says is None:
        assert found == []
    else:
        (warning,) = found
        assert warning.startswith(f"rubrics/lab1.yaml:6:78: warning: {says}")
