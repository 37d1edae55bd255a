"""`docker build`, with the classic builder."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import time
from collections.abc import AsyncIterator
from typing import Any

from grader.engine.quirks import HOST_PATH
from grader.engine.sessions import SESSION_LABEL
from grader.errors import EngineError
from grader.gateway.exchange import Answer, AnyAnswer, Exchange, Streamed
from grader.gateway.images.archives import check_archives
from grader.gateway.images.context import HIDDEN_NAME, read_context
from grader.gateway.images.dockerfile import Dockerfile, parse_dockerfile
from grader.gateway.images.options import BuildOptions, build_options, limits
from grader.gateway.images.output import OUTPUT_CAP, Output, is_removal
from grader.gateway.images.own import OwnImage
from grader.gateway.images.plan import BuildPlan, ImageFacts, plan_build
from grader.gateway.images.references import new_reference
from grader.gateway.policy.images import building, check_count
from grader.gateway.policy.limits import MIB
from grader.gateway.session import Session

BUILD_SECONDS = 600.0
"""The longest that a build may take."""
DOCKERFILE_KEPT = 16 * 1024
"""Bytes of a Dockerfile that go on record."""
LIMIT_TRIES = 50
LIMIT_PAUSE = 0.1
LAYER_FILES = 4
"""A step of a build may write so many files of the largest size."""
WATCH_PAUSE = 1.0


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
    query |= {"buildargs": json.dumps(options.arguments)}

    async def body() -> AsyncIterator[bytes]:
        yield clean

    kept = raw[:DOCKERFILE_KEPT].decode("utf-8", "replace")
    made = OwnImage("", "build", session.recorder.step, plan.base, kept)
    work = _Build(session, options, plan, made, tags)
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
    )


async def image_facts(session: Session, id_: str) -> ImageFacts:
    """Return what a build has to know of an image. Raises EngineError."""
    known = session.names.own_images.facts
    if id_ not in known:
        told = await session.engine.call("GET", f"/images/{id_}/json")
        config = told.get("Config") or {}
        known[id_] = ImageFacts(
            environment=tuple(config.get("Env") or ()),
            working_dir=config.get("WorkingDir") or "",
            triggers=bool(config.get("OnBuild")),
        )
    return known[id_]


async def keep(session: Session, made: OwnImage, references: list[str]) -> None:
    """Put a new image on record under its names, each with a tag of ours on the engine.

    Raises EngineError, also for an image that does not carry our label.
    """
    own = session.names.own_images
    told = await session.engine.call("GET", f"/images/{made.id}/json")
    labels = (told.get("Config") or {}).get("Labels") or {}
    if labels.get(SESSION_LABEL) != session.token:
        raise EngineError(f"the image {made.id} was made, but without the label of its session")
    own.add(made)
    for reference in references:
        await tag(session, made.id, reference)


async def tag(session: Session, id_: str, reference: str) -> None:
    """Let a name mean an image of the session. Raises EngineError."""
    own = session.names.own_images
    if id_ in own.made:
        query = {"repo": own.repository, "tag": own.new_tag(reference)}
        await session.engine.call("POST", f"/images/{id_}/tag", query=query)
    else:
        # The image that it meant before keeps our tag: a student's would be dangling, not removed.
        own.tags.pop(reference, None)
    own.name(reference, id_, session.recorder.step)
    session.events.add("image", "tag", id_, {"name": reference})


def _with_own_lines(answer: Answer, plan: BuildPlan, name: str) -> Answer:
    """Return an error with the line numbers of the student's Dockerfile."""
    message = str(json.loads(answer.body).get("message", "")).replace(HIDDEN_NAME, name)
    message = re.sub(
        r"(parse error (?:on )?line )(\d{1,6})",
        lambda found: found[1] + str(plan.origin(int(found[2]))),
        message,
    )
    return Answer.error(answer.status, message)


