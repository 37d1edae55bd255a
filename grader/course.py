"""Find and load the labs and rubrics of a course; every error says file, line, field and fix."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from grader.checks import CourseProblem
from grader.complaints import problems_in, shown
from grader.errors import Complaint, CourseError, UsageError
from grader.layout import equivalents_file, lab_file, rubric_file
from grader.model.equivalents import Equivalents
from grader.model.lab import Lab
from grader.personal.derivation import example_values
from grader.personal.filling import TEMPLATE_WORDS, Span, blank, fill, unknown
from grader.rubric import Criterion, Rubric
from grader.wording import did_you_mean
from grader.yaml_file import Document, decode, parse

COPY = "or copy another one"
"""The other remedy for an empty file."""

IMAGE = re.compile(
    r"(?:[a-z0-9.-]+(?::\d+)?/)?"
    r"[a-z0-9]+(?:[._/-]+[a-z0-9]+)*"
    r"(?::\w[\w.-]{0,127})?(?:@sha256:[0-9a-f]{64})?",
    re.ASCII,
)
"""Registry, name, tag and digest of an image, as the engine takes them."""

Model = TypeVar("Model", bound=BaseModel)


def lab_ids(root: Path) -> tuple[str, ...]:
    """Return the names of all labs of a course, sorted."""
    return tuple(sorted(file.parent.name for file in (root / "labs").glob("*/lab.yaml")))


def load_lab(root: Path, lab_id: str) -> Lab:
    """Return a lab of the course.

    Raises UsageError if there is none of that name, CourseError if its file is wrong.
    """
    known = lab_ids(root)
    if lab_id not in known:
        folder = lab_file(root, lab_id).parent
        if Path(lab_id).name == lab_id and lab_id not in {"", ".."} and folder.is_dir():
            fix = "write it, with at least a title and a kind"
            raise CourseError("the lab has no lab.yaml", file=folder / "lab.yaml", fix=fix)
        raise UsageError(
            f"unknown lab {lab_id!r}{did_you_mean(lab_id, known, most=3)}", fix=_choose(root, known)
        )
    file = lab_file(root, lab_id)
    document = read_document(file)
    written = document.data.get("id", lab_id)
    if written != lab_id:
        problem = f"the lab's id is {written!r}, but its folder is named {lab_id!r}"
        fix = "remove the id: it comes from the folder"
        raise CourseError(problem, file=file, line=document.line(("id",)), fix=fix)
    fields = {**document.data, "id": lab_id}
    if isinstance(questions := fields.get("questions"), dict):
        fields["questions"] = {_key(number): question for number, question in questions.items()}
    lab = validated(Lab, fields, document, file)
    if problems := list(_problems(lab, document.data)):
        raise _wrong(file, document, problems)
    return lab


def _problems(lab: Lab, written: Mapping[object, object]) -> Iterator[CourseProblem]:
    """Yield what is wrong with a lab although its form is right."""
    if lab.kind == "quiz" and not lab.questions:
        yield CourseProblem(("questions",), "a quiz needs 'questions'")
    elif lab.kind != "quiz" and lab.questions:
        yield CourseProblem(("questions",), "only a lab of kind 'quiz' has 'questions'")
    elif lab.kind == "terminal" and "images" not in written:
        # By default none is allowed: every student would get nothing, through no fault of theirs.
        yield CourseProblem(
            ("images",),
            "'images' is missing: those that students may make containers from ([] for none)",
        )
    for name in lab.values:
        if name in TEMPLATE_WORDS:
            text = f"'{name}' is a word of docker's own templates; choose another name"
            yield CourseProblem(("values", name), text, of_key=True)
    for index, image in enumerate(lab.images):
        if not IMAGE.fullmatch(image):
            text = f"{shown(image)} cannot be the name of an image, such as 'alpine:latest'"
            yield CourseProblem(("images", index), text)


def find_rubric(root: Path, lab: Lab) -> Path:
    """Return the file with the rubric of a lab. Raises CourseError if it is missing."""
    file = rubric_file(root, lab.id)
    if not file.exists():
        fix = "write it"
        if lab.kind == "terminal":
            fix += f", or let `grade draft {lab.id}` propose one"
        raise CourseError(f"lab {lab.id!r} has no rubric", file=file, fix=fix)
    return file


def load_rubric(root: Path, lab: Lab, values: Mapping[str, str] | None = None) -> Rubric:
    """Return the rubric of a lab, for a student with these values, or for the example student.

    Raises CourseError if it is missing, wrong, or does not fit the lab.
    """
    file = find_rubric(root, lab)
    instead = COPY
    if lab.kind == "terminal":
        instead = f"or let `grade draft {lab.id} --force` propose a rubric"
    document = _filled(read_document(file, instead), file, lab, values)
    try:
        rubric = Rubric.model_validate(document.data)
    except ValidationError as bad:
        problems = [*problems_in(bad, Rubric, document.data), *_inside(document.data, lab)]
        wrong = _wrong(file, document, problems)
        if not document.data.get("criteria"):
            wrong.fix = f"write the criteria, {instead}"
        raise wrong from bad
    except RecursionError as bad:
        raise CourseError("the values are nested too deeply", file=file) from bad
    if problems := list(rubric.problems(lab)):
        raise _wrong(file, document, problems)
    return rubric


def rubric_form(root: Path, lab_id: str) -> None:
    """Look at a rubric without its lab, which may be broken. Raises CourseError if it is wrong."""
    file = rubric_file(root, lab_id)
    document = read_document(file).changed(blank)
    validated(Rubric, document.data, document, file)


def course_text(file: Path, lab: Lab, values: Mapping[str, str] | None = None) -> str:
    """Return a handout, a solution or a sample, for a student with these values or the example one.

    Raises CourseError if it cannot be read, or refers to a value that the lab does not have.
    """
    text = decode(_content(file), file=file, error=CourseError)
    if not lab.values:
        return text
    if complaints := list(unknown(text, lab.values)):
        raise CourseError.telling(file, complaints)
    return fill(text, example_values(lab) if values is None else values)


def _filled(document: Document, file: Path, lab: Lab, values: Mapping[str, str] | None) -> Document:
    """Return a rubric with a student's values in it. Raises CourseError for unknown ones."""
    if not lab.values:
        return document
    spans = (Span(*span) for span in document.spans())
    if complaints := list(unknown(document.text, lab.values, spans)):
        raise CourseError.telling(file, complaints)
    known = example_values(lab) if values is None else values
    return document.changed(lambda text: fill(text, known))


