"""The page of one student: score, terminal, containers and layers, in one file without network."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from grader.model.evidence import HOST
from grader.reports import _words as words
from grader.reports._page import layers, lives, phrases, player, recording, transcript, writing
from grader.reports._text import number, one_line

if TYPE_CHECKING:
    from grader.model.evidence import Evidence
    from grader.model.lab import Lab
    from grader.model.record import Language, Text
    from grader.model.result import Result
    from grader.reports import Graded

FILE = "report.html"

SIGNS = {"passed": "✓", "partial": "~", "failed": "✗", "skipped": "–", "error": "!"}
"""Outcome → its sign."""
NAME = 24
"""Characters of a container's name in a picture."""


def render(graded: Graded, language: Language) -> str:
    """Return the page; same result and evidence, same bytes, as long as the player is the same."""
    return page(graded, language, player.player())


def page(graded: Graded, language: Language, plays: player.Player | None) -> str:
    """Return the page with a player of recordings, or without one."""
    result, evidence = graded.result, graded.evidence
    parts: dict[str, object] = {
        "result": result,
        "evidence": evidence,
        "language": language,
        "w": phrases.phrases(language),
        "said": lambda text: text.in_(language),
        "worded": lambda text: writing.worded(text.in_(language)),
        "line": lambda number: phrases.line(number, language),
        "number": number,
        "earned": words.earned,
        "short": lambda name: one_line(name, NAME),
        "signs": SIGNS,
        "outcomes": words.OUTCOMES,
        "takes": words.TAKES,
        "standing": words.standing(result, language),
        "verdict": _verdict(result),
        "tally": _tally(result),
        "questions": tuple(_questions(graded.lab, evidence)),
        "handed_in": _handed_in(graded.lab, evidence),
        "style": writing.trusted(writing.own_text("base.css") + writing.own_text("style.css")),
        "steps": {
            index: transcript.step_of(evidence, criterion.line)
            for index, criterion in enumerate(result.criteria, start=1)
        },
    }
    parts |= _told(result, evidence, plays, language)
    return writing.fill("page.html", parts)


def _told(
    result: Result, evidence: Evidence | None, plays: player.Player | None, language: Language
) -> dict[str, object]:
    """Return what the evidence tells, and the player of it."""
    scripts: tuple[str, ...] = ()
    if evidence is None or not evidence.steps:
        return {
            "stays": (),
            "lives": lives.Lives(),
            "stacks": (),
            "player": None,
            "policy": writing.policy(),
            "recorded_at": _moment(evidence.recorded_at) if evidence else "",
        }
    marks = transcript.marks_of(evidence, result.criteria)
    title = f"{result.lab_title.in_(language)} · {result.student}"
    cast = recording.recorded(
        evidence,
        lambda where: transcript.place_of(evidence, where) or HOST,
        frozenset(marks),
        title,
    )
    parts: dict[str, object] = {
        "stays": transcript.stays(evidence, marks, cast.starts),
        "lives": lives.lives(evidence),
        "stacks": layers.stacks(evidence),
        "player": None,
        "recorded_at": _moment(evidence.recorded_at),
    }
    if plays is not None:
        script = writing.own_text("page.js")
        scripts = (plays.script, script)
        minutes, seconds = divmod(round(cast.seconds), 60)
        parts |= {
            "player": {
                "script": writing.trusted(plays.script),
                "style": writing.trusted(plays.style + writing.own_text("player.css")),
                "about": plays.about,
            },
            "script": writing.trusted(script),
            "recording": writing.for_script([cast.header, *cast.events]),
            "length": f"{minutes}:{seconds:02}",
        }
    return parts | {"policy": writing.policy(*scripts)}


def _verdict(result: Result) -> str:
    if result.passed:
        return "passed"
    return "error" if result.needs_review else "failed"


def _tally(result: Result) -> list[tuple[str, int]]:
    """Return how many criteria came out in which way; what none did is left out."""
    counts = Counter(criterion.outcome for criterion in result.criteria)
    return [(name, counts[name]) for name in words.OUTCOMES if counts[name]]


def _questions(
    lab: Lab | None, evidence: Evidence | None
) -> Iterator[tuple[str, Text, list[tuple[str, Text | None]]]]:
    """Yield the questions of a quiz, and what was chosen."""
    if lab is None or evidence is None:
        return
    for key, question in lab.questions.items():
        chosen = evidence.answers.get(key, ())
        yield key, question.title, [(letter, question.choices.get(letter)) for letter in chosen]


def _handed_in(lab: Lab | None, evidence: Evidence | None) -> str:
    """Return when it was handed in, on the lab's clock; empty if that is not known."""
    if evidence is None or evidence.submitted_at is None:
        return ""
    zone = lab.time_zone if lab else None
    return f"{evidence.submitted_at.astimezone(ZoneInfo(zone) if zone else UTC):%Y-%m-%d %H:%M %Z}"


def _moment(stamp: str) -> str:
    return f"{datetime.fromisoformat(stamp).astimezone(UTC):%Y-%m-%d %H:%M} UTC"
