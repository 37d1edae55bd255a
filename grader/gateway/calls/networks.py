"""Networks of the student's own: bridges without a way out."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from grader.engine.bridges import refuse_strangers
from grader.engine.client import error_message
from grader.errors import EngineError
from grader.gateway.calls._listing import (
    Filters,
    labels_pass,
    name_matches,
    parse_filters,
    refuse_unknown,
)
from grader.gateway.exchange import Answer, Exchange
from grader.gateway.names import FIXED_NETWORKS
from grader.gateway.policy.bodies import (
    ContainerCreate,
    EndpointBody,
    NetworkConnect,
    NetworkCreate,
    NetworkDisconnect,
)
from grader.gateway.policy.networks import (
    BRIDGE,
    NONE,
    any_subnet,
    create_network,
    endpoint_of,
    needs_bridge,
    network_body,
    renamed,
)
from grader.gateway.record.life import Life
from grader.gateway.refusal import Refusal, forbidden, malformed
from grader.gateway.session import Session
from grader.gateway.view import networks as view

RANGES_TRIED = 50
"""Ranges that are tried before we believe that there is none left."""


async def create(exchange: Exchange) -> Answer:
    """`docker network create`."""
    session = exchange.session
    wish = exchange.body(NetworkCreate)
    name = wish.Name or ""
    async with session.creating:
        body = create_network(wish, name, session.lab, session.names)
        most = session.lab.limits.networks
        if sum(known != BRIDGE for known in session.names.networks) >= most:
            raise forbidden(
                "network-count", f"more than {most} networks", f"네트워크 {most}개 초과"
            )
        await _make(session, name, body, internal=bool(wish.Internal))
    return Answer.of({"Id": session.names.networks[name], "Warning": ""}, 201)


async def bridge_ready(session: Session, wish: ContainerCreate) -> None:
    """Make the session's network `bridge` if a container to be created may need it."""
    if needs_bridge(wish, session.lab):
        await _bridge(session)


async def list_(exchange: Exchange) -> Answer:
    """`docker network ls`."""
    filters = parse_filters(exchange.request.query.get("filters", ""))
    async with exchange.session.creating:
        rows = await _all(exchange.session)
    return Answer.of([row | {"Containers": {}} for row in rows if _matches(row, filters)])


async def inspect(exchange: Exchange) -> Answer:
    """`docker network inspect`."""
    session = exchange.session
    async with session.creating:
        name = session.names.network(exchange.params["network"])
        return Answer.of(await _shown(session, name))


async def connect(exchange: Exchange) -> Answer:
    """`docker network connect`."""
    session = exchange.session
    wish = exchange.body(NetworkConnect)
    name = session.names.network(exchange.params["network"])
    life = _life(exchange, wish.Container)
    if not session.lab.network:
        raise forbidden("network", f"the network {name!r}", f"네트워크 {name!r}")
    if name == NONE:
        raise malformed("container cannot be connected to the network none beside others")
    endpoint = endpoint_of(name, wish.EndpointConfig or EndpointBody(), session.names)
    if name == BRIDGE:
        async with session.creating:
            await _bridge(session)
    path = f"/networks/{session.names.networks[name]}/connect"
    body = {"Container": life.id, "EndpointConfig": endpoint.body(life.names[-1])}
    answer = await exchange.forward(path, None, json.dumps(body).encode())
    if answer.status == 200:
        life.joined(endpoint, live=life.watcher is not None)
    return answer


async def disconnect(exchange: Exchange) -> Answer:
    """`docker network disconnect`."""
    session = exchange.session
    wish = exchange.body(NetworkDisconnect)
    name = session.names.network(exchange.params["network"])
    life = _life(exchange, wish.Container)
    if name not in session.names.networks:
        raise malformed(f"container {life.names[-1]} is not connected to network {name}")
    path = f"/networks/{session.names.networks[name]}/disconnect"
    body = {"Container": life.id, "Force": bool(wish.Force)}
    answer = await exchange.forward(path, None, json.dumps(body).encode())
    if answer.status == 200:
        life.left(name)
    return answer


async def remove(exchange: Exchange) -> Answer:
    """`docker network rm`."""
    session = exchange.session
    async with session.creating:
        name = session.names.network(exchange.params["network"])
        if name in FIXED_NETWORKS:
            words = f"{name} is a pre-defined network and cannot be removed"
            raise Refusal(403, "network-name", words)
        status, words = await _drop(session, name)
    return Answer(204) if status in (204, 404) else Answer.error(status, words)


async def prune(exchange: Exchange) -> Answer:
    """`docker network prune`: the session's own networks that no running container is in [43]."""
    session = exchange.session
    filters = parse_filters(exchange.request.query.get("filters", ""))
    refuse_unknown(filters, "label", "label!")
    gone = []
    async with session.creating:
        for row in await _all(session):
            name = row["Name"]
            if name in FIXED_NETWORKS or not _matches(row, filters):
                continue
            if (await _drop(session, name))[0] == 204:
                gone.append(name)
    return Answer.of({"NetworksDeleted": gone or None})


