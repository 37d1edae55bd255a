"""What a CI job shows: its summary, its annotations, and what GitHub Classroom's reporter reads."""

from __future__ import annotations

import base64
import html
import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from actions_runner import Command, obeyed
from markdown_it import MarkdownIt

from grader.model.record import Text
from grader.reports import Graded, classroom, github, markdown
from grader.reports._markdown import MOST_BYTES
from grader.reports._text import one_line

if TYPE_CHECKING:
    from grader.model.record import Language
    from grader.model.result import Result

LANGUAGES: tuple[Language, ...] = ("en", "ko")


def told(result: Result, language: Language = "en") -> list[Command]:
    return obeyed(github.render(Graded(result), language))


def encoded(result: Result, language: Language = "en") -> dict[str, Any]:
    text = classroom.render(Graded(result), language)
    found: dict[str, Any] = json.loads(base64.b64decode(text, validate=True))
    return found


def many(results: dict[str, Result], count: int, **fields: object) -> Result:
    """Return a result of so many failed criteria, worth one point more each."""
    failed = results["every-outcome"].criteria[2]
    criteria = tuple(
        failed.model_copy(update={"id": f"c{index}", "max_points": float(index), **fields})
        for index in range(1, count + 1)
    )
    return results["same-titles"].model_copy(update={"criteria": criteria})


def test_an_annotation_stands_on_the_line_that_decided(results: dict[str, Result]) -> None:
    first, second, *_ = told(results["every-outcome"])
    assert first.properties == {
        "file": "submissions/alice/lab6-1.sh",
        "line": "4",
        "title": "[0/20] The data survived a restart",
    }
    assert first.text.startswith("there is no /tmp/important.txt; you wrote /tmp/importent.txt\n")
    assert second.properties["line"] == "9"


def test_ten_annotations_the_worst_first(results: dict[str, Result]) -> None:
    titles = [command.properties["title"].split()[0] for command in told(many(results, 12))]
    assert titles == [f"[0/{points}]" for points in range(12, 2, -1)]


def test_ours_is_a_warning_and_what_waits_comes_last(results: dict[str, Result]) -> None:
    shown = [(c.name, c.properties["title"][:7]) for c in told(results["every-outcome"])]
    assert shown[2:] == [("warning", "[0/20] "), ("warning", "[0/10] ")]
    assert told(results["passed"]) == []


@pytest.mark.parametrize(
    "text",
    [
        "x\n::add-mask::alice",
        "x\r::add-mask::alice",
        "x\u2028::add-mask::alice\x85::add-mask::b",
        "x ##[add-mask]alice",
        "%0A::add-mask::alice",
        "::stop-commands::x",
        "a,line=99::b",
    ],
)
@pytest.mark.parametrize("field", ["title", "reason", "hint", "submission"])
def test_no_text_begins_a_command_or_another_property(
    results: dict[str, Result], field: str, text: str
) -> None:
    failed = results["same-titles"].criteria[0].model_copy(update={"line": 7})
    changes = {} if field == "submission" else {field: Text(ko=text, en=text)}
    result = results["same-titles"].model_copy(
        update={
            "criteria": (failed.model_copy(update=changes),),
            **({"submission": text} if field == "submission" else {}),
        }
    )
    (command,) = told(result)
    assert command.name == "error"
    assert set(command.properties) == {"file", "line", "title"}
    assert command.properties["line"] == "7"
    shown = (command.text, command.properties["title"], command.properties["file"])
    assert any(one_line(text) in one_line(place) for place in shown), "it is not shown as it is"


def test_a_cut_summary_is_within_the_limit_and_says_where_the_rest_is(
    results: dict[str, Result],
) -> None:
    long = Text(ko="가" * 9000, en="|" * 9000)
    result = many(results, 300, reason=long, expected=long, hint=long)
    for language in LANGUAGES:
        text = markdown.draw(result, language, above="> feedback", elsewhere="[all](https://x)")
        assert MOST_BYTES * 0.9 < len(text.encode()) <= MOST_BYTES
        *_, last = text.splitlines()
        shown = text.count("✗")
        assert last.endswith(" [all](https://x)")
        assert str(300 - shown) in last


def test_the_summary_is_one_table_with_all_criteria(case: tuple[str, Result]) -> None:
    page = MarkdownIt("commonmark").enable("table").render(markdown.render(Graded(case[1]), "ko"))
    assert page.count("<table>") == 1
    assert page.count("<tr>") == 1 + len(case[1].criteria)
    assert set(re.findall(r"<([a-z0-9]+)", page)) <= {
        *("h1", "p", "strong", "ul", "li", "br", "code"),
        *("table", "thead", "tbody", "tr", "th", "td"),
    }


@pytest.mark.parametrize(
    "text",
    [
        "</td></table><script>alert(1)</script>",
        "| a | b |\n\n# heading\n```\ncode",
        "[x](https://example.org) ![x](y) <https://example.org>",
        "**bold** _it_ ~~no~~ `code` &lt; \\",
    ],
)
def test_no_text_of_a_students_means_anything(results: dict[str, Result], text: str) -> None:
    evil = Text(ko=text, en=text)
    failed = results["same-titles"].criteria[0]
    result = results["same-titles"].model_copy(
        update={
            "criteria": (failed.model_copy(update={"reason": evil, "expected": evil}),),
            "student": "alice" + text,
            "notes": (evil,),
        }
    )
    summary = markdown.render(Graded(result), "en")
    page = MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(summary)
    assert set(re.findall(r"<([a-z0-9]+)", page)) == {
        *("h1", "p", "strong", "ul", "li", "br", "table", "thead", "tbody", "tr", "th", "td"),
    }
    assert page.count("<tr>") == 2
    plain = " ".join(html.unescape(re.sub("<[^>]*>", " ", page)).split())
    assert plain.count(" ".join(text.split())) == 4


def test_what_could_not_be_judged_is_no_number(results: dict[str, Result]) -> None:
    text = markdown.render(Graded(results["every-outcome"]), "en")
    assert "26.67" not in text
    assert "no zero" in text
    assert "| ! error | – |" in text


def test_classrooms_reporter_adds_up_to_the_points(case: tuple[str, Result]) -> None:
    result = case[1]
    report = encoded(result)
    total = sum(test["score"] for test in report["tests"])
    if result.judged:
        assert round(total, 2) == round(result.points, 2)
        assert report["max_score"] == result.max_points
        assert report["status"] == ("pass" if result.passed else "fail")
    else:
        # It tells nothing of a grader without a maximum, and fails over the status.
        assert (total, report["max_score"], report["status"]) == (0, 0, "error")


def test_classrooms_result_fits_into_a_variable(results: dict[str, Result]) -> None:
    reason = Text(ko="가" * 8000, en="가" * 8000)
    for count in (3, 30, 250):
        text = classroom.render(Graded(many(results, count, reason=reason)), "ko")
        assert 0 < len(text) <= 120_000
        assert len(json.loads(base64.b64decode(text))["tests"]) >= count
