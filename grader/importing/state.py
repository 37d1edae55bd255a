"""What an import remembers of a lab, in the lab's folder."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from grader.errors import CourseError
from grader.importing.page import Asked
from grader.model.record import Record

STATE = ".imported.json"


class State(Record):
    """Where a lab came from."""

    page: str
    """Name of the page's file."""
    files: dict[str, str]
    """Path in the course → its text as the page had it last."""
    questions: tuple[Asked, ...] = ()
    """A quiz's questions, with those that are gone from the page."""


def state_path(lab: str) -> str:
    """Return where the state of a lab is, seen from the course."""
    return f"labs/{lab}/{STATE}"


def read_state(root: Path, lab: str) -> State | None:
    """Return what is remembered of a lab; None if no import made it.

    Raises CourseError if the file is not as it was written.
    """
    file = root / state_path(lab)
    try:
        return State.model_validate_json(file.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValidationError) as bad:
        fix = "restore it; or remove it, and import with --adopt"
        raise CourseError("this is not what an import wrote", file=file, fix=fix) from bad


def state_text(state: State) -> str:
    """Return a state as its file has it."""
    return state.model_dump_json(indent=1) + "\n"


def imported_labs(root: Path) -> list[str]:
    """Return the labs that came from pages."""
    return sorted(file.parent.name for file in (root / "labs").glob(f"*/{STATE}"))
