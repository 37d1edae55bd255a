"""The end of every grading: reports are rendered, written and shown."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from functools import cache
from threading import Thread
from typing import TYPE_CHECKING

from grader import reports
from grader.cli._evidence import FILE as EVIDENCE_FILE
from grader.cli._results import check_distinct, check_writable, shown, write_all
from grader.cli._screen import say
from grader.cli._status import BELOW_PASS_MARK, PASSED, UNKNOWN_GRADE
from grader.errors import OutputError
from grader.reports import Graded

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from grader.errors import SystemFault
    from grader.model.lab import Lab
    from grader.model.record import Language
    from grader.model.result import Result
    from grader.model.submission import Submission
    from grader.rubric import Rubric


@dataclass(frozen=True)
class Outputs:
    """Which files one grading has to do with."""

    reports: dict[str, Path]
    """Format → file."""
    evidence: Path
    """Written by a grading, read by a rescore."""


@cache
def load_formats() -> Thread:
    """Begin to load what reports need, once, in the time in which the engine works and we wait."""
    thread = Thread(target=_load_formats, name="formats", daemon=True)
    thread.start()
    return thread


def _load_formats() -> None:
    with contextlib.suppress(ImportError):  # it will be told when the report is needed
        for name in (reports.TERMINAL, *reports.ALWAYS):
            reports.load_format(name)


def choose_outputs(
    folder: Path,
    given: Mapping[str, Path | None],
    evidence: Path | None,
    *,
    evidence_is_there: bool = False,
) -> Outputs:
    """Return the files: the given ones, and in the folder of results those always written.

    Raises UsageError where one that is to be written cannot be, or is the evidence that is there.
    """
    chosen = {
        name: path or folder / str(reports.load_format(name).FILE)
        for name, path in given.items()
        if path or name in reports.ALWAYS
    }
    outputs = Outputs(reports=chosen, evidence=evidence or folder / EVIDENCE_FILE)
    files = {f"the {name} report": path for name, path in outputs.reports.items()}
    record = {"the evidence": outputs.evidence}
    check_writable(files if evidence_is_there else files | record)
    check_distinct(files | record)
    return outputs


def publish(
    graded: Graded, language: Language, outputs: Outputs, evidence: str | None = None
) -> int:
    """Write all reports, and the evidence if it is new; show the table; return the exit status.

    Raises OutputError, and leaves nothing half-written.
    """
    written = write_reports(graded, language, outputs, evidence)
    say(reports.load_format(reports.TERMINAL).render(graded, language))
    say("\n" + _where(written, language))
    return status_of(graded.result)


def write_reports(
    graded: Graded, language: Language, outputs: Outputs, evidence: str | None = None
) -> tuple[Path, ...]:
    """Write all reports, and the evidence if it is new; return where they are.

    Raises OutputError, and leaves nothing half-written.
    """
    texts = {
        path: reports.load_format(name).render(graded, language)
        for name, path in outputs.reports.items()
    }
    if evidence is not None:
        texts[outputs.evidence] = evidence
    write_all(texts)
    return tuple(texts)


def status_of(result: Result) -> int:
    """Return the exit status that a result stands for."""
    if result.needs_review:
        return UNKNOWN_GRADE
    return PASSED if result.passed else BELOW_PASS_MARK


def publish_fault(
    fault: SystemFault,
    rubric: Rubric,
    lab: Lab,
    submission: Submission,
    language: Language,
    outputs: Outputs,
) -> None:
    """Write the JUnit report of a submission that we failed to record: errors, no failures.

    That is what machines read; the result and the evidence of an earlier grading stay.
    """
    from grader.scoring import ungraded

    graded = Graded(ungraded(rubric, lab, submission, fault), lab)
    text = reports.load_format("junit").render(graded, language)
    with contextlib.suppress(OutputError):  # the fault itself is about to be told
        write_all({outputs.reports["junit"]: text})


def _where(paths: Iterable[Path], language: Language) -> str:
    word = "보고서" if language == "ko" else "reports"
    return f"{word}:\n" + "".join(f"  {shown(path)}\n" for path in paths)
