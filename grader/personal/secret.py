"""The course's secret: where it comes from, and that nobody sees it."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field
from pathlib import Path

from grader.errors import UsageError

VARIABLE = "GRADE_SECRET"
FILE_VARIABLE = "GRADE_SECRET_FILE"
FILE = ".secret"
"""In the course's folder; only its owner may read it."""

LEAST = 16
"""Characters; one that can be guessed lets students work out each other's values."""
MAKE = "python3 -c 'import secrets; print(secrets.token_hex(32))'"


@dataclass(frozen=True)
class Secret:
    """A key that does not show in messages, logs and tracebacks."""

    key: bytes = field(repr=False)


def course_secret(root: Path) -> Secret:
    """Return the secret of a course. Raises UsageError where there is none, or one too short."""
    secret = find_secret(root)
    if secret is None:
        raise UsageError(
            f"this lab has values of each student's own, and there is no course secret: neither "
            f"{VARIABLE} nor {FILE_VARIABLE} is set, and there is no file {root / FILE}",
            fix=f"(umask 077; {MAKE} > {root / FILE}), once, and keep it: with another secret all "
            "values change; a student's own values can be given with --values FILE",
        )
    return secret


def find_secret(root: Path) -> Secret | None:
    """Return the secret of a course; None where there is none.

    It is looked for in the environment, in the file that the environment names, in the course's
    folder. Raises UsageError for one that is too short, or that others may read.
    """
    if VARIABLE in os.environ:
        return _checked(os.environ[VARIABLE].encode(errors="surrogateescape"), f"${VARIABLE}")
    if FILE_VARIABLE in os.environ:
        file = Path(os.environ[FILE_VARIABLE])
        return _checked(_content(file), f"the file of ${FILE_VARIABLE}")
    file = root / FILE
    if not file.exists():
        return None
    content = _content(file)
    if stat.S_IMODE(file.stat().st_mode) & 0o077:
        problem = "others than the owner may use the course secret"
        raise UsageError(problem, file=file, fix=f"chmod 600 {file}")
    return _checked(content, "it")


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as bad:
        problem = f"the course secret cannot be read: {bad.strerror}"
        raise UsageError(problem, file=file, fix=f"name another file with {FILE_VARIABLE}") from bad


def _checked(content: bytes, where: str) -> Secret:
    key = content.strip()
    if len(key) < LEAST:
        problem = f"the course secret is too short: {where} has fewer than {LEAST} characters"
        raise UsageError(problem, fix=f"make one with: {MAKE}")
    return Secret(key)
