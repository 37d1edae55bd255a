from __future__ import annotations

import pytest

from grader.model.image import reference, same_image


@pytest.mark.parametrize(
    ("asked", "other", "same"),
    [
        ("alpine", "alpine:latest", True),
        ("alpine", "docker.io/library/alpine", True),
        ("docker.io/library/alpine:latest", "alpine", True),
        ("library/alpine", "alpine", True),
        ("alpine", "alpine:3.20", False),
        ("localhost:5000/alpine", "localhost:5000/alpine:latest", True),
        ("localhost:5000/alpine", "alpine", False),
        ("alpine@sha256:1", "alpine", False),
        ("someone/alpine", "alpine", False),
    ],
)
def test_image_references(asked: str, other: str, same: bool) -> None:  # noqa: FBT001
    assert same_image(asked, other) is same


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("alpine", "alpine:latest"),
        ("docker.io/library/alpine", "alpine:latest"),
        ("alpine:3.20", "alpine:3.20"),
        ("ghcr.io/a/b", "ghcr.io/a/b:latest"),
        ("localhost:5000/a", "localhost:5000/a:latest"),
        ("a@sha256:00", "a@sha256:00"),
    ],
)
def test_references_have_one_form(given: str, expected: str) -> None:
    assert reference(given) == expected
