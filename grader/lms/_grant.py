"""Access tokens for tools: OAuth 2 client credentials, with a signed assertion of who we are.

1EdTech Security Framework 1.0, section 4.1; RFC 7523.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

import jwt
from pydantic import BaseModel, FiniteFloat, SecretStr

from grader.errors import UsageError
from grader.lms._answer import parsed, said
from grader.lms._web import Web

ASSERTION_SECONDS = 60
CLOCK_SECONDS = 5
"""How far the platform's clock may be behind ours: it would refuse what is from the future."""
USUAL_SECONDS = 300
"""How long a token is taken to be good that says nothing of it."""
MARGIN_SECONDS = 60
"""So long before its end, a token is renewed."""

FIXES: Mapping[str, str] = {
    "invalid_client": "see that client_id, key, key_id and audience in course.yaml are those that "
    "the platform knows, and that this machine's clock is right",
    "invalid_scope": "allow the tool the service in its settings on the platform, and in the "
    "course",
}


class ScopeRefused(UsageError):
    """The platform does not let the tool do this."""


class _Answer(BaseModel):
    access_token: SecretStr
    expires_in: FiniteFloat = USUAL_SECONDS
    scope: str | None = None


@dataclass(frozen=True)
class _Token:
    value: SecretStr
    until: float


class Grants:
    """The tokens of one tool, renewed before they end."""

    def __init__(
        self,
        web: Web,
        *,
        token_url: str,
        client_id: str,
        key: SecretStr,
        key_id: str,
        audience: str,
    ) -> None:
        """Take what the platform knows of the tool; nothing is asked yet.

        Raises UsageError for a key that cannot sign.
        """
        self._web = web
        self._url = token_url
        self._client = client_id
        self._key = key
        self._key_id = key_id
        self._audience = audience
        self._tokens: dict[tuple[str, ...], _Token] = {}
        try:
            self._assertion()
        except (jwt.PyJWTError, AttributeError, TypeError, ValueError):
            # What the library says may quote the key.
            problem = "the key of the tool is no private RSA key in PEM, or has a password"
            fix = "make one: openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048"
            raise UsageError(problem, fix=fix) from None

    def header(self, *scopes: str) -> Mapping[str, str]:
        """Return the header with a token for all of these scopes.

        Raises ScopeRefused where the platform grants fewer, UsageError where it does not know us.
        """
        token = self._tokens.get(scopes)
        if token is None or time.monotonic() >= token.until:
            token = self._tokens[scopes] = self._ask(scopes)
        return {"Authorization": f"Bearer {token.value.get_secret_value()}"}

    def forget(self, *scopes: str) -> None:
        """Ask for a new token the next time: the platform takes this one no more."""
        self._tokens.pop(scopes, None)

    def _ask(self, scopes: tuple[str, ...]) -> _Token:
        def form() -> Mapping[str, str]:
            return {
                "grant_type": "client_credentials",
                "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
                "client_assertion": self._assertion(),
                "scope": " ".join(scopes),
            }

        asked = time.monotonic()
        response = self._web.read("POST", self._url, form=form)
        if response.is_error:
            error = said(response)
            name = next((name for name in FIXES if name in error), "")
            problem = f"the platform gives the tool no token: {error}"
            if name == "invalid_scope":
                raise ScopeRefused(f"{problem} ({_short(scopes)})", fix=FIXES[name])
            raise UsageError(problem, fix=FIXES.get(name, FIXES["invalid_client"]))
        answer = parsed(_Answer, response, secret=True)
        granted = scopes if answer.scope is None else answer.scope.split()
        if missing := [scope for scope in scopes if scope not in granted]:
            problem = f"the platform does not let the tool use: {_short(missing)}"
            raise ScopeRefused(problem, fix=FIXES["invalid_scope"])
        good_for = answer.expires_in - min(MARGIN_SECONDS, answer.expires_in / 2)
        return _Token(answer.access_token, asked + good_for)

    def _assertion(self) -> str:
        now = int(time.time()) - CLOCK_SECONDS
        claims = {
            "iss": self._client,
            "sub": self._client,
            "aud": self._audience,
            "iat": now,
            "exp": now + ASSERTION_SECONDS,
            "jti": str(uuid.uuid4()),
        }
        key = self._key.get_secret_value()
        return jwt.encode(claims, key, algorithm="RS256", headers={"kid": self._key_id})


def _short(scopes: tuple[str, ...] | list[str]) -> str:
    return ", ".join("/".join(scope.split("/")[-3:]) for scope in scopes)
