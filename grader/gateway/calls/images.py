"""Images: the lab's own, read only, and those that the session made."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any

from grader.engine.sessions import SESSION_LABEL
from grader.gateway.calls._listing import Filters, label_matches, parse_filters
from grader.gateway.calls._own_images import tag as name_image
from grader.gateway.exchange import Answer, Exchange
from grader.gateway.images.patterns import fits
from grader.gateway.images.references import new_reference
from grader.gateway.policy.images import building, check_names
from grader.gateway.record.image_reader import OUR_STEP
from grader.gateway.refusal import Refusal, forbidden, malformed
from grader.gateway.session import Session
from grader.gateway.view import images as view
from grader.model.image import reference

_TRUE = frozenset(("1", "true"))
_FALSE = frozenset(("0", "false"))


async def list_(exchange: Exchange) -> Answer:
    """`docker images`."""
    session = exchange.session
    filters = parse_filters(exchange.request.query.get("filters", ""))
    rows = await session_images(session, with_steps=exchange.request.flag("all"))
    rows = await _filtered(rows, filters, session)
    return Answer.of([row | {"Containers": -1} for row in rows])


async def session_images(session: Session, *, with_steps: bool) -> list[dict[str, Any]]:
    """Return the rows of the session's images. Raises EngineError."""
    names, own = session.names, session.names.own_images
    query = {"all": "1" if with_steps else "0"}
    told = await session.engine.call("GET", "/images/json", query=query)
    wanted = {*names.images.values(), *own.shared.values(), *own.made}
    return [
        view.listed_image(row, names)
        for row in told
        if row["Id"] in wanted or _between_steps(row, session)
    ]


def _between_steps(row: dict[str, Any], session: Session) -> bool:
    mine = (row.get("Labels") or {}).get(SESSION_LABEL) == session.token
    return mine and not session.names.own_images.is_hidden(row["Id"])


async def _filtered(
    rows: list[dict[str, Any]], filters: Filters, session: Session
) -> list[dict[str, Any]]:
    """Return the rows that pass every filter. Raises Refusal."""
    for key, values in filters.items():
        if key == "dangling":
            if not {value.lower() for value in values} <= _TRUE | _FALSE:
                raise malformed(f"Invalid filter 'dangling=[{' '.join(values)[:80]}]'")
            asked = {value.lower() in _TRUE for value in values}
            rows = [row for row in rows if (row["RepoTags"] == [view.NONE]) in asked]
        elif key == "label":
            rows = [
                row for row in rows if all(label_matches(v, row["Labels"] or {}) for v in values)
            ]
        elif key == "reference":
            rows = [
                row | {"RepoTags": tags}
                for row in rows
                if (tags := [tag for tag in row["RepoTags"] if _referred(tag, values)])
            ]
        elif key in {"before", "since"}:
            for value in values:
                rows = await _by_age(rows, key, value, session)
        else:
            raise malformed(f"Invalid filter '{key}'")
    return rows


def _referred(tag: str, patterns: list[str]) -> bool:
    name = tag.rpartition(":")[0]
    return tag != view.NONE and any(fits(p, tag) or fits(p, name) for p in patterns)


async def _by_age(
    rows: list[dict[str, Any]], key: str, value: str, session: Session
) -> list[dict[str, Any]]:
    """Return the images made before or since another one: its own time is finer than a list's."""
    limit = await _created(session, _known(session, value))
    kept = []
    for row in rows:
        created = await _created(session, row["Id"])
        if created < limit if key == "before" else created > limit:
            kept.append(row)
    return kept


async def _created(session: Session, id_: str) -> tuple[str, float]:
    told = await session.engine.call("GET", f"/images/{id_}/json")
    day, _, fraction = str(told["Created"]).removesuffix("Z").partition(".")
    return day, float(f"0.{fraction or 0}")


async def inspect(exchange: Exchange) -> Answer:
    """`docker image inspect`."""
    try:
        id_ = _own(exchange)
    except Refusal as refusal:
        if refusal.status == HTTPStatus.NOT_FOUND:
            wanted = exchange.params["image"]
            raise Refusal(
                404, refusal.rule, f"no such image: {wanted}: {refusal.message}"
            ) from None
        raise
    session = exchange.session
    told = await session.engine.call("GET", f"/images/{id_}/json")
    made = session.names.own_images.made.get(id_)
    if made is None or made.how != "commit":
        return Answer.of(view.image(told, session.names))
    base = session.recorder.lives[made.base].plan.image
    return Answer.of(view.committed_image(told, session.names, made.base, base))


async def history(exchange: Exchange) -> Answer:
    """`docker history`."""
    id_ = _own(exchange)
    told: list[dict[str, Any]] = await exchange.session.engine.call("GET", f"/images/{id_}/history")
    names = exchange.session.names
    return Answer.of(
        [
            row
            | {
                "Id": row["Id"] if names.own_images.is_known(row["Id"]) else "<missing>",
                "Tags": names.image_references(row["Id"]) or None,
            }
            for row in told
            if not OUR_STEP.search(row["CreatedBy"])
        ]
    )


