"""Find and load the labs and rubrics of a course; every error says file, line, field and fix."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, NamedTuple, TypeVar, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from grader.checks import Check, load_kind
from grader.errors import CourseError, UsageError
from grader.model.lab import Lab
from grader.rubric import Rubric
from grader.yaml_file import Document, decode, parse

INSTALLED = Path(__file__).parent / "_course"
"""Where an installed program carries its own course."""

MOST = 10
"""How many problems of one file are shown at once."""

SHOWN = 60
"""How much of a wrong value is shown."""

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
    "string_pattern_mismatch": "'{field}' is {value}, which does not have the form {pattern}",
    "too_short": "'{field}' needs at least {min_length} entry",
    "dict_type": "'{field}' has to be a mapping (lines 'name: value'), not {value}",
    "model_type": "'{field}' has to be a mapping (lines 'name: value'), not {value}",
    "model_attributes_type": "'{field}' has to be a mapping (lines 'name: value'), not {value}",
    "tuple_type": "'{field}' has to be a list, not {value}",
    "list_type": "'{field}' has to be a list, not {value}",
    "frozen_set_type": "'{field}' has to be a list, not {value}",
}
"""What pydantic complains about, in the words of somebody who writes YAML."""

Model = TypeVar("Model", bound=BaseModel)


class Complaint(NamedTuple):
    """One thing that is wrong with a file."""

    line: int
    problem: str


def find_root(given: Path | None = None) -> Path:
    """Return the course's folder: the one given, the nearest one above, or the installed one."""
    if given is not None:
        if _is_course(given):
            return given
        problem = f"{str(given)!r} is no course: it has no folders labs/ and rubrics/"
        raise UsageError(problem, fix="name the folder that holds both with --course")
    here = Path.cwd()
    for folder in (here, *here.parents, INSTALLED):
        if _is_course(folder):
            return folder
    raise UsageError(
        f"no course found: neither {str(here)!r} nor a folder above it has labs/ and rubrics/",
        fix="change into the course's folder, or name it with --course",
    )


def _is_course(folder: Path) -> bool:
    return (folder / "labs").is_dir() and (folder / "rubrics").is_dir()


def lab_ids(root: Path) -> tuple[str, ...]:
    """Return the names of all labs of a course, sorted."""
    return tuple(sorted(file.parent.name for file in (root / "labs").glob("*/lab.yaml")))


def load_lab(root: Path, lab_id: str) -> Lab:
    """Return a lab of the course.

    Raises UsageError if there is none of that name, CourseError if its file is wrong.
    """
    known = lab_ids(root)
    if lab_id not in known:
        folder = root / "labs" / lab_id
        if Path(lab_id).name == lab_id and lab_id not in {"", ".."} and folder.is_dir():
            fix = "write it, with at least a title and a kind"
            raise CourseError("the lab has no lab.yaml", file=folder / "lab.yaml", fix=fix)
        raise UsageError(
            f"unknown lab {lab_id!r}{nearest(lab_id, known)}", fix=_choose(root, known)
        )
    file = root / "labs" / lab_id / "lab.yaml"
    document = _read(file)
    written = document.data.get("id", lab_id)
    if written != lab_id:
        problem = f"the lab's id is {written!r}, but its folder is named {lab_id!r}"
        fix = "remove the id: it comes from the folder"
        raise CourseError(problem, file=file, line=document.line(("id",)), fix=fix)
    fields = {**document.data, "id": lab_id}
    if isinstance(questions := fields.get("questions"), dict):
        fields["questions"] = {_key(number): question for number, question in questions.items()}
    lab = _validate(Lab, fields, document, file)
    if lab.kind == "quiz" and not lab.questions:
        problem, loc = "a quiz needs 'questions'", ("questions",)
    elif lab.kind != "quiz" and lab.questions:
        problem, loc = "only a lab of kind 'quiz' has 'questions'", ("questions",)
    else:
        return lab
    raise _wrong(file, [Complaint(document.line(loc), problem)])


def load_rubric(root: Path, lab: Lab) -> Rubric:
    """Return the rubric of a lab.

    Raises CourseError if it is missing, wrong, or does not fit the lab.
    """
    file = root / "rubrics" / f"{lab.id}.yaml"
    if not file.exists():
        fix = "write it, with at least one criterion"
        raise CourseError(f"lab {lab.id!r} has no rubric", file=file, fix=fix)
    document = _read(file)
    rubric = _validate(Rubric, document.data, document, file)
    complaints = [Complaint(document.line(loc), problem) for loc, problem in rubric.faults(lab)]
    if complaints:
        raise _wrong(file, complaints)
    return rubric


