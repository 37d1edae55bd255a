"""One request from its head to its answer, whatever happens on the way, and its line on record."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import h11

from grader.engine.client import error_message
from grader.engine.quirks import HOST_PATH
from grader.errors import EngineError, EngineUnavailable, GatewayFault
from grader.gateway.admission import Admission
from grader.gateway.exchange import Answer, AnyAnswer, Exchange, Hijacked, Streamed
from grader.gateway.refusal import Refusal, malformed
from grader.gateway.request import MAX_JSON, Request, parse_request
from grader.gateway.routes import Route, match
from grader.gateway.session import Session
from grader.gateway.wire import Wire
from grader.model.evidence import Call

PATH_CAP = 512
"""Characters of a path that the timeline keeps [81]."""
MESSAGE_CAP = 2000
"""Characters of a message that it keeps."""


@dataclass
class Handling:
    """What becomes known of a request while it is handled."""

    session: Session
    admission: Admission
    head: h11.Request | None
    """None for a request whose head was none."""
    request: Request | None = None
    route: str = ""
    exchange: Exchange | None = None
    refused: str | None = None
    place: int | None = None
    """Where it stands in the timeline."""
    began: float = field(init=False)
    step: int = field(init=False)

    def __post_init__(self) -> None:
        self.began, self.step = self.session.recorder.now(), self.session.recorder.step

    async def answer(self, wire: Wire, open_until: contextlib.ExitStack) -> AnyAnswer:
        """Answer the request. Whatever fails on our side is kept as the session's fault.

        `open_until`: closed when the answer has been passed on whole.
        """
        session = self.session
        try:
            return await self._answer(wire, open_until)
        except Refusal as refusal:
            return self.refuse(refusal)
        except EngineUnavailable as error:
            session.failed(error)
            return Answer.error(503, "the Docker engine of the lab does not answer")
        except EngineError as error:
            if gone := removed_meanwhile(session, error):
                return self.refuse(gone)
            session.failed(error)
            return Answer.error(500, "the Docker engine of the lab failed")
        except (ConnectionError, TimeoutError):
            raise
        except Exception as bug:  # noqa: BLE001 - a bug of ours must not pass for the student's
            session.failed(our_bug(f"a request {self.head!r:.300}", bug))
            return Answer.error(500, "the gateway of the lab failed")

    async def _answer(self, wire: Wire, open_until: contextlib.ExitStack) -> AnyAnswer:
        head = self.head
        assert head is not None  # noqa: S101 - without a head there is nothing to answer
        if (
            len(head.target) + sum(len(k) + len(v) for k, v in head.headers)
            > wire.bounds.head_bytes
        ):
            raise Refusal(431, "too-large", "the request's head is too large")
        names = {name for name, _ in head.headers}
        if {b"content-length", b"transfer-encoding"} <= names:
            raise malformed("a request must not tell its length in two ways")
        upgrade = b"upgrade" in names
        self.request = parse_request(head.method, head.target, upgrade=upgrade)
        route, params = match(self.request)
        self.route = route.name
        async with self._body(route, wire) as body:
            self.exchange = Exchange(self.session, self.request, params, body)
            if route.waits:
                open_until.enter_context(self.admission.waiting())
                return await route.handler(self.exchange)
            # A large body has queued already, and one queue must not wait in the other.
            async with self.admission.call(queued=route.body_cap <= MAX_JSON):
                return await route.handler(self.exchange)

    @contextlib.asynccontextmanager
    async def _body(self, route: Route, wire: Wire) -> AsyncIterator[bytes]:
        """Read the body whole, by its framing and up to its cap [9, 10]. Raises Refusal."""
        large = route.body_cap > MAX_JSON
        deadline = asyncio.get_running_loop().time() + wire.bounds.body_seconds
        async with self.session.copies if large else contextlib.nullcontext():
            with self.admission.bytes_held() as held:
                parts: list[bytes] = []
                size = 0
                while (data := await wire.data(deadline)) is not None:
                    size += len(data)
                    if size > route.body_cap:
                        raise Refusal(
                            413, "too-large", f"a body of more than {route.body_cap} bytes"
                        )
                    if not large:
                        held.add(len(data))
                    parts.append(data)
                yield b"".join(parts)

    def refuse(self, refusal: Refusal) -> Answer:
        """Return a refusal as an answer, and remember its rule."""
        self.refused = refusal.rule
        return Answer.error(refusal.status, refusal.message)

    def put_on_record(self, answer: AnyAnswer) -> None:
        """Add the request to the timeline."""
        calls = self.session.recorder.calls
        if len(calls) < self.admission.bounds.recorded_calls:
            self.place = len(calls)
            calls.append(self._call(answer))

    def put_end_on_record(self, answer: AnyAnswer) -> None:
        """Add to the timeline how an answer ended that was given bit by bit."""
        told = answer.failure() if isinstance(answer, Streamed) and answer.failure else None
        if told and self.place is not None:
            calls = self.session.recorder.calls
            calls[self.place] = calls[self.place].model_copy(update={"message": told[:MESSAGE_CAP]})

    def _call(self, answer: AnyAnswer) -> Call:
        exchange = self.exchange
        method, target = (self.head.method, self.head.target) if self.head else (b"", b"")
        path = self.request.shown_path if self.request else target.decode("ascii", "replace")
        return Call(
            step=self.step,
            at=self.began,
            seconds=round(self.session.recorder.now() - self.began, 4),
            route=self.route,
            method=method.decode("ascii", "replace")[:16],
            path=path[:PATH_CAP],
            container=exchange.container if exchange else None,
            status=_status(answer),
            refused=self.refused,
            message=_message(answer),
            command=exchange.command if exchange else (),
            target=exchange.target[:PATH_CAP] if exchange and exchange.target else None,
        )


def removed_meanwhile(session: Session, error: EngineError) -> Refusal | None:
    """Return the answer for an object that another call of the student removed meanwhile.

    None for a failure of the engine, such as an image of the lab that is not there.
    """
    words = str(error)
    if error.status != 404 or any(id_ in words for id_ in session.names.own_images.shared.values()):
        return None
    told = words.partition(": ")[2] or words
    return Refusal(404, "unknown-object", HOST_PATH.sub("(engine)", session.names.plain(told)))


def our_bug(what: str, bug: Exception) -> GatewayFault:
    """Return a bug of ours as a fault."""
    fault = GatewayFault(f"the gateway failed over {what}: {bug!r}", fix="report this bug")
    fault.__cause__ = bug
    return fault


def _status(answer: AnyAnswer) -> int:
    if isinstance(answer, Answer):
        return answer.status
    return 101 if isinstance(answer, Hijacked) else answer.reply.status


def _message(answer: AnyAnswer) -> str | None:
    if not isinstance(answer, Answer) or answer.status < 400:
        return None
    return error_message(answer.body)[:MESSAGE_CAP]
