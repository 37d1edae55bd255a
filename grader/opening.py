"""A session's gateway on one engine: opened for a replay, or for any other client."""

from __future__ import annotations

import asyncio
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING

from grader import __version__
from grader.engine import images
from grader.engine.client import API_VERSION
from grader.engine.own_container import own_container
from grader.engine.sessions import PLACES
from grader.errors import EngineError, EngineUnavailable

if TYPE_CHECKING:
    from grader.engine.client import Engine
    from grader.engine.sessions import SessionFolder
    from grader.gateway.server import Gateway
    from grader.gateway.session import PromptEnvironment, Session
    from grader.model.evidence import EngineRecord, Evidence, ImageRecord, Step
    from grader.model.lab import Lab
    from grader.model.submission import Submission

FIRST_ANSWER_SECONDS = 30
"""Time for the engine to say its version; one that cannot do that hangs."""


@dataclass(frozen=True, eq=False)
class OpenSession:
    """A session whose gateway listens."""

    session: Session
    gateway: Gateway
    images: tuple[ImageRecord, ...]
    recorded_at: str

    async def finish(self) -> None:
        """Put the state at the end on record. Raises SystemFault if we failed at any time."""
        await self.session.recorder.finish()
        if self.session.fault is not None:
            raise self.session.fault

    def evidence(
        self, submission: Submission, steps: tuple[Step, ...], watched: tuple[str, ...]
    ) -> Evidence:
        """Return what happened."""
        from grader.model.evidence import Evidence

        session, recorder = self.session, self.session.recorder
        return Evidence(
            grader=__version__,
            lab=session.lab.id,
            student=submission.student,
            submission=submission.path,
            submission_digest=submission.digest,
            recorded_at=self.recorded_at,
            notes=submission.notes,
            watched=watched,
            steps=steps,
            calls=tuple(recorder.calls),
            containers=tuple(life.record() for life in recorder.lives.values()),
            volumes=(*recorder.past_volumes, *recorder.volumes.values()),
            networks=(*recorder.past_networks, *recorder.networks.values()),
            folder=recorder.folder,
            images=self.images,
            built=session.names.own_images.records,
            engine=session.engine_facts,
        )


async def open_session(
    engine: Engine,
    folder: SessionFolder,
    lab: Lab,
    watched: Future[tuple[str, ...]],
    prompt: PromptEnvironment,
) -> OpenSession:
    """Begin to listen. Raises EngineError where the engine does not answer or lacks an image."""
    from grader.gateway.server import Gateway
    from grader.gateway.session import Session

    # The first call to an engine that hangs is the one with the short patience.
    facts, base = await asyncio.gather(_engine_facts(engine), _images(engine, lab))
    own = await own_container(engine)
    session = Session.open(
        engine,
        folder.token,
        lab,
        images={image.reference: image.id for image in base},
        watched=watched,
        engine_facts=facts,
        labels=folder.labels("student", own.id),
        prompt=prompt,
    )
    session.names.places = str(own.seen_by_engine(folder.path / PLACES))
    session.names.own_images.bases = tuple(image.layers for image in base)
    session.image_volumes |= {image.id: image.volumes for image in base}
    gateway = Gateway(session)
    await gateway.serve(folder.listening)
    return OpenSession(session, gateway, base, datetime.now(UTC).isoformat(timespec="seconds"))


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
    from grader.gateway.record.image_reader import configured
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
            contents=configured(told) if lab.build else None,
        )

    return tuple(await asyncio.gather(*(one(name) for name in lab.images)))
