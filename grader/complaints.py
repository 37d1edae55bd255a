"""What pydantic says about a lab or a rubric, in the words of somebody who writes YAML."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from grader.checks import Check, CourseProblem, load_kind
from grader.wording import did_you_mean

SHOWN = 60
"""How much of a wrong value is shown."""

LIST = "'{field}' has to be a list (lines that begin with '- ', or [in, brackets]), not {value}"

FORMS = {
    "missing": "'{field}' is missing",
    "string_type": "'{field}' has to be text; if {value} is meant, put it in quotes",
    "bool_type": "'{field}' has to be true or false, not {value}",
    "bool_parsing": "'{field}' has to be true or false, not {value}",
    "int_type": "'{field}' has to be a whole number, not {value}",
    "int_parsing": "'{field}' has to be a whole number, not {value}",
    "int_from_float": "'{field}' has to be a whole number, not {value}",
    "float_type": "'{field}' has to be a number, not {value}",
    "float_parsing": "'{field}' has to be a number, not {value}",
    "finite_number": "'{field}' has to be a finite number",
    "greater_than": "'{field}' has to be greater than {gt}, not {value}",
    "greater_than_equal": "'{field}' has to be {ge} or more, not {value}",
    "less_than": "'{field}' has to be less than {lt}, not {value}",
    "less_than_equal": "'{field}' has to be {le} or less, not {value}",
    "literal_error": "'{field}' is {value}; it has to be {expected}",
    "string_too_short": "'{field}' must not be empty",
    "string_pattern_mismatch": "'{field}' is {value}; it has to be {pattern}",
    "too_short": "'{field}' needs at least {min_length} entry",
    "dict_type": "'{field}' has to be a mapping (lines 'name: value'), not {value}",
    "model_type": "'{field}' has to be a mapping (lines 'name: value'), not {value}",
    "model_attributes_type": "'{field}' has to be a mapping (lines 'name: value'), not {value}",
    "tuple_type": LIST,
    "list_type": LIST,
    "frozen_set_type": LIST,
}
"""What pydantic complains about, in the words of somebody who writes YAML."""

OF_KEYS = {"literal_error": "unknown name '{field}'; it has to be {expected}"}
"""The same, where it is about the name of an entry."""

RECORDS = {
    "Text": "in both languages, {{ko: …, en: …}}",
    "Matcher": "what is asked of it, such as {{contains: hello}}, or nothing",
    "Number": "a number without quotes, or bounds such as {{least: 1, most: 5}}",
    "Chosen": "one name, or what the container is, such as {{image: alpine, nth: 1}}",
    "Point": "a moment, such as {{container: box, moment: exit 1}}",
    "Output": "what is asked of it, such as {{contains: hello}}",
}
"""What stands where a record is wanted, where its fields alone do not say it well enough."""

NO_TEXT = "'{field}' has to be text, not {value}"

PATTERNS = {
    r"^[a-z0-9][a-z0-9-]*$": "small letters, digits and '-', such as 'made-files'",
    r"^[a-z][a-z0-9_]*$": "small letters, digits and '_', such as 'token'",
    r"^[a-zA-Z0-9][a-zA-Z0-9_.-]*$": "letters, digits, '_', '.' and '-', such as 'test-data'",
    r"^0?[0-7]{3,4}$": 'an octal number in quotes, such as "0644"',
}
"""Forms of texts, in words."""


def problems_in(
    error: ValidationError, model: type[BaseModel], data: object
) -> list[CourseProblem]:
    """Return what is wrong with `data`, which was to become a `model`."""
    details = _without_echoes(error.errors(include_url=False))
    return [_problem(model, data, detail) for detail in details]


def shown(value: object) -> str:
    """Return a value as YAML's words for it."""
    match value:
        case None:
            return "nothing"
        case dict():
            return "a mapping"
        case list() | tuple():
            return "a list"
        case bool():
            return str(value).lower()
    text = repr(value)
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"


def _without_echoes(errors: Sequence[ErrorDetails]) -> list[ErrorDetails]:
    """Leave out that a list is too short where that is so only because of its broken entries."""
    return [
        error
        for error in errors
        if error["type"] != "too_short"
        or not any(e["loc"][: len(error["loc"])] == error["loc"] for e in errors if e is not error)
    ]


