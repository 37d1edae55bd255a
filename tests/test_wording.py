from __future__ import annotations

import pytest

from grader.wording import did_you_mean, size


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("lab6-2", ", did you mean 'lab6-1'?"),
        ("LAB6-1", ", did you mean 'lab6-1'?"),
        ("something else", ""),
    ],
)
def test_the_nearest_name_is_asked_after_whatever_its_case(name: str, said: str) -> None:
    assert did_you_mean(name, ["lab6-1", "quiz"]) == said


@pytest.mark.parametrize(
    ("count", "said"),
    [(1, "1 bytes"), (1024, "1 KiB"), (1536, "1.5 KiB"), (16 * 1024**2, "16 MiB")],
)
def test_sizes_read_well(count: int, said: str) -> None:
    assert size(count) == said
