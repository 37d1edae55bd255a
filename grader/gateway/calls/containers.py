"""Containers: from `docker create` to `docker rm`."""

from __future__ import annotations

import contextlib
import json
import signal as signals
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial

from grader.engine.client import Reply, error_message
from grader.engine.sessions import SESSION_LABEL
from grader.errors import EngineError
from grader.gateway.calls import networks, volumes
from grader.gateway.calls._guard import refuse_waiting_files, restarting
from grader.gateway.calls._listing import label_matches, parse_filters
from grader.gateway.calls._rows import Row, check
from grader.gateway.calls._still import mounts_ready
from grader.gateway.calls._terminal import detach_keys, window
from grader.gateway.calls._times import moment
from grader.gateway.calls._words import named_as_asked
from grader.gateway.exchange import Answer, AnyAnswer, Exchange, Hijacked, Streamed, plain_answer
from grader.gateway.names import Names
from grader.gateway.policy.bodies import ContainerCreate
from grader.gateway.policy.container import create_container
from grader.gateway.record.life import Life
from grader.gateway.refusal import Refusal, forbidden, malformed
from grader.gateway.request import number
from grader.gateway.room import no_room
from grader.gateway.session import Session
from grader.gateway.view import containers as view

STOP_SECONDS = 10
"""The longest grace that `docker stop` may ask for."""

SHOWN = frozenset({"running", "paused", "restarting"})
"""States of containers that `docker ps` shows without `-a`."""

SIGNALS = frozenset(
    ("HUP", "INT", "QUIT", "KILL", "USR1", "USR2", "TERM", "CONT", "STOP", "TSTP", "WINCH", "ABRT")
)
SIGNAL_NAMES = {str(int(getattr(signals, f"SIG{name}"))): name for name in SIGNALS}
"""Number → name."""


async def create(exchange: Exchange) -> Answer:
    """`docker create`, and the first half of `docker run`."""
    async with exchange.session.creating:
        return await _create(exchange)


async def _create(exchange: Exchange) -> Answer:
    session = exchange.session
    wish = exchange.body(ContainerCreate)
    most = session.lab.limits.containers
    if sum(not life.removed for life in session.recorder.lives.values()) >= most:
        raise forbidden(
            "container-count", f"more than {most} containers at a time", f"컨테이너 {most}개 초과"
        )
    asked = exchange.request.query.get("name", "")
    name = asked.removeprefix("/") if asked else session.names.invent()
    real = session.names.real(name)
    token, prompt = session.new_prompt()
    await networks.bridge_ready(session, wish)
    plan = create_container(
        wish,
        session.lab,
        session.names,
        prompt,
        session.labels,
        lend=partial(volumes.lent, session),
        declared=await volumes.declared(session, wish.Image),
        name=name,
    )
    volumes.refuse_too_many(session, {m.volume for m in plan.mounted if m.volume})
    await session.folder.mount(plan.folders)
    answer = await exchange.forward("/containers/create", {"name": real}, _json(plan.body))
    if answer.status == 404 and b"container" in answer.body:
        # One whose namespace was to be shared, and which went meanwhile.
        session.folder.leave(plan.folders)
        return Answer(400, answer.body, answer.headers)
    if answer.status == 404:
        # The image was there a moment ago; a 404 would make the client pull it.
        raise EngineError(f"image {plan.image} has gone from the engine", status=404)
    if answer.status == 201:
        id_ = json.loads(answer.body)["Id"]
        exchange.container = id_
        session.names.containers[id_] = name
        session.names.prompts[token] = id_
        session.recorder.born(id_, name, plan)
        volumes.came_with(session, plan)
    else:
        session.folder.leave(plan.folders)
    return answer


async def list_(exchange: Exchange) -> Answer:
    """`docker ps`: the engine lists the session's containers, we pick the wanted ones."""
    session, request = exchange.session, exchange.request
    query = {"filters": _json({"label": [f"{SESSION_LABEL}={session.token}"]}).decode()}
    filters = parse_filters(request.query.get("filters", ""))
    check(filters, session.names)
    limit = number(request.query.get("limit", "")) or 0
    lives = session.recorder.lives
    waiting = any(life.pending is not None for life in lives.values())
    everything = request.flag("all") or bool(limit) or "status" in filters
    if everything or waiting:
        query["all"] = "1"
    if request.flag("size"):
        query["size"] = "1"
    told = await session.engine.call("GET", "/containers/json", query=query)
    rows = [
        Row(view.listed_container(row, life, session.names), life, session.names, list(lives))
        for row in told
        if (life := lives.get(row["Id"])) is not None
    ]
    shown = [
        row.told
        for row in rows
        if (everything or row.told["State"] in SHOWN) and row.passes(filters)
    ]
    return Answer.of(shown[:limit] if limit else shown)


