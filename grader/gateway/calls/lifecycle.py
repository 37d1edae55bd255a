"""Containers begin and end: start, stop, restart, kill, pause."""

from __future__ import annotations

import signal as signals

from grader.engine.client import Reply, error_message
from grader.errors import EngineError
from grader.gateway.calls._guard import refuse_gone, refuse_waiting_files, restarting
from grader.gateway.calls._still import mounts_ready
from grader.gateway.calls._words import named_as_asked
from grader.gateway.calls.removals import remove_stopped
from grader.gateway.exchange import Answer, Exchange, plain_answer
from grader.gateway.policy.options import STOP_SECONDS
from grader.gateway.record.life import Life
from grader.gateway.refusal import Refusal, forbidden, malformed
from grader.gateway.request import number
from grader.gateway.room import no_room
from grader.gateway.session import Session

SIGNALS = frozenset(
    ("HUP", "INT", "QUIT", "KILL", "USR1", "USR2", "TERM", "CONT", "STOP", "TSTP", "WINCH", "ABRT")
)

SIGNAL_NAMES = {str(int(getattr(signals, f"SIG{name}"))): name for name in SIGNALS}
"""Number → name."""


async def start(exchange: Exchange) -> Answer:
    """`docker start`, and the second half of `docker run`."""
    life = exchange.life()
    if not exchange.bodyless:
        raise malformed("starting a container takes no body")
    if exchange.request.query.get("checkpoint") or exchange.request.query.get("checkpoint-dir"):
        raise forbidden("checkpoint", "checkpoints", "체크포인트")
    async with life.lock:
        await refuse_gone(exchange, life)
        if life.watcher is not None and life.paused:
            raise Refusal(409, "paused", "cannot start a paused container, try unpause instead")
        if life.watcher is not None or life.pending is not None:
            return Answer(304)
        try:
            answer = await _begin(exchange.session, life)
        except Refusal:
            if life.plan.auto_remove:
                await remove_stopped(life, anonymous=True)
            raise
        if answer.status not in (204, 304) and life.plan.auto_remove:
            await remove_stopped(life, anonymous=True)
        return answer


async def _begin(session: Session, life: Life, *, by_policy: bool = False) -> Answer:
    """Start a container. The caller holds its lock. Raises Refusal."""
    if session.full:
        raise no_room(session)
    if not by_policy:
        life.restarts.begun_by_student()
    if life.starts:
        refuse_waiting_files(life)

    async def send() -> Reply:
        return await session.engine.send("POST", f"/containers/{life.id}/start")

    async with mounts_ready(session, life):
        await session.network_files.write(life.plan.network_files)
        answer = await plain_answer(session.names, await life.started(send))
    if answer.status >= 400 and answer.status != 409:
        await life.failed_start(error_message(answer.body))
    return answer


async def start_again(session: Session, life: Life) -> None:
    """Start a container as its restart policy says. Whatever fails on our side is kept."""
    try:
        await _begin(session, life, by_policy=True)
    except Refusal:
        # What it has mounted is not there any more.
        life.restarts.held_back = True
    except EngineError as error:
        session.failed(error)


async def stop(exchange: Exchange) -> Answer:
    """`docker stop`."""
    life = exchange.life()
    exchange.session.let_go(life.id)
    if life.hold_back():
        life.event("stop")
        return Answer(204)
    life.stopping = life.watcher is not None
    if life.stopping:
        life.killing(_number(life.plan.asked.StopSignal or "TERM"))
    answer = await exchange.forward(f"/containers/{life.id}/stop", _grace(exchange, life))
    await life.exit_known()
    return answer


async def restart(exchange: Exchange) -> Answer:
    """`docker restart`: a stop, a snapshot, a start."""
    life = exchange.life()
    exchange.session.let_go(life.id)
    async with life.lock:
        life.hold_back()
        await refuse_gone(exchange, life)
        if life.watcher is not None:
            watcher = life.watcher
            life.restarting = True
            life.killing(_number(life.plan.asked.StopSignal or "TERM"))
            try:
                stopped = await exchange.session.engine.send(
                    "POST", f"/containers/{life.id}/stop", query=_grace(exchange, life)
                )
                if stopped.status not in (204, 304):
                    return await exchange.answer(stopped)
                stopped.close()
                await watcher
            finally:
                life.restarting = False
        answer = await _begin(exchange.session, life)
        if answer.status == 204:
            life.event("restart")
        return answer


async def kill(exchange: Exchange) -> Answer:
    """`docker kill`."""
    ref = exchange.params["container"]
    try:
        life = exchange.life()
    except Refusal as refusal:
        raise Refusal(
            refusal.status, refusal.rule, f"Cannot kill container: {ref}: {refusal.message}"
        ) from None
    asked = exchange.request.query.get("signal") or "KILL"
    signal = SIGNAL_NAMES.get(asked, asked.upper().removeprefix("SIG"))
    if signal not in SIGNALS:
        raise malformed(f"Invalid signal: {asked[:80]}")
    if signal == "KILL":
        exchange.session.let_go(life.id)
    stop_signal = (life.plan.asked.StopSignal or "").upper().removeprefix("SIG")
    # The engine's rule: whatever may end it is meant to end it, unless it has a signal for that.
    if signal in ("KILL", SIGNAL_NAMES.get(stop_signal, stop_signal)) or not stop_signal:
        about_to_start = life.hold_back()
        if about_to_start:
            life.killing(_number(signal))
            return Answer(204)
    if life.watcher is not None:
        life.killing(_number(signal))
    reply = await exchange.send(f"/containers/{life.id}/kill", {"signal": signal})
    told = await exchange.answer(reply)
    answer = named_as_asked(told, f"container: {life.id}:", f"container: {ref}:")
    await life.exit_known()
    return answer


async def pause(exchange: Exchange) -> Answer:
    """`docker pause`."""
    life = exchange.life()
    if life.pending is not None:
        raise restarting(life)
    async with exchange.session.still:
        await life.execs_begun()
        answer = await exchange.forward(f"/containers/{life.id}/pause")
    if answer.status == 204:
        life.paused = True
        life.note("paused")
        life.event("pause")
    return answer


async def unpause(exchange: Exchange) -> Answer:
    """`docker unpause`."""
    life = exchange.life()
    async with exchange.session.still:
        answer = await exchange.forward(f"/containers/{life.id}/unpause")
    if answer.status == 204:
        life.paused = False
        life.note("unpaused")
        life.event("unpause")
    return answer


def _grace(exchange: Exchange, life: Life) -> dict[str, str]:
    asked = number(exchange.request.query.get("t", ""))
    if asked is None:
        asked = life.plan.body.get("StopTimeout")
    return {"t": str(STOP_SECONDS if asked is None else min(asked, STOP_SECONDS))}


def _number(signal: str) -> str:
    name = signal.upper().removeprefix("SIG")
    return next((number for number, known in SIGNAL_NAMES.items() if known == name), name)
