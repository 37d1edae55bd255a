"""Where the values of one student come from: the course's secret, or a file that was handed out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from grader.errors import UsageError
from grader.model.lab import Lab
from grader.personal.derivation import fits, values_of
from grader.personal.secret import course_secret
from grader.wording import did_you_mean
from grader.yaml_file import Document, decode, parse


def values_for(root: Path, lab: Lab, student: str, file: Path | None = None) -> dict[str, str]:
    """Return the values of a student: those in a file, or derived; none for a lab without values.

    Raises UsageError where there is no secret, or where the file is wrong.
    """
    if not lab.values:
        if file is not None:
            fix = "leave --values out"
            raise UsageError(f"lab {lab.id!r} has no values of each student's own", fix=fix)
        return {}
    if file is not None:
        return _read(file, lab)
    return values_of(lab, student, course_secret(root))


def dump(values: Mapping[str, str]) -> str:
    """Return the text of a file of values."""
    return "".join(f"{name}: {json.dumps(value)}\n" for name, value in values.items())


def _read(file: Path, lab: Lab) -> dict[str, str]:
    document = _document(file)
    written = document.data
    fix = f"take the file that `grade handout {lab.id} --student NAME --values-to FILE` writes"
    if not isinstance(written, dict):
        raise UsageError("the file has no lines 'name: value'", file=file, fix=fix)
    for name, value in written.items():
        known = lab.values.get(name) if isinstance(name, str) else None
        line, column = document.place((str(name),), of_key=known is None)
        if known is None:
            advice = f"{did_you_mean(str(name), lab.values)}; known: {', '.join(lab.values)}"
            problem = f"the lab has no value {name!r}{advice}"
        elif not fits(known, str(value)):
            problem = f"{value!r} cannot be the value '{name}': nobody's is"
        else:
            continue
        raise UsageError(problem, file=file, line=line, column=column, fix=fix)
    if missing := [name for name in lab.values if name not in written]:
        problem = f"no value for {', '.join(repr(name) for name in missing)}"
        raise UsageError(problem, file=file, fix=fix)
    return {name: str(written[name]) for name in lab.values}


def _document(file: Path) -> Document:
    try:
        content = file.read_bytes()
    except OSError as bad:
        fix = "name a readable file with --values"
        raise UsageError(f"cannot be read: {bad.strerror}", file=file, fix=fix) from bad
    return parse(decode(content, file=file, error=UsageError), file=file, error=UsageError)
