"""What a container must be like before something is done with it."""

from __future__ import annotations

from grader.gateway.exchange import Exchange
from grader.gateway.record.life import Life
from grader.gateway.record.user_files import can_wait
from grader.gateway.refusal import Refusal, not_found


async def refuse_gone(exchange: Exchange, life: Life) -> None:
    """Wait for an exit that has happened; raise Refusal if it took the container with it."""
    await life.settled()
    if life.removed:
        raise not_found("container", exchange.params["container"])


def refuse_waiting_files(life: Life) -> None:
    """Raise Refusal where the runtime would wait for ever for one of the container's files."""
    layer = life.memory.layer
    if layer is not None and (path := can_wait(layer)):
        raise Refusal(409, "waiting-file", f"Container {life.id}: {path} is no plain file")


def restarting(life: Life) -> Refusal:
    """Return the refusal of what needs a running container while one starts again."""
    return Refusal(
        409,
        "restarting",
        f"Container {life.id} is restarting, wait until the container is running",
    )
