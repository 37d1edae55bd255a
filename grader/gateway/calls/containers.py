"""Containers: made, listed, looked at, renamed."""

from __future__ import annotations

import json
from functools import partial

from grader.engine.sessions import SESSION_LABEL
from grader.errors import EngineError
from grader.gateway.calls import networks, volumes
from grader.gateway.calls._listing import parse_filters
from grader.gateway.calls._rows import Row, check
from grader.gateway.exchange import Answer, Exchange
from grader.gateway.policy.bodies import ContainerCreate
from grader.gateway.policy.container import CreatePlan, create_container, without_network
from grader.gateway.refusal import Refusal, forbidden, malformed
from grader.gateway.request import number
from grader.gateway.session import Session
from grader.gateway.view import containers as view

SHOWN = frozenset({"running", "paused", "restarting"})
"""States of containers that `docker ps` shows without `-a`."""


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
    if not session.lab.network and (place := await session.network_files.place()):
        plan = without_network(plan, place)
    volumes.refuse_too_many(session, {m.volume for m in plan.mounted if m.volume})
    await session.folder.mount(plan.folders)
    await session.network_files.make(plan.network_files)
    answer = await exchange.forward("/containers/create", {"name": real}, _json(plan.body))
    if answer.status == 404 and b"container" in answer.body:
        # One whose namespace was to be shared, and which went meanwhile.
        _leave(session, plan)
        return Answer(400, answer.body, answer.headers)
    if answer.status == 404:
        # The image was there a moment ago; a 404 would make the client pull it.
        if plan.image_id not in session.names.own_images.shared.values():
            raise Refusal(403, "image", f"the image {plan.image} was removed meanwhile")
        raise EngineError(f"image {plan.image} has gone from the engine")
    if answer.status == 201:
        id_ = json.loads(answer.body)["Id"]
        exchange.container = id_
        session.names.containers[id_] = name
        session.names.prompts[token] = id_
        session.recorder.born(id_, name, plan)
        volumes.came_with(session, plan)
    else:
        _leave(session, plan)
    return answer


def _leave(session: Session, plan: CreatePlan) -> None:
    session.folder.leave(plan.folders)
    session.network_files.leave(plan.network_files)


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
    size = {"size": "1"} if exchange.request.flag("size") else None
    reply = await exchange.send(f"/containers/{life.id}/json", size)
    if reply.status != 200:
        return await exchange.answer(reply)
    async with reply:
        told = json.loads(await reply.read())
    return Answer.of(view.container(told, life, exchange.session.names))


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
        if not life.removed:
            # It may have gone meanwhile, and its name with it.
            exchange.session.names.containers[life.id] = name
        await networks.follow_name(exchange.session, life)
        life.event("rename", oldName=f"/{old}")
    return answer


def _json(value: object) -> bytes:
    return json.dumps(value).encode()
