"""Calls to a platform over HTTP, for the kinds that have no library of their own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self
from urllib.parse import urlsplit

import httpx2 as httpx

from grader import __version__
from grader.errors import LmsError, LmsUnavailable
from grader.lms._patience import asked_wait, attempts

SECONDS = httpx.Timeout(60.0, connect=10.0)
BUSY = (429, 503)
"""The platform did nothing, and says so."""
PASSING = (*BUSY, 500, 502, 504)
"""It may go well the next time; whether anything was done, nobody knows."""


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
        form: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """Ask for something that changes nothing, again and again where it fails in passing.

        Raises LmsUnavailable, or LmsError for an answer that leads elsewhere; all other answers
        are returned, errors of the caller's among them.
        """
        request = self._client.build_request(method, url, headers=headers, data=form, params=params)
        return self._ask(request, again=(httpx.TransportError,), passing=PASSING)

    def write(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
        content: bytes | None = None,
    ) -> httpx.Response:
        """Ask for a change; made again only where it certainly was not made.

        Raises as `read` does; after LmsUnavailable, it may have been made.
        """
        request = self._client.build_request(
            method, url, headers=headers, data=form, content=content
        )
        never_sent = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
        return self._ask(request, again=never_sent, passing=BUSY)

    def _ask(
        self,
        request: httpx.Request,
        *,
        again: tuple[type[Exception], ...],
        passing: tuple[int, ...],
    ) -> httpx.Response:
        def wait(error: Exception) -> float | bool:
            return error.wait if isinstance(error, _Busy) else isinstance(error, again)

        try:
            for attempt in attempts(wait):
                with attempt:
                    response = _unless_busy(self._client.send(request), passing)
        except _Busy as error:
            raise self._unavailable(request, f"answered {error}") from None
        except httpx.TransportError as error:
            raise self._unavailable(request, _said(error)) from None
        if response.status_code in PASSING:
            raise self._unavailable(request, f"answered {response.status_code}")
        if response.is_redirect:
            raise self._elsewhere(request, response)
        return response

    def _unavailable(self, request: httpx.Request, why: str) -> LmsUnavailable:
        problem = f"{self._name} at {_place(request.url)} {why}"
        return LmsUnavailable(problem, fix="try again later; what was written is not lost")

    def _elsewhere(self, request: httpx.Request, response: httpx.Response) -> LmsError:
        to = urlsplit(response.headers.get("location", ""))
        problem = f"{self._name} at {_place(request.url)} sends us on to {to.netloc or to.path!r}"
        fix = "write the address where the platform itself is into course.yaml"
        return LmsError(problem, fix=fix)


def _unless_busy(response: httpx.Response, passing: tuple[int, ...]) -> httpx.Response:
    if response.status_code in passing:
        raise _Busy(response)
    return response


def _place(url: httpx.URL) -> str:
    """Return host and path: a query may hold what nobody is to read."""
    return f"{url.host}{url.path}"


def _said(error: httpx.TransportError) -> str:
    match error:
        case httpx.ConnectError() | httpx.ConnectTimeout():
            return "cannot be reached" + (f": {error}" if str(error) else "")
        case httpx.TimeoutException():
            return "did not answer in time"
    return "broke off"