def _problem(model: type[BaseModel], data: object, error: ErrorDetails) -> CourseProblem:
    loc = tuple(part for part in error["loc"] if part != "[key]")
    of_key = len(loc) < len(error["loc"])
    if error["type"] != "missing" and not of_key:
        loc = _as_written(data, loc)
    if not loc:
        return CourseProblem(loc, error["msg"])
    if error["type"] == "extra_forbidden":
        known = _fields_at(model, data, loc[:-1])
        field = str(loc[-1])
        advice = did_you_mean(field, known) + (f"; known: {', '.join(known)}" if known else "")
        text = f"unknown field '{field}'{_place(loc[:-1])}{advice}"
        return CourseProblem(loc, text, of_key=True)
    form = _form(model, data, error, loc, of_key=of_key)
    if form is None:
        return CourseProblem(loc, f"{error['msg']}{_place(loc)}", of_key=of_key)
    named = loc
    while len(named) > 1 and isinstance(named[-1], int):
        named = named[:-1]
    bounds = {name: _number(value) for name, value in error.get("ctx", {}).items()}
    if "pattern" in bounds:
        bounds["pattern"] = PATTERNS.get(str(bounds["pattern"]), f"of the form {bounds['pattern']}")
    words = {"field": named[-1], "value": shown(error["input"]), **bounds}
    return CourseProblem(loc, form.format_map(words) + _place(named[:-1]), of_key=of_key)


def _form(
    model: type[BaseModel],
    data: object,
    error: ErrorDetails,
    loc: tuple[str | int, ...],
    *,
    of_key: bool,
) -> str | None:
    """Return the form of a complaint, None for one that we have no words of our own for."""
    kind, value = error["type"], error["input"]
    form = (FORMS | OF_KEYS if of_key else FORMS).get(kind)
    if kind in {"model_type", "model_attributes_type"}:
        return _record_form(error, _fields_at(model, data, loc))
    if kind == "string_type" and loc[-1] == "mode":
        return "'{field}' has to be in quotes, such as \"0644\""
    if kind == "string_type" and not isinstance(value, bool | int | float):
        return NO_TEXT
    if kind in {"int_type", "float_type"}:
        return f"{form}{_bare(value)}"
    return form


def _record_form(error: ErrorDetails, fields: Sequence[str]) -> str:
    """Return the form of a complaint about what is no record."""
    if wanted := RECORDS.get(str(error.get("ctx", {}).get("class_name"))):
        return f"'{{field}}' has to be {wanted}, not {{value}}"
    known = f"; known: {', '.join(fields)}" if fields else ""
    return FORMS["model_type"] + known


def _bare(value: object) -> str:
    """Return how to write a number that stands in a text: `; write 10, without quotes`."""
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([%s]?)\s*", str(value), re.ASCII)
    if found is None or not isinstance(value, str):
        return ""
    return f"; write {found[1]}, without {repr(found[2]) if found[2] else 'quotes'}"


def _as_written(data: object, loc: tuple[str | int, ...]) -> tuple[str | int, ...]:
    """Return a path as far as its file has it: one word may stand for a whole record."""
    for depth, part in enumerate(loc):
        if not isinstance(data, Mapping | list):
            return loc[:depth]
        try:
            data = data[part]  # type: ignore[index]
        except (KeyError, IndexError, TypeError):
            return loc
    return loc


def _number(value: object) -> object:
    """Return a bound as people write it: `0`, not `0.0`."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _place(loc: Sequence[str | int]) -> str:
    """Return where a field stands: ` (in criteria #2 → check)`."""
    words = ""
    for part in loc:
        words += f" #{part + 1}" if isinstance(part, int) else f" → {part}"
    return f" (in {words.removeprefix(' → ')})" if words else ""


def _fields_at(model: type[BaseModel], data: object, loc: Sequence[str | int]) -> tuple[str, ...]:
    """Return the fields that may stand at a place, empty if that cannot be told."""
    form: Any = model
    for part in (*loc, None):
        form = _record_in(form)
        if form is Check and isinstance(data, Mapping):
            form = load_kind(data["kind"])
        if part is None:
            break
        if isinstance(form, type) and issubclass(form, BaseModel):
            if part not in form.model_fields:
                return ()
            form = form.model_fields[str(part)].annotation
        else:
            form = (get_args(form) or (None,))[0 if isinstance(part, int) else -1]
        try:
            data = data[part]  # type: ignore[index]
        except (KeyError, IndexError, TypeError):
            data = None
    if not isinstance(form, type) or not issubclass(form, BaseModel):
        return ()
    return tuple(field.alias or name for name, field in form.model_fields.items())


def _record_in(form: Any) -> Any:  # noqa: ANN401 — any form of a type may stand in an annotation
    """Return a type without `Annotated` and `| None`."""
    while get_origin(form) is Annotated or type(None) in get_args(form):
        form = next(arg for arg in get_args(form) if arg is not type(None))
    return form
