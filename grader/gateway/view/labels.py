"""Labels as the student knows them."""

from __future__ import annotations

from grader.gateway.policy.rules import LABEL


def without_ours(labels: dict[str, str] | None) -> dict[str, str]:
    """Return labels without ours."""
    return {key: value for key, value in (labels or {}).items() if not key.startswith(LABEL)}
