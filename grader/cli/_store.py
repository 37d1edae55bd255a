"""The store of grades, as commands open it."""

from __future__ import annotations

import getpass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from grader.cli._results import results_base, store_file
from grader.errors import GraderError, UsageError
from grader.model.evidence import Evidence
from grader.model.lab import Lab
from grader.model.record import Language
from grader.model.result import Result
from grader.overrides import with_sums
from grader.reports._text import number
from grader.rubric import Rubric
from grader.scoring import score
from grader.store import Store
from grader.store.digests import key_by
from grader.store.standing import Standing
from grader.store.writing import Signed
from grader.wording import did_you_mean

EVIDENCE = "evidence"


def open_store(root: Path, place: str | None, *, must_exist: bool = False) -> Store:
    """Return the store of a course, or the one at a place; evidence lies beside the file.

    Raises UsageError where nothing was stored although something should be, else StoreError.
    """
    if place and "://" in place:
        return Store(place, results_base(root) / EVIDENCE)
    file = Path(place) if place else store_file(root)
    if must_exist and not file.exists():
        fix = "grade first: `grade class LAB`; or name the place of the store with --store"
        raise UsageError("there is no store of grades", file=file, fix=fix)
    return Store(str(file), file.parent / EVIDENCE)


def standing_of(store: Store, lab: Lab, student: str) -> Standing:
    """Return how a student stands. Raises UsageError for one who has no result, else StoreError."""
    standing = store.standing(lab.id, student)
    if standing is None:
        known = [one.student for one in store.standings(lab.id)]
        problem = f"{student!r} has no result for lab {lab.id!r}"
        fix = f"grade first: `grade class {lab.id}`; `grade show {lab.id}` lists who has one"
        raise UsageError(problem + did_you_mean(student, known, most=3), fix=fix)
    return standing


def nobody(lab: str, language: Language) -> str:
    """Return the line that says that nobody has a score in a lab, and what to do."""
    if language == "ko":
        return f"저장된 점수가 없습니다. `grade class {lab}` 명령으로 먼저 채점하십시오.\n"
    return f"no scores are stored; grade first: `grade class {lab}`\n"


def unchanged(root: Path, file: Path, lab: Lab, student: str, language: Language) -> str:
    """Return the line that says what a student still has in a store that was not written to.

    Nothing where there is no such score, or none that can be read: nobody asked for it.
    """
    try:
        with open_store(root, str(file)) as store:
            standing = store.standing(lab.id, student)
    except GraderError:
        return ""
    if standing is None:
        return ""
    points = f"{number(standing.result.points)}/{number(standing.result.max_points)}"
    if language == "ko":
        return (
            f"성적 저장소의 점수는 그대로 {points}입니다. "
            f"이 채점을 저장하려면 `--store {file}`을(를) 붙이십시오.\n"
        )
    return (
        f"the score in the store of grades is still {points}; "
        f"to store this grading, say it with `--store {file}`\n"
    )


def signed(by: str | None, why: str) -> Signed:
    """Return who changes something, and why. Raises UsageError where nobody can be named."""
    try:
        return Signed(by or getpass.getuser(), why)
    except (OSError, KeyError) as error:
        raise UsageError("this user has no name", fix="say who you are with --by NAME") from error


def keep(store: Store, lab: Lab, rubric: Rubric, record: Evidence, result: Result) -> None:
    """Put one grading into the store, and decide which attempt counts. Raises StoreError.

    Earlier attempts that were scored by another rubric are scored anew, to be comparable.
    """
    key = key_by(lab, rubric, result)
    now = datetime.now(UTC)
    with store.writing() as writing:
        writing.keep(record, with_sums(result, rubric, lab, record), key)
        if rubric.attempts is not None:
            for digest in writing.unscored(lab.id, record.student, key):
                old = store.evidence(digest)
                again = score(rubric, lab, old, now=now)
                writing.keep_again(digest, with_sums(again, rubric, lab, old), key)
        writing.settle(lab.id, record.student, key, rubric.attempts, signed(None, "graded"))


def local(at: str, lab: Lab) -> str:
    """Return a time of the store as the clock of the lab shows it."""
    zone = ZoneInfo(lab.time_zone) if lab.time_zone else UTC
    return f"{datetime.fromisoformat(at).astimezone(zone):%Y-%m-%d %H:%M%z}"
