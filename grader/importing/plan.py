"""What an import of pages is going to write, and what it tells."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from grader.errors import CourseError
from grader.importing.labs import lab_files, quiz_files
from grader.importing.page import Asked, Page, read_page
from grader.importing.state import State, imported_labs, read_state, state_path, state_text
from grader.importing.upsert import Change, upsert
from grader.importing.writing import schemas
from grader.layout import lab_file
from grader.yaml_file import parse

Made = tuple[dict[str, str], list[str], tuple[Asked, ...]]


@dataclass
class Plan:
    """Texts by their paths in the course, and lines for the teacher."""

    told: list[str] = field(default_factory=list)
    texts: dict[str, str] = field(default_factory=dict)
    """To be written first. New labs begin with where they came from: what a killed import leaves
    is finished by the next one."""
    states: dict[str, str] = field(default_factory=dict)
    """To be written when all others are there."""


def plan(root: Path, files: Sequence[Path], *, adopt: bool) -> Plan:
    """Return what an import of pages does to a course; `adopt` takes labs from elsewhere in.

    Raises CourseError if a page cannot be understood, or if two pages have the same lab.
    """
    made = Plan()
    folder, extra = schemas(root)
    pages = [read_page(file) for file in files]
    seen: dict[str, Path] = {}
    for page in pages:
        labs = [page.quiz] * bool(page.questions) + [section.lab for section in page.labs]
        for lab in labs:
            _require_own(root, lab, page, seen, adopt=adopt)
        if not labs:
            made.told.append(f"{page.file}: no labs and no quiz")
        for lab, (texts, told, questions) in _read(root, page, folder):
            made.told += [f"{page.file}: {text}" for text in told]
            changes = _take(made, root, lab, page, texts, questions, adopt=adopt)
            made.told += [f"{root / change.file}: {change.what}" for change in changes]
    for lab in imported_labs(root):
        state = read_state(root, lab)
        if lab not in seen and state and state.page in {page.file.name for page in pages}:
            made.told.append(f"{root / 'labs' / lab}: kept: it is gone from {state.page}")
    if made.texts:
        made.texts |= extra
    return made


def _require_own(root: Path, lab: str, page: Page, seen: dict[str, Path], *, adopt: bool) -> None:
    """Raise CourseError if a lab is on another page too."""
    last = read_state(root, lab)
    other = last.page if last and last.page != page.file.name and not adopt else None
    if lab in seen or other:
        problem = f"{lab!r} is also on the page {seen.get(lab, other)}"
        fix = "number one of them differently"
        fix += "; or, if that page is now this one, import with --adopt" if other else ""
        raise CourseError(problem, file=page.file, fix=fix)
    seen[lab] = page.file


def _read(root: Path, page: Page, folder: str) -> Iterator[tuple[str, Made]]:
    """Yield the labs of a page: texts by path, what the teacher should know, questions."""
    for section in page.labs:
        yield section.lab, (*lab_files(section, folder), ())
    if page.questions:
        gone, questions = _with_gone(root, page)
        texts, told = quiz_files(page._replace(questions=questions), folder)
        told += [f"Q{number} is gone from the page; it stays in {page.quiz}" for number in gone]
        yield page.quiz, (texts, told, tuple(one._replace(line=0, key_line=0) for one in questions))


def _with_gone(root: Path, page: Page) -> tuple[list[str], tuple[Asked, ...]]:
    """Return which questions are gone from the page but not from the quiz, and all, in order."""
    questions = list(page.questions)
    there = {question.number for question in questions}
    gone = []
    before = -1
    last = read_state(root, page.quiz)
    for one in last.questions if last else ():
        if one.number in there:
            before = next(i for i, q in enumerate(questions) if q.number == one.number)
        elif _has_question(root, page.quiz, one.number):
            before += 1
            questions.insert(before, one)
            gone.append(one.number)
    return gone, tuple(questions)


def _has_question(root: Path, quiz: str, number: str) -> bool:
    file = lab_file(root, quiz)
    try:
        found = parse(file.read_text(encoding="utf-8"), file=file, error=CourseError).data
        return number in {str(key) for key in found["questions"]}
    except (OSError, CourseError, KeyError, TypeError, UnicodeDecodeError):
        return True  # what cannot be read is not ours to forget


def _take(
    made: Plan,
    root: Path,
    lab: str,
    page: Page,
    files: dict[str, str],
    questions: tuple[Asked, ...],
    *,
    adopt: bool,
) -> list[Change]:
    """Add one lab's texts to what is written; return what becomes of its files."""
    last = read_state(root, lab)
    there = {name: text for name, text in files.items() if (root / name).exists()}
    begun = State(page=page.file.name, files={})
    if last is None and (there or (root / "labs" / lab).exists()):
        if not adopt:
            told = "kept as it is: it did not come from a page (--adopt lets the page update it)"
            return [Change(f"labs/{lab}", told)]
        begun = State(page=page.file.name, files=there)  # what is there counts as edited
    elif last is not None and page.mode != "upsert" and last.files:
        return [Change(f"labs/{lab}", "kept: the page's updateMode is not 'upsert'")]
    changes, texts = upsert(root, last or begun, files)
    known = {**(last.files if last else {}), **files}
    state = State(page=page.file.name, files=known, questions=questions)
    if last is None:
        made.texts = {state_path(lab): state_text(begun), **made.texts}
    if last != state:
        made.states[state_path(lab)] = state_text(state)
    made.texts |= texts
    return changes
