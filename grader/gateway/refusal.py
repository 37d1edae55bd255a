"""A refused request: which rule, which status, and a text that a student understands."""

from __future__ import annotations

from grader.model.refusals import Rule


class Refusal(Exception):
    """Ends the handling of one request; the server answers with it and the timeline keeps it."""

    def __init__(self, status: int, rule: Rule, message: str) -> None:
        self.status = status
        self.rule = rule
        self.message = message
        super().__init__(message)


def not_found(what: str, name: str) -> Refusal:
    """Return the engine's own words for an object that does not exist in this session."""
    return Refusal(404, "unknown-object", f"No such {what}: {name}")


def forbidden(rule: Rule, english: str, korean: str) -> Refusal:
    """Return a refusal by policy. Never 404: the client would answer that with a pull."""
    return Refusal(
        403, rule, f"not allowed in this lab: {english} / 이 실습에서는 쓸 수 없습니다: {korean}"
    )


def malformed(message: str) -> Refusal:
    """Return a refusal of a request that no Docker client of good faith sends."""
    return Refusal(400, "malformed", message)
