"""Learning platforms (LMS) that grades are uploaded to, one file per kind.

A kind is found by its file name: a target with `kind: moodle` in the course's `course.yaml` is
served by `grader/lms/moodle.py`. It defines `Settings`, what such a target says of itself, and
`connect(settings, root)`, which returns an open `Lms`. Files that begin with an underscore are no
kinds. Nothing else needs to be edited to add one; a file without these two fails loudly when it is
loaded, and none is loaded before it is asked for.

What may be written, and what must be left alone, is decided in `grader.uploading`, the same way for
all kinds. A kind only says truthfully what the platform holds.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, cast

from grader.lms._settings import TargetSettings


@dataclass(frozen=True, kw_only=True)
class Participant:
    """Somebody in the platform's course who can get grades."""

    id: str
    """As the platform's calls and files name them."""
    name: str = ""
    login: str | None = None
    email: str | None = None
    sis_id: str | None = None
    """Of the school's own records: Moodle's `idnumber`, Canvas's `sis_user_id`."""


@dataclass(frozen=True, kw_only=True)
class Column:
    """A lab, as it is to appear among the platform's grades."""

    lab: str
    title: str
    max_points: float


@dataclass(frozen=True, kw_only=True)
class Item:
    """What a lab is on the platform: an assignment, a line item, a file."""

    id: str
    place: str
    """Names platform, course and item for good, whatever the target is called: the key of what was
    sent. No secret is in it."""
    name: str
    max_points: float | None
    """None where the platform sets none."""


@dataclass(frozen=True, kw_only=True)
class Held:
    """What the platform holds for one student. One without a grade is there, with no points."""

    points: float | None = None
    """As they were given, before the platform's own deductions."""
    grader: str | None = None
    """Who set them, as the platform names them; None where it does not say."""
    ours: bool | None = None
    """Whether that is who we write as; None where the platform does not say, or nobody asked."""
    at: str | None = None
    """When, as the platform says it."""
    comments: tuple[str, ...] | None = ()
    """Texts to the student, without markup; None where the platform does not say."""
    overridden: bool = False
    """The platform says itself that a person set it by hand, and would not take another."""
    locked: bool = False


@dataclass(frozen=True, kw_only=True)
class Grade:
    """What is to be written for one student."""

    user: str
    points: float
    comment: str | None = None
    """None: what the student was told before stands."""


class Lms(Protocol):
    """An open connection to a platform's course.

    Every call raises LmsUnavailable where the platform does not answer or is too busy, after
    trying again as often as is safe; LmsError for any other refusal; UsageError for a target that
    is set up wrongly, such as with a token that is not accepted. No secret is in their texts.
    """

    at_once: int
    """How many students one `write` takes."""
    confirms: bool
    """Reading back tells what the platform holds. Not so for a file that somebody has yet to upload
    by hand."""

    def participants(self) -> Sequence[Participant]:
        """Return who can get grades; nobody where students go by their names here."""

    def item(self, column: Column, *, make: bool) -> Item | None:
        """Return what a lab is on the platform; None where it would have to be made.

        With `make`, it is made. Calling it twice never makes two.
        """

    def held(self, item: Item, users: Collection[str] | None = None) -> Mapping[str, Held]:
        """Return what is held for these users, or for all; who is not known there is left out.

        Where the platform does not tell who is in the course, each of `users` counts as known.
        """

    def write(self, item: Item, grades: Sequence[Grade]) -> Mapping[str, str]:
        """Write, and return whom the platform refused, and what it said.

        Nobody believes that the others were written: they are read back. A call whose answer was
        lost is not made again in here: LmsUnavailable is raised, and reading back tells.
        """


class Kind(Protocol):
    """What the module of a kind offers."""

    Settings: type[TargetSettings]

    def connect(self, settings: TargetSettings, root: Path) -> AbstractContextManager[Lms]:
        """Return the platform, not asked anything yet. Raises UsageError without its secrets."""


def known_kinds() -> tuple[str, ...]:
    """Return the names of all kinds, sorted, without loading them."""
    return tuple(
        sorted(m.name for m in pkgutil.iter_modules(__path__) if not m.name.startswith("_"))
    )


def load_kind(name: str) -> Kind:
    """Return the module of a kind. Raises ImportError if it lacks `Settings` or `connect`."""
    module = importlib.import_module(f"{__name__}.{name}")
    settings = getattr(module, "Settings", None)
    fits = isinstance(settings, type) and issubclass(settings, TargetSettings)
    if not fits or not callable(getattr(module, "connect", None)):
        raise ImportError(f"{module.__file__}: a platform's file defines Settings and connect()")
    return cast("Kind", module)


__all__ = [
    "Column",
    "Grade",
    "Held",
    "Item",
    "Kind",
    "Lms",
    "Participant",
    "TargetSettings",
    "known_kinds",
    "load_kind",
]