def nearest(name: str, known: Iterable[str], most: int = 3) -> str:
    """Return a question after the nearest known names, empty if none is near."""
    near = difflib.get_close_matches(name, tuple(known), n=most)
    return f", did you mean {' or '.join(repr(n) for n in near)}?" if near else ""


def _choose(root: Path, known: Sequence[str]) -> str:
    if not known:
        return f"put a lab into {root / 'labs'}: a folder with a lab.yaml"
    return f"choose one of: {', '.join(known)}"


def _key(value: object) -> object:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _read(file: Path) -> Document:
    try:
        content = file.read_bytes()
    except OSError as bad:
        fix = "put a readable file there"
        raise CourseError(f"cannot be read: {bad.strerror}", file=file, fix=fix) from bad
    document = parse(decode(content, file=file, error=CourseError), file=file, error=CourseError)
    if document.data is None:
        raise CourseError("the file is empty", file=file, fix="fill it, or copy another one")
    if not isinstance(document.data, dict):
        problem = f"the file holds {_shown(document.data)}, not a mapping (lines 'name: value')"
        raise CourseError(problem, file=file, line=1, fix="begin it with lines 'name: value'")
    return document


def _validate(model: type[Model], data: object, document: Document, file: Path) -> Model:
    try:
        return model.model_validate(data)
    except ValidationError as bad:
        errors = _without_echoes(bad.errors(include_url=False))
        raise _wrong(file, [_complaint(model, data, e, document) for e in errors]) from bad
    except RecursionError as bad:
        raise CourseError("the values are nested too deeply", file=file) from bad


def _without_echoes(errors: Sequence[ErrorDetails]) -> list[ErrorDetails]:
    """Leave out that a list is too short where that is so only because of its broken entries."""
    return [
        error
        for error in errors
        if error["type"] != "too_short"
        or not any(e["loc"][: len(error["loc"])] == error["loc"] for e in errors if e is not error)
    ]


def _wrong(file: Path, complaints: Sequence[Complaint]) -> CourseError:
    """Return the error that tells all complaints about a file, the first line first."""
    first, *others = sorted(set(complaints))
    lines = [first.problem, *(f"  line {line}: {problem}" for line, problem in others)]
    if len(lines) > MOST:
        lines[MOST:] = [f"  and {len(lines) - MOST} more"]
    fix = "put this line right" if not others else "put these lines right"
    return CourseError("\n".join(lines), file=file, line=first.line, fix=fix)


def _complaint(
    model: type[BaseModel], data: object, error: ErrorDetails, document: Document
) -> Complaint:
    loc = [part for part in error["loc"] if part != "[key]"]
    line = document.line(loc)
    if not loc:
        return Complaint(line, error["msg"])
    if error["type"] == "extra_forbidden":
        known = _fields_at(model, data, loc[:-1])
        field = str(loc[-1])
        advice = nearest(field, known, most=1) or (f"; known: {', '.join(known)}" if known else "")
        return Complaint(line, f"unknown field '{field}'{_place(loc[:-1])}{advice}")
    form = FORMS.get(error["type"])
    if form is None:
        return Complaint(line, f"{error['msg']}{_place(loc)}")
    while len(loc) > 1 and isinstance(loc[-1], int):
        loc.pop()
    words = {"field": loc[-1], "value": _shown(error["input"]), **error.get("ctx", {})}
    return Complaint(line, form.format_map(words) + _place(loc[:-1]))


def _place(loc: Sequence[str | int]) -> str:
    """Return where a field stands: ` (in criteria #2 → check)`."""
    words = ""
    for part in loc:
        words += f" #{part + 1}" if isinstance(part, int) else f" → {part}"
    return f" (in {words.removeprefix(' → ')})" if words else ""


def _shown(value: object) -> str:
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
    return (
        tuple(form.model_fields) if isinstance(form, type) and issubclass(form, BaseModel) else ()
    )


def _record_in(form: Any) -> Any:  # noqa: ANN401 — any form of a type may stand in an annotation
    """Return a type without `Annotated` and `| None`."""
    while get_origin(form) is Annotated or type(None) in get_args(form):
        form = next(arg for arg in get_args(form) if arg is not type(None))
    return form
