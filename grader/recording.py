"""One submission on its way to evidence: workbench and gateway put together, typed, and put away.

The work runs on an event loop in a thread of its own, so that the workbench starts while the main
thread still imports and reads files.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from concurrent.futures import Future
from http import HTTPStatus
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Self

from grader.engine import images
from grader.engine.client import Engine, engine_socket
from grader.engine.disk import require_space
from grader.engine.loop import LoopThread
from grader.engine.own_container import own_container
from grader.engine.quirks import is_full
from grader.engine.sessions import SessionFolder, sweep_later
from grader.errors import EngineError, GraderError, SystemFault, WorkbenchLost
from grader.opening import OpenSession, open_session

if TYPE_CHECKING:
    from grader.model.evidence import Evidence, Step
    from grader.model.lab import Lab
    from grader.model.probe import ProbeWish
    from grader.model.submission import Submission
    from grader.model.wanted import Wanted
    from grader.workbench.launch import Workbench
    from grader.workbench.live import Desk

BACK_SECONDS = 30.0
"""Time for an engine that was lost to come back; a restart waits for its containers to end."""
ASK_AGAIN_SECONDS = 0.2

OnStep = Callable[[int, str], None]
"""Called with the line number and the text of each line before it is typed."""


class Recording:
    """A replay of one submission. Use in a `with` block: leaving it gives everything back.

    What is left on the engine is removed by a process of its own, or by whoever says `sweeps=False`
    and sweeps.
    """

    def __init__(self, *, sweeps: bool = True) -> None:
        """Claim a session and begin to start its workbench."""
        self._sweeps = sweeps
        self._engine = Engine(engine_socket())
        self._folder = SessionFolder()
        self._loop = LoopThread()
        self._leaving = threading.Lock()
        self._workbench = self._loop.begin(self._launch())
        self._watched: Future[tuple[str, ...]] = Future()
        self._probes: tuple[ProbeWish, ...] = ()
        """Known as soon as `watched` is."""
        self._recorded: Future[Evidence] = Future()

    def begin(
        self,
        lab: Lab,
        submission: Submission,
        on_step: OnStep | None = None,
        desk: Desk | None = None,
    ) -> None:
        """Begin to type the submission's text; or, with a desk, what is given there."""
        # In the caller's thread: the loop must stay free, the workbench is starting on it.
        import grader.gateway.server
        import grader.workbench.replay  # noqa: F401

        self._recorded = self._loop.begin(self._record(lab, submission, on_step, desk))

    def finish(
        self,
        wanted: Wanted,
        *,
        meanwhile: Callable[[Future[Evidence]], None] | None = None,
    ) -> Evidence:
        """Return what happened, once everything is typed; no snapshot is taken before this call.

        `meanwhile` is called before anybody waits for the evidence. Raises SystemFault where the
        engine, the workbench or the gateway failed.
        """
        self._probes = wanted.probes
        self._watched.set_result(wanted.watched)
        if meanwhile is not None:
            meanwhile(self._recorded)
        return self._recorded.result()

    def worth_repeating(self, fault: SystemFault) -> bool:
        """Return whether a new recording may fare better, once the engine answers.

        It may when something was lost that had worked: the engine, or the workbench. A bug of ours,
        a call that hangs, or an engine that never answered will be the same again.
        """
        began = self._workbench.done() and not self._workbench.cancelled()
        if not began or self._workbench.exception() is not None:
            return False
        if not isinstance(fault, (EngineError, WorkbenchLost)) or is_full(str(fault)):
            return False
        return self._loop.run(_answers_again(self._engine))

    def workbench(self) -> Workbench:
        """Return the workbench as soon as it runs. Raises EngineError."""
        return self._workbench.result()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Stop at once.

        Of several threads that leave, after ctrl-C, the first one does it.
        """
        if not self._leaving.acquire(blocking=False):
            return
        try:
            self._loop.run(self._let_go())
            self._loop.close()
        finally:
            self._folder.release()
            if self._sweeps:
                sweep_later()

    async def _let_go(self) -> None:
        """Close the terminal, if there is one by now."""
        if self._workbench.cancel():
            return
        with contextlib.suppress(GraderError):
            self._workbench.result().close()

    async def _launch(self) -> Workbench:
        from grader.workbench.launch import launch

        own = await own_container(self._engine)

        async def start() -> Workbench:
            return await launch(
                self._engine,
                image=images.workbench_image(),
                session=self._folder.token,
                labels=self._folder.labels("workbench", own.id),
                socket=self._folder.socket_path,
                seen_as=own.seen_by_engine(self._folder.socket_path),
            )

        try:
            return await start()
        except EngineError as error:
            if error.status != HTTPStatus.NOT_FOUND:
                raise
        await images.build_workbench(self._engine)
        return await start()

    async def _record(
        self, lab: Lab, submission: Submission, on_step: OnStep | None, desk: Desk | None
    ) -> Evidence:
        from grader.workbench.terminal import prompt_environment

        opened = await open_session(
            self._engine, self._folder, lab, self._watched, prompt_environment
        )
        try:
            steps = await self._replay(opened, submission, on_step, desk)
        finally:
            await opened.gateway.close()
        evidence = opened.evidence(submission, steps, self._watched.result())
        if not self._probes:
            return evidence
        from grader.probing import probed

        return await probed(opened.session, self._probes, evidence)

    async def _replay(
        self,
        opened: OpenSession,
        submission: Submission,
        on_step: OnStep | None,
        desk: Desk | None,
    ) -> tuple[Step, ...]:
        from grader.workbench.replay import replay

        workbench = await asyncio.wrap_future(self._workbench)
        if submission.folder is not None:
            await workbench.put_files(Path(submission.folder))
        session = opened.session
        limits = session.lab.limits
        if desk is None:
            steps = await replay(submission.text, workbench, session, limits, on_step)
        else:
            from grader.workbench.live import record

            lives = session.recorder.lives
            steps = await record(
                desk, workbench, session, limits, lambda container: lives[container].names[-1]
            )
        session.begin_step(len(steps) + 1)
        await opened.finish()
        said = (call.message or "" for call in session.recorder.calls)
        await require_space(self._engine, chain(said, (step.output for step in steps)))
        return steps


async def _answers_again(engine: Engine) -> bool:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(BACK_SECONDS):
            while True:
                with contextlib.suppress(EngineError):
                    await engine.call("GET", "/info")
                    return True
                await asyncio.sleep(ASK_AGAIN_SECONDS)
    return False
