"""Volumes of the local driver, without options that could reach the host."""

from __future__ import annotations

import json
import secrets

from grader.engine.sessions import SESSION_LABEL
from grader.gateway.exchange import Answer, Exchange
from grader.gateway.names import NAME, NAME_CAP
from grader.gateway.policy.bodies import VolumeCreate
from grader.gateway.policy.rules import own_labels, refuse_wishes
from grader.gateway.refusal import forbidden, malformed
from grader.gateway.view import volumes as view

VOLUMES_CAP = 50


async def create(exchange: Exchange) -> Answer:
    """`docker volume create`."""
    session = exchange.session
    wish = exchange.body(VolumeCreate)
    refuse_wishes(wish)
    if wish.Driver not in (None, "", "local"):
        raise forbidden("volume-driver", f"the driver {wish.Driver!r}", f"드라이버 {wish.Driver!r}")
    name = wish.Name or secrets.token_hex(32)
    if not NAME.fullmatch(name) or len(name) > NAME_CAP:
        raise malformed(f"{name[:80]!r} is not a valid name for a local volume")
    real = session.names.real(name)
    if len(session.names.volumes) >= VOLUMES_CAP:
        raise forbidden(
            "volume-count", f"more than {VOLUMES_CAP} volumes", f"볼륨 {VOLUMES_CAP}개 초과"
        )
    body = {"Name": real, "Driver": "local", "Labels": own_labels(wish.Labels) | session.labels}
    answer = await exchange.forward("/volumes/create", None, json.dumps(body).encode())
    if answer.status != 201:
        return answer
    session.names.volumes[name] = real
    session.recorder.volume_made(name)
    return Answer.of(view.volume(json.loads(answer.body), session.names), 201)


async def list_(exchange: Exchange) -> Answer:
    """`docker volume ls`."""
    session = exchange.session
    filters = json.dumps({"label": [f"{SESSION_LABEL}={session.token}"]})
    told = await session.engine.call("GET", "/volumes", query={"filters": filters})
    rows = [view.volume(row, session.names) for row in told["Volumes"] or []]
    return Answer.of({"Volumes": rows, "Warnings": None})


async def inspect(exchange: Exchange) -> Answer:
    """`docker volume inspect`."""
    session = exchange.session
    real = session.names.volume(exchange.params["volume"])
    return Answer.of(
        view.volume(await session.engine.call("GET", f"/volumes/{real}"), session.names)
    )


async def remove(exchange: Exchange) -> Answer:
    """`docker volume rm`."""
    name = exchange.params["volume"]
    real = exchange.session.names.volume(name)
    answer = await exchange.forward(f"/volumes/{real}")
    if answer.status == 204:
        del exchange.session.names.volumes[name]
        exchange.session.recorder.volume_gone(name)
    return answer
