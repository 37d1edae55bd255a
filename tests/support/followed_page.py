"""Follows a page of docs/ to the letter: every command is run, every output is compared.

A `sh` block is run in the folder of the course, and must end with the status that its info string
names (`sh exit=1`; else 0). A `text` block after it holds lines that the output has, in this order;
`…` stands for anything. A block whose info string ends with a path is written to that file. In a
command, `CHANGE` stands for the last change that an output told how to undo.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
FENCE = re.compile(r"^```(?P<info>[^\n`]+)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE)


class Block(NamedTuple):
    language: str
    words: tuple[str, ...]
    text: str
    line: int


def blocks(name: str) -> Iterator[Block]:
    page = (ROOT / "docs" / name).read_text(encoding="utf-8")
    for found in FENCE.finditer(page):
        language, *words = found["info"].split()
        yield Block(language, tuple(words), found["text"], page.count("\n", 0, found.start()) + 1)


def run(block: Block, course: Path, names: Mapping[str, str]) -> str:
    # The page says `grade`: the program of this checkout, whatever else is installed.
    script = f'grade() {{ "{sys.executable}" -m grader "$@"; }}\n{block.text}'
    for name, meant in names.items():
        script = script.replace(name, meant)
    done = subprocess.run(
        ["bash", "-e", "-c", script],
        cwd=course,
        env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "100"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    wanted = next((int(w.removeprefix("exit=")) for w in block.words if w.startswith("exit=")), 0)
    assert done.returncode == wanted, f"line {block.line}: {block.text}\n{done.stdout}"
    return done.stdout


def assert_shown(block: Block, output: str) -> None:
    """Look for each line of the page in the output, in order; blanks count as one."""
    shown = [" ".join(line.split()) for line in output.splitlines()]
    at = 0
    for number, line in enumerate(block.text.splitlines(), block.line + 1):
        if line.strip() in {"", "…"}:
            continue
        pattern = ".*".join(map(re.escape, " ".join(line.split()).split("…")))
        found = next((i for i in range(at, len(shown)) if re.fullmatch(pattern, shown[i])), None)
        assert found is not None, f"line {number} is not shown: {line}\n{output}"
        at = found + 1


def follow(page: str, course: Path, names: Mapping[str, str] | None = None) -> None:
    """Follow a page. `names`: what stands in its commands, and what it stands for here."""
    output, known, commands = "", dict(names or {}), 0
    for block in blocks(page):
        if block.language == "sh":
            output = run(block, course, known)
            if undoing := re.findall(r"grade undo (\w+)", output):
                known["CHANGE"] = undoing[-1]
            commands += 1
        elif block.language == "text":
            assert_shown(block, output)
        else:
            (name,) = block.words
            file = course / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(block.text, encoding="utf-8")
    assert commands > 0
