"""The attempts of one student at one lab: how they are kept, and which one counts.

Each distinct submission is one attempt, in `attempts/NNN/`. All are scored from their evidence by
the rubric as it is now, so that they can be compared.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from grader.attempts import Take, counted
from grader.cli._evidence import FILE as EVIDENCE
from grader.cli._evidence import dump, load
from grader.cli._results import ELSEWHERE, write_all
from grader.errors import EvidenceError, OutputError
from grader.model.evidence import Evidence
from grader.model.lab import Lab
from grader.model.record import Language
from grader.model.result import Result
from grader.reports import Graded, load_format
from grader.rubric import Rubric
from grader.scoring import score

FOLDER = "attempts"
COUNTED = "counted.json"


@dataclass(frozen=True)
class Attempt:
    """One submission that was graded."""

    number: int
    evidence: Evidence


@dataclass(frozen=True)
class Standing:
    """All attempts as they are scored now."""

    attempts: tuple[Attempt, ...]
    """In the order in which they were handed in."""
    results: tuple[Result, ...]
    take: Take
    counts: Attempt
    result: Result
    """Of the attempt that counts; needs review also where another one may displace it."""


@dataclass(frozen=True)
class Attempts:
    """Where the attempts of one student lie, and what they are scored by."""

    folder: Path
    """The folder of results."""
    rubric: Rubric
    lab: Lab
    student: str
    take: Take

    def standing(self) -> Standing | None:
        """Return how the attempts stand; None if there is none. Raises EvidenceError."""
        return self._standing(self._kept()) if (self.folder / FOLDER).is_dir() else None

    def add(self, record: Evidence, language: Language) -> tuple[Attempt, Standing]:
        """Keep what was just graded, score all attempts, and write which one counts.

        The same submission takes the place of its own attempt, whose time of submission is the
        earliest that is known where the best one counts, and the latest where the last one does.
        Raises EvidenceError or OutputError.
        """
        with self._locked():
            kept = self._kept()
            if (old := _same(kept, record)) is None:
                return self._write(kept, _next(kept, record), language)
            times = (old.evidence.submitted_at, record.submitted_at)
            pick = min if self.take == "best" else max
            at = pick((time for time in times if time is not None), default=None)
            new = Attempt(old.number, record.model_copy(update={"submitted_at": at}))
            return self._write(kept, new, language)

    def rescore(
        self, record: Evidence, submitted_at: datetime | None, language: Language
    ) -> tuple[Attempt, Standing]:
        """Score all attempts anew, and write which one counts.

        A record that is no attempt yet becomes one. `submitted_at` takes the place of what was
        known. Raises EvidenceError or OutputError.
        """
        with self._locked():
            kept = self._kept()
            own = _same(kept, record) or _next(kept, record)
            if submitted_at is not None:
                changes = {"submitted_at": submitted_at}
                own = replace(own, evidence=own.evidence.model_copy(update=changes))
            return self._write(kept, own, language)

    def _kept(self) -> list[Attempt]:
        files = sorted((self.folder / FOLDER).glob(f"[0-9]*/{EVIDENCE}"))
        numbered = [(file.parent.name, file) for file in files if file.parent.name.isdecimal()]
        return [Attempt(int(number), self._load(file)) for number, file in numbered]

    def _load(self, file: Path) -> Evidence:
        try:
            return load(file, lab=self.lab.id, student=self.student)
        except EvidenceError as bad:
            bad.fix = f"put it right, or move {file.parent} away: the attempt then counts no longer"
            raise

    def _standing(self, kept: list[Attempt]) -> Standing | None:
        if not kept:
            return None
        if all(attempt.evidence.submitted_at for attempt in kept):
            kept = sorted(kept, key=lambda a: (a.evidence.submitted_at or _NEVER, a.number))
        now = datetime.now(UTC)
        results = tuple(score(self.rubric, self.lab, a.evidence, now=now) for a in kept)
        index, result = counted(results, self.take)
        return Standing(tuple(kept), results, self.take, kept[index], result)

    def _write(
        self, kept: list[Attempt], own: Attempt, language: Language
    ) -> tuple[Attempt, Standing]:
        others = [attempt for attempt in kept if attempt.number != own.number]
        standing = self._standing(sorted([*others, own], key=lambda attempt: attempt.number))
        assert standing is not None  # noqa: S101 - there is at least the new one
        report = load_format("json")
        texts = {self._place(own) / EVIDENCE: dump(own.evidence)}
        for attempt, result in zip(standing.attempts, standing.results, strict=True):
            texts[self._place(attempt) / str(report.FILE)] = report.render(
                Graded(result, self.lab, attempt.evidence), language
            )
        which = {
            "attempt": standing.counts.number,
            "attempts": len(standing.attempts),
            "take": self.take,
            "result": json.loads(report.render(Graded(standing.result, self.lab), language)),
        }
        texts[self.folder / COUNTED] = json.dumps(which, ensure_ascii=False, indent=2) + "\n"
        write_all(texts)
        return own, standing

    def _place(self, attempt: Attempt) -> Path:
        return self.folder / FOLDER / f"{attempt.number:03}"

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        """Let one grading at a time number and compare the attempts."""
        folder = self.folder / FOLDER
        try:
            folder.mkdir(parents=True, exist_ok=True)
            lock = (folder / ".lock").open("w")
        except OSError as error:
            problem = f"cannot write {folder}: {error.strerror}"
            raise OutputError(problem, fix=ELSEWHERE) from error
        with lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def line(own: Attempt, standing: Standing, language: Language) -> str:
    """Return one line that says which attempt this was, and which one counts."""
    number, total = own.number, len(standing.attempts)
    counts, result = standing.counts, standing.result
    points, most = f"{result.points:g}", f"{result.max_points:g}"
    if language == "ko":
        take = {"best": "최고점", "last": "마지막 제출"}[standing.take]
        review = ", 사람이 확인해야 합니다" if result.needs_review else ""
        which = "이 제출이" if counts.number == own.number else f"{counts.number}번 제출이"
        return (
            f"제출 {total}건 가운데 {number}번 제출입니다. "
            f"{which} 반영됩니다: {most}점 만점에 {points}점 ({take}{review})\n"
        )
    review = ", needs review" if result.needs_review else ""
    which = "it" if counts.number == own.number else f"attempt {counts.number}"
    return (
        f"attempt {number} of {total}; {which} counts: "
        f"{points} of {most} ({standing.take}{review})\n"
    )


_NEVER = datetime.max.replace(tzinfo=UTC)


def _same(kept: list[Attempt], record: Evidence) -> Attempt | None:
    """Return the attempt with the same submission."""
    digest = record.submission_digest
    return next((a for a in kept if a.evidence.submission_digest == digest), None)


def _next(kept: list[Attempt], record: Evidence) -> Attempt:
    return Attempt(max((attempt.number for attempt in kept), default=0) + 1, record)


def table(standing: Standing, zone: str | None, language: Language) -> str:
    """Return one line for each attempt: its number, its points, its time, and whether it counts."""
    ko = language == "ko"
    word = {"best": "최고점", "last": "마지막"}[standing.take] if ko else standing.take
    rows = []
    for attempt, result in zip(standing.attempts, standing.results, strict=True):
        notes = []
        if attempt.number == standing.counts.number:
            notes.append(f"반영됨 ({word})" if ko else f"counts ({word})")
        if result.needs_review:
            notes.append("확인 필요" if ko else "needs review")
        points = f"{result.points:g}/{result.max_points:g}"
        time = _time(attempt.evidence, zone, language)
        rows.append((str(attempt.number), points, time, ", ".join(notes)))
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    return "".join(
        f"{number:>{widths[0]}}  {points:>{widths[1]}}  {time}  {notes}".rstrip() + "\n"
        for number, points, time, notes in rows
    )


def _time(evidence: Evidence, zone: str | None, language: Language) -> str:
    """Return when something was handed in, as far as that is known, in the lab's time zone."""
    known = evidence.submitted_at
    when = known or datetime.fromisoformat(evidence.recorded_at)
    local = when.astimezone(ZoneInfo(zone) if zone else UTC)
    what = ("제출", "채점") if language == "ko" else ("handed in", "graded")
    word = what[0] if known else what[1]
    stamp = f"{local:%Y-%m-%d %H:%M%z}"
    return f"{stamp} {word}" if language == "ko" else f"{word} {stamp}"