async def follow_name(session: Session, life: Life) -> None:
    """Let a container be found in its networks by its new name. Raises EngineError.

    The engine knows it by its own name and by aliases, which only a new connection can change; so
    it is taken out and put back at once, with the same address. It may go meanwhile.
    """
    wanted = [e for e in life.endpoints.values() if e.network != BRIDGE]
    if not wanted or life.removed:
        return
    told = await session.engine.call("GET", f"/containers/{life.id}/json", ok=(200, 404))
    places = (told.get("NetworkSettings") or {}).get("Networks") or {}
    gone = (200, 403, 404, 409)
    for endpoint in wanted:
        if endpoint.network not in session.names.networks:
            continue
        path = f"/networks/{session.names.networks[endpoint.network]}"
        address = (places.get(session.names.real(endpoint.network)) or {}).get("IPAddress", "")
        back = renamed(endpoint, address or endpoint.address).body(life.names[-1])
        left = {"Container": life.id, "Force": False}
        await session.engine.call("POST", f"{path}/disconnect", json_body=left, ok=gone)
        again = {"Container": life.id, "EndpointConfig": back}
        await session.engine.call("POST", f"{path}/connect", json_body=again, ok=gone)


async def _bridge(session: Session) -> None:
    """Make the network that containers join who name none. The caller holds `creating`."""
    if BRIDGE not in session.names.networks:
        body = network_body(session.names.real(BRIDGE), {})
        await _make(session, BRIDGE, body, internal=False)


async def _make(session: Session, name: str, body: dict[str, Any], *, internal: bool) -> None:
    """Make a network in a range that is free on the engine, which knows best. Raises EngineError.

    Other sessions take ranges at the same time; the engine gives each to one only.
    """
    for _ in range(RANGES_TRIED):
        subnet = any_subnet(session.lab.limits.containers)
        ipam = {"Driver": "default", "Config": [{"Subnet": str(subnet)}]}
        labels = body["Labels"] | session.labels
        try:
            made = await session.engine.call(
                "POST", "/networks/create", json_body=body | {"IPAM": ipam, "Labels": labels}
            )
        except EngineError as error:
            if "overlap" in str(error).lower():
                continue
            raise
        await refuse_strangers(session.engine.socket, made["Id"])
        session.names.networks[name] = made["Id"]
        session.names.subnets[name] = str(subnet)
        shown_id = FIXED_NETWORKS.get(name, made["Id"])
        session.recorder.network_made(name, shown_id, body["Labels"], internal=internal)
        return
    raise EngineError(f"the engine has no range of addresses left for the network {name!r}")


async def _drop(session: Session, name: str) -> tuple[int, str]:
    id_ = session.names.networks[name]
    async with await session.engine.send("DELETE", f"/networks/{id_}") as reply:
        words = session.names.plain(error_message(await reply.read()))
    if reply.status in (204, 404):
        del session.names.networks[name]
        del session.names.subnets[name]
        session.recorder.network_gone(name)
        for life in session.recorder.lives.values():
            life.endpoints.pop(name, None)
    return reply.status, words


async def _all(session: Session) -> list[dict[str, Any]]:
    """Return all networks in the student's view. The caller holds `creating`: none goes now."""
    names = {*FIXED_NETWORKS, *session.names.networks}
    return [await _shown(session, name) for name in sorted(names)]


async def _shown(session: Session, name: str) -> dict[str, Any]:
    id_ = session.names.networks.get(name)
    if id_ is None:
        return view.fixed(name)
    told = await session.engine.call("GET", f"/networks/{id_}")
    record = session.recorder.networks.get(name)
    return view.network(told, session.recorder.lives, session.names, record)


def _life(exchange: Exchange, ref: str | None) -> Life:
    exchange.container = exchange.session.names.container(ref or "")
    return exchange.session.recorder.lives[exchange.container]


def _matches(row: dict[str, Any], filters: Filters) -> bool:
    """Return whether a network passes every filter. Raises Refusal."""
    labels = row["Labels"] or {}
    built_in = row["Name"] in FIXED_NETWORKS
    unused = "false" if built_in or row["Containers"] else "true"
    one: dict[str, Callable[[str], bool]] = {
        "name": lambda value: name_matches(value, row["Name"]),
        "id": lambda value: bool(row["Id"].startswith(value)),
        "driver": lambda value: bool(row["Driver"] == value),
        "scope": lambda value: value == "local",
        "type": lambda value: value == ("builtin" if built_in else "custom"),
        "dangling": lambda value: {"1": "true", "0": "false"}.get(value, value.lower()) == unused,
    }
    for key, values in filters.items():
        if key in ("label", "label!"):
            hit = labels_pass({key: values}, labels)
        elif key in one:
            hit = any(one[key](value) for value in values)
        else:
            raise malformed(f"Invalid filter '{key}'")
        if not hit:
            return False
    return True
