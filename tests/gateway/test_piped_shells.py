"""Which commands are shells that read what to do from their input."""

from __future__ import annotations

import pytest

from grader.gateway.calls._terminal import is_shell


@pytest.mark.parametrize(
    ("command", "shell"),
    [
        ("sh", True),
        ("/bin/sh", True),
        ("/usr/bin/bash -l", True),
        ("bash --login", True),
        ("ash -e", True),
        ("sh -c ls", False),
        ("sh -ec ls", False),
        ("sh script", False),
        ("cat", False),
        ("./sh", False),
        ("", False),
    ],
)
def test_shells_that_read_their_input(command: str, *, shell: bool) -> None:
    assert is_shell(command.split()) == shell