async def inspect(exchange: Exchange) -> Answer:
    """`docker inspect`."""
    life = exchange.life()
    reply = await exchange.send(f"/containers/{life.id}/json", exchange.pick("size"))
    if reply.status != 200:
        return await exchange.answer(reply)
    async with reply:
        told = json.loads(await reply.read())
    return Answer.of(view.container(told, life, exchange.session.names))


async def start(exchange: Exchange) -> Answer:
    """`docker start`, and the second half of `docker run`."""
    life = exchange.life()
    if exchange.raw_body.strip() not in (b"", b"{}", b"null"):
        raise malformed("starting a container takes no body")
    if exchange.request.query.get("checkpoint") or exchange.request.query.get("checkpoint-dir"):
        raise forbidden("checkpoint", "checkpoints", "체크포인트")
    async with life.lock:
        await life.settled()
        if life.removed:
            raise Refusal(
                404, "unknown-object", f"No such container: {exchange.params['container']}"
            )
        if life.watcher is not None and life.paused:
            raise Refusal(409, "paused", "cannot start a paused container, try unpause instead")
        if life.watcher is not None or life.pending is not None:
            return Answer(304)
        try:
            answer = await _begin(exchange.session, life)
        except Refusal:
            if life.plan.auto_remove:
                await _remove(life, anonymous=True)
            raise
        if answer.status not in (204, 304) and life.plan.auto_remove:
            await _remove(life, anonymous=True)
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
    await life.mounts_seen()
    return answer


async def restart(exchange: Exchange) -> Answer:
    """`docker restart`: a stop, a snapshot, a start."""
    life = exchange.life()
    exchange.session.let_go(life.id)
    async with life.lock:
        life.hold_back()
        await life.settled()
        if life.removed:
            raise Refusal(
                404, "unknown-object", f"No such container: {exchange.params['container']}"
            )
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
    await life.mounts_seen()
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


async def rename(exchange: Exchange) -> Answer:
    """`docker rename`."""
    life = exchange.life()
    name = exchange.request.query.get("name", "").removeprefix("/")
    if not name:
        raise malformed("Neither old nor new names may be empty")
    try:
        real = exchange.session.names.real(name)
    except Refusal as refusal:
        words = refusal.message.replace("name (", "name (/", 1)
        raise malformed(f"Error when allocating new name: {words}") from None
    answer = await exchange.forward(f"/containers/{life.id}/rename", {"name": real})
    if answer.status == 204:
        old = life.names[-1]
        life.names.append(name)
        exchange.session.names.containers[life.id] = name
        await networks.follow_name(exchange.session, life)
        life.event("rename", oldName=f"/{old}")
    return answer


async def wait(exchange: Exchange) -> AnyAnswer:
    """`docker wait`, and how `docker run` learns the exit status."""
    life = exchange.life()
    condition = exchange.request.query.get("condition") or "not-running"
    if condition not in {"not-running", "next-exit", "removed"}:
        raise malformed(f"invalid condition: {condition!r}")
    query = {"condition": condition}
    return await exchange.stream(f"/containers/{life.id}/wait", query, hold=life.exit_known)


async def resize(exchange: Exchange) -> Answer:
    """Tell a container the size of the terminal."""
    life = exchange.life()
    size = window(exchange)
    answer = await exchange.forward(f"/containers/{life.id}/resize", size)
    if answer.status == 200:
        life.event("resize", height=size["h"], width=size["w"])
    return answer


async def attach(exchange: Exchange) -> AnyAnswer:
    """`docker attach`, `docker run` and `docker start -a`: the container's own streams."""
    life = exchange.life()
    query = {
        key: "1"
        for key in ("stream", "stdin", "stdout", "stderr", "logs")
        if exchange.request.flag(key)
    }
    query |= detach_keys(exchange)
    runs = life.watcher is not None
    if not exchange.request.upgrade:
        # Nothing of the client's goes in: there is no way back once the answer has begun.
        query.pop("stdin", None)
        return await exchange.stream(f"/containers/{life.id}/attach", query)
    reply = await exchange.session.engine.send(
        "POST", f"/containers/{life.id}/attach", query=query, hijack=True
    )
    if not reply.hijacked:
        return await exchange.answer(reply)
    life.event("attach")
    interactive = "stdin" in query and life.plan.body["OpenStdin"] is True
    return Hijacked(reply, life.id, interactive=interactive, joined=runs)


