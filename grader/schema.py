"""JSON Schema of the files of a course, for editors that complete and check while one types."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterator
from functools import cache
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue, models_json_schema
from pydantic_core import core_schema

from grader import checks, lms
from grader.checks import Check
from grader.model.equivalents import Equivalents
from grader.model.lab import Lab
from grader.rubric import Rubric
from grader.targets import ANY_TARGET, CourseFile

DIALECT = "https://json-schema.org/draft/2020-12/schema"

FILES: dict[str, type[BaseModel]] = {
    "lab": Lab,
    "rubric": Rubric,
    "equivalents": Equivalents,
    "course": CourseFile,
}
"""What can be asked for → the record that is read."""

_CHECK = "a check of any kind"
"""Stands where a check may be, until the kinds are known."""
_OPEN = {_CHECK: "AnyCheck", ANY_TARGET: "AnyTarget"}
"""What stands for a record of any kind → the name of its definition."""


def schema_of(name: str) -> dict[str, Any]:
    """Return the schema of files of one sort."""
    model = FILES[name]
    of_any, kinds = _kinds_in(model)
    names, whole = models_json_schema(
        [(one, "validation") for one in (model, *kinds)], schema_generator=_Described
    )
    definitions: dict[str, Any] = whole["$defs"]
    if kinds:
        definitions[_OPEN[of_any]] = {
            "description": f"{of_any.capitalize()}: what its `kind` asks for.",
            # Without its kind, it would be taken for any whose other fields it has.
            "anyOf": [{**names[kind, "validation"], "required": ["kind"]} for kind in kinds],
        }
    root = definitions.pop(names[model, "validation"]["$ref"].rpartition("/")[2])
    if model is Lab:  # its id comes from its folder
        root["required"] = [field for field in root["required"] if field != "id"]
    filled = _fill({"$schema": DIALECT, **root, "$defs": definitions})
    assert isinstance(filled, dict)  # noqa: S101 — a mapping stays one
    return filled


def _kinds_in(model: type[BaseModel]) -> tuple[str, list[type[BaseModel]]]:
    """Return which records of any kind a file has, and those of all kinds."""
    if model is Rubric:
        return _CHECK, [checks.load_kind(kind) for kind in checks.known_kinds()]
    if model is CourseFile:
        return ANY_TARGET, [lms.load_kind(kind).Settings for kind in lms.known_kinds()]
    return "", []


def _fill(value: object) -> object:
    """Return a schema with a reference to all kinds wherever a record of any may stand."""
    if isinstance(value, dict):
        if (name := _OPEN.get(str(value.get("const")))) is not None:
            kept = {key: inner for key, inner in value.items() if key == "description"}
            return {**kept, "$ref": f"#/$defs/{name}"}
        return {key: _fill(inner) for key, inner in value.items()}
    return [_fill(inner) for inner in value] if isinstance(value, list) else value


class _Described(GenerateJsonSchema):
    """Takes descriptions from the texts below the fields, as the reader of the source does."""

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        """Return the schema of a record."""
        model = schema["cls"]
        if model is Check:
            return {"const": _CHECK}
        json = super().model_schema(schema)
        described = {
            name: text for base in reversed(model.__mro__) for name, text in _field_texts(base)
        }
        for name, field in json.get("properties", {}).items():
            if name in described:
                field.setdefault("description", described[name])
        return json


@cache
def _field_texts(model: type) -> tuple[tuple[str, str], ...]:
    """Return the texts below the fields of a class."""
    if not issubclass(model, BaseModel) or model is BaseModel:
        return ()
    tree = ast.parse(textwrap.dedent(inspect.getsource(model)))
    body = tree.body[0]
    assert isinstance(body, ast.ClassDef)  # noqa: S101 — the source of a class
    return tuple(_pairs(body))


def _pairs(body: ast.ClassDef) -> Iterator[tuple[str, str]]:
    for field, below in zip(body.body, body.body[1:], strict=False):
        match field, below:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(text))),
            ):
                yield name, inspect.cleandoc(text)
