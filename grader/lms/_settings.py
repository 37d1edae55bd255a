"""What targets of all kinds say of themselves in `course.yaml`, and where their secrets are."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, ClassVar, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, SecretStr, model_validator

from grader.errors import UsageError
from grader.model.record import Language, Record

LOOPBACK = ("localhost", "127.0.0.1", "::1")


class Secret(Record):
    """Where a secret is, because it may not stand in a file of the course."""

    env: str | None = None
    """Variable of the environment."""
    file: str | None = None
    """File with nothing else in it; `~` is your home, and it is looked for from the course on."""

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.env is None) == (self.file is None):
            raise ValueError("say where the secret is: {env: VARIABLE} or {file: PATH}")
        return self

    def read(self, root: Path) -> SecretStr:
        """Return the secret. Raises UsageError where it is not there."""
        if self.env is not None:
            text = os.environ.get(self.env, "").strip()
            if not text:
                problem = f"the secret of the upload is not there: {self.env} is not set"
                raise UsageError(problem, fix=f"export {self.env}=…")
            return SecretStr(text)
        file = root / Path(str(self.file)).expanduser()
        try:
            text = file.read_text("utf-8").strip()
        except (OSError, ValueError) as bad:
            why = getattr(bad, "strerror", None) or "it is no text"
            problem = f"the secret of the upload cannot be read: {why}"
            raise UsageError(problem, file=file, fix="put it there, readable for you only") from bad
        if not text:
            raise UsageError("the file of the secret is empty", file=file, fix="put it there")
        return SecretStr(text)


def _safe(url: str) -> str:
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError as bad:
        raise ValueError(f"{url!r} is no address: {bad}") from bad
    if not host or parts.scheme not in {"http", "https"}:
        raise ValueError(f"{url!r} is no address; it has to begin with https://")
    if parts.scheme == "http" and host not in LOOPBACK:
        raise ValueError(f"{url!r} would send the token for all to read; it has to begin https://")
    if parts.username or parts.password:
        raise ValueError("an address may hold no password; say {env: VARIABLE} where it is asked")
    return url.rstrip("/")


Url = Annotated[str, AfterValidator(_safe)]
"""An address that a token may be sent to: https, or this machine. Without a slash at its end."""


class TargetSettings(Record):
    """What every target has; the file of its kind adds the rest."""

    by_account: ClassVar[bool] = True
    """Students have accounts there, which a map tells; else they go by their names here."""

    kind: str
    items: Mapping[str, object]
    """Lab → what it is on the platform."""
    points: Literal["as-is", "scaled"] = "as-is"
    """`scaled`: a lab of 50 points that is worth 10 there gets a fifth of them."""
    feedback: bool = True
    """Students get a text with the grade."""
    language: Language = "ko"
    """Of that text."""
