"""A worker: a process that grades what its parent sends, and ends when the parent does.

Run as a module, with a socket as its standard input. In comes a Course, then pairs of a Task and
whether more will follow, at last None; out goes an Outcome for each pair.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from contextlib import suppress
from multiprocessing.connection import Connection
from queue import SimpleQueue
from types import FrameType
from typing import NoReturn

from grader.classroom.work import Course, Grader, Task
from grader.engine.sessions import sweep_later

GRACE_SECONDS = 10
"""Time to give back a session when the parent is gone; what is left is swept by the next run."""


class BrokenOff(BaseException):
    """Nobody wants what is being done any more."""


class Inbox:
    """What the parent sends; a thread of its own waits for it, and notices the parent's end."""

    def __init__(self, connection: Connection) -> None:
        """Begin to listen."""
        self._connection = connection
        self._came: SimpleQueue[tuple[Task, bool] | None] = SimpleQueue()
        self.orphaned = False
        threading.Thread(target=self._listen, daemon=True).start()

    def next(self) -> tuple[Task, bool] | None:
        """Return the next task, and whether more will follow; None at the end."""
        return self._came.get()

    def _listen(self) -> None:
        with suppress(EOFError, OSError):
            while (message := self._connection.recv()) is not None:
                self._came.put(message)
            self._came.put(None)
            return
        self.orphaned = True
        self._came.put(None)
        os.kill(os.getpid(), signal.SIGTERM)
        threading.Event().wait(GRACE_SECONDS)
        os._exit(1)


def _break_off(number: int, frame: FrameType | None) -> NoReturn:  # noqa: ARG001 - signal's signature
    raise BrokenOff


def main() -> NoReturn:
    """Grade until the parent says that it is enough, or is gone."""
    signal.signal(signal.SIGTERM, _break_off)
    connection = Connection(sys.stdin.fileno())
    orphaned = True
    with suppress(BrokenOff, EOFError, OSError):
        course: Course = connection.recv()
        inbox = Inbox(connection)
        grader = Grader(course)
        try:
            while (message := inbox.next()) is not None:
                task, more = message
                connection.send(grader.outcome(task, more=more))
        finally:
            grader.close()
        orphaned = inbox.orphaned
    if orphaned:
        sweep_later()
    os._exit(0)


if __name__ == "__main__":
    main()
