"""Images: the lab's own, read only."""

from __future__ import annotations

from typing import Any

from grader.gateway.exchange import Answer, Exchange
from grader.gateway.refusal import Refusal, forbidden, malformed
from grader.gateway.view import images as view
from grader.model.image import reference


async def list_(exchange: Exchange) -> Answer:
    """`docker images`."""
    names = exchange.session.names
    told = await exchange.session.engine.call("GET", "/images/json", query={"all": "0"})
    wanted = set(names.images.values())
    rows = [view.image(row, names) for row in told if row["Id"] in wanted]
    return Answer.of([row | {"Containers": -1} for row in rows])


async def inspect(exchange: Exchange) -> Answer:
    """`docker image inspect`."""
    id_ = _own(exchange)
    told = await exchange.session.engine.call("GET", f"/images/{id_}/json")
    return Answer.of(view.image(told, exchange.session.names))


async def history(exchange: Exchange) -> Answer:
    """`docker history`."""
    id_ = _own(exchange)
    told: list[dict[str, Any]] = await exchange.session.engine.call("GET", f"/images/{id_}/history")
    names = exchange.session.names
    return Answer.of([row | {"Tags": names.image_references(row["Id"]) or None} for row in told])


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


async def remove(exchange: Exchange) -> Answer:
    """`docker rmi`: the lab's images are shared, and stay."""
    _own(exchange)
    raise forbidden("shared-image", "removing the lab's images", "실습 이미지 삭제")


def _own(exchange: Exchange) -> str:
    wanted = exchange.params["image"]
    if len(wanted) > 512:
        raise malformed("invalid reference format")
    id_ = exchange.session.names.image(wanted)
    if id_ is None:
        raise Refusal(404, "unknown-object", f"No such image: {reference(wanted)}")
    return id_
