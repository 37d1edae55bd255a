"""The terminal as a recording, in asciicast v3 (https://docs.asciinema.org/manual/asciicast/v3/).

A replay types a line in a thousandth of a second. Here it is typed so that people can follow; how
long a command took is shown as it was, up to a bound.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from grader.model.evidence import HOST, Evidence, Step
from grader.reports._text import printable

COLUMNS, ROWS = 80, 20
KEY_SECONDS = 0.03
"""Between two typed characters, unless the line would take longer than this:"""
LINE_SECONDS = 1.2
LONGEST_WAIT = 2.0
"""Seconds of one command."""
PAUSE = 0.6
"""Before the next line; longer after much output, up to this:"""
LONGEST_PAUSE = 2.4
TYPED, SHOWN = 400, 2_000
"""Characters of a line that are typed one by one, and all that are shown of it."""
PRINTED = 4000
"""Characters of a step's output; the transcript has more."""

_PLACE, _PLAIN = "\x1b[36m", "\x1b[0m"

Event = tuple[float, str, str]
"""Seconds since the event before, its code, and its text."""


@dataclass(frozen=True)
class Recording:
    """An asciicast, and where in it each step begins."""

    header: dict[str, object]
    events: tuple[Event, ...]
    """As JSON, one a line, header and events are the file."""
    starts: dict[int, float]
    """Number of the step → seconds."""
    seconds: float


def recorded(
    evidence: Evidence, place: Callable[[str], str], graded: frozenset[int], title: str
) -> Recording:
    """Return the recording of a replay, with a marker at each step that was graded."""
    header: dict[str, object] = {
        "version": 3,
        "term": {"cols": COLUMNS, "rows": ROWS, "type": "xterm-256color"},
        "timestamp": int(datetime.fromisoformat(evidence.recorded_at).timestamp()),
        "title": printable(title),
    }
    events: list[Event] = []
    starts: dict[int, float] = {}
    now = 0.0
    for step in evidence.steps:
        if step.end == "untyped":
            continue
        starts[step.number] = round(now, 3)
        for event in _step(step, place, marked=step.number in graded):
            events.append(event)
            now += event[0]
    return Recording(header, tuple(events), starts, round(now, 1))


def _step(step: Step, place: Callable[[str], str], *, marked: bool) -> Iterator[Event]:
    if marked:
        yield 0, "m", printable(step.text.split("\n")[0], 60)
    prompt = "$" if step.where == HOST else "#"
    yield 0, "o", f"{_PLACE}{printable(place(step.where), 40)} {prompt}{_PLAIN} "
    text = printable(step.text[:SHOWN])
    key = round(min(KEY_SECONDS, LINE_SECONDS / max(len(text), 1)), 3)
    for character in text[:TYPED]:
        yield key, "o", "\r\n> " if character == "\n" else character
    yield key, "o", text[TYPED:].replace("\n", "\r\n> ") + "\r\n"
    output = printable(step.output[:PRINTED])
    if len(step.output) > PRINTED:
        output += "\n…\n"
    if output and not output.endswith("\n"):
        output += "\n"
    yield round(min(step.seconds, LONGEST_WAIT), 3), "o", output.replace("\n", "\r\n")
    yield round(min(PAUSE + len(output) / 400, LONGEST_PAUSE), 3), "o", ""
