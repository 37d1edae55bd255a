"""Where a proof gets its evidence from: what is kept, else a new replay; several at once."""

from __future__ import annotations

import contextlib
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from functools import cached_property
from threading import Lock
from typing import Self
from urllib.parse import quote

from grader.errors import GraderError
from grader.grading import Grading
from grader.model.evidence import Evidence
from grader.model.lab import Lab
from grader.model.submission import Submission
from grader.proof.kept import Kept, answers
from grader.rubric import Rubric

POLL_SECONDS = 0.5
"""A main thread that waits without a bound would not hear ctrl-C on all systems."""


class Recorder:
    """Records submissions of one lab, unless their evidence is kept. Use in a `with` block."""

    def __init__(self, lab: Lab, rubric: Rubric, kept: Kept, *, jobs: int, again: bool) -> None:
        self._lab, self._rubric, self._kept, self._again = lab, rubric, kept, again
        self._pool = ThreadPoolExecutor(jobs, thread_name_prefix="proof")
        self._running: set[Grading] = set()
        self._lock = Lock()
        self.recorded = 0
        """How many replays there were."""

    def begin(self, submission: Submission) -> Future[Evidence]:
        """Begin to find or to record what a submission does."""
        return self._pool.submit(self._of, submission)

    def forget(self, submission: Submission) -> None:
        """Keep nothing of a submission, so that it is recorded again next time."""
        self._kept.forget(submission)

    def _of(self, submission: Submission) -> Evidence:
        if self._lab.kind == "quiz":
            return Grading().grade(self._lab, lambda: self._rubric, submission)[0]
        kept = None if self._again else self._kept.find(submission)
        if kept is not None and self._current(kept) and answers(kept, self._rubric):
            return kept
        evidence = self._record(submission)
        self._kept.keep(submission, evidence)
        return evidence

    def _record(self, submission: Submission) -> Evidence:
        with Grading() as grading:
            with self._lock:
                self.recorded += 1
                self._running.add(grading)
            try:
                return grading.grade(self._lab, lambda: self._rubric, submission)[0]
            finally:
                with self._lock:
                    self._running.discard(grading)

    def _current(self, evidence: Evidence) -> bool:
        """Return whether the engine still has the images that evidence comes from."""
        return all(self._images.get(i.reference, i.id) == i.id for i in evidence.images)

    @cached_property
    def _images(self) -> dict[str, str]:
        """Images of the lab → their ids on the engine; nothing where no engine answers."""
        from grader.engine.client import Engine, engine_socket
        from grader.engine.loop import LoopThread

        found: dict[str, str] = {}
        loop = LoopThread()
        try:
            engine = Engine(engine_socket())
            for image in self._lab.images:
                told = loop.run(engine.call("GET", f"/images/{quote(image)}/json"))
                found[image] = str(told["Id"])
        except GraderError:
            return found
        finally:
            loop.close()
        return found

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *why: object) -> None:
        """End; after an error or ctrl-C at once, and what runs is given back."""
        self._pool.shutdown(wait=kind is None, cancel_futures=True)
        with self._lock:
            running = list(self._running)
        for grading in running if kind is not None else ():
            with contextlib.suppress(Exception):
                grading.__exit__(None, None, None)


def first_done(futures: set[Future[Evidence]]) -> set[Future[Evidence]]:
    """Return those that are done, once there is one."""
    while True:
        done = wait(futures, timeout=POLL_SECONDS, return_when=FIRST_COMPLETED).done
        if done or not futures:
            return done
