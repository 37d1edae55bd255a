"""`docs/*.schema.json` are written from the records themselves: `make golden` writes them anew."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from grader.checks import known_kinds, load_examples
from grader.errors import CourseError
from grader.schema import FILES, schema_of
from grader.yaml_file import parse

COURSE = Path(__file__).parents[1]
TITLE = {"ko": "가", "en": "a"}
SCHEMAS = {name: schema_of(name) for name in FILES}


def written(check: Any, **more: object) -> dict[str, Any]:  # noqa: ANN401
    criterion = {"id": "a", "title": TITLE, "points": 1, "check": check, **more}
    document = {"lab": "lab", "criteria": [criterion]}
    plain: dict[str, Any] = json.loads(json.dumps(document))
    return plain


def flaws(name: str, document: object) -> list[str]:
    return [error.message for error in Draft202012Validator(SCHEMAS[name]).iter_errors(document)]


@pytest.mark.parametrize("name", FILES)
def test_the_schema_is_current(name: str) -> None:
    file = COURSE / "docs" / f"{name}.schema.json"
    text = json.dumps(SCHEMAS[name], ensure_ascii=False, indent=2) + "\n"
    if os.environ.get("GOLDEN") == "write":
        file.write_text(text, encoding="utf-8")
    assert file.read_text(encoding="utf-8") == text
    Draft202012Validator.check_schema(SCHEMAS[name])


@pytest.mark.parametrize(
    "file",
    [
        *COURSE.glob("labs/*/lab.yaml"),
        *COURSE.glob("labs/*/equivalents.yaml"),
        *COURSE.glob("rubrics/*.yaml"),
    ],
    ids=lambda file: str(file.relative_to(COURSE)),
)
def test_the_course_fits_its_schemas(file: Path) -> None:
    document = parse(file.read_text(encoding="utf-8"), file=file, error=CourseError)
    name = file.stem if file.stem in SCHEMAS else "rubric"
    assert flaws(name, json.loads(json.dumps(document.data))) == []


@pytest.mark.parametrize("kind", known_kinds())
def test_the_examples_of_a_kind_fit(kind: str) -> None:
    for example in load_examples(kind):
        assert flaws("rubric", written({"kind": kind, **example.check})) == []


@pytest.mark.parametrize(
    "document",
    [
        written({"kind": "nope"}),
        written({"typed": "ls"}),
        written({"kind": "command", "tped": "ls"}),
        written({"kind": "command", "call": "dif"}),
        written({"kind": "all_of", "checks": [{"kind": "command", "typed": 5}]}),
        written({"kind": "command", "typed": "ls"}, pionts=1),
        written({"kind": "command", "typed": "ls"}, counts="twice"),
        written({"kind": "command", "typed": "ls"}, hidden_until="soon"),
        {"lab": "lab", "criteria": []},
    ],
)
def test_a_slip_does_not_fit(document: object) -> None:
    assert flaws("rubric", document)


CSV = {"kind": "csv", "items": {"lab1": "a.csv"}}
MOODLE = {
    "kind": "moodle",
    "url": "https://lms.example",
    "token": {"env": "TOKEN"},
    "course": 7,
    "items": {"lab1": 4},
}


def test_targets_of_all_kinds_fit() -> None:
    assert flaws("course", {"upload": {"file": CSV, "school": MOODLE}}) == []
    assert flaws("course", {}) == []


@pytest.mark.parametrize(
    "target",
    [
        {**CSV, "kind": "nope"},
        {"items": {}},
        {**CSV, "feedbak": True},
        {**MOODLE, "token": "abc"},
        {**MOODLE, "course": "seven"},
        {**MOODLE, "points": "twice"},
    ],
)
def test_a_slip_in_a_target_does_not_fit(target: object) -> None:
    assert flaws("course", {"upload": {"school": target}})


def test_a_lab_needs_no_id_and_knows_its_fields() -> None:
    assert flaws("lab", {"title": TITLE, "images": ["alpine"]}) == []
    assert flaws("lab", {"title": TITLE, "imges": []})


def test_fields_tell_what_they_are_for() -> None:
    schema = SCHEMAS["rubric"]
    assert schema["properties"]["cap"]["description"].startswith("How far bonus criteria may lift")
    criterion = schema["$defs"]["Criterion"]
    assert criterion["properties"]["hint"]["description"].startswith("Advice for the student")
    assert "docker diff" in schema["$defs"]["Diff"]["description"]
    missing = [
        name for name, field in criterion["properties"].items() if "description" not in field
    ]
    assert missing == []
