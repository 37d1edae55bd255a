"""The cases of a lab, scored by the rubric as it is now: by one process for each core.

What a process is given and gives back is small; it reads the evidence by itself.
"""

from __future__ import annotations

import os
import signal
import zlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from multiprocessing import get_context
from typing import NamedTuple

from grader.attempts import counting
from grader.classroom.work import Course
from grader.errors import StoreError, SystemFault
from grader.model.result import Result
from grader.overrides import Scored, with_sums
from grader.regrading.effect import Effect, effect, unread
from grader.rubric import Rubric
from grader.scoring import score
from grader.store.bulk import NewResult, Settled
from grader.store.cases import Case, Replay, to_compare
from grader.store.digests import key_by
from grader.store.files import EvidenceFiles
from grader.store.standing import pack, standing_result, unpacked

BATCH = 50
"""Students that a process is given at once."""
WORTH = 400
"""Attempts that keep a process busy for longer than it takes to start."""

Own = Callable[[str], Mapping[str, str]]
"""Returns a student's values."""


class Regraded(NamedTuple):
    """One student, scored again."""

    effect: Effect
    settled: Settled | None
    """What is to be written; None where nothing is, or the record cannot be read."""


@dataclass(frozen=True)
class Rescoring:
    """What all processes need to know."""

    course: Course
    files: EvidenceFiles
    now: datetime
    writes: bool
    """Whether results will be written; those that are only compared need not be packed."""

    def all(
        self, cases: Iterable[Case], own: Own, attempts: int, jobs: int | None = None
    ) -> Iterator[Regraded]:
        """Yield all cases, scored again, in their order; `attempts` says how many there are.

        Raises CourseError for a broken rubric, SystemFault where a process was killed.
        """
        pairs = ((case, own(case.student)) for case in cases)
        jobs = jobs or max(1, min(os.cpu_count() or 1, attempts // WORTH))
        if jobs == 1:
            yield from (self.one(case, values) for case, values in pairs)
            return
        with ProcessPoolExecutor(jobs, get_context("spawn"), _begin, (self,)) as pool:
            waiting: deque[Future[list[Regraded]]] = deque()
            try:
                while batch := list(islice(pairs, BATCH)):
                    waiting.append(pool.submit(_batch, batch))
                    if len(waiting) > 2 * jobs:
                        yield from waiting.popleft().result()
                while waiting:
                    yield from waiting.popleft().result()
            except BrokenProcessPool as error:
                raise SystemFault("a process that scored was ended from outside") from error
            finally:
                pool.shutdown(wait=True, cancel_futures=True)

    def one(self, case: Case, own: Mapping[str, str]) -> Regraded:
        """Return one case, scored again. Raises CourseError for a broken rubric."""
        rubric = self.course.rubric_for(own)
        before = _before(case)
        try:
            new = [self._scored(rubric, attempt) for attempt in case.attempts]
        except StoreError as error:
            return Regraded(unread(case.student, before, error.problem), None)
        compared = to_compare(case.attempts, rubric.attempts)
        scored = {attempt.id: one for attempt, one in zip(case.attempts, new, strict=True)}
        index, open_ = counting([scored[one.id].result for one in compared], rubric.attempts)
        chosen = scored[compared[index].id]
        after = standing_result(chosen, case.overrides, open_=open_)
        effect_ = effect(case.student, before, after, chosen, case.overrides)
        if not self.writes:
            return Regraded(effect_, None)
        settled = Settled(
            student=case.student,
            key=key_by(self.course.lab, rubric, chosen.result),
            results=tuple(map(_row, case.attempts, new)),
            counts=compared[index].id,
            open=open_,
            before=case.counts,
        )
        return Regraded(effect_, settled)

    def _scored(self, rubric: Rubric, attempt: Replay) -> Scored:
        """Score one record. Raises StoreError if it is missing or damaged."""
        lab, record = self.course.lab, self.files.read(attempt.digest)
        return with_sums(score(rubric, lab, record, now=self.now), rubric, lab, record)


def _before(case: Case) -> Result | None:
    """Return what counts now; None for nothing, or what can no longer be read."""
    if case.counts is None:
        return None
    try:
        scored = unpacked(case.counts.content)
    except (ValueError, zlib.error):
        return None
    return standing_result(scored, case.overrides, open_=case.counts.open)


def _row(attempt: Replay, scored: Scored) -> NewResult:
    result = scored.result
    return NewResult(
        attempt.id, result.points, result.max_points, result.needs_review, pack(scored)
    )


_MINE: list[Rescoring] = []
"""In a process of its own: what it was begun with."""


def _begin(rescoring: Rescoring) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # ctrl-C is the parent's
    _MINE.append(rescoring)


def _batch(pairs: Sequence[tuple[Case, Mapping[str, str]]]) -> list[Regraded]:
    return [_MINE[0].one(case, own) for case, own in pairs]