class _Build:
    """One build under way."""

    def __init__(
        self,
        session: Session,
        options: BuildOptions,
        plan: BuildPlan,
        made: OwnImage,
        tags: list[str],
    ) -> None:
        self.session = session
        self.options = options
        self.made = made
        self.tags = tags
        self.output = Output(plan, options.labels, self._plain)
        self.held: list[dict[str, Any]] = []
        self.removal: list[dict[str, Any]] = []
        """The removal of a step's container, held back: after a failure we do it unasked."""
        self.size = 0
        self.watch: asyncio.Task[None] | None = None
        """Looks at what the `RUN` under way writes."""
        self.why_stopped = ""
        self.failure: str | None = "the client broke the build off"

    async def messages(self, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """Yield the messages for the client. Raises EngineError."""
        try:
            async for told in self._told(chunks):
                for message in await self._passed_on(told):
                    yield _message(message)
        except (TimeoutError, _TooMuch) as error:
            why = str(error) or f"took longer than {BUILD_SECONDS:.0f} seconds"
            self.failure = text = f"the build {why}, and was stopped"
            yield _message({"errorDetail": {"message": text}, "error": text})
            return
        finally:
            self._unwatch()
            self.failure = self.output.error or self.failure
        if self.output.error is None and self.output.image:
            try:
                lines = await self._finished(self.output.image)
            except EngineError as error:
                if error.status != 404:
                    raise
                # Another call of the student has removed it already.
                self.failure = text = f"No such image: {self.output.image}"
                yield _message({"errorDetail": {"message": text}, "error": text})
                return
            self.failure = None
            for line in lines:
                yield _message({"stream": line})

    async def _told(self, chunks: AsyncIterator[bytes]) -> AsyncIterator[dict[str, Any]]:
        """Yield the engine's messages. Raises TimeoutError, EngineError.

        The student's clock stands while the engine works, and goes while a `RUN` does.
        """
        deadline = asyncio.get_running_loop().time() + BUILD_SECONDS
        while True:
            with _Working(self.session, counted=not self.output.busy):
                async with asyncio.timeout_at(deadline):
                    chunk = await anext(chunks, None)
            if chunk is None:
                return
            for message in self.output.messages(chunk):
                yield message

    async def _passed_on(self, told: dict[str, Any]) -> list[dict[str, Any]]:
        """Return what the client gets for a message, now; without `-q` that is the message."""
        shown = self.output.shown(told)
        if self.output.running:
            await self._limit(self.output.running)
            self.watch = asyncio.create_task(self._watch(self.output.running))
        elif not self.output.busy:
            self._unwatch()
        if shown is None:
            return []
        if "error" in shown and self.why_stopped:
            raise _TooMuch(self.why_stopped)
        self.size += len(str(shown))
        if self.size > OUTPUT_CAP:
            raise _TooMuch(f"printed more than {OUTPUT_CAP // 1024**2} MiB")
        if self.options.quiet and "stream" in shown:
            self.held.append(shown)
            return []
        if "error" in shown and self.removal and self.options.flags.get("forcerm") != "1":
            self.removal = []
        ready, self.removal = [*self.removal, shown], []
        if is_removal(str(shown.get("stream"))):
            ready, self.removal = ready[:-1], ready[-1:]
        return [*self.held, *ready] if "error" in shown else ready

    async def _finished(self, id_: str) -> list[str]:
        """Put the image on record; return the last lines of the build's output."""
        self.made.id = id_
        own = self.session.names.own_images
        own.stages |= self.output.stages - {id_}
        own.steps |= self.output.steps
        own.hidden |= self.output.hidden
        await keep(self.session, self.made, self.tags)
        if self.options.quiet:
            return [f"{id_}\n"]
        return [f"Successfully tagged {tag}\n" for tag in self.tags]

    async def _limit(self, beginning: str) -> None:
        """Limit the processes of a `RUN`, for which the build itself has no option [72].

        Raises EngineError where it runs on without.
        """
        engine = self.session.engine
        body = {"PidsLimit": self.session.lab.limits.pids}
        for last in (*[False] * LIMIT_TRIES, True):
            try:
                told = await engine.call("GET", f"/containers/{beginning}/json")
                if (told["Config"].get("Labels") or {}).get(SESSION_LABEL) == self.session.token:
                    path = f"/containers/{told['Id']}/update"
                    await engine.call("POST", path, json_body=body)
            except EngineError as error:
                if error.status in (404, 409):
                    return
                # It may just have ended: the engine needs a moment to notice.
                if error.status != 500 or last:
                    raise
                await asyncio.sleep(LIMIT_PAUSE)
            else:
                return

    async def _watch(self, beginning: str) -> None:
        """Kill the container of a `RUN` that fills the disk [63]; the build ends with it."""
        engine = self.session.engine
        most = LAYER_FILES * self.session.lab.limits.file_mb
        with contextlib.suppress(EngineError):
            while True:
                await asyncio.sleep(WATCH_PAUSE)
                path = f"/containers/{beginning}"
                told = await engine.call("GET", f"{path}/json", query={"size": "1"})
                labels = told["Config"].get("Labels") or {}
                if labels.get(SESSION_LABEL) != self.session.token:
                    return
                if told.get("SizeRw", 0) > most * MIB:
                    self.why_stopped = f"wrote more than {most} MiB in one step"
                    await engine.call("POST", f"/containers/{told['Id']}/kill")
                    return

    def _unwatch(self) -> None:
        if self.watch is not None:
            self.watch.cancel()
            self.watch = None

    def _plain(self, text: str) -> str:
        return HOST_PATH.sub("(engine)", self.session.names.plain(text))


class _TooMuch(Exception):
    """A build printed more than anyone reads."""


class _Working:
    """Counts the engine's own work, as the server does for calls that are answered at once."""

    def __init__(self, session: Session, *, counted: bool) -> None:
        self.in_flight = session.in_flight if counted else []
        self.began = time.monotonic()

    def __enter__(self) -> None:
        self.in_flight.append(self.began)

    def __exit__(self, *_: object) -> None:
        self.in_flight.remove(self.began)


def _message(message: dict[str, Any]) -> bytes:
    return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode() + b"\r\n"
