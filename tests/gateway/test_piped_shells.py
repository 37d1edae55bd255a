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
        ("docker-entrypoint.sh bash", True),
        ("/sbin/tini -- sh -l", True),
        ("docker-entrypoint.sh sh -c ls", False),
        ("docker-entrypoint.sh server", False),
        ("apk add bash", False),
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
