"""One submission on its way to evidence: workbench and gateway put together, typed, and put away.

The work runs on an event loop in a thread of its own, so that the workbench starts while the main
thread still imports and reads files.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from concurrent.futures import Future
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Self

from grader import __version__
from grader.engine import images
from grader.engine.client import API_VERSION, Engine, engine_socket
from grader.engine.loop import LoopThread
from grader.engine.sessions import SessionFolder, sweep_later
from grader.errors import EngineError, EngineUnavailable, GraderError

if TYPE_CHECKING:
    from grader.gateway.session import Session
    from grader.model.evidence import EngineRecord, Evidence, ImageRecord, Step
    from grader.model.lab import Lab
    from grader.model.submission import Submission
    from grader.workbench.launch import Workbench

FIRST_ANSWER_SECONDS = 30
"""Time for the engine to say its version; one that cannot do that hangs."""

OnStep = Callable[[int, str], None]
"""Called with the line number and the text of each line before it is typed."""


class Recording:
    """A replay of one submission. Use in a `with` block: leaving it gives everything back."""

    def __init__(self) -> None:
        """Claim a session and begin to start its workbench."""
        self._engine = Engine(engine_socket())
        self._folder = SessionFolder()
        self._loop = LoopThread()
        self._workbench = self._loop.begin(self._launch())
        self._watched: Future[tuple[str, ...]] = Future()
        self._recorded: Future[Evidence] = Future()

    def begin(self, lab: Lab, submission: Submission, on_step: OnStep | None = None) -> None:
        """Begin to type the submission."""
        # In the caller's thread: the loop must stay free, the workbench is starting on it.
        import grader.gateway.server
        import grader.workbench.replay  # noqa: F401

        self._recorded = self._loop.begin(self._record(lab, submission, on_step))

    def finish(self, watched: tuple[str, ...]) -> Evidence:
        """Return what happened, once everything is typed; no snapshot is taken before this call.

        `watched` are the paths that snapshots look at in any case. Raises SystemFault where the
        engine, the workbench or the gateway failed.
        """
        self._watched.set_result(watched)
        return self._recorded.result()

    def workbench(self) -> Workbench:
        """Return the workbench as soon as it runs. Raises EngineError."""
        return self._workbench.result()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Stop at once; what is left on the engine is removed by a process of its own."""
        try:
            self._loop.run(self._let_go())
            self._loop.close()
        finally:
            self._folder.release()
            sweep_later()

    async def _let_go(self) -> None:
        """Close the terminal, if there is one by now."""
        if self._workbench.cancel():
            return
        with contextlib.suppress(GraderError):
            self._workbench.result().close()

    async def _launch(self) -> Workbench:
        from grader.workbench.launch import launch

        async def start() -> Workbench:
            return await launch(
                self._engine,
                image=images.workbench_image(),
                session=self._folder.token,
                labels=self._folder.labels("workbench"),
                socket=self._folder.socket_path,
            )

        try:
            return await start()
        except EngineError as error:
            if error.status != HTTPStatus.NOT_FOUND:
                raise
        await images.build_workbench(self._engine)
        return await start()

    async def _record(self, lab: Lab, submission: Submission, on_step: OnStep | None) -> Evidence:
        from grader.gateway.server import Gateway
        from grader.gateway.session import Session
        from grader.workbench.terminal import prompt_environment

        facts, base = await asyncio.gather(_engine_facts(self._engine), _images(self._engine, lab))
        session = Session.open(
            self._engine,
            self._folder.token,
            lab,
            images={image.reference: image.id for image in base},
            watched=self._watched,
            engine_facts=facts,
            labels=self._folder.labels("student"),
            prompt=prompt_environment,
        )
        session.image_volumes |= {image.id: image.volumes for image in base}
        gateway = Gateway(session)
        await gateway.serve(self._folder.listening)
        recorded_at = datetime.now(UTC).isoformat(timespec="seconds")
        try:
            steps = await self._replay(session, submission, lab, on_step)
        finally:
            await gateway.close()
        watched = self._watched.result()
        return _evidence(session, submission, steps, base, watched, recorded_at)

    async def _replay(
        self, session: Session, submission: Submission, lab: Lab, on_step: OnStep | None
    ) -> tuple[Step, ...]:
        from grader.workbench.replay import replay

        workbench = await asyncio.wrap_future(self._workbench)
        if submission.folder is not None:
            await workbench.put_files(Path(submission.folder))
        steps = await replay(submission.text, workbench, session, lab.limits, on_step)
        session.begin_step(len(steps) + 1)
        await session.recorder.finish()
        if session.fault is not None:
            raise session.fault
        return steps


def _evidence(
    session: Session,
    submission: Submission,
    steps: tuple[Step, ...],
    base: tuple[ImageRecord, ...],
    watched: tuple[str, ...],
    recorded_at: str,
) -> Evidence:
    from grader.model.evidence import Evidence

    recorder = session.recorder
    return Evidence(
        grader=__version__,
        lab=session.lab.id,
        student=submission.student,
        submission=submission.path,
        submission_digest=submission.digest,
        recorded_at=recorded_at,
        notes=submission.notes,
        watched=watched,
        steps=steps,
        calls=tuple(recorder.calls),
        containers=tuple(life.record() for life in recorder.lives.values()),
        volumes=(*recorder.past_volumes, *recorder.volumes.values()),
        folder=recorder.folder,
        images=base,
        built=session.names.own_images.records,
        engine=session.engine_facts,
    )


async def _engine_facts(engine: Engine) -> EngineRecord:
    from grader.model.evidence import EngineRecord

    try:
        async with asyncio.timeout(FIRST_ANSWER_SECONDS):
            told = await engine.call("GET", "/version")
    except TimeoutError as error:
        raise EngineUnavailable(
            f"the Docker engine did not say its version within {FIRST_ANSWER_SECONDS} seconds",
            fix="look at the engine's log, and restart the engine if it hangs",
        ) from error
    except EngineError as error:
        if error.status != HTTPStatus.BAD_REQUEST:
            raise
        raise EngineError(
            f"the engine does not speak API version {API_VERSION}: {error}",
            fix="use an engine from 20.10 on; of 29, one from February 2026 on",
        ) from error
    return EngineRecord(
        version=told["Version"], api_version=told["ApiVersion"], os=told["Os"], arch=told["Arch"]
    )


async def _images(engine: Engine, lab: Lab) -> tuple[ImageRecord, ...]:
    from grader.model.evidence import ImageRecord
    from grader.model.image import reference

    async def one(name: str) -> ImageRecord:
        told = await images.inspect(engine, reference(name))
        labels = (told.get("Config") or {}).get("Labels") or {}
        return ImageRecord(
            reference=reference(name),
            id=told["Id"],
            volumes=tuple((told.get("Config") or {}).get("Volumes") or ()),
            layers=tuple((told.get("RootFS") or {}).get("Layers") or ()),
            stand_in=labels.get("lab-grader.stand-in") == "true",
        )

    return tuple(await asyncio.gather(*(one(name) for name in lab.images)))
