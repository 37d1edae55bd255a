"""`docker commit`: a container's writable layer becomes an image."""

from __future__ import annotations

import json
from typing import Any

from grader.gateway.calls._guard import refuse_waiting_files
from grader.gateway.calls._own_images import image_facts, keep
from grader.gateway.exchange import Answer, Exchange
from grader.gateway.images.changes import plan_changes
from grader.gateway.images.dockerfile import KEYWORDS, parse_dockerfile
from grader.gateway.images.own import OwnImage
from grader.gateway.images.references import new_reference
from grader.gateway.policy.images import building, check_count
from grader.gateway.record.life import Life
from grader.gateway.refusal import malformed
from grader.gateway.session import Session

TEXT_CAP = 2000
"""Characters of a comment or an author."""


async def commit(exchange: Exchange) -> Answer:
    """Make an image of an own container."""
    async with exchange.session.committing:
        return await _commit(exchange)


async def _commit(exchange: Exchange) -> Answer:
    session, query = exchange.session, exchange.request.query
    building(session.lab)
    check_count(session.lab, session.names.own_images)
    exchange.params["container"] = query.get("container", "")
    life = exchange.life()
    if not exchange.bodyless:
        raise malformed("changes of a commit are named by --change, not in a body")
    references = [new_reference(query["repo"], query.get("tag", ""))] if query.get("repo") else []
    texts = {key: query[key] for key in ("comment", "author") if query.get(key)}
    if any(len(text) > TEXT_CAP for text in texts.values()):
        raise malformed("the comment or the author is too long")
    async with life.lock:
        await life.settled()
        refuse_waiting_files(life)
        await life.execs_begun()
        told = await session.engine.call("GET", f"/containers/{life.id}/json")
        config = await _config(session, told["Config"], life)
        sent = {"container": life.id} | texts
        pauses = not query.get("pause") or exchange.request.flag("pause")
        sent["pause"] = "1" if pauses else "0"
        if changes := "\n".join(exchange.request.repeated.get("changes", ())).strip():
            _check_words(changes)
            parsed = parse_dockerfile(changes.encode())
            sent["changes"] = plan_changes(
                parsed, config.get("WorkingDir") or "/", config.get("Env") or ()
            )
        answer = await exchange.forward("/commit", sent, json.dumps(config).encode())
    if answer.status != 201:
        return answer
    id_ = json.loads(answer.body)["Id"]
    made = OwnImage(id_, "commit", session.recorder.step, life.id)
    await keep(session, made, references)
    event = {"comment": texts.get("comment", ""), "imageID": id_, "imageRef": "".join(references)}
    life.event("commit", **event)
    return answer


def _check_words(changes: str) -> None:
    """Raise Refusal, in the engine's words, for what is no instruction at all."""
    word = changes.split(maxsplit=1)[0]
    if word.isalnum() and word.upper() not in KEYWORDS:
        raise malformed(f"{word.lower()} is not a valid change command")


async def _config(session: Session, config: dict[str, Any], life: Life) -> dict[str, Any]:
    """Return the configuration of the image: the container's, without our prompts.

    A variable cannot be left out, the engine would take it from the container; but one without a
    value is taken out of the environment of every container that is made from the image.
    """
    asked = list(life.plan.asked.Env or ())
    ours = [entry.partition("=")[0] for entry in life.plan.body["Env"][len(asked) :]]
    kept = [entry for entry in config.get("Env") or () if entry.partition("=")[0] not in ours]
    facts = await image_facts(session, life.plan.image_id)
    for key in ours:
        known = [e for e in (*facts.environment, *asked) if e.partition("=")[0] == key]
        kept.append(known[-1] if known else key)
    config.pop("NetworkDisabled", None)
    return config | {"Env": kept, "Image": life.plan.image}
