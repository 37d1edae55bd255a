"""`docker update`."""

from __future__ import annotations

import json

from grader.gateway.exchange import Answer, Exchange
from grader.gateway.policy.bodies import ContainerUpdate
from grader.gateway.policy.updates import update_container


async def update(exchange: Exchange) -> Answer:
    """Change limits within the lab's, and the restart policy, which is ours to carry out."""
    life = exchange.life()
    wish = exchange.body(ContainerUpdate)
    plan = update_container(wish, exchange.session.lab, auto_remove=life.plan.auto_remove)
    async with life.lock:
        await life.settled()
        if plan.body:
            raw = json.dumps(plan.body).encode()
            answer = await exchange.forward(f"/containers/{life.id}/update", None, raw)
            if answer.status != 200:
                return answer
        life.updated |= plan.shown
        if plan.restart is not None:
            life.restarts.policy = plan.restart
    life.event("update")
    return Answer.of({"Warnings": None})
