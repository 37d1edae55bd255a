"""Ctrl-C: asked once, what runs is finished and nothing begun; asked twice, all stops at once."""

from __future__ import annotations

import contextlib
import signal
import socket
from collections.abc import Callable
from types import FrameType
from typing import Self


class Stop:
    """Whether somebody asked to stop. Use in a `with` block, in the main thread."""

    def __init__(self, on_notice: Callable[[], None]) -> None:
        """Call `on_notice` once, when it is noticed."""
        self._on_notice = on_notice
        self.asked = False
        self._told = False
        self.bell, self._cord = socket.socketpair()
        """To be waited for together with other things."""
        self.bell.setblocking(False)  # noqa: FBT003 - the socket's own signature

    def noticed(self) -> bool:
        """Return whether it was asked."""
        with contextlib.suppress(BlockingIOError):
            self.bell.recv(1)
        if self.asked and not self._told:
            self._told = True
            self._on_notice()
        return self.asked

    def __enter__(self) -> Self:
        self._before = signal.getsignal(signal.SIGINT)
        if self._before != signal.SIG_IGN:  # as in the background of a script
            signal.signal(signal.SIGINT, self._ask)
        return self

    def __exit__(self, *_: object) -> None:
        signal.signal(signal.SIGINT, self._before)
        self.bell.close()
        self._cord.close()

    def _ask(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002 - signal's signature
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True
        self._cord.send(b"!")
