"""What holds for all tests."""

from __future__ import annotations

import signal

import pytest
from browser import chromium, show

__all__ = ["chromium", "show"]

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # Where the tests run in the background of a script, ctrl-C is ignored, and every program that
    # they start would ignore it too.
    signal.signal(signal.SIGINT, signal.default_int_handler)
if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:  # as under nohup, with the same effect
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep together what may not run side by side, for `--dist loadgroup`.

    All that needs the engine runs one after the other, as a class shares one engine; of all else,
    each file, for the sake of what its tests share.
    """
    for item in items:
        engine = item.get_closest_marker("engine") is not None
        item.add_marker(pytest.mark.xdist_group("engine" if engine else str(item.path)))
