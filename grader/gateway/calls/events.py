"""`docker events`: the session's own log, filtered as the engine filters [40]."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

from grader.gateway.calls._listing import Filters, label_matches, parse_filters, refuse_unknown
from grader.gateway.calls._times import moment
from grader.gateway.exchange import AnyAnswer, Exchange, OwnFlow, Streamed
from grader.gateway.record.events import Event
from grader.gateway.refusal import malformed

FILTERS = ("type", "event", "container", "image", "volume", "network", "label", "scope", "daemon")


async def follow(exchange: Exchange) -> AnyAnswer:
    """Tell past events, and coming ones until the client goes."""
    query = exchange.request.query
    filters = parse_filters(query.get("filters", ""))
    refuse_unknown(filters, *FILTERS)
    since, until = moment(query.get("since", "")), moment(query.get("until", ""))
    if since is not None and until is not None and since > until:
        raise malformed("`since` time cannot be after `until` time")
    events = exchange.session.events.follow(lambda event: wanted(event, filters), since, until)
    return Streamed(OwnFlow(_lines(events)), {"Content-Type": "application/json"})


async def _lines(events: AsyncIterator[Event]) -> AsyncIterator[bytes]:
    async for event in events:
        yield json.dumps(event.told(), ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def wanted(event: Event, filters: Filters) -> bool:
    """Return whether an event passes every filter, as `docker events` documents them."""
    return all(_passes(event, key, values) for key, values in filters.items() if values)


def _passes(event: Event, key: str, values: list[str]) -> bool:
    attributes = event.attributes
    if key == "type":
        return event.kind in values
    if key == "scope":
        return "local" in values
    if key == "event":
        # An exec's event has the command in its name.
        return any(event.action == v or event.action.startswith(f"{v}:") for v in values)
    if key == "label":
        return all(label_matches(value, dict(attributes)) for value in values)
    if key == "image":
        return _passes_image(event, values)
    # A container, volume or network, by the beginning of its id or name.
    names = (event.id, attributes.get("name", ""))
    return event.kind == key and any(n.startswith(v) for n in names if n for v in values if v)


def _passes_image(event: Event, values: list[str]) -> bool:
    if event.kind not in ("image", "container"):
        return False
    shown = event.attributes.get("name" if event.kind == "image" else "image", "")
    names = {event.id, shown, shown.removesuffix(":latest")}
    return not names.isdisjoint(values)
