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
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, NamedTuple

from pydantic import BeforeValidator, SerializeAsAny, ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError

from grader.model.evidence import Evidence
from grader.model.lab import Lab
from grader.model.probe import ProbeWish
from grader.model.record import Record
from grader.model.result import Verdict
from grader.wording import did_you_mean


class CourseProblem(NamedTuple):
    """One thing that is wrong with a rubric or a lab: its author's mistake."""

    loc: tuple[str | int, ...]
    """Path of the field, from the check, the rubric or the lab on."""
    text: str
    of_key: bool = False
    """The name of the field is wrong, not its value."""


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

    def probes(self) -> tuple[ProbeWish, ...]:
        """Return the commands that the grader has to run by itself at the end."""
        return ()

    def problems(self, lab: Lab) -> Iterable[CourseProblem]:  # noqa: ARG002 — for kinds that name parts of the lab
        """Return what in this rule does not fit the lab."""
        return ()


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
        if inspect.isclass(value)
        and issubclass(value, Check)
        and value.__module__ == module.__name__
    ]
    if len(classes) != 1 or not getattr(module, "EXAMPLES", ()):
        message = f"{module.__file__}: a check's file defines one Check class and its EXAMPLES"
        raise ImportError(message)
    return classes[0]


def load_examples(kind: str) -> tuple[Example, ...]:
    """Return the worked examples of a kind."""
    examples: tuple[Example, ...] = importlib.import_module(load_kind(kind).__module__).EXAMPLES
    return examples


def _resolve(value: object) -> object:
    if isinstance(value, Check):
        return value
    if not isinstance(value, dict):
        advice = (
            "; for several, use 'kind: all_of' with 'checks'" if isinstance(value, list) else ""
        )
        raise PydanticCustomError(
            "check_form", "a check is a mapping with a 'kind'{advice}", {"advice": advice}
        )
    kind = value.get("kind")
    known = known_kinds()
    if kind is None:
        raise PydanticCustomError(
            "check_kind_missing",
            "a check needs a 'kind'; known kinds: {known}",
            {"known": ", ".join(known)},
        )
    if kind not in known:
        raise _unknown_kind(value, str(kind))
    # A ValidationError raised here keeps the places inside the check: pydantic adds them to ours.
    return load_kind(kind).model_validate(value)


def _unknown_kind(value: dict[Any, Any], kind: str) -> ValidationError:
    known = known_kinds()
    error = PydanticCustomError(
        "check_kind_unknown",
        "unknown check kind {kind}{near}; known kinds: {known}",
        {
            "kind": repr(kind),
            "near": did_you_mean(kind, known),
            "known": ", ".join(known),
        },
    )
    detail = InitErrorDetails(type=error, loc=("kind",), input=value["kind"])
    return ValidationError.from_exception_data("Check", [detail])


AnyCheck = Annotated[SerializeAsAny[Check], BeforeValidator(_resolve)]
"""A field that takes any kind of check."""
