"""A worker: a process that grades what its parent sends, and ends when the parent does.

Over its socket comes a Course, then pairs of a Task and whether more will follow, at last None;
out goes an Outcome for each pair. Run as a module, it is the fork server instead: at the packet
socket that is its standard input, `fork` with a descriptor asks for a worker, and is answered by
its number; a worker's number asks to wait for its end, and is answered by its status. Each answer
begins with what was asked.
"""

from __future__ import annotations

import importlib
import os
import signal
import socket
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


def serve() -> NoReturn:
    """Fork workers until the parent is gone. No thread is ever started here, nor a session."""
    importlib.import_module("grader.recording")  # what gradings import late: here, for all workers
    control = socket.socket(fileno=os.dup(sys.stdin.fileno()))
    os.dup2(os.open(os.devnull, os.O_RDONLY), sys.stdin.fileno())
    worker, descriptors = -1, [-1]
    with suppress(ConnectionError):  # the parent is gone, maybe with answers unread
        while worker:
            said, descriptors, _, _ = socket.recv_fds(control, 64, 1)
            if not said:
                break
            if not descriptors:
                _, status = os.waitpid(int(said), 0)
                control.send(b"%b %d" % (said, os.waitstatus_to_exitcode(status)))
                continue
            worker = os.fork()
            if worker:
                os.close(descriptors[0])
                control.send(b"%b %d" % (said, worker))
    if worker:
        os._exit(0)
    control.close()
    os.setsid()
    work(Connection(descriptors[0]))


def work(connection: Connection) -> NoReturn:
    """Grade until the parent says that it is enough, or is gone."""
    os.set_inheritable(connection.fileno(), False)  # noqa: FBT003 - the function's own signature
    signal.signal(signal.SIGTERM, _break_off)
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
    serve()
