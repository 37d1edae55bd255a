"""What holds for all tests."""

from __future__ import annotations

import signal

from browser import chromium, show

__all__ = ["chromium", "show"]

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # Where the tests run in the background of a script, ctrl-C is ignored, and every program that
    # they start would ignore it too.
    signal.signal(signal.SIGINT, signal.default_int_handler)
if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:  # as under nohup, with the same effect
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
