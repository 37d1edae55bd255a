"""How canvasapi's calls are made: with patience, to one place only, and with errors of ours.

canvasapi itself waits for ever, follows redirects, tries nothing again, and throws what comes at
its caller.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any, TypeVar
from urllib.parse import urlsplit

import requests
from canvasapi.paginated_list import PaginatedList
from canvasapi.requester import Requester
from canvasapi.util import combine_kwargs
from pydantic import SecretStr, ValidationError
from urllib3.exceptions import MaxRetryError, NewConnectionError

from grader import __version__
from grader.errors import LmsError, LmsUnavailable, UsageError
from grader.lms._canvas_answers import Answer
from grader.lms._retries import asked_wait, attempts
from grader.lms._web import BUSY, THROTTLED

SECONDS = (10.0, 60.0)
"""To connect, and for each part of an answer."""
THROTTLED_SECONDS = 5.0
"""Canvas refills what a token may spend with time, and does not say when it is enough."""
MOST_ROWS = 100_000
"""Of one list: pages that never end are no list."""
LONGEST_SAID = 200
UNREADABLE = (
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)
"""What canvasapi throws over answers that it does not expect."""

AnyAnswer = TypeVar("AnyAnswer", bound=Answer)

# It writes what students are told, and the last characters of the token, into debug logs.
logging.getLogger("canvasapi").setLevel(logging.WARNING)


class Refused(LmsError):
    """Canvas answered with a status from 400 on that waiting does not change."""

    def __init__(self, place: str, status: int, said: str) -> None:
        self.status = status
        self.said = said
        super().__init__(f"Canvas at {place} answered {status}: {said}")


def requester(url: str, token: SecretStr) -> tuple[Requester, requests.Session]:
    """Return what canvasapi's objects make their calls with, and what is to be closed at the end.

    Its calls raise LmsUnavailable after some patience, UsageError for a token that is not accepted,
    Refused and LmsError. What changes something is sent again only where it certainly was not done.
    """
    made = Requester(url, token.get_secret_value())
    session = _Session(url, token)
    made._session = session  # noqa: SLF001 - canvasapi leaves no other way to set time-outs
    return made, session


def rows(
    calls: Requester, path: str, row: type[AnyAnswer], root: str | None = None, **asked: list[str]
) -> Iterator[AnyAnswer]:
    """Yield the rows of all pages of a list. Raises LmsError where they do not end.

    They do not become objects of canvasapi, which look for a date in every text: 4 ms for each
    submission, more than Canvas itself needs.
    """

    def read(_: object, fields: object) -> AnyAnswer:
        return row.model_validate(fields)

    pages = PaginatedList(read, calls, "GET", path, _root=root, _kwargs=combine_kwargs(**asked))
    for number, one in enumerate(pages):
        if number == MOST_ROWS:
            raise LmsError(f"Canvas answered with a list of more than {MOST_ROWS} rows")
        yield one


@contextmanager
def understood(what: str) -> Iterator[None]:
    """Tell what canvasapi, or we, could not make sense of; and what the token's user may not do."""
    try:
        yield
    except Refused as refused:
        if refused.status == HTTPStatus.NOT_FOUND:
            fix = "put its number into course.yaml; it is in the address that a browser shows"
            raise UsageError(f"Canvas does not know {what}", fix=fix) from None
        if refused.status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            problem = f"the token's user may not do this with {what}: {refused.said}"
            fix = "take the token of a teacher of that course who may see and edit all grades"
            raise UsageError(problem, fix=fix) from None
        raise
    except ValidationError as bad:
        first = bad.errors(include_url=False, include_context=False)[0]
        field = ".".join(map(str, first["loc"]))
        raise LmsError(f"Canvas's answer about {what} is wrong: {field}: {first['msg']}") from None
    except UNREADABLE as bad:
        problem = f"Canvas's answer about {what} cannot be read ({type(bad).__name__})"
        raise LmsError(problem) from bad


class _Busy(Exception):
    def __init__(self, said: str, wait: float | bool) -> None:  # noqa: FBT001 - a time, or a rule
        super().__init__(said)
        self.wait = wait


