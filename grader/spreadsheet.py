"""Cells of CSV files that people open in spreadsheets.

Without a byte order mark, Excel takes UTF-8 for the code page of the machine, and Korean names come
out broken. A text that a spreadsheet would take for a formula gets a quote before it (OWASP ASVS 5,
1.2.10; the wide signs are for East Asian settings).
"""

from __future__ import annotations

MARK = "\ufeff"
FORMULA = tuple("=+-@\t\r\0＝＋－＠")
"""How a cell begins that is a formula."""


def plain(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.lstrip("'").startswith(FORMULA) else text


def unquoted(cell: str) -> str:
    """Return the text that `plain` was given."""
    return cell[1:] if cell.startswith("'") and plain(cell) != cell else cell