def load_equivalents(root: Path, lab: Lab) -> Equivalents:
    """Return which changes of a lab's solution do the same work; none where there is no file.

    Raises CourseError if the file is wrong.
    """
    file = equivalents_file(root, lab.id)
    if not file.exists():
        return Equivalents()
    document = read_document(file)
    return validated(Equivalents, document.data, document, file)


def _inside(written: Mapping[object, object], lab: Lab) -> Iterator[CourseProblem]:
    """Yield what is wrong with the criteria of a broken rubric that are right in their form."""
    criteria = written.get("criteria")
    for index, fields in enumerate(criteria if isinstance(criteria, list) else ()):
        with contextlib.suppress(ValidationError, RecursionError):
            for problem in Criterion.model_validate(fields).problems(lab):
                yield problem._replace(loc=("criteria", index, *problem.loc))


def placed(file: Path, problems: Iterable[CourseProblem]) -> list[Complaint]:
    """Return problems with their places in a file, the first line first. Raises CourseError."""
    problems = list(problems)
    return _placed(read_document(file), problems) if problems else []


def _placed(document: Document, problems: Iterable[CourseProblem]) -> list[Complaint]:
    return sorted(
        {
            Complaint(*document.place(problem.loc, of_key=problem.of_key), problem.text)
            for problem in problems
        }
    )


def _choose(root: Path, known: Sequence[str]) -> str:
    if not known:
        return f"put a lab into {root / 'labs'}: a folder with a lab.yaml"
    return f"choose one of: {', '.join(known)}"


def _key(value: object) -> object:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as bad:
        fix = "put a readable file there"
        raise CourseError(f"cannot be read: {bad.strerror}", file=file, fix=fix) from bad


def read_document(file: Path, instead: str = COPY) -> Document:
    """Return a file of the course, a mapping.

    Raises CourseError; for an empty file, `instead` is the other remedy than to fill it.
    """
    document = parse(
        decode(_content(file), file=file, error=CourseError), file=file, error=CourseError
    )
    if document.data is None:
        raise CourseError("the file is empty", file=file, fix=f"fill it, {instead}")
    if not isinstance(document.data, dict):
        problem = f"the file holds {shown(document.data)}, not a mapping (lines 'name: value')"
        raise CourseError(problem, file=file, line=1, fix="begin it with lines 'name: value'")
    return document


def validated(model: type[Model], data: object, document: Document, file: Path) -> Model:
    """Return a record that a file describes. Raises CourseError for all that is wrong in it."""
    try:
        return model.model_validate(data)
    except ValidationError as bad:
        raise _wrong(file, document, problems_in(bad, model, data)) from bad
    except RecursionError as bad:
        raise CourseError("the values are nested too deeply", file=file) from bad


def _wrong(file: Path, document: Document, problems: Sequence[CourseProblem]) -> CourseError:
    """Return the error that tells all problems of a file, the first line first."""
    return CourseError.telling(file, _placed(document, problems))
