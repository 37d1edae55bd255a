"""Scenarios: short scripts of client calls, to be carried out at an engine and at a gateway.

One line is one call. Words with `^` in front of a name (`^box`) get a prefix at the engine, which
is shared with others. `{id:box}` and `{short:box}` are the id of a container. Beside `docker …`
there are `file PATH TEXT`, which writes a file into the folder where the calls are made, and
`show PATH`, which compares one. `docker … < TEXT` types TEXT.

A line that ends in `# differs: REASON` must differ, `# may differ: REASON` where it depends on the
machine; REASON is a heading of `docs/differences.md`. With `# newer: REASON` it may differ at an
engine of a newer API than the gateway's. Lines that begin with `#` are headings.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

LISTS = {"ps", "images", "volume ls", "network ls"}
"""What shows other people's objects at a shared engine, unless it is told whose."""
FOLDER = Path(__file__).parents[1] / "conformance" / "scenarios"
_MARK = re.compile(r"\s+# (?:(?P<may>may )?differs?|(?P<newer>newer)): (?P<reason>[a-z-]+)$")


@dataclass(frozen=True)
class Line:
    """One call of a scenario."""

    written: str

    @cached_property
    def _mark(self) -> re.Match[str] | None:
        return _MARK.search(self.written)

    def may_differ(self, *, newer: bool) -> bool:
        """Say whether the answers may differ, at an engine of a newer API or not."""
        return self._mark is not None and (newer or not self._mark["newer"])

    def must_differ(self, *, newer: bool) -> bool:
        """Say whether it would be news if they did not. The list tells of the gateway's own API."""
        mark = self._mark
        return mark is not None and not (newer or mark["may"] or mark["newer"])

    @property
    def words(self) -> list[str]:
        """Return the words as a shell would read them."""
        return shlex.split(_MARK.sub("", self.written))

    @property
    def command(self) -> str:
        """Return what the client is to do, such as `run`."""
        return self.words[1] if len(self.words) > 1 else ""

    @property
    def lists_all(self) -> bool:
        """Whether it shows what others have on a shared engine."""
        listing = self.command in LISTS or " ".join(self.words[1:3]) in LISTS
        return listing and not re.search(r"\^|alpine|--filter|--help", self.written)


@dataclass(frozen=True)
class Scenario:
    """Calls that belong together: at the end all that they made is removed."""

    name: str
    """Topic and heading."""
    lines: tuple[Line, ...]

    def __str__(self) -> str:
        return self.name


def scenarios() -> list[Scenario]:
    """Read all scenarios: paragraphs of the files, each with its heading."""
    return [
        _scenario(file.stem, paragraph)
        for file in sorted(FOLDER.glob("*.txt"))
        for paragraph in file.read_text(encoding="utf-8").split("\n\n")
        if paragraph.strip()
    ]


def _scenario(topic: str, paragraph: str) -> Scenario:
    heading, *lines = paragraph.strip().splitlines()
    assert heading.startswith("# "), f"{topic}: a paragraph begins with a heading: {heading}"
    return Scenario(f"{topic}: {heading[2:]}", tuple(map(Line, lines)))
