"""The process that workers are forked from, as their parent sees it: imports are paid for once."""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from grader.errors import SystemFault

FORK = b"fork"
"""Asks for a worker; a worker's number asks for its status."""

ATTEMPTS = 2
"""A server that was killed is replaced once for each worker."""


class ForkServer:
    """Starts workers, and knows how they ended. It has one thread, and so may fork.

    It ends when this object's socket is closed, as the kernel does however its parent ends.
    """

    def __init__(self) -> None:
        """Start it."""
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        package = Path(__file__).parents[2]
        paths = [str(package), *filter(None, [os.environ.get("PYTHONPATH")])]
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "grader.classroom.worker"],
                env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                start_new_session=True,
            )

    def fork(self, connection: socket.socket) -> int:
        """Return the process number of a new worker at that socket. Raises OSError if killed."""
        socket.send_fds(self._socket, [FORK], [connection.fileno()])
        return self._answer(FORK)

    def status(self, worker: int, seconds: float | None = None) -> int | None:
        """Wait for a worker's end and return its status, a signal's number being negative.

        After so many seconds, it is killed. None where the server was killed, and nobody knows.
        """
        with suppress(OSError):
            self._socket.send(asked := b"%d" % worker)
            if not select.select([self._socket], [], [], seconds)[0]:
                os.kill(worker, signal.SIGKILL)
            return self._answer(asked)
        return None

    def close(self) -> None:
        """End it; workers that it still has end by themselves."""
        self._socket.close()
        self._process.kill()  # it may be waiting for a worker, after a second ctrl-C
        self._process.wait()

    def _answer(self, asked: bytes) -> int:
        """Return the answer to a request, past those for which ctrl-C let nobody wait."""
        while answer := self._socket.recv(64):
            to, number = answer.split()
            if to == asked:
                return int(number)
        raise ConnectionResetError


class Forks:
    """A fork server, replaced when it was killed. Its workers go on without it."""

    def __init__(self) -> None:
        """Start the server."""
        self._server = ForkServer()

    def fork(self) -> tuple[socket.socket, ForkServer, int]:
        """Return the socket of a new worker, whose child it is, and its number.

        Raises SystemFault where none can be started.
        """
        for _ in range(ATTEMPTS):
            # A pair for each attempt: a server may be killed when the worker is there already.
            ours, theirs = socket.socketpair()
            with theirs, suppress(OSError):
                return ours, self._server, self._server.fork(theirs)
            ours.close()
            self._server.close()
            self._server = ForkServer()
        raise SystemFault("no process can be started that grades", fix="see what kills processes")

    def close(self) -> None:
        """Let the server end."""
        self._server.close()
