"""The stored record of one replay: what `grade rescore` reads."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pydantic import ValidationError

from grader.errors import EvidenceError
from grader.model.evidence import FORMAT, Evidence

if TYPE_CHECKING:
    from pathlib import Path

FILE = "evidence.json"
AGAIN = "grade the submission again, or name another file with --evidence FILE"


def dump(evidence: Evidence) -> str:
    """Return the text of an evidence file."""
    return evidence.model_dump_json(indent=1) + "\n"


def load(file: Path, *, lab: str, student: str) -> Evidence:
    """Return the record of one student's replay.

    Raises EvidenceError if it is missing, damaged, of another format, or somebody else's.
    """
    return read(file, lab=lab, student=student)


def read(file: Path, *, lab: str, student: str | None = None) -> Evidence:
    """Return the record of a replay, whose ever it is if no student is named.

    Raises EvidenceError if it is missing, damaged, of another format, or of something else.
    """
    if not file.is_file():
        problem = "there is no evidence here"
        if file.exists():
            problem = "this is a folder" if file.is_dir() else "this is no file"
        fix = f"run `grade {lab} --student {student or 'NAME'}` first, "
        raise EvidenceError(problem, file=file, fix=f"{fix}or name the file with --evidence FILE")
    try:
        content = file.read_bytes()
    except OSError as error:
        raise EvidenceError(f"cannot be read: {error.strerror}", file=file, fix=AGAIN) from error
    try:
        evidence = Evidence.model_validate_json(content)
    except ValidationError as error:
        raise _damage(file, content, error) from error
    for what, ours, theirs in (
        ("lab", lab, evidence.lab),
        ("student", student or evidence.student, evidence.student),
    ):
        if ours != theirs:
            problem = f"this is the evidence of {what} {theirs!r}, not {ours!r}"
            raise EvidenceError(problem, file=file, fix=AGAIN)
    return evidence


def _damage(file: Path, content: bytes, error: ValidationError) -> EvidenceError:
    try:
        record = json.loads(content)
    except json.JSONDecodeError as bad:
        problem = f"the evidence is damaged: {bad.msg}"
        return EvidenceError(problem, file=file, line=bad.lineno, fix=AGAIN)
    except (ValueError, RecursionError):
        return EvidenceError("the evidence is damaged: this is no JSON", file=file, fix=AGAIN)
    if not isinstance(record, dict) or "format" not in record:
        return EvidenceError("this is no evidence file", file=file, fix=AGAIN)
    if record["format"] != FORMAT:
        problem = f"evidence of format {record['format']!r}; this program reads format {FORMAT}"
        fix = "use the program version that recorded it, or grade the submission again"
        return EvidenceError(problem, file=file, fix=fix)
    first = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(str(part) for part in first["loc"])
    problem = f"the evidence is damaged at {place}: {first['msg'].lower()}"
    return EvidenceError(problem, file=file, fix=AGAIN)
