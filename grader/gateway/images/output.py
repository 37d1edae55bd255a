"""A build's stream of messages, turned into what the student would see at an engine of their own.

Steps have the student's own words and numbers, the step that carries our label is not shown, and
the id of the finished image is kept. What a `RUN` prints can look like any of this; so an id counts
only from a message that no program in a container can send, and the engine is asked whose it is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from grader.errors import EngineError
from grader.gateway.images.instructions import Line
from grader.gateway.images.plan import BuildPlan

MESSAGE_CAP = 4 * 1024 * 1024
OUTPUT_CAP = 8 * 1024 * 1024
"""Bytes of a build's output; one that prints more is stopped."""

_STEP = re.compile(r"Step (\d{1,4})/\d{1,4} : (.*)", re.DOTALL)
_RUNNING = re.compile(r" ---> Running in ([0-9a-f]{12})\n?")
_MADE = re.compile(r" ---> ([0-9a-f]{12})\n?")
_OURS = re.compile(r"\n|( ---> .*|Removing intermediate container [0-9a-f]{12})\n?")
_REMOVAL = re.compile(r"Removing intermediate container | ---> Removed intermediate container ")


@dataclass
class Output:
    """Reads messages and says what becomes of each."""

    plan: BuildPlan
    labels: dict[str, str]
    """Labels that the engine adds to the last stage, because the client asked for them."""
    plain: Callable[[str], str]
    """Text of the engine → text for the student."""
    image: str | None = None
    """Id of the newest stage's image, once the engine has told it."""
    stages: set[str] = field(default_factory=set)
    """Ids of the images of all stages."""
    error: str | None = None
    running: str | None = None
    """Beginning of the id of a container that the last message announced for a `RUN`."""
    busy: bool = False
    """The student's own program runs."""
    steps: set[str] = field(default_factory=set)
    """Beginnings of the ids that the student saw behind steps."""
    hidden: set[str] = field(default_factory=set)
    """Beginnings of the ids behind steps of ours."""
    _lines: list[Line] = field(init=False)
    _rest: bytes = b""
    _line: Line | None = None

    def __post_init__(self) -> None:
        """Lay the steps out in the engine's order: the Dockerfile's, then the labels."""
        last = self.plan.lines[-1].origin
        added = (f"LABEL {key}={value}" for key, value in sorted(self.labels.items()))
        self._lines = [*self.plan.lines, *(Line(text, text, last) for text in added)]

    def messages(self, chunk: bytes) -> list[dict[str, Any]]:
        """Return the messages that a part of the stream completes. Raises EngineError."""
        *whole, self._rest = (self._rest + chunk).split(b"\n")
        if len(self._rest) > MESSAGE_CAP:
            raise EngineError("the engine sent a message without an end while it built")
        return [json.loads(raw) for raw in whole if raw.strip()]

    def shown(self, message: dict[str, Any]) -> dict[str, Any] | None:
        """Return what the student sees of a message, None for nothing."""
        self.running = None
        if "aux" in message:
            if id_ := str(message["aux"].get("ID") or ""):
                self.image = id_
                self.stages.add(id_)
            return message
        if "error" in message:
            self.error = self.plain(str(message["error"]))
            detail = dict(message.get("errorDetail") or {}) | {"message": self.error}
            return {"errorDetail": detail, "error": self.error}
        if "stream" not in message:
            return None
        text = self._stream(str(message["stream"]))
        return None if text is None else {"stream": text}

    def _stream(self, text: str) -> str | None:
        step = _STEP.fullmatch(text)
        if step is not None and self._is_step(int(step[1]), step[2]):
            return self._step(int(step[1]))
        hides = self._line is not None and self._line.shown is None
        if made := _MADE.fullmatch(text):
            (self.hidden if hides else self.steps).add(made[1])
        if hides:
            if _OURS.fullmatch(text):
                return None
            self._line = None
        self.busy = self.busy and not is_removal(text)
        running = _RUNNING.fullmatch(text)
        if running and self._line is not None and self._line.runs:
            self.running = running[1]
            self.busy = True
        return text

    def _is_step(self, number: int, text: str) -> bool:
        return 0 < number <= len(self._lines) and self._lines[number - 1].sent == text

    def _step(self, number: int) -> str | None:
        self._line = line = self._lines[number - 1]
        self.busy = False
        if line.shown is None:
            return None
        shown = [known for known in self._lines if known.shown is not None]
        place = next(at for at, known in enumerate(shown, 1) if known is line)
        return f"Step {place}/{len(shown)} : {line.shown}"


def is_removal(text: str) -> bool:
    """Return whether a message tells that a step's container is no more."""
    return bool(_REMOVAL.match(text))
