"""Whose time it is while calls wait for each other."""

from __future__ import annotations

import asyncio

import pytest

from grader.gateway.turns import EngineWork, Turn, Turns


@pytest.mark.parametrize("kind", [Turn, Turns])
def test_waiting_for_another_call_is_not_the_engines_work(kind: type[Turn | Turns]) -> None:
    async def sixteen_restarts() -> list[int]:
        in_flight: list[float] = []
        turn = kind()
        seen: list[int] = []

        async def restart() -> None:
            with EngineWork(in_flight):
                async with turn:
                    await asyncio.sleep(0)
                    seen.append(len(in_flight))

        await asyncio.gather(*(restart() for _ in range(16)))
        assert in_flight == []
        return seen

    assert asyncio.run(sixteen_restarts()) == [1] * 16


def test_a_wait_that_is_given_up_leaves_nothing_behind() -> None:
    async def give_up() -> list[float]:
        in_flight: list[float] = []
        turn = Turn()
        await turn.acquire()

        async def wait() -> None:
            with EngineWork(in_flight):
                await turn.acquire()

        waiting = asyncio.create_task(wait())
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        return in_flight

    assert asyncio.run(give_up()) == []
