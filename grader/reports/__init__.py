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
    return tuple(
        sorted(m.name for m in pkgutil.iter_modules(__path__) if not m.name.startswith("_"))
    )


def written_formats() -> tuple[str, ...]:
    """Return the names of the formats that go into files, without loading them."""
    return tuple(name for name in known_formats() if name != TERMINAL)


def load_format(name: str) -> Format:
    """Return the module of a format.

    Raises ImportError if the file does not define `FILE` and `render`.
    """
    module = importlib.import_module(f"{__name__}.{name}")
    file = getattr(module, "FILE", "")
    fits = file is None if name == TERMINAL else isinstance(file, str) and file != ""
    if not fits or not callable(getattr(module, "render", None)):
        raise ImportError(f"{module.__file__}: a report's file defines FILE and render()")
    return cast("Format", module)
