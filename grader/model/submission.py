"""A submission: what one student handed in for one lab."""

from __future__ import annotations

from grader.model.record import Record, Text


class Submission(Record):
    """The student's file, decoded, with the way it was read."""

    student: str
    path: str
    """Path of the graded file as given, for reports."""
    digest: str
    """`sha256:…` of the bytes of the file, and of the files beside it."""
    text: str
    """The file's text with LF line ends and without a byte order mark."""
    notes: tuple[Text, ...] = ()
    """What the reader should know, such as an encoding that had to be guessed."""
    folder: str | None = None
    """Folder whose other files go into the workbench; None when only one file was handed in."""
