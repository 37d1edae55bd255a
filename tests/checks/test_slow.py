from __future__ import annotations

import pytest

from grader.checks._slow import slow_over


@pytest.mark.parametrize(
    "pattern", [r"(a|aa)+$", r"^docker (a|aa)+;", r"(x+x+)+y", r"(.*)*x", r"(가|가가)+$"]
)
def test_patterns_that_never_come_to_an_end_are_found(pattern: str) -> None:
    assert slow_over(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        r"^cat\b.*\.txt",
        r"docker run( -\w+)* (alpine|busybox)\b",
        r"(?s)\A(?!.*(>|\btee\b)).*",
        r"(\S+ )+\S+$",
        r".*.*.*x",
        r"[^:\n]*:[^\n]*\n+",
        r"\(+|[*+]|a{2,3}",
    ],
)
def test_patterns_that_do_come_to_an_end_are_left_alone(pattern: str) -> None:
    assert slow_over(pattern) is None
