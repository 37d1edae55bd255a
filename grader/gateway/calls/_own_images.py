"""What the calls that make images share: what is known of one, and how it is kept and named."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from grader.engine.sessions import SESSION_LABEL
from grader.errors import EngineError
from grader.gateway.images.own import OwnImage
from grader.gateway.images.plan import ImageFacts
from grader.gateway.record.image_reader import image_contents
from grader.gateway.session import Session
from grader.model.image_contents import ImageContents


async def image_facts(session: Session, id_: str) -> ImageFacts:
    """Return what a build has to know of an image. Raises EngineError."""
    known = session.names.own_images.facts
    if id_ not in known:
        told = await session.engine.call("GET", f"/images/{id_}/json")
        config = told.get("Config") or {}
        known[id_] = ImageFacts(
            environment=tuple(config.get("Env") or ()),
            working_dir=config.get("WorkingDir") or "",
            triggers=bool(config.get("OnBuild")),
            volumes=len(config.get("Volumes") or ()),
        )
    return known[id_]


async def keep(session: Session, made: OwnImage, references: list[str]) -> None:
    """Put a new image on record under its names, each with a tag of ours on the engine.

    Raises EngineError, also for an image that does not carry our label.
    """
    own = session.names.own_images
    told = await session.engine.call("GET", f"/images/{made.id}/json")
    labels = (told.get("Config") or {}).get("Labels") or {}
    if labels.get(SESSION_LABEL) != session.token:
        raise EngineError(f"the image {made.id} was made, but without the label of its session")
    own.add(made)
    for reference in references:
        await tag(session, made.id, reference)
    if made.contents is None and own.made.get(made.id) is made:
        made.contents = await _contents(session, told)


async def _contents(session: Session, told: dict[str, Any]) -> ImageContents:
    """Return what an image is made of; that it takes its time is not the student's fault."""
    recorder, began = session.recorder, time.monotonic()
    watched = await asyncio.shield(asyncio.wrap_future(recorder.watched))
    session.in_flight.append(began)
    try:
        bases = session.names.own_images.bases
        return await image_contents(session.engine, told, bases, watched)
    finally:
        session.in_flight.remove(began)


async def tag(session: Session, id_: str, reference: str) -> None:
    """Let a name mean an image of the session. Raises EngineError."""
    own = session.names.own_images
    if id_ in own.made:
        query = {"repo": own.repository, "tag": own.new_tag(reference)}
        await session.engine.call("POST", f"/images/{id_}/tag", query=query)
    else:
        # The image that it meant before keeps our tag: a student's would be dangling, not removed.
        own.tags.pop(reference, None)
    own.name(reference, id_, session.recorder.step)
    session.events.add("image", "tag", id_, {"name": reference})
