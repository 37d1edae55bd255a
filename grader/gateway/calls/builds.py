"""`docker build`, with the classic builder."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator

from grader.errors import EngineError
from grader.gateway.calls._own_images import image_facts
from grader.gateway.calls._running_build import RunningBuild
from grader.gateway.exchange import Answer, AnyAnswer, Exchange, Streamed
from grader.gateway.images.archives import check_archives
from grader.gateway.images.context import HIDDEN_NAME, read_context
from grader.gateway.images.dockerfile import Dockerfile, parse_dockerfile
from grader.gateway.images.options import BuildOptions, build_options, limits
from grader.gateway.images.own import OwnImage
from grader.gateway.images.plan import BuildPlan, plan_build
from grader.gateway.images.references import new_reference
from grader.gateway.policy.images import building, check_count
from grader.gateway.session import Session

DOCKERFILE_KEPT = 16 * 1024
"""Bytes of a Dockerfile that go on record."""


async def build(exchange: Exchange) -> AnyAnswer:
    """Read context and Dockerfile, write both anew, and pass the builder's messages on."""
    session = exchange.session
    building(session.lab)
    options = build_options(exchange.request)
    tags = [new_reference(tag) for tag in options.tags if tag]
    context = await asyncio.to_thread(read_context, exchange.raw_body, options.dockerfile)
    name, raw = context.dockerfile(options.dockerfile)
    dockerfile = parse_dockerfile(raw, name)
    plan = await _plan(session, dockerfile, options)
    if any(given.keyword == "ADD" for given in dockerfile.instructions):
        contents = [content for _, content in context.members.values()]
        await asyncio.to_thread(check_archives, contents)
    clean = await asyncio.to_thread(context.rewritten, name, plan.text)
    exchange.raw_body = b""  # The build may go on for long; its context need not be kept twice.
    query = limits(session.lab) | options.flags | {"rm": "1", "forcerm": "1"}
    query |= {"dockerfile": HIDDEN_NAME, "labels": json.dumps(options.labels)}
    query |= {"buildargs": json.dumps(options.arguments)} | _cache(session, options)

    async def body() -> AsyncIterator[bytes]:
        yield clean

    kept = raw[:DOCKERFILE_KEPT].decode("utf-8", "replace")
    made = OwnImage("", "build", session.recorder.step, plan.base, kept)
    work = RunningBuild(session, options, plan, made, tags)
    await session.builds.acquire()
    try:
        check_count(session.lab, session.names.own_images)
        reply = await exchange.send("/build", query, body())
    except BaseException:
        session.builds.release()
        raise
    if reply.status != 200:
        session.builds.release()
        return _with_own_lines(await exchange.answer(reply), plan, name)
    return Streamed(
        reply,
        {"Content-Type": "application/json"},
        rewrite=work.messages,
        ended=session.builds.release,
        failure=lambda: work.failure,
    )


async def prune(exchange: Exchange) -> Answer:
    """`docker builder prune`: the classic builder has no cache apart from its images."""
    del exchange
    return Answer.of({"CachesDeleted": None, "SpaceReclaimed": 0})


async def _plan(session: Session, dockerfile: Dockerfile, options: BuildOptions) -> BuildPlan:
    names = session.names
    own = names.own_images
    ids = {*names.images.values(), *own.shared.values(), *own.made, *own.stages}
    facts = {}
    for id_ in ids:
        try:
            facts[id_] = await image_facts(session, id_)
        except EngineError as error:
            # One of the student's own may have been removed meanwhile.
            if error.status != 404 or id_ in own.shared.values():
                raise

    def image(wanted: str) -> str | None:
        id_ = names.image(wanted)
        return id_ if id_ in facts else None

    return plan_build(
        dockerfile,
        images=image,
        facts=facts,
        labels=session.labels,
        arguments=options.arguments,
        target=options.target,
        labelled=bool(options.labels),
    )


def _cache(session: Session, options: BuildOptions) -> dict[str, str]:
    """Return where the cache is from: images that the session may use, by their ids [71]."""
    if not options.cache_from:
        return {}
    known = [id_ for name in options.cache_from if (id_ := session.names.image(name))]
    return {"cachefrom": json.dumps(known)} if known else {"nocache": "1"}


def _with_own_lines(answer: Answer, plan: BuildPlan, name: str) -> Answer:
    """Return an error with the line numbers of the student's Dockerfile."""
    message = str(json.loads(answer.body).get("message", "")).replace(HIDDEN_NAME, name)
    message = re.sub(
        r"(parse error (?:on )?line )(\d{1,6})",
        lambda found: found[1] + str(plan.origin(int(found[2]))),
        message,
    )
    return Answer.error(answer.status, message)
