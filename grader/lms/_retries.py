"""Retries: passing faults of a platform are tried again, the same way for all kinds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import stamina
from stamina.instrumentation import set_on_retry_hooks

ATTEMPTS = 5
LONGEST_SECONDS = 60.0
"""For all attempts at one call together."""
LONGEST_WAIT_SECONDS = 30.0
"""What a platform asks us to wait at most (`Retry-After`); beyond it, the call has failed."""

set_on_retry_hooks([])  # else, a line of stamina's own words is shown at each wait


def attempts(
    wait: Callable[[Exception], float | bool],
) -> Iterator[AbstractContextManager[object]]:
    """Yield one block for each attempt at a call; the last error comes through.

    `wait` says of an error how many seconds to wait before the next attempt: True for a time that
    grows with each, False for not at all.
    """
    return iter(stamina.retry_context(on=wait, attempts=ATTEMPTS, timeout=LONGEST_SECONDS))


def asked_wait(retry_after: str | None) -> float | bool:
    """Return how long to wait by the header `Retry-After`; a date in it is not worked out.

    RFC 9110, section 10.2.3.
    """
    if retry_after is None or not retry_after.strip().isdigit():
        return True
    seconds = float(retry_after)
    return seconds if seconds <= LONGEST_WAIT_SECONDS else False
