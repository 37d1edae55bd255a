"""Puts on record what an image is made of, when it is made: it may be removed at any time.

Where the engine's overlay2 folders can be read, that takes milliseconds; else the engine saves the
image, which takes as long as reading all of it.
"""

from __future__ import annotations

import asyncio
import re
import tempfile
from collections.abc import Iterable, Mapping
from functools import partial
from typing import IO, Any

from grader.engine.client import Engine, error_message
from grader.engine.view import in_view
from grader.errors import EngineError
from grader.gateway.record.layer_stack import RawLayer, layer_records
from grader.gateway.record.overlay_layers import layer_folders, read_folders
from grader.gateway.record.saved_layers import NotReadable, read_saved
from grader.gateway.view.containers import PROMPT_VARIABLES
from grader.gateway.view.labels import without_ours
from grader.model.image_contents import HistoryEntry, ImageContents, LayerRecord

SAVE_CAP = 2 * 1024**3
"""Bytes of a saved image."""
HISTORY_CAP = 500
TEXT_CAP = 4096
"""Characters of one line of the history."""
OUR_STEP = re.compile(r"#\(nop\)\s+LABEL lab-grader\.")

Read = tuple[list[RawLayer], dict[str, Any]]


async def image_contents(
    engine: Engine,
    inspected: dict[str, Any],
    bases: Iterable[tuple[str, ...]],
    watched: Iterable[str],
) -> ImageContents:
    """Return what an image is made of; a failure of ours is told in it.

    `bases` are the layers of each of the lab's images.
    """
    digests = tuple((inspected.get("RootFS") or {}).get("Layers") or ())
    try:
        layers, config = await _read(engine, inspected)
    except (EngineError, NotReadable) as bad:
        return configured(inspected).model_copy(update={"fault": str(bad)})
    if len(layers) != len(digests):
        fault = f"{len(layers)} of {len(digests)} layers of the image were found"
        return configured(inspected).model_copy(update={"fault": fault})
    base = max((len(known) for known in bases if digests[: len(known)] == known), default=0)
    records = await asyncio.to_thread(layer_records, layers, digests, base, watched)
    history = tuple(_history(config.get("history") or (), records))[:HISTORY_CAP]
    return configured(inspected).model_copy(update={"layers": records, "history": history})


def configured(inspected: dict[str, Any]) -> ImageContents:
    """Return what an inspection alone tells of an image."""
    config: Mapping[str, Any] = inspected.get("Config") or {}
    return ImageContents(
        size=inspected.get("Size") or 0,
        user=config.get("User") or "",
        entrypoint=tuple(config.get("Entrypoint") or ()),
        command=tuple(config.get("Cmd") or ()),
        working_dir=config.get("WorkingDir") or "",
        environment=tuple(e for e in config.get("Env") or () if e not in PROMPT_VARIABLES),
        labels=without_ours(config.get("Labels")),
        ports=tuple(sorted(config.get("ExposedPorts") or ())),
    )


async def _read(engine: Engine, inspected: dict[str, Any]) -> Read:
    """Return layers and configuration. Raises EngineError, NotReadable."""
    folders = layer_folders(inspected)
    if folders:
        try:
            return await in_view(engine.socket, partial(read_folders, folders, inspected["Id"]))
        except OSError:
            pass
    with tempfile.TemporaryFile() as file:
        await _save(engine, inspected["Id"], file)
        return await asyncio.to_thread(read_saved, file)


async def _save(engine: Engine, image: str, file: IO[bytes]) -> None:
    size = 0
    async with await engine.send("GET", f"/images/{image}/get") as reply:
        if reply.status != 200:
            words = error_message(await reply.read(limit=4096))
            raise EngineError(f"the engine answered {reply.status}: {words}", status=reply.status)
        async for chunk in reply.chunks():
            size += len(chunk)
            if size > SAVE_CAP:
                raise NotReadable(f"the image has more than {SAVE_CAP // 1024**3} GiB")
            file.write(chunk)
    file.seek(0)


def _history(
    told: Iterable[dict[str, Any]], layers: tuple[LayerRecord, ...]
) -> Iterable[HistoryEntry]:
    made = iter(layers)
    for entry in told:
        created_by = str(entry.get("created_by") or "")
        empty = bool(entry.get("empty_layer"))
        layer = None if empty else next(made, None)
        if not OUR_STEP.search(created_by):
            yield HistoryEntry(
                created_by=created_by[:TEXT_CAP], empty=empty, size=layer.size if layer else 0
            )
