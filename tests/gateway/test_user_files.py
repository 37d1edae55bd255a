"""Files that the runtime opens at each start must not let it wait."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from grader.gateway.record.user_files import can_wait


def folder(layer: Path) -> Path:
    place = layer / "etc"
    place.mkdir()
    return place


def pipe(layer: Path) -> None:
    os.mkfifo(folder(layer) / "passwd")


def pipe_for_groups(layer: Path) -> None:
    os.mkfifo(folder(layer) / "group")


def link_to_pipe(layer: Path) -> None:
    (folder(layer) / "passwd").symlink_to("../tmp/pipe")
    (layer / "tmp").mkdir()
    os.mkfifo(layer / "tmp/pipe")


def link_of_the_folder(layer: Path) -> None:
    (layer / "etc").symlink_to("/tmp/etc")
    (layer / "tmp/etc").mkdir(parents=True)
    os.mkfifo(layer / "tmp/etc/passwd")


def link_to_terminal(layer: Path) -> None:
    (folder(layer) / "passwd").symlink_to("/dev/stdin")


def link_to_a_mount(layer: Path) -> None:
    (folder(layer) / "passwd").symlink_to("/data/pipe")


def open_socket(layer: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(folder(layer) / "passwd"))


def plain(layer: Path) -> None:
    (folder(layer) / "passwd").write_text("root:x:0:0::/:/bin/sh\n")


def link_to_plain(layer: Path) -> None:
    (folder(layer) / "passwd").symlink_to("users")
    (layer / "etc/users").write_text("root:x:0:0::/:/bin/sh\n")


def endless_link(layer: Path) -> None:
    (folder(layer) / "passwd").symlink_to("passwd")


def nothing(layer: Path) -> None:
    del layer


@pytest.mark.parametrize(
    "make",
    [
        pipe,
        pipe_for_groups,
        link_to_pipe,
        link_of_the_folder,
        link_to_terminal,
        link_to_a_mount,
        open_socket,
    ],
)
def test_what_could_let_the_runtime_wait_is_seen(
    tmp_path: Path, make: Callable[[Path], None]
) -> None:
    make(tmp_path)
    assert can_wait(tmp_path) is not None


@pytest.mark.parametrize("make", [plain, link_to_plain, endless_link, nothing])
def test_what_can_be_opened_at_once_is_no_harm(
    tmp_path: Path, make: Callable[[Path], None]
) -> None:
    make(tmp_path)
    assert can_wait(tmp_path) is None
