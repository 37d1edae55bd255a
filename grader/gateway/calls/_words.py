"""Answers of the engine, in the words that it would have had for the student itself."""

from __future__ import annotations

from grader.engine.client import error_message
from grader.gateway.exchange import Answer


def named_as_asked(answer: Answer, engine: str, asked: str) -> Answer:
    """Return an error with the name that was asked for, where the engine repeats it."""
    if answer.status < 400:
        return answer
    return Answer.error(answer.status, error_message(answer.body).replace(engine, asked))
