"""Reports: what people and other programs read of a result, one file per format.

A format is found by its file name: `grader/reports/junit.py` renders `--junit FILE`. It defines
`FILE`, the name it is written to (None: the terminal), and `render(graded, language) -> str`.
Files that begin with an underscore are no formats. Nothing else needs to be edited to add one; a
file without these two fails loudly when it is loaded. A format that is not in `ALWAYS` is neither
loaded nor written unless it is asked for.
"""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, cast

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import ModuleType

    from grader.model.evidence import Evidence
    from grader.model.lab import Lab
    from grader.model.record import Language
    from grader.model.result import Result

TERMINAL = "table"
"""The format that is shown instead of written."""

ALWAYS = ("json", "junit")
"""The formats that every grading writes."""


@dataclass(frozen=True)
class Graded:
    """One graded submission: all that a report may tell of."""

    result: Result
    lab: Lab | None = None
    evidence: Evidence | None = None
    """None where there is none at hand, for example because we failed to record it."""


class Format(Protocol):
    """What the module of a format offers."""

    FILE: str | None
    """Name of its file in the folder of results; None for the terminal."""

    def render(self, graded: Graded, language: Language) -> str:
        """Return the whole report."""


def known_formats() -> tuple[str, ...]:
    """Return the names of all formats, sorted, without loading them."""
    return formats_in(__path__)


def written_formats() -> tuple[str, ...]:
    """Return the names of the formats that go into files, without loading them."""
    return tuple(name for name in known_formats() if name != TERMINAL)


def load_format(name: str) -> Format:
    """Return the module of a format.

    Raises ImportError if the file does not define `FILE` and `render`.
    """
    return cast("Format", format_module(f"{__name__}.{name}", has_file=name != TERMINAL))


def formats_in(folders: Iterable[str]) -> tuple[str, ...]:
    """Return the names of the formats in a package's folders, sorted, without loading them."""
    return tuple(
        sorted(m.name for m in pkgutil.iter_modules(folders) if not m.name.startswith("_"))
    )


def format_module(name: str, *, has_file: bool = True) -> ModuleType:
    """Return a module with a format. Raises ImportError as `load_format` does."""
    module = importlib.import_module(name)
    file = getattr(module, "FILE", "")
    fits = isinstance(file, str) and file != "" if has_file else file is None
    if not fits or not callable(getattr(module, "render", None)):
        raise ImportError(f"{module.__file__}: a report's file defines FILE and render()")
    return module
