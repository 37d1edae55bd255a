"""Containers go: `docker rm`, `docker container prune`, and `--rm` of one that never ran."""

from __future__ import annotations

import contextlib

from grader.errors import EngineError
from grader.gateway.calls._guard import refuse_gone
from grader.gateway.calls._listing import labels_pass, parse_filters, refuse_unknown
from grader.gateway.calls._times import moment
from grader.gateway.exchange import Answer, Exchange
from grader.gateway.record.life import Life
from grader.gateway.refusal import Refusal, forbidden, malformed
from grader.model.refusals import Rule


async def remove(exchange: Exchange) -> Answer:
    """`docker rm`: with a last snapshot, and the removal of a running container step by step."""
    life = exchange.life()
    exchange.session.let_go(life.id)
    if exchange.request.flag("link"):
        raise forbidden("link", "removing links", "링크 삭제")
    async with life.lock:
        await refuse_gone(exchange, life)
        state: Rule = "running" if life.watcher is not None else "restarting"
        if not exchange.request.flag("force") and (life.watcher or life.pending):
            # Sent on, it could meet an exit on its way, and take the container unseen.
            raise Refusal(
                409,
                state,
                f"You cannot remove a {state} container {life.id}. "
                "Stop the container before attempting removal or force remove",
            )
        if life.watcher is not None:
            life.restarts.held_back = True
            if await _kill(life):
                return Answer(204)
        if life.pending is not None:
            life.hold_back()
        await life.snapshot()
        query = {key: "1" for key in ("v", "force") if exchange.request.flag(key)}
        answer = await exchange.forward(f"/containers/{life.id}", query)
        if answer.status == 204:
            life.gone()
            if exchange.request.flag("v"):
                await life.recorder.drop_anonymous(life)
        return answer


async def prune(exchange: Exchange) -> Answer:
    """`docker container prune`: the session's own stopped containers, with snapshots [43]."""
    filters = parse_filters(exchange.request.query.get("filters", ""))
    refuse_unknown(filters, "until", "label", "label!")
    if len(filters.get("until", [])) > 1:
        raise malformed("more than one until filter specified")
    until = moment("".join(filters.get("until", [])))
    gone = []
    for life in list(exchange.session.recorder.lives.values()):
        if until is not None and life.born > until:
            continue
        if not labels_pass(filters, life.plan.asked.Labels or {}):
            continue
        async with life.lock:
            await life.settled()
            if not life.removed and life.watcher is None and life.pending is None:
                await remove_stopped(life, anonymous=False)
                gone.append(life.id)
    return Answer.of({"ContainersDeleted": gone or None, "SpaceReclaimed": 0})


async def remove_stopped(life: Life, *, anonymous: bool) -> None:
    """Remove a container that does not run, with a last snapshot. The caller holds its lock.

    `anonymous`: with its anonymous volumes.
    """
    await life.snapshot()
    await life.recorder.engine.call(
        "DELETE", f"/containers/{life.id}", query={"v": "1"}, ok=(204, 404)
    )
    life.gone()
    if anonymous:
        await life.recorder.drop_anonymous(life)


async def _kill(life: Life) -> bool:
    """Kill a running container and wait until its exit is on record; return whether it is gone."""
    watcher = life.watcher
    engine = life.recorder.engine
    with contextlib.suppress(EngineError):
        # A paused process gets no signal before it goes on.
        await engine.call("POST", f"/containers/{life.id}/unpause", ok=(204, 409, 500))
    life.killing("9")
    await engine.call("POST", f"/containers/{life.id}/kill", ok=(204, 404, 409))
    if watcher is not None:
        await watcher
    return life.removed
