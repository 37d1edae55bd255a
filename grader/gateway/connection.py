"""One connection of a client: request after request, or a raw stream in the end."""

from __future__ import annotations

import asyncio
import contextlib

import h11

from grader.engine.client import READ_SIZE
from grader.gateway.admission import Admission
from grader.gateway.exchange import Answer, AnyAnswer, Hijacked, Streamed
from grader.gateway.handling import Handling
from grader.gateway.refusal import Refusal
from grader.gateway.session import Session
from grader.gateway.streams import pass_on, pass_raw
from grader.gateway.wire import Wire


async def serve(session: Session, admission: Admission, wire: Wire) -> None:
    """Serve until one side closes."""
    while True:
        try:
            head = await wire.head()
        except Refusal as refusal:
            await _end(wire, _refused(session, admission, refusal))
            return
        if head is None:
            return
        handling = Handling(session, admission, head)
        with contextlib.ExitStack() as held:
            answer = await handling.answer(wire, held)
            handling.put_on_record(answer)
            try:
                size = len(answer.body) if isinstance(answer, Answer) else 0
                with admission.unread(size):
                    await _give(session, wire, answer)
            finally:
                handling.put_end_on_record(answer)
        if wire.http.our_state is not h11.DONE or wire.http.their_state is not h11.DONE:
            return
        wire.http.start_next_cycle()


async def turn_away(session: Session, admission: Admission, wire: Wire) -> None:
    """Tell a client that there are too many of it."""
    with contextlib.suppress(TimeoutError):
        # What it has sent is taken in: closing over it would tear the answer from its hands.
        async with asyncio.timeout(wire.bounds.linger_seconds):
            await wire.reader.read(READ_SIZE)
    most = admission.bounds.connections
    refusal = Refusal(503, "too-many", f"more than {most} connections at a time are not accepted")
    await wire.say(_refused(session, admission, refusal))


def _refused(session: Session, admission: Admission, refusal: Refusal) -> Answer:
    """Refuse what never became a request."""
    handling = Handling(session, admission, None)
    answer = handling.refuse(refusal)
    handling.put_on_record(answer)
    return answer


async def _give(session: Session, wire: Wire, answer: AnyAnswer) -> None:
    if isinstance(answer, Hijacked):
        await pass_raw(session, wire, answer)
    elif isinstance(answer, Streamed):
        await pass_on(session, wire, answer)
    elif wire.http.their_state in {h11.SEND_BODY, h11.ERROR}:
        # What is left of a refused body is not worth reading: the connection ends here.
        await _end(wire, answer)
    else:
        await wire.say(answer)


async def _end(wire: Wire, answer: Answer) -> None:
    await wire.say(Answer(answer.status, answer.body, answer.headers | {"Connection": "close"}))
    await wire.linger()
