"""One session's gateway for a client that somebody brings along: no workbench, nothing typed."""

from __future__ import annotations

import hashlib
import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING, Self

from grader.engine.client import Engine, engine_socket
from grader.engine.loop import LoopThread
from grader.engine.sessions import SessionFolder, sweep_later
from grader.opening import open_session

if TYPE_CHECKING:
    from pathlib import Path

    from grader.model.evidence import Evidence
    from grader.model.lab import Lab
    from grader.model.wanted import Wanted


class Serving:
    """An open gateway. Use in a `with` block: leaving it gives everything back."""

    def __init__(self, lab: Lab, wanted: Wanted) -> None:
        """Begin to listen. Raises EngineError, or OutputError where no session can be made."""
        engine = Engine(engine_socket())
        watched: Future[tuple[str, ...]] = Future()
        watched.set_result(wanted.watched)
        self._wanted = wanted
        self._folder = SessionFolder()
        self._loop = LoopThread()
        try:
            # What announces prompts is of use to a replay only.
            opening = open_session(engine, self._folder, lab, watched, lambda _: {})
            self._opened = self._loop.run(opening)
        except BaseException:
            self._let_go()
            raise
        self._opened.session.begin_step(1)

    @property
    def socket(self) -> Path:
        """Where clients find the gateway."""
        return self._folder.socket_path.absolute()

    def wait(self, seconds: float | None) -> None:
        """Serve for so long; without an end if it is None."""
        threading.Event().wait(seconds)

    def finish(self, student: str) -> Evidence:
        """Serve no longer, and return what happened. Raises SystemFault where we failed."""
        from grader.model.submission import Submission

        self._loop.run(self._opened.gateway.close())
        self._loop.run(self._opened.finish())
        nothing = f"sha256:{hashlib.sha256().hexdigest()}"
        submission = Submission(student=student, path="", text="", digest=nothing)
        evidence = self._opened.evidence(submission, (), self._wanted.watched)
        if not self._wanted.probes:
            return evidence
        from grader.probing import probed

        return self._loop.run(probed(self._opened.session, self._wanted.probes, evidence))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Stop at once; what is left on the engine is removed by a process of its own."""
        try:
            self._loop.run(self._opened.gateway.close())
        finally:
            self._let_go()

    def _let_go(self) -> None:
        try:
            self._loop.close()
        finally:
            self._folder.release()
            sweep_later()
