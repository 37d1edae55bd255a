"""Faults on the way to a fake platform are those that they are said to be."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Event

import httpx2 as httpx
import pytest
from fastapi import FastAPI, Request
from loopback import Asked, Faults, Response, served


class Counting:
    """Counts what was done."""

    def __init__(self) -> None:
        self.done: list[bytes] = []
        self.faults = Faults(self._app())

    def _app(self) -> FastAPI:
        app = FastAPI()

        @app.post("/do")
        async def do(request: Request) -> int:
            self.done.append(await request.body())
            return len(self.done)

        @app.get("/bug")
        def bug() -> None:
            raise ZeroDivisionError

        return app


@pytest.fixture
def counting() -> Counting:
    return Counting()


@pytest.fixture
def client(counting: Counting) -> Iterator[httpx.Client]:
    with served(counting.faults) as url, httpx.Client(base_url=url, timeout=30) as client:
        yield client


def test_all_goes_through_while_nothing_is_broken(counting: Counting, client: httpx.Client) -> None:
    assert [client.post("/do?a=b", content=text).json() for text in ("one", "two")] == [1, 2]
    assert counting.done == [b"one", b"two"]
    assert counting.faults.asked[0] == Asked("POST", "/do?a=b", b"one")
    assert counting.faults.count("POST /do") == 2
    assert counting.faults.count("one") == 1


@pytest.mark.parametrize(("fault", "done"), [("drop-before", 0), ("drop-after", 1)])
def test_a_dropped_connection(
    counting: Counting, client: httpx.Client, fault: str, done: int
) -> None:
    counting.faults.add("POST /do", fault)  # type: ignore[arg-type] # one of the two above
    with pytest.raises(httpx.TransportError):
        client.post("/do")
    assert len(counting.done) == done
    assert client.post("/do").json() == done + 1


def test_an_answer_that_does_not_come_in_time(counting: Counting, client: httpx.Client) -> None:
    done = Event()
    counting.faults.add("POST", "stall-after")
    with pytest.raises(httpx.ReadTimeout):
        client.post("/do", timeout=httpx.Timeout(30, read=0.2))
    counting.faults.after("POST", done.set)
    assert client.post("/do").json() == 2
    assert done.is_set()


@pytest.mark.parametrize("done", [False, True])
def test_another_answer(counting: Counting, client: httpx.Client, *, done: bool) -> None:
    busy = Response(503, {"Retry-After": "1"}, b"busy", done=done)
    counting.faults.add(lambda asked: asked.body == b"x", busy, times=2)
    answers = [client.post("/do", content=text) for text in ("x", "y", "x", "x")]
    assert [answer.status_code for answer in answers] == [503, 200, 503, 200]
    assert answers[0].headers["retry-after"] == "1"
    assert answers[0].text == "busy"
    assert len(counting.done) == (4 if done else 2)


def test_something_happens_before_and_after(counting: Counting, client: httpx.Client) -> None:
    seen: list[int] = []
    counting.faults.before("/do", lambda: seen.append(len(counting.done)))
    counting.faults.after("/do", lambda: seen.append(len(counting.done)))
    assert [client.post("/do").json() for _ in range(3)] == [1, 2, 3]
    assert seen == [0, 2]


def test_a_bug_of_the_app_is_told_at_the_end(counting: Counting) -> None:
    with pytest.raises(ZeroDivisionError), served(counting.faults) as url:
        assert httpx.get(f"{url}/bug").status_code == 500
