"""The worker processes of a class, as their parent sees them.

Processes and not threads: one that is killed or runs out of memory costs one student's grading,
which is done again. They are in sessions of their own, so that ctrl-C reaches the parent only.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from typing import Self

from grader.classroom.forking import Forks
from grader.classroom.stop import Stop
from grader.classroom.work import Course, Outcome, Task
from grader.errors import SystemFault

GOODBYE_SECONDS = 15
"""Time for a worker to give back its session, before it is killed."""


class Worker:
    """One process, and the task that it has."""

    def __init__(self, course: Course, forks: Forks) -> None:
        """Start it. Raises SystemFault."""
        ours, self._server, self._number = forks.fork()
        self.connection = Connection(ours.detach())
        self._task: Task | None = None
        self._say(course)

    def give(self, task: Task, *, more: bool) -> None:
        """Hand on a task. A worker that has died by now is noticed when its outcome is taken."""
        self._task = task
        self._say((task, more))

    def take(self) -> tuple[Outcome, bool]:
        """Return what became of the task, and whether the worker can take another one."""
        assert self._task is not None  # noqa: S101 - asked of busy workers only
        try:
            outcome: Outcome = self.connection.recv()
        except (EOFError, OSError):
            status = self._server.status(self._number)
            how = "unknown how" if status is None else f"status {status}"
            if status is not None and status < 0:
                how = f"signal {-status}"
            fault = SystemFault(f"the process that graded it ended unexpectedly ({how})")
            return Outcome(self._task, fault), False
        return outcome, True

    def send_home(self) -> None:
        """Let it end."""
        self._say(None)
        self.connection.close()

    def break_off(self) -> None:
        """Let it give up what it does, as when its parent dies."""
        self.connection.close()

    def wait(self) -> None:
        """Wait until it has ended; too long, and it is killed."""
        self._server.status(self._number, GOODBYE_SECONDS)

    def _say(self, message: object) -> None:
        with suppress(OSError):
            self.connection.send(message)


class Workers:
    """Up to so many workers at once. Use in a `with` block: leaving it ends them."""

    def __init__(self, course: Course, jobs: int, stop: Stop) -> None:
        """Start none yet, only what they are forked from."""
        self._forks = Forks()
        self._course, self._jobs, self._stop = course, jobs, stop
        self._idle: list[Worker] = []
        self._busy: dict[Connection, Worker] = {}

    def outcomes(self, tasks: Iterable[Task]) -> Iterator[Outcome]:
        """Yield what becomes of each task, as they are done; none is begun once it is to stop."""
        waiting = deque(tasks)
        while waiting and len(self._busy) < self._jobs:
            self._give(
                self._idle.pop() if self._idle else Worker(self._course, self._forks), waiting
            )
        while self._busy:
            for ready in wait([*self._busy, self._stop.bell]):
                if self._stop.noticed():
                    waiting.clear()
                if isinstance(ready, Connection):
                    yield self._settle(ready, waiting)

    def _settle(self, ready: Connection, waiting: deque[Task]) -> Outcome:
        """Return an outcome, and keep its worker, or another one in its place, at work."""
        worker = self._busy.pop(ready)
        outcome, alive = worker.take()
        if not alive:
            worker.connection.close()
        if waiting:
            self._give(worker if alive else Worker(self._course, self._forks), waiting)
        elif alive:
            self._idle.append(worker)
        return outcome

    def _give(self, worker: Worker, waiting: deque[Task]) -> None:
        self._busy[worker.connection] = worker
        worker.give(waiting.popleft(), more=bool(waiting))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Send all home, and wait until they are."""
        for worker in self._idle:
            worker.send_home()
        for worker in self._busy.values():
            worker.break_off()
        for worker in (*self._idle, *self._busy.values()):
            worker.wait()
        self._forks.close()