class _Session(requests.Session):
    """One that canvasapi sends everything through."""

    def __init__(self, url: str, token: SecretStr) -> None:
        super().__init__()
        self._url = url
        self._token = token
        self.auth = _as_it_is

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:  # noqa: ANN401
        """Send a request, again where that is safe. Raises as `requester` says."""
        request.headers["User-Agent"] = f"lab-grader/{__version__}"
        reading = request.method == "GET"

        def wait(error: Exception) -> float | bool:
            if isinstance(error, _Busy):
                return error.wait
            passing = isinstance(error, requests.RequestException)
            return passing and (reading or _never_sent(error))

        place = _place(request.url)
        try:
            for attempt in attempts(wait):
                with attempt:
                    sent = super().send(
                        request, **{**kwargs, "timeout": SECONDS, "allow_redirects": False}
                    )
                    response = _unless_busy(sent, reading=reading)
        except _Busy as error:
            raise _unavailable(place, str(error)) from None
        except requests.RequestException as error:
            raise _unavailable(place, _said_of(error)) from None
        return self._accepted(response, place)

    def _accepted(self, response: requests.Response, place: str) -> requests.Response:
        """Return an answer that canvasapi can read."""
        status = response.status_code
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise _unavailable(place, f"answered {status}")
        if response.is_redirect or HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
            to = urlsplit(response.headers.get("location", ""))
            problem = f"Canvas at {place} sends us on to {to.netloc or to.path!r}"
            raise LmsError(problem, fix="write the address of Canvas itself into course.yaml")
        if "json" not in response.headers.get("content-type", ""):
            came = self._clean(response.headers.get("content-type", "") or "something")
            problem = f"{place} answered {status} with {came}, which is not Canvas's way"
            raise LmsError(problem, fix="look whether the address in course.yaml is Canvas's")
        if status >= HTTPStatus.BAD_REQUEST:
            if status == HTTPStatus.UNAUTHORIZED and "www-authenticate" in response.headers:
                fix = "make a new one in Canvas: Account, Settings, New Access Token"
                raise UsageError(f"Canvas at {place} does not accept the token", fix=fix)
            raise Refused(place, status, self._clean(_message(response)))
        following = response.links.get("next", {}).get("url")
        if following is not None:
            self._stay(response, following)
        return response

    def _stay(self, response: requests.Response, following: str) -> None:
        """Raise LmsError for a next page that is elsewhere, or the same again."""
        if not following.startswith(f"{self._url}/api/v1/"):
            problem = f"Canvas's next page is at {self._clean(urlsplit(following).netloc)!r}"
            fix = "write the address that Canvas itself uses into course.yaml"
            raise LmsError(f"{problem}: not asked for", fix=fix)
        if following == response.url:
            raise LmsError(f"Canvas at {_place(following)} names the same page as the next one")

    def _clean(self, text: str) -> str:
        """Return what somebody else said, fit to be shown."""
        plain = text.replace(self._token.get_secret_value(), "…")
        line = " ".join("".join(c if c.isprintable() else " " for c in plain).split())
        return line if len(line) <= LONGEST_SAID else f"{line[:LONGEST_SAID]}…"


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Leave canvasapi's token in place: requests would prefer what `~/.netrc` says of the host."""
    return request


def _unless_busy(response: requests.Response, *, reading: bool) -> requests.Response:
    status = response.status_code
    # A 403 until October 2025, then a 429: https://github.com/ucfopen/canvasapi/issues/704
    throttled = status == HTTPStatus.TOO_MANY_REQUESTS or (
        status == THROTTLED[0] and THROTTLED[1] in response.text.lower()
    )
    if throttled:
        asked = response.headers.get("retry-after")
        wait = THROTTLED_SECONDS if asked is None else asked_wait(asked)
        raise _Busy("says that we ask too much at once", wait)
    if status in BUSY or (reading and status >= HTTPStatus.INTERNAL_SERVER_ERROR):
        raise _Busy(f"answered {status}", asked_wait(response.headers.get("retry-after")))
    return response


def _never_sent(error: Exception) -> bool:
    if isinstance(error, requests.ConnectTimeout):
        return True
    cause = error.args[0] if error.args else None
    return isinstance(cause, MaxRetryError) and isinstance(cause.reason, NewConnectionError)


def _unavailable(place: str, why: str) -> LmsUnavailable:
    fix = "try again later; what was written is not lost"
    return LmsUnavailable(f"Canvas at {place} {why}", fix=fix)


def _said_of(error: requests.RequestException) -> str:
    if isinstance(error, requests.exceptions.SSLError):
        return "has a certificate that is not trusted here"
    if _never_sent(error):
        return "cannot be reached"
    return "did not answer in time" if isinstance(error, requests.Timeout) else "broke off"


def _message(response: requests.Response) -> str:
    """Return the text in an error of Canvas, which has several forms."""
    try:
        body = response.json()
    except (RecursionError, ValueError):
        return "no JSON"
    for _ in range(4):
        if isinstance(body, dict):
            known = ("errors", "error", "message")
            body = next((body[key] for key in known if body.get(key)), str(body))
        elif isinstance(body, list) and body:
            body = body[0]
    return str(body)


def _place(url: str | None) -> str:
    """Return host and path: a query may hold what nobody is to read."""
    parts = urlsplit(url or "")
    return f"{parts.netloc}{parts.path}"
