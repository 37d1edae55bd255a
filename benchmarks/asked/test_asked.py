"""The same ten questions as in rubrics/asked.yaml and structure.yaml, as testinfra asks them."""

from __future__ import annotations

from typing import Any

Host = Any
"""testinfra's; it is installed for the measurement only."""


def test_file_exists(host: Host) -> None:
    assert host.file("/srv/app.conf").is_file


def test_file_contains(host: Host) -> None:
    assert host.file("/srv/app.conf").contains("port=8080")


def test_file_mode(host: Host) -> None:
    assert host.file("/srv/secret").mode == 0o600


def test_folder_exists(host: Host) -> None:
    assert host.file("/etc/app").is_directory


def test_file_absent(host: Host) -> None:
    assert not host.file("/srv/v1").exists


def test_nested_file(host: Host) -> None:
    assert host.file("/srv/v2/index.html").contains("hello")


def test_base_file(host: Host) -> None:
    assert host.file("/etc/os-release").contains("Alpine")


def test_command_output(host: Host) -> None:
    assert "hello" in host.run("cat /srv/current/index.html").stdout


def test_command_status(host: Host) -> None:
    assert host.run("sh /srv/check.sh").rc == 0


def test_command_user(host: Host) -> None:
    assert "65534" in host.run("id -u nobody").stdout
