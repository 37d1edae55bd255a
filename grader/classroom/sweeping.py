"""Removing what gradings left, while others are going on."""

from __future__ import annotations

import threading
from typing import Self

from grader.engine.leftovers import sweep
from grader.engine.sessions import sweep_later

PAUSE_SECONDS = 1.0
"""Between two sweeps: one removes what several gradings left."""


class Sweeper:
    """A thread that sweeps now and then. Use in a `with` block."""

    def __init__(self) -> None:
        """Do nothing yet."""
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._sweep, name="sweeper", daemon=True)

    def __enter__(self) -> Self:
        """Begin with what an earlier class may have left."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Leave the rest to a process of its own."""
        self._over.set()
        self._thread.join()
        sweep_later()

    def _sweep(self) -> None:
        while not self._over.is_set():
            sweep()
            self._over.wait(PAUSE_SECONDS)
