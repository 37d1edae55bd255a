"""A CSV file of somebody else's in which some cells are changed; the others stay as they are."""

from __future__ import annotations

import re
from dataclasses import dataclass

_CELL = re.compile(r'("(?:[^"]|"")*"|[^,\r\n]*)(,|\r\n|\n|\r|\Z)')


@dataclass
class Cells:
    """Rows of cells, each as it was written, its quotes and the sign after it included."""

    mark: str
    """The byte order mark, or nothing."""
    rows: list[list[tuple[str, str]]]
    """Cell and what separates it from the next."""

    @classmethod
    def of(cls, data: bytes) -> Cells:
        """Take a file apart. Raises ValueError for one that is not UTF-8."""
        text = data.decode("utf-8")
        mark = text[: text.startswith("\ufeff")]
        rows: list[list[tuple[str, str]]] = [[]]
        at = len(mark)
        while at < len(text):
            found = _CELL.match(text, at)
            assert found is not None  # noqa: S101 - nothing at all is a cell, too
            cell, end = found.groups()
            rows[-1].append((cell, end))
            at = found.end()
            if end != ",":
                rows.append([])
            elif at == len(text):
                rows[-1].append(("", ""))
        return cls(mark, [row for row in rows if row])

    def value(self, row: int, column: int) -> str:
        """Return what a cell holds."""
        cell = self.rows[row][column][0]
        quoted = len(cell) > 1 and cell.startswith('"') and cell.endswith('"')
        return cell[1:-1].replace('""', '"') if quoted else cell

    def put(self, row: int, column: int, text: str) -> None:
        """Change a cell."""
        quoted = '"' + text.replace('"', '""') + '"'
        self.rows[row][column] = (quoted, self.rows[row][column][1])

    def replace(self, old: str, new: str) -> None:
        """Change some characters wherever they stand."""
        self.rows = [[(cell.replace(old, new), end) for cell, end in row] for row in self.rows]

    def data(self) -> bytes:
        """Return the file."""
        text = "".join(cell + end for row in self.rows for cell, end in row)
        return (self.mark + text).encode()
