from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.workbench.transcript import HIDDEN_LINE, Transcript, without_echo, without_hidden


def shown(*pieces: str, limit: int = 1024) -> str:
    transcript = Transcript(limit)
    for piece in pieces:
        transcript.add(piece)
    return transcript.text()


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("a\r\nb\r\n", "a\nb\n"),
        ("a\r\r\nb", "a\nb"),
        ("10%\r50%\r100%\r\n", "100%\n"),
        ("10%\r50%", "50%"),
        ("50%\r", "50%"),
        ("^\b\tx\r\n", "\tx\n"),
        ("abc\b\b\bxyz", "xyz"),
        ("\b\ba", "a"),
    ],
)
def test_what_is_left_to_read(text: str, kept: str) -> None:
    assert shown(text) == kept
    assert shown(*text) == kept


@given(st.text("ab\r\n\b\t", max_size=60), st.integers(min_value=1, max_value=7))
def test_pieces_do_not_matter(text: str, size: int) -> None:
    assert shown(*(text[i : i + size] for i in range(0, len(text), size))) == shown(text)


@pytest.mark.parametrize("text", ["x" * 100_000, "y\n" * 50_000, "50%\r" * 50_000, "데" * 50_000])
def test_endless_output_is_cut(text: str) -> None:
    transcript = Transcript(1000)
    for start in range(0, len(text), 1000):
        transcript.add(text[start : start + 1000])
    assert len(transcript.text().encode()) <= 1000
    assert len(transcript.tail) <= 256
    assert sum(map(len, transcript._kept)) + len(transcript._line) < 4000
    assert transcript.truncated == (not text.startswith("50%"))
    transcript.add("\nname? ")
    assert transcript.tail == "name? "


MEGABYTE = 1024 * 1024


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("a" * (MEGABYTE // 2) + "\b" * (MEGABYTE // 2), ""),
        ("a\b" * (MEGABYTE // 2), ""),
        ("aa\b" * (MEGABYTE // 3), "a" * (MEGABYTE // 3)),
        ("a\b\r" * (MEGABYTE // 3), ""),
        ("a\r\b" * (MEGABYTE // 3), ""),
        ("\b" * MEGABYTE + "a", "a"),
    ],
    ids=["all at last", "at once", "every other", "and returned", "returned first", "nothing"],
)
@pytest.mark.parametrize("limit", [1000, 4 * MEGABYTE])
def test_erasing_costs_time_in_proportion(text: str, kept: str, limit: int) -> None:
    began = time.monotonic()
    transcript = Transcript(limit)
    for start in range(0, len(text), 4096):
        transcript.add(text[start : start + 4096])
        assert len(transcript.tail) <= 256
    assert time.monotonic() - began < 10
    assert transcript.truncated or transcript.text() == kept


@pytest.mark.parametrize(
    ("text", "typed", "rest"),
    [
        ("echo hi\nhi\n", "echo hi", "hi\n"),
        ("echo hi\n", "echo hi", ""),
        ("\nx\n", "", "x\n"),
        ("x\n", "", "x\n"),
        ("hidden\n", "echo hidden", "hidden\n"),  # nothing was echoed
        ('echo "a        b"\na b\n', 'echo "a\tb"', "a b\n"),
        ("echo aaaa\naaaa bb\naaaaaaaa bb\n", "echo aaaaaaaa bb", "aaaaaaaa bb\n"),  # wrapped
        ("echo \\354\\244\\221\n중\n", "echo 중", "중\n"),  # readline without a locale
        ("echo \\354\\2\n44\\221\n중\n", "echo 중", "중\n"),
        ("echo 데\ufffd\n\ufffd\ufffd터 x\n데이터 x\n", "echo 데이터 x", "데이터 x\n"),  # wrapped
        ("noise> ls\nfile\n", "ls", "file\n"),
        ("echo hi", "echo hi", ""),
    ],
)
def test_the_echo_is_taken_away(text: str, typed: str, rest: str) -> None:
    assert without_echo(text, typed) == rest


def test_our_own_prompts_are_not_shown() -> None:
    text = f"A=1\nPS1={HIDDEN_LINE}\nPROMPT_COMMAND='aid=abc'\naid=other\n"
    assert without_hidden(text, frozenset({"abc"})) == "A=1\naid=other\n"
