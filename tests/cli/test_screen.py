"""What the terminal shows, and what it is spared."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from grader.cli import _screen as screen

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("variables", "language"),
    [
        ({}, "en"),
        ({"LANG": "ko_KR.UTF-8"}, "ko"),
        ({"LANG": "ko_KR.UTF-8", "LC_MESSAGES": "en_US.UTF-8"}, "en"),
        ({"LANG": "en_US.UTF-8", "LC_ALL": "ko"}, "ko"),
        ({"LANG": "ko_KR.UTF-8", "LC_ALL": ""}, "ko"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LANG": "kok_IN"}, "en"),
    ],
)
def test_the_language_of_the_locale(
    variables: dict[str, str], language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert screen.locale_language() == language


def shown_by(code: str, *, columns: int = 40, term: str = "xterm") -> str:
    """Return what a program writes to a terminal as its standard error stream."""
    ours, theirs = pty.openpty()
    environment = os.environ | {"COLUMNS": str(columns), "TERM": term}
    with subprocess.Popen([sys.executable, "-c", code], stderr=theirs, env=environment) as process:
        os.close(theirs)
        output = b""
        while True:
            try:
                chunk = os.read(ours, 4096)
            except OSError:  # the terminal has no writer any more
                break
            output += chunk
    os.close(ours)
    assert process.returncode == 0
    return output.decode()


PROGRESS = """
from grader.cli._screen import Progress
with Progress(23, {language!r}) as progress:
    progress.step(7, {text!r})
"""


def test_progress_is_one_line_that_vanishes() -> None:
    code = PROGRESS.format(language="en", text="docker start -i test-data")
    assert shown_by(code) == "\r\x1b[Kline 7/23  docker start -i test-data\r\x1b[K"


def test_progress_fits_the_terminal_in_korean_too() -> None:
    code = PROGRESS.format(language="ko", text="echo 가나다라마바사아자차카타파하")
    assert shown_by(code, columns=30) == "\r\x1b[K줄 7/23  echo 가나다라마바사\r\x1b[K"


def test_progress_passes_no_control_characters_on() -> None:
    code = PROGRESS.format(language="en", text="echo \x1b]0;title\x07\nsecond")
    assert shown_by(code) == "\r\x1b[Kline 7/23  echo ␛]0;title␇ second\r\x1b[K"


@pytest.mark.parametrize("term", ["dumb", ""])
def test_progress_is_silent_where_a_line_cannot_be_erased(term: str) -> None:
    assert shown_by(PROGRESS.format(language="en", text="ls"), term=term) == ""


def test_progress_is_silent_when_piped(capsys: pytest.CaptureFixture[str]) -> None:
    with screen.Progress(1, "en") as progress:
        progress.step(1, "ls")
    assert capsys.readouterr() == ("", "")


def say(code: str, stdout: int | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a program that says something."""
    program = f"from grader.cli._screen import say\n{code}"
    return subprocess.run(
        [sys.executable, "-c", program],
        stdout=stdout if isinstance(stdout, int) else stdout.open("w"),
        stderr=subprocess.PIPE,
        env=os.environ | environment,
        text=True,
        check=False,
    )


def test_a_reader_that_has_gone_away_is_no_error() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = say("say('hello\\n')\nsay('again\\n')", writing)
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, "")


def test_what_the_terminal_cannot_show_is_replaced() -> None:
    done = say("say('가 \\ud800 ok\\n')", subprocess.PIPE, PYTHONIOENCODING="ascii")
    assert (done.stdout, done.stderr) == ("? ? ok\n", "")


def test_no_room_for_the_table() -> None:
    with open("/dev/full", "w") as full:  # noqa: PTH123 - a device
        done = say("say('hello\\n')", full.fileno())
    assert done.returncode == 1
    assert re.search("OutputError: cannot write to the standard output: No space left", done.stderr)
