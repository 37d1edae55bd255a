"""`docker system df`: what the session's own objects take [41]."""

from __future__ import annotations

import json
from typing import Any

from grader.engine.sessions import SESSION_LABEL
from grader.gateway.calls import images, volumes
from grader.gateway.exchange import Answer, Exchange
from grader.gateway.request import Request
from grader.gateway.session import Session
from grader.gateway.view import containers as view

UNKNOWN = -1
"""How the engine tells a size that it has not measured: its own measuring looks at everybody's."""


async def df(exchange: Exchange) -> Answer:
    """Sum up containers, images and volumes; there is no build cache of one's own."""
    session = exchange.session
    rows = await _containers(session)
    pictures = await _images(session, rows)
    told = {
        "LayersSize": sum(row["Size"] for row in pictures),
        "Images": pictures,
        "Containers": rows,
        "Volumes": await _volumes(session),
        "BuildCache": [],
        "BuilderSize": 0,
    }
    return Answer.of(told)


async def _containers(session: Session) -> list[dict[str, Any]]:
    query = {
        "all": "1",
        "size": "1",
        "filters": json.dumps({"label": [f"{SESSION_LABEL}={session.token}"]}),
    }
    told = await session.engine.call("GET", "/containers/json", query=query)
    lives = session.recorder.lives
    return [
        view.listed_container(row, lives[row["Id"]], session.names)
        for row in told
        if row["Id"] in lives
    ]


async def _images(session: Session, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    asked = Exchange(session, Request("GET", ("images", "json")), {}, b"")
    told: list[dict[str, Any]] = json.loads((await images.list_(asked)).body)
    used = [row["ImageID"] for row in rows]
    return [row | {"Containers": used.count(row["Id"]), "SharedSize": 0} for row in told]


async def _volumes(session: Session) -> list[dict[str, Any]]:
    asked = Exchange(session, Request("GET", ("volumes",)), {}, b"")
    told: list[dict[str, Any]] = json.loads((await volumes.list_(asked)).body)["Volumes"]
    alive = [life for life in session.recorder.lives.values() if not life.removed]
    holds = [mounted.volume for life in alive for mounted in life.plan.mounted]
    return [
        row | {"UsageData": {"Size": UNKNOWN, "RefCount": holds.count(row["Name"])}} for row in told
    ]
