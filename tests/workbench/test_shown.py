from __future__ import annotations

import asyncio

import pytest

from grader.workbench.shown import ShownTty

PROMPT = b"\x1b]133;D;0;7;1;%d;aid=abc\x07"


class Printed:
    """A terminal that prints what it is told to."""

    token = "host"  # noqa: S105 - a name

    def __init__(self, *prints: bytes) -> None:
        self._prints = list(prints)

    async def read(self) -> bytes:
        return self._prints.pop(0)

    def write(self, keys: bytes) -> None:
        pass

    async def kill_foreground(self) -> bool:
        return False

    async def ended_by_student(self) -> bool:
        return False


@pytest.mark.parametrize("drawn", [b"", PROMPT % 1, PROMPT % 2], ids=["once", "copy", "counted"])
def test_a_line_is_no_output_where_its_prompt_is_drawn_anew(drawn: bytes) -> None:
    shown: list[str] = []
    tty = ShownTty(Printed(PROMPT % 1, drawn, b"echo hi\r\n", b"hi\r\n", PROMPT % 3), shown.append)

    async def watch() -> None:
        await tty.read()
        tty.write(b"echo hi\n")
        for _ in range(4):
            await tty.read()

    asyncio.run(watch())
    assert "".join(shown).replace("\r", "") == "hi\n"
