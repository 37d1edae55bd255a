from __future__ import annotations

import subprocess
from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.workbench.terminal import (
    Checkpoint,
    Continuation,
    CursorQuery,
    EchoEnd,
    Event,
    FullScreen,
    PasteReady,
    Prompt,
    QuotedPrompt,
    TerminalParser,
    Text,
    checkpoint_line,
    prompt_environment,
)

PROMPT = b"\x1b]133;D;130;7;1;3;aid=abc\x07"


def read(*chunks: bytes) -> list[Event]:
    """Feed the chunks and join neighbouring texts."""
    terminal = TerminalParser()
    events: list[Event] = []
    for event in chain.from_iterable(terminal.feed(chunk) for chunk in chunks):
        last = events[-1] if events else None
        if isinstance(event, Text) and isinstance(last, Text):
            events[-1] = Text(last.text + event.text)
        else:
            events.append(event)
    return events


@pytest.mark.parametrize(
    ("data", "events"),
    [
        (PROMPT, [Prompt(130, 7, 1, 3, "abc")]),
        (PROMPT.replace(b"\x07", b"\x1b\\"), [Prompt(130, 7, 1, 3, "abc")]),
        (b"\x1b]133;C;7;4;aid=abc\x07", [Continuation(7, 4, "abc")]),
        (b"\x1b]133;S;2;aid=abc\x07", [Checkpoint(2, "abc")]),
        (b"PS1=\x1b]133;D;$?;$$;aid=abc\x07\n", [Text("PS1="), QuotedPrompt("abc"), Text("\n")]),
        (b"\x1b]133;D;0\x07", []),
        (b"\x1b]133;A\x07$ \x1b]133;B\x07", [Text("$ ")]),
        (b"\x1b]0;a title\x07x", [Text("x")]),
        (b"\x1b[6n", [CursorQuery()]),
        (b"\x1b[?2004h\x1b[?2004l\r", [PasteReady(), EchoEnd(), Text("\r")]),
        (b"\x1b[1;31mred\x1b[m \x1b(Bplain\x1bM", [Text("red plain")]),
        (b"\x1b[2J\x1b[1;1Hvi", [FullScreen(), Text("vi")]),
        (b"\x1bP+q544e\x1b\\x", [Text("x")]),
        (b"bell\x07 nul\x00 \x7f", [Text("bell nul ")]),
        ("중요한".encode(), [Text("중요한")]),
        ("중".encode()[:2] + PROMPT, [Text("\ufffd"), Prompt(130, 7, 1, 3, "abc")]),
        (b"\xff\xfe", [Text("\ufffd\ufffd")]),
    ],
)
def test_what_bytes_say(data: bytes, events: list[Event]) -> None:
    assert read(data) == events


@pytest.mark.parametrize(
    "broken",
    [
        b"\x1b]",
        b"\x1b]133;D;",
        b"\x1b]0;" + b"x" * 5000,
        b"\x1b[",
        b"\x1b[" + b"1" * 5000,
        b"\x1b",
        b"\x1bP" + b"q" * 5000,
        b"\x1b]0;line\nfeed",
        b"\xe4\xb8",
    ],
)
def test_a_broken_sequence_does_not_swallow_the_prompt(broken: bytes) -> None:
    assert read(broken + PROMPT)[-1] == Prompt(130, 7, 1, 3, "abc")
    assert read(broken, PROMPT)[-1] == Prompt(130, 7, 1, 3, "abc")


PIECES = st.sampled_from(
    [
        PROMPT,
        b"\x1b]133;C;7;4;aid=abc\x07",
        b"\x1b]133;D;$?;aid=abc\x1b\\",
        b"\x1b[6n",
        b"\x1b[?2004l",
        b"\x1b[1;31m",
        b"\x1b[H",
        b"\x1b]",
        b"\x1bP",
        b"\x1b",
        b"\x1b\\",
        b"[",
        b"\r\n",
        b"\t",
        b"\x07",
        "데이터".encode(),
        b"plain text",
    ]
)


@given(
    st.lists(PIECES | st.binary(max_size=8), max_size=30).map(b"".join),
    st.lists(st.integers(min_value=1, max_value=40), min_size=1, max_size=30),
)
def test_how_the_bytes_are_cut_never_matters(data: bytes, sizes: list[int]) -> None:
    chunks: list[bytes] = []
    at = 0
    while at < len(data):
        size = sizes[len(chunks) % len(sizes)]
        chunks.append(data[at : at + size])
        at += size
    assert read(*chunks) == read(data)


@given(st.binary(max_size=3000))
def test_memory_is_bounded(data: bytes) -> None:
    terminal = TerminalParser()
    terminal.feed(data)
    assert len(terminal._pending) <= 1100


@pytest.mark.parametrize("shell", [["bash", "--norc", "-c"], ["sh", "-c"]])
@pytest.mark.parametrize("status", [0, 3])
def test_a_checkpoint_leaves_the_status_as_it_was(shell: list[str], status: int) -> None:
    line = checkpoint_line(5, "abc", "true")
    script = f"(exit {status})\n{line}\necho $?"
    done = subprocess.run([*shell, script], capture_output=True, check=True)
    assert read(done.stdout) == [Checkpoint(5, "abc"), Text(f"{status}\n")]


def test_the_environment_names_its_token_in_every_prompt() -> None:
    environment = prompt_environment("abc")
    assert set(environment) == {"PS1", "PS2", "PROMPT_COMMAND"}
    assert all("aid=abc\x07" in value for value in environment.values())
    assert read(environment["PS1"].encode()) == [QuotedPrompt("abc")]
    assert read(environment["PS2"].encode()) == [QuotedPrompt("abc")]
