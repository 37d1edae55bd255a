"""Moodle's web service functions over its REST protocol, and what goes wrong with them.

Every error of Moodle's own is an answer 200 with an `exception` in it (measured on 4.3).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TypeVar

import httpx2 as httpx
from pydantic import SecretStr, ValidationError

from grader.errors import LmsError, LmsUnavailable, UsageError
from grader.lms._moodle_answers import Answer
from grader.lms._web import Web

OK = 200
MOST_SAID = 200
"""Characters of an answer that are worth showing."""

TOKEN = frozenset({"invalidtoken", "tokenexpired", "invalidtimedtoken", "servicenotavailable"})
"""The token is not, or no longer, accepted."""
ACCESS = frozenset({"accessexception", "servicerequireslogin"})
"""The function, the protocol or the user is not allowed in the token's service."""
RIGHTS = frozenset(
    {
        "nopermissions",
        "nopermission",
        "nopermissiontoviewgrades",
        "requireloginerror",
        "cannotviewprofile",
        "usernotfullysetup",
        "sitepolicynotagreed",
        "forcepasswordchangenotice",
    }
)
"""The token's user may not do it in this course."""
PASSING = frozenset(
    {
        "sitemaintenance",
        "upgraderunning",
        "dmlreadexception",
        "dmlwriteexception",
        "dmlconnectionexception",
        "dmltransactionexception",
        "locktimeout",
    }
)
"""It may go well the next time."""


Shape = TypeVar("Shape", bound=Answer)


class Refused(LmsError):
    """Moodle answered with an exception that is about what it was asked."""

    def __init__(self, function: str, code: str, message: str) -> None:
        self.code = code
        self.said = f"{message} ({code})" if message else code
        super().__init__(f"Moodle refused {function}: {self.said}")


class Functions:
    """A Moodle site, and a token that opens it."""

    def __init__(self, web: Web, url: str, token: SecretStr) -> None:
        """Take the site's address without a slash at its end."""
        self._web, self._url, self._token = web, url, token

    def read(self, shape: type[Shape], function: str, form: Mapping[str, str]) -> Shape:
        """Ask a function that changes nothing.

        Raises Refused for an exception of Moodle's that is about what was asked, UsageError where
        it is about token or rights, LmsUnavailable and LmsError.
        """
        answer = self._taken(
            function, self._web.read("POST", self._door, form=self._form(function, form))
        )
        return self._shaped(shape, function, answer)

    def read_list(self, shape: type[Shape], function: str, form: Mapping[str, str]) -> list[Shape]:
        """Ask a function that answers with a list; raises as `read`."""
        answer = self._taken(
            function, self._web.read("POST", self._door, form=self._form(function, form))
        )
        if not isinstance(answer, list):
            raise self._odd(function, json.dumps(answer))
        return [self._shaped(shape, function, one) for one in answer]

    def write(self, function: str, form: Mapping[str, str]) -> None:
        """Ask for a change; what comes back says nothing. Raises as `read`.

        After LmsUnavailable, it may have been made.
        """
        self._taken(function, self._web.write("POST", self._door, form=self._form(function, form)))

    @property
    def _door(self) -> str:
        return f"{self._url}/webservice/rest/server.php"

    def _form(self, function: str, form: Mapping[str, str]) -> dict[str, str]:
        return {
            "wstoken": self._token.get_secret_value(),
            "wsfunction": function,
            "moodlewsrestformat": "json",
            **form,
        }

    def _taken(self, function: str, response: httpx.Response) -> object:
        if response.status_code != OK:
            problem = f"Moodle at {self._url} answered {response.status_code} to {function}"
            fix = (
                "look whether `url` is Moodle's own address, and whether web services are on there"
            )
            raise LmsError(problem, fix=fix)
        try:
            answer: object = json.loads(response.content)
        except (ValueError, RecursionError):
            raise self._odd(function, response.text) from None
        if isinstance(answer, dict) and "exception" in answer:
            raise self._refusal(function, answer)
        return answer

    def _refusal(self, function: str, answer: Mapping[str, object]) -> Exception:
        code, message = (self._cut(str(answer.get(key, ""))) for key in ("errorcode", "message"))
        said = f"Moodle at {self._url}: {message} ({code})"
        if code in TOKEN:
            fix = (
                "make one in Moodle (Preferences, Security keys), and put it where course.yaml says"
            )
            return UsageError(f"the token is not accepted; {said}", fix=fix)
        if code in ACCESS:
            fix = f"add {function} to the token's external service; docs/lms.md lists all"
            return UsageError(f"{function} is not allowed; {said}", fix=fix)
        if code in RIGHTS:
            fix = "give the token's user the rights in the course that docs/lms.md lists"
            return UsageError(f"{function} is not permitted; {said}", fix=fix)
        if code in PASSING:
            return LmsUnavailable(said, fix="try again later; what was written is not lost")
        return Refused(function, code, message)

    def _shaped(self, shape: type[Shape], function: str, answer: object) -> Shape:
        try:
            return shape.model_validate(answer)
        except ValidationError:
            raise self._odd(function, json.dumps(answer, ensure_ascii=False)) from None

    def _odd(self, function: str, came: str) -> LmsError:
        problem = f"Moodle at {self._url} answered oddly to {function}: {self._cut(came)!r}"
        return LmsError(problem, fix="look whether `url` is Moodle's own address")

    def _cut(self, text: str) -> str:
        """Return the beginning, without the token: debugging sites repeat what they were asked."""
        text = " ".join(
            text[: 10 * MOST_SAID].replace(self._token.get_secret_value(), "***").split()
        )
        return text if len(text) <= MOST_SAID else text[: MOST_SAID - 1] + "…"
