"""Checks: the rules in a rubric, one file per kind.

A kind is found by its file name: `grader/checks/file.py` defines the one class for `kind: file`,
with its `EXAMPLES`. Files that begin with an underscore are no kinds. Nothing else needs to be
edited to add one; a file without its class or examples fails loudly when it is loaded.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any

from pydantic import BeforeValidator, SerializeAsAny
from pydantic_core import PydanticCustomError

from grader.model.evidence import Evidence
from grader.model.record import Record
from grader.model.result import Verdict


class Check(Record):
    """One rule, judged from the evidence alone.

    A subclass adds the fields that a rubric writes, and `judge`. Its docstring is its manual page.
    """

    kind: str

    @abstractmethod
    def judge(self, evidence: Evidence) -> Verdict:
        """Say how much credit the evidence earns, and why.

        Raises EvidenceMissing where the evidence is incomplete through our fault.
        """

    def watched(self) -> frozenset[str]:
        """Return the paths that snapshots must look at even where the student left them alone."""
        return frozenset()


@dataclass(frozen=True)
class Example:
    """One worked example of a kind: its test, and its place in `docs/checks.md`."""

    shows: str
    """What the example shows, in one line."""
    check: dict[str, Any]
    """The rule as a rubric writes it, without `kind`."""
    evidence: Callable[[], Evidence]
    """Made on demand, so that loading a kind stays cheap."""
    credit: float
    says: str
    """A part of the English reason."""


def known_kinds() -> tuple[str, ...]:
    """Return the names of all kinds, sorted."""
    return tuple(
        sorted(m.name for m in pkgutil.iter_modules(__path__) if not m.name.startswith("_"))
    )


@cache
def load_kind(kind: str) -> type[Check]:
    """Return the class of a kind.

    Raises ImportError if the file does not define exactly one check and its examples.
    """
    module = importlib.import_module(f"{__name__}.{kind}")
    classes = [
        value
        for value in vars(module).values()
        if inspect.isclass(value) and issubclass(value, Check) and value.__module__ == module.__name__
    ]
    if len(classes) != 1 or not getattr(module, "EXAMPLES", ()):
        message = f"{module.__file__}: a check's file defines one Check class and its EXAMPLES"
        raise ImportError(message)
    return classes[0]


def _resolve(value: object) -> object:
    if isinstance(value, Check):
        return value
    if not isinstance(value, dict):
        raise PydanticCustomError("check_form", "a check is a mapping with a 'kind'")
    kind = value.get("kind")
    if kind is None:
        raise PydanticCustomError(
            "check_kind_missing",
            "a check needs a 'kind'; known kinds: {known}",
            {"known": ", ".join(known_kinds())},
        )
    if kind not in known_kinds():
        raise PydanticCustomError(
            "check_kind_unknown",
            "unknown check kind {kind}; known kinds: {known}",
            {"kind": repr(kind), "known": ", ".join(known_kinds())},
        )
    return load_kind(kind).model_validate(value)


AnyCheck = Annotated[SerializeAsAny[Check], BeforeValidator(_resolve)]
"""A field that takes any kind of check."""
