"""Calls to a platform over HTTP, for the kinds that have no library of their own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Self
from urllib.parse import urlsplit

import httpx2 as httpx

from grader import __version__
from grader.errors import LmsError, LmsUnavailable
from grader.lms._retries import asked_wait, attempts

SECONDS = httpx.Timeout(60.0, connect=10.0)
BUSY = (429, 503)
"""The platform did nothing, and says so."""
THROTTLED = 403, "rate limit exceeded"
"""Canvas's way to say that it is busy; a real 403 says something else."""
PASSING = (*BUSY, 500, 502, 504)
"""It may go well the next time; whether anything was done, nobody knows."""

Form = Mapping[str, str] | Callable[[], Mapping[str, str]]
"""A function makes it anew for each attempt: some of its contents may be used only once."""
Judge = Callable[[httpx.Response], bool]


class _Busy(Exception):
    def __init__(self, response: httpx.Response) -> None:
        super().__init__(response.status_code)
        self.wait = asked_wait(response.headers.get("retry-after"))


class Web:
    """A connection that waits and tries again where that is safe. Use in a `with` block.

    No redirect is followed: it would hand the token on to somebody else.
    """

    def __init__(self, name: str) -> None:
        """Take the platform's name for people, such as 'Moodle'."""
        self._name = name
        self._client = httpx.Client(
            timeout=SECONDS, headers={"User-Agent": f"lab-grader/{__version__}"}
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def read(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        form: Form | None = None,
        params: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """Ask for something that changes nothing, again and again where it fails in passing.

        Raises LmsUnavailable, or LmsError for an answer that leads elsewhere; all other answers
        are returned, errors of the caller's among them.
        """

        def request() -> httpx.Request:
            data = form() if callable(form) else form
            return self._client.build_request(
                method, url, headers=headers, data=data, params=params
            )

        return self._ask(request, again=(httpx.TransportError,), passing=PASSING)

    def write(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
        content: bytes | None = None,
        last_word: Judge | None = None,
    ) -> httpx.Response:
        """Ask for a change; made again only where it certainly was not made.

        `last_word` tells an answer that would pass for a passing fault, and is none. Raises as
        `read` does; after LmsUnavailable, it may have been made.
        """

        def request() -> httpx.Request:
            return self._client.build_request(
                method, url, headers=headers, data=form, content=content
            )

        never_sent = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
        return self._ask(request, again=never_sent, passing=BUSY, last_word=last_word)

    def _ask(
        self,
        build: Callable[[], httpx.Request],
        *,
        again: tuple[type[Exception], ...],
        passing: tuple[int, ...],
        last_word: Judge | None = None,
    ) -> httpx.Response:
        def wait(error: Exception) -> float | bool:
            return error.wait if isinstance(error, _Busy) else isinstance(error, again)

        request = build()
        try:
            for number, attempt in enumerate(attempts(wait)):
                with attempt:
                    request = build() if number else request
                    response = _unless_busy(self._client.send(request), passing, last_word)
        except _Busy as error:
            raise self._unavailable(request, f"answered {error}") from None
        except httpx.TransportError as error:
            raise self._unavailable(request, _said(error)) from None
        if response.status_code in PASSING and not (last_word and last_word(response)):
            raise self._unavailable(request, f"answered {response.status_code}")
        if response.is_redirect:
            raise self._elsewhere(request, response)
        return response

    def _unavailable(self, request: httpx.Request, why: str) -> LmsUnavailable:
        problem = f"{self._name} at {place(request.url)} {why}"
        return LmsUnavailable(problem, fix="try again later; what was written is not lost")

    def _elsewhere(self, request: httpx.Request, response: httpx.Response) -> LmsError:
        to = urlsplit(response.headers.get("location", ""))
        problem = f"{self._name} at {place(request.url)} sends us on to {to.netloc or to.path!r}"
        fix = "write the address where the platform itself is into course.yaml"
        return LmsError(problem, fix=fix)


def _unless_busy(
    response: httpx.Response, passing: tuple[int, ...], last_word: Judge | None
) -> httpx.Response:
    if last_word and last_word(response):
        return response
    status, text = THROTTLED
    throttled = response.status_code == status and text in response.text.lower()
    if throttled or response.status_code in passing:
        raise _Busy(response)
    return response


def place(url: httpx.URL) -> str:
    """Return host and path: a query may hold what nobody is to read."""
    return f"{url.host}{url.path}"


def _said(error: httpx.TransportError) -> str:
    match error:
        case httpx.ConnectError() | httpx.ConnectTimeout():
            return "cannot be reached" + (f": {error}" if str(error) else "")
        case httpx.TimeoutException():
            return "did not answer in time"
    return "broke off"
