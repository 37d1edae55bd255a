"""Reports of a whole class, one file per format.

A format is found by its file name: `grader/class_reports/csv.py` renders `grade report LAB --as
csv`. It defines `FILE`, the name it is written to, and `render(book, language)`, which yields the
report piece by piece. Files that begin with an underscore are no formats.

They are for teachers: hidden criteria are named, and marked as hidden.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol, cast

from grader.reports import format_module, formats_in

if TYPE_CHECKING:
    from grader.gradebook import Gradebook
    from grader.model.record import Language


class ClassFormat(Protocol):
    """What the module of a format offers."""

    FILE: str
    """Name of its file in the lab's folder of results."""

    def render(self, book: Gradebook, language: Language) -> Iterator[str]:
        """Yield the whole report in pieces. Raises what going over the gradebook raises."""


def known_formats() -> tuple[str, ...]:
    """Return the names of all formats, sorted, without loading them."""
    return formats_in(__path__)


def load_format(name: str) -> ClassFormat:
    """Return the module of a format.

    Raises ImportError if the file does not define `FILE` and `render`.
    """
    return cast("ClassFormat", format_module(f"{__name__}.{name}"))