async def pull(exchange: Exchange) -> Answer:
    """`docker pull`: an image of the lab is up to date; nothing is fetched for a student."""
    query = exchange.request.query
    if query.get("fromSrc") or not query.get("fromImage"):
        raise forbidden("import", "importing an image", "이미지 가져오기 (docker import)")
    wanted = query["fromImage"]
    if query.get("tag"):
        wanted += ("@" if query["tag"].startswith("sha256:") else ":") + query["tag"]
    wanted = reference(wanted)
    if exchange.session.names.image(wanted) is None:
        known = ", ".join(sorted(exchange.session.lab.images))
        raise forbidden(
            "image",
            f"the image {wanted!r}; this lab has: {known}",
            f"이미지 {wanted!r}; 이 실습의 이미지: {known}",
        )
    name, _, tag = wanted.rpartition(":")
    lines = (
        f'{{"status":"Pulling from {name if "/" in name else "library/" + name}","id":"{tag}"}}\r\n'
        f'{{"status":"Status: Image is up to date for {wanted}"}}\r\n'
    )
    return Answer(200, lines.encode(), {"Content-Type": "application/json"})


async def tag(exchange: Exchange) -> Answer:
    """`docker tag`: a name of the session's own, whatever the lab means by it [64]."""
    session, query = exchange.session, exchange.request.query
    building(session.lab)
    id_ = _own(exchange)
    name = new_reference(query.get("repo", ""), query.get("tag", ""))
    check_names(session.lab, session.names.own_images)
    await name_image(session, id_, name)
    return Answer(201)


async def remove(exchange: Exchange) -> Answer:
    """`docker rmi`: own names and images; the lab's are shared, and stay."""
    session = exchange.session
    own = session.names.own_images
    id_ = _own(exchange)
    name = reference(exchange.params["image"])
    by_name = name in session.names.images
    if by_name and own.private(name) and id_ not in own.made:
        _tell(session, "untag", id_)
        own.unname(name)
        return Answer.of([{"Untagged": name}])
    if id_ not in {*own.made, *own.stages} or (by_name and not own.private(name)):
        raise forbidden("shared-image", "removing the lab's images", "실습 이미지 삭제")
    path = f"/images/{own.repository}:{own.tags[name]}" if by_name else f"/images/{id_}"
    query = {key: "1" for key in ("force", "noprune") if exchange.request.flag(key)}
    reply = await exchange.send(path, query)
    if reply.status != 200:
        return await exchange.answer(reply)
    async with reply:
        told = json.loads(await reply.read())
    return Answer.of(_removed(session, told))


async def prune(exchange: Exchange) -> Answer:
    """`docker image prune`: images of the session's own that nothing needs [43]."""
    session = exchange.session
    own = session.names.own_images
    filters = parse_filters(exchange.request.query.get("filters", ""))
    if set(filters) - {"dangling"}:
        raise malformed("filters for prune are not supported in this lab")
    named_too = any(value.lower() not in _TRUE for value in filters.get("dangling", []))
    lives = session.recorder.lives.values()
    used = {life.plan.image_id for life in lives if not life.removed}
    gone: list[dict[str, str]] = []
    for id_ in [*reversed(list(own.made)), *own.stages]:
        if id_ in used or id_ not in {*own.made, *own.stages}:
            continue
        if session.names.image_references(id_) and not named_too:
            continue
        reply = await session.engine.send("DELETE", f"/images/{id_}", query={"force": "1"})
        async with reply:
            raw = await reply.read()
        if reply.status == 200:
            gone += _removed(session, json.loads(raw))
    return Answer.of({"ImagesDeleted": gone or None, "SpaceReclaimed": 0})


def _removed(session: Session, told: list[dict[str, str]]) -> list[dict[str, str]]:
    """Put removals on record, and return them in the student's names."""
    own = session.names.own_images
    shown: list[dict[str, str]] = []
    for item in told:
        if "Untagged" in item:
            name = own.named_by(item["Untagged"])
            if name is not None:
                _tell(session, "untag", own.images[name])
                own.unname(name)
                shown.append({"Untagged": name})
        elif not own.is_hidden(item["Deleted"]):
            if own.is_known(item["Deleted"]):
                _tell(session, "delete", item["Deleted"])
            own.gone(item["Deleted"], session.recorder.step)
            shown.append(item)
    return shown


def _tell(session: Session, action: str, id_: str) -> None:
    session.events.add("image", action, id_, {"name": id_})


def _own(exchange: Exchange) -> str:
    wanted = exchange.params["image"]
    if len(wanted) > 512:
        raise malformed("invalid reference format")
    return _known(exchange.session, wanted)


def _known(session: Session, wanted: str) -> str:
    id_ = session.names.image(wanted)
    if id_ is None:
        raise Refusal(404, "unknown-object", f"No such image: {reference(wanted)}")
    return id_
