"""Who is who on a platform: `accounts/TARGET.csv` in the course, which the teacher edits."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from grader.errors import CourseError
from grader.roster import COLUMN, listed

ACCOUNT = "account"


def map_file(root: Path, target: str) -> Path:
    """Return the map of a target."""
    return root / "accounts" / f"{target}.csv"


def accounts(root: Path, target: str) -> Mapping[str, str]:
    """Return student → account on the platform; who has none is left out.

    Raises CourseError for a broken file, and for two students with one account.
    """
    file = map_file(root, target)
    if not file.exists():
        return {}
    found: dict[str, str] = {}
    owners: dict[str, str] = {}
    for line, (student, account) in listed(file, COLUMN, ACCOUNT):
        if not account:
            continue
        if account in owners:
            problem = f"{student!r} and {owners[account]!r} have the same account {account!r}"
            raise CourseError(
                problem, file=file, line=line, fix="give each an account of their own"
            )
        owners[account] = student
        found[student] = account
    return found
