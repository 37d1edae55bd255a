"""The exit status of `grade`, for scripts."""

from __future__ import annotations

PASSED = 0
BELOW_PASS_MARK = 1
USAGE = 2
UNKNOWN_GRADE = 3
SIGNALLED = 128
"""Added to the number of the signal that ended the program, as shells do."""
