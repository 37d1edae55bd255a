"""What a container shows: its streams, logs, statistics, processes and changes."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from http import HTTPStatus
from operator import itemgetter

from grader.gateway.calls._terminal import detach_keys, is_shell, window
from grader.gateway.calls._times import moment
from grader.gateway.exchange import Answer, AnyAnswer, Exchange, Hijacked, Streamed
from grader.gateway.names import Names
from grader.gateway.refusal import malformed

_TAIL = re.compile(r"[0-9]{1,9}")
"""A number of lines; more of them than that are all."""


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
    interactive = "stdin" in query and life.plan.body["OpenStdin"] is True
    piped_shell = interactive and not life.plan.body["Tty"] and is_shell(await life.command())
    reply = await exchange.session.engine.send(
        "POST", f"/containers/{life.id}/attach", query=query, hijack=True
    )
    if not reply.hijacked:
        return await exchange.answer(reply)
    life.event("attach")
    return Hijacked(reply, life.id, interactive=interactive, joined=runs, piped_shell=piped_shell)


async def logs(exchange: Exchange) -> AnyAnswer:
    """`docker logs`."""
    life = exchange.life()
    query = {
        key: "1"
        for key in ("stdout", "stderr", "follow", "timestamps")
        if exchange.request.flag(key)
    }
    # Clients say `all`, the engine's own choice for everything that is no number.
    if found := _TAIL.fullmatch(exchange.request.query.get("tail", "")):
        query["tail"] = found[0]
    for key in ("since", "until"):
        if (at := moment(exchange.request.query.get(key, "")) or 0) > 0:
            query[key] = f"{at // 1_000_000_000}.{at % 1_000_000_000:09}"
    return await exchange.stream(f"/containers/{life.id}/logs", query)


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


async def top(exchange: Exchange) -> Answer:
    """`docker top`. The caller's options for `ps` would run on the host: they are dropped."""
    return await exchange.forward(f"/containers/{exchange.life().id}/top")


async def diff(exchange: Exchange) -> Answer:
    """`docker diff`, by path: the engine's order is another one each time, and reasons quote it."""
    answer = await exchange.forward(f"/containers/{exchange.life().id}/changes")
    if answer.status != HTTPStatus.OK:
        return answer
    changes = json.loads(answer.body)
    return Answer.of(changes and sorted(changes, key=itemgetter("Path")))
