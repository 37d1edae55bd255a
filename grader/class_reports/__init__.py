"""Reports of a whole class, one file per format.

A format is found by its file name: `grader/class_reports/csv.py` renders `grade report LAB --as
csv`. It defines `FILE`, the name it is written to, and `render(book, language)`, which yields the
report piece by piece. Files that begin with an underscore are no formats.

They are for teachers: hidden criteria are named, and marked as hidden.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol, cast

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
    return tuple(
        sorted(m.name for m in pkgutil.iter_modules(__path__) if not m.name.startswith("_"))
    )


def load_format(name: str) -> ClassFormat:
    """Return the module of a format.

    Raises ImportError if the file does not define `FILE` and `render`.
    """
    module = importlib.import_module(f"{__name__}.{name}")
    file = getattr(module, "FILE", "")
    if not isinstance(file, str) or not file or not callable(getattr(module, "render", None)):
        raise ImportError(f"{module.__file__}: a report's file defines FILE and render()")
    return cast("ClassFormat", module)
