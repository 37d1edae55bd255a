"""Volumes of the local driver, without options that could reach the host [45]."""

from __future__ import annotations

import json
import secrets
from typing import Any

from grader.engine.sessions import SESSION_LABEL
from grader.gateway.calls._listing import (
    Filters,
    labels_pass,
    name_matches,
    parse_filters,
    refuse_unknown,
)
from grader.gateway.exchange import Answer, Exchange
from grader.gateway.policy.bodies import VolumeCreate
from grader.gateway.policy.container import CreatePlan
from grader.gateway.policy.mount_words import check_volume_name
from grader.gateway.policy.mounts import Mounted, lend_nothing
from grader.gateway.policy.rules import own_labels, refuse_wishes
from grader.gateway.refusal import Refusal, forbidden, malformed
from grader.gateway.session import Session
from grader.gateway.view import volumes as view

VOLUMES_CAP = 50


async def create(exchange: Exchange) -> Answer:
    """`docker volume create`."""
    session = exchange.session
    if not session.lab.volumes:
        raise forbidden("volumes", "volumes", "볼륨")
    wish = exchange.body(VolumeCreate)
    refuse_wishes(wish)
    if wish.Driver not in (None, "", "local"):
        raise forbidden("volume-driver", f"the driver {wish.Driver!r}", f"드라이버 {wish.Driver!r}")
    name = wish.Name or secrets.token_hex(32)
    check_volume_name(name)
    real = session.names.real(name)
    labels = own_labels(wish.Labels)
    async with session.creating:
        refuse_too_many(session, {name})
        body = {"Name": real, "Driver": "local", "Labels": labels | session.labels}
        answer = await exchange.forward("/volumes/create", None, json.dumps(body).encode())
        if answer.status != 201:
            return answer
        session.recorder.volume_made(name, real, labels, anonymous=not wish.Name)
    return Answer.of(view.volume(json.loads(answer.body), session.names), 201)


async def list_(exchange: Exchange) -> Answer:
    """`docker volume ls`: the engine lists the session's volumes, we pick the wanted ones."""
    session = exchange.session
    filters = parse_filters(exchange.request.query.get("filters", ""))
    refuse_unknown(filters, "dangling", "driver", "label", "name")
    await session.recorder.exits_noted()
    rows = [row for row in await _all(session) if _matches(row, session, filters)]
    return Answer.of({"Volumes": rows, "Warnings": None})


async def inspect(exchange: Exchange) -> Answer:
    """`docker volume inspect`."""
    session = exchange.session
    await session.recorder.exits_noted()
    real = session.names.volume(exchange.params["volume"])
    return Answer.of(
        view.volume(await session.engine.call("GET", f"/volumes/{real}"), session.names)
    )


async def remove(exchange: Exchange) -> Answer:
    """`docker volume rm`."""
    name = exchange.params["volume"]
    session = exchange.session
    await session.recorder.exits_noted()
    if exchange.request.flag("force") and name not in session.names.volumes:
        return Answer(204)
    session.names.volume(name)
    status, words = await session.recorder.drop_volume(name)
    return Answer(204) if status in (204, 404) else Answer.error(status, session.names.plain(words))


async def prune(exchange: Exchange) -> Answer:
    """`docker volume prune`: the session's own volumes that no container has [43]."""
    session = exchange.session
    filters = parse_filters(exchange.request.query.get("filters", ""))
    filters.pop("all", None)
    refuse_unknown(filters, "label", "label!")
    await session.recorder.exits_noted()
    gone = []
    for row in await _all(session):
        name = row["Name"]
        if not _matches(row, session, filters | {"dangling": ["true"]}):
            continue
        if name not in session.names.volumes:
            continue  # Another call was faster.
        if (await session.recorder.drop_volume(name))[0] == 204:
            gone.append(name)
    return Answer.of({"VolumesDeleted": gone or None, "SpaceReclaimed": 0})


def refuse_too_many(session: Session, wanted: set[str]) -> None:
    """Raise Refusal if these volumes would be more than a session may have."""
    if wanted and len(wanted | set(session.names.volumes)) > VOLUMES_CAP:
        raise forbidden(
            "volume-count", f"more than {VOLUMES_CAP} volumes", f"볼륨 {VOLUMES_CAP}개 초과"
        )


def came_with(session: Session, plan: CreatePlan) -> None:
    """Put the volumes on record that came into being with a container."""
    for mounted in plan.mounted:
        if mounted.volume:
            real = session.names.real(mounted.volume)
            session.recorder.volume_made(mounted.volume, real, anonymous=mounted.anonymous)


def lent(session: Session, ref: str) -> tuple[Mounted, ...]:
    """Return the mounts of another container of the session. Raises Refusal."""
    try:
        id_ = session.names.container(ref)
    except Refusal:
        return lend_nothing(ref)
    return session.recorder.lives[id_].plan.mounted


async def declared(session: Session, wanted: str | None) -> tuple[str, ...]:
    """Return where an image wants volumes."""
    id_ = session.names.image(wanted or "")
    if id_ is None:
        return ()
    if id_ not in session.image_volumes:
        told = await session.engine.call("GET", f"/images/{id_}/json")
        session.image_volumes[id_] = tuple((told.get("Config") or {}).get("Volumes") or ())
    return session.image_volumes[id_]


async def _all(session: Session) -> list[dict[str, Any]]:
    filters = json.dumps({"label": [f"{SESSION_LABEL}={session.token}"]})
    told = await session.engine.call("GET", "/volumes", query={"filters": filters})
    rows = [view.volume(row, session.names) for row in told["Volumes"] or []]
    return [row for row in rows if row["Name"] in session.names.volumes]


def _matches(row: dict[str, Any], session: Session, filters: Filters) -> bool:
    """Return whether a volume passes every filter. Raises Refusal."""
    labels = row["Labels"] or {}
    for key, values in filters.items():
        if key == "name":
            hit = any(name_matches(value, row["Name"]) for value in values)
        elif key in ("label", "label!"):
            hit = labels_pass({key: values}, labels)
        elif key == "driver":
            hit = "local" in values
        elif key == "dangling":
            wanted = {value.lower() for value in values}
            if not wanted <= {"1", "true", "0", "false"} or len(wanted) != 1:
                raise malformed(f"Invalid filter 'dangling=[{' '.join(values)}]'")
            hit = (row["Name"] in _used(session)) != (wanted <= {"1", "true"})
        else:
            raise malformed(f"Invalid filter '{key}'")
        if not hit:
            return False
    return True


def _used(session: Session) -> set[str]:
    """Return the volumes that containers have, whether these run or not."""
    alive = (life for life in session.recorder.lives.values() if not life.removed)
    return {mounted.volume for life in alive for mounted in life.plan.mounted}