async def logs(exchange: Exchange) -> AnyAnswer:
    """`docker logs`."""
    life = exchange.life()
    query = {
        key: "1"
        for key in ("stdout", "stderr", "follow", "timestamps")
        if exchange.request.flag(key)
    }
    query |= exchange.pick("tail", "since", "until")
    return await exchange.stream(f"/containers/{life.id}/logs", query)


async def top(exchange: Exchange) -> Answer:
    """`docker top`. The caller's options for `ps` would run on the host: they are dropped."""
    return await exchange.forward(f"/containers/{exchange.life().id}/top")


async def stats(exchange: Exchange) -> AnyAnswer:
    """`docker stats`."""
    life = exchange.life()
    stream = "stream" not in exchange.request.query or exchange.request.flag("stream")
    query = {"stream": "1" if stream else "0"}
    query |= {"one-shot": "1"} if exchange.request.flag("one-shot") else {}
    answer = await exchange.stream(f"/containers/{life.id}/stats", query)
    if not isinstance(answer, Streamed):
        return answer
    return replace(answer, rewrite=partial(_plain_lines, exchange.session.names))


async def _plain_lines(names: Names, parts: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Yield whole lines with the student's names in them."""
    rest = b""
    async for part in parts:
        *lines, rest = (rest + part).split(b"\n")
        for line in lines:
            yield names.plain(line.decode()).encode() + b"\n"
    if rest:
        yield names.plain(rest.decode()).encode()


async def diff(exchange: Exchange) -> Answer:
    """`docker diff`."""
    return await exchange.forward(f"/containers/{exchange.life().id}/changes")


async def remove(exchange: Exchange) -> Answer:
    """`docker rm`: with a last snapshot, and the removal of a running container step by step."""
    life = exchange.life()
    exchange.session.let_go(life.id)
    if exchange.request.flag("link"):
        raise forbidden("link", "removing links", "링크 삭제")
    async with life.lock:
        await life.settled()
        if life.removed:
            raise Refusal(
                404, "unknown-object", f"No such container: {exchange.params['container']}"
            )
        if life.watcher is not None:
            if not exchange.request.flag("force"):
                # Sent on, it could meet an exit on its way, and take the container unseen.
                raise Refusal(
                    409,
                    "running",
                    f"You cannot remove a running container {life.id}. "
                    "Stop the container before attempting removal or force remove",
                )
            life.restarts.held_back = True
            if await _kill(life):
                return Answer(204)
        if life.pending is not None:
            if not exchange.request.flag("force"):
                raise Refusal(
                    409,
                    "restarting",
                    f"You cannot remove a restarting container {life.id}. "
                    "Stop the container before attempting removal or force remove",
                )
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
    if unknown := sorted(set(filters) - {"until", "label", "label!"}):
        raise malformed(f"Invalid filter '{unknown[0]}'")
    if len(filters.get("until", [])) > 1:
        raise malformed("more than one until filter specified")
    until = moment("".join(filters.get("until", [])))
    gone = []
    for life in list(exchange.session.recorder.lives.values()):
        labels = life.plan.asked.Labels or {}
        if until is not None and life.born > until:
            continue
        if not all(label_matches(value, labels) for value in filters.get("label", [])):
            continue
        if any(label_matches(value, labels) for value in filters.get("label!", [])):
            continue
        async with life.lock:
            await life.settled()
            if not life.removed and life.watcher is None and life.pending is None:
                await _remove(life, anonymous=False)
                gone.append(life.id)
    return Answer.of({"ContainersDeleted": gone or None, "SpaceReclaimed": 0})


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


async def _remove(life: Life, *, anonymous: bool) -> None:
    await life.snapshot()
    await life.recorder.engine.call(
        "DELETE", f"/containers/{life.id}", query={"v": "1"}, ok=(204, 404)
    )
    life.gone()
    if anonymous:
        await life.recorder.drop_anonymous(life)


def _grace(exchange: Exchange, life: Life) -> dict[str, str]:
    asked = number(exchange.request.query.get("t", ""))
    if asked is None:
        asked = life.plan.body.get("StopTimeout")
    return {"t": str(STOP_SECONDS if asked is None else min(asked, STOP_SECONDS))}


def _number(signal: str) -> str:
    name = signal.upper().removeprefix("SIG")
    return next((number for number, known in SIGNAL_NAMES.items() if known == name), name)


def _json(value: object) -> bytes:
    return json.dumps(value).encode()
