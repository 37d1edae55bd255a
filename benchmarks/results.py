"""What a part measured, for the terminal and for `benchmarks/results.md`."""

from __future__ import annotations

import asyncio
import os
import platform
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from grader.engine.client import Engine, engine_socket

FILE = Path(__file__).with_name("results.md")
HEAD = """\
# Measurements

`make bench` writes this file; `make bench PART=others` writes the section of one part anew, and
leaves the rest. Times of two machines, or of two days, say little about each other; so each
section says where and when it was measured, and its ratios compare what was measured in turn, in
one run. An aim stands in parentheses beside its ratio.
"""
_SECTION = re.compile(r"^## (?P<part>\S+).*?(?=^## |\Z)", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class Table:
    """One table; its first column is text, all others are numbers."""

    head: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]

    def lines(self) -> Iterator[str]:
        """Yield the lines of the table in Markdown, which is as good on a terminal."""
        wide = [max(map(len, column)) for column in zip(self.head, *self.rows, strict=True)]
        rule = ["-" * wide[0], *(f"{'-' * (width - 1)}:" for width in wide[1:])]
        for cells in (self.head, rule, *self.rows):
            first, *others = zip(cells, wide, strict=True)
            filled = [first[0].ljust(first[1]), *(text.rjust(width) for text, width in others)]
            yield f"| {' | '.join(filled)} |"


@dataclass(frozen=True)
class Section:
    """All that one part has to say."""

    compared: str
    """What is measured against what, precisely."""
    tables: tuple[Table, ...]
    limit: str
    """What keeps it from being faster."""

    def text(self) -> str:
        """Return it as Markdown, without a heading."""
        tables = ["\n".join(table.lines()) for table in self.tables]
        return "\n\n".join([self.compared, *tables, f"Limit: {self.limit}"]) + "\n"


def ratio(value: float, aim: float | None = None) -> str:
    """Return a ratio as it is shown, with its aim."""
    return f"{value:.2f}" + (f" ({aim:g})" if aim is not None else "")


def milliseconds(seconds: float) -> str:
    """Return a time as it is shown."""
    return f"{seconds * 1000:.1f} ms"


def write(part: str, section: Section, order: Iterable[str], file: Path = FILE) -> None:
    """Put a part's section into the file, in place of what it said before."""
    text = file.read_text(encoding="utf-8") if file.exists() else ""
    found = {match["part"]: match[0].strip() for match in _SECTION.finditer(text)}
    found[part] = f"## {part}\n\n{measured_on()}\n\n{section.text()}".strip()
    sections = [found[name] for name in order if name in found]
    file.write_text("\n\n".join([HEAD.strip(), *sections]) + "\n", encoding="utf-8")


def measured_on() -> str:
    """Return date and machine in one line."""
    engine = asyncio.run(_engine())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{datetime.now(UTC):%Y-%m-%d} · {os.cpu_count()} cores ({_processor()}), "
        f"{memory:.0f} GiB · {engine} · Python {platform.python_version()} · "
        f"load {os.getloadavg()[0]:.1f} at the end"
    )


async def _engine() -> str:
    engine = Engine(engine_socket())
    told = await engine.call("GET", "/info")
    return f"Docker {told['ServerVersion']} ({told['Driver']}), Linux {told['KernelVersion']}"


def _processor() -> str:
    file = Path("/proc/cpuinfo")
    text = file.read_text(encoding="utf-8") if file.exists() else ""
    found = re.search(r"^model name\s*:\s*(.+)$", text, re.MULTILINE)
    return " ".join(found[1].split()) if found else platform.machine()
