"""How much is fuzzed: the same examples in every run of the suite, new ones in `make fuzz`."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

_LONG = os.environ.get("FUZZ_EXAMPLES")


def examples(number: int) -> settings:
    """Return settings for this many examples, or for as many as FUZZ_EXAMPLES says."""
    return settings(
        max_examples=int(_LONG) if _LONG else number,
        derandomize=not _LONG,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
