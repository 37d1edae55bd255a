"""Find what a student handed in and read it, whatever encoding and line ends it came in."""

from __future__ import annotations

import codecs
import hashlib
import os
import re
import stat
from pathlib import Path

from grader import layout
from grader.errors import SubmissionError, UsageError
from grader.layout import ENDINGS, MOST_BYTES
from grader.model.lab import Lab
from grader.model.record import Text
from grader.model.submission import Submission
from grader.submission_folder import entries
from grader.wording import did_you_mean, size

MOST_SHEET_BYTES = 64 * 1024
"""For a quiz: a sheet is short, and reading YAML takes its time."""
MOST_LINE_BYTES = 4000
"""A terminal takes at most 4,095 bytes in one line."""
WIDE_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
COLOUR = re.compile(r"\x1b\[[0-9;:?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)")
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
INVISIBLE = re.compile("[\u200b\u2060\ufeff]")
NO_BREAK = re.compile("\xa0")
SURROGATE = re.compile("[\ud800-\udfff]")
"""Stands for a byte of a name that is not UTF-8."""
UNSAFE = re.compile(r"[/\\\x00-\x1f\x7f]")
MOST_NAME_BYTES = 200
"""A file system takes 255 for one folder."""
HANGUL = re.compile("[가-힣]")


def find(root: Path, lab: Lab, student: str, given: Path | None = None) -> Path:
    """Return the file, or the folder with the file, that a student handed in for a lab.

    Raises UsageError for a student who is not there, SubmissionError where nothing was handed in.
    """
    check_name(student)
    if given is not None:
        _require_there(given)
        return given
    folder = layout.student_folder(root, student)
    if folder is None:
        raise _unknown_student(layout.submissions_folder(root), student)
    path = layout.handed_in(folder, lab.id, lab.kind)
    if path is not None:
        _require_inside(folder, path)
        return path
    there = [path.name for path in _entries(folder)]
    problem = f"{student!r} handed in nothing for lab {lab.id!r}"
    if there:
        problem += f"; in this folder: {', '.join(there[:10])}"
    ending = ENDINGS[lab.kind][0]
    fix = f"put the file there, or name another one with --submission (a lab of kind {lab.kind!r} "
    raise SubmissionError(
        problem, file=folder / f"{lab.id}{ending}", fix=f"{fix}takes '*{ending}')"
    )


def found(root: Path, lab: Lab, student: str) -> Path | None:
    """Return what lies in a student's folder for a lab; None if nothing does.

    Raises InputError where it cannot be looked at.
    """
    folder = layout.student_folder(root, student)
    try:
        if folder is None or layout.handed_in(folder, lab.id, lab.kind) is None:
            return None
    except OSError as bad:
        raise SubmissionError(f"cannot be read: {bad.strerror}", file=folder) from bad
    return find(root, lab, student)


def check_name(student: str) -> None:
    """Raise UsageError unless a student's name can safely name a folder."""
    safe = student.strip() == student != "" and not student.startswith((".", "-"))
    if SURROGATE.search(student):
        raise UsageError(f"{student!r} is not UTF-8", fix="rename the folder")
    if not safe or UNSAFE.search(student) or len(student.encode()) > MOST_NAME_BYTES:
        fix = "use a name without slashes, blanks around it, or a leading '.' or '-'"
        raise UsageError(f"{student!r} cannot be the name of a student", fix=fix)


def _require_there(given: Path) -> None:
    """Raise SubmissionError if a file is not there, or not to be seen by us."""
    try:
        given.stat()
    except PermissionError as bad:
        problem, fix = f"cannot be reached: {bad.strerror}", "make the folders above it readable"
        raise SubmissionError(problem, file=given, fix=fix) from bad
    except OSError as bad:
        fix = "name an existing file with --submission"
        raise SubmissionError("there is no such file", file=given, fix=fix) from bad


def _unknown_student(base: Path, student: str) -> UsageError:
    known = [path.name for path in _entries(base) if path.is_dir()] if base.is_dir() else []
    fix = f"make the folder {base / student}, or name a file with --submission"
    return UsageError(f"unknown student {student!r}{did_you_mean(student, known, most=3)}", fix=fix)


def _require_inside(folder: Path, path: Path) -> None:
    """Raise SubmissionError if a link leads out of a folder: that is somebody else's work."""
    try:
        inside = path.resolve().is_relative_to(folder.resolve())
    except (OSError, RuntimeError):  # links in a circle
        inside = False
    if not inside:
        problem = f"the link leads out of the folder {folder}"
        raise SubmissionError(problem, file=path, fix="hand in the file itself")


def _entries(folder: Path) -> list[Path]:
    """Return what lies in a folder, sorted, without hidden files."""
    try:
        return sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except OSError as bad:
        fix = "make the folder readable"
        raise SubmissionError(f"cannot be read: {bad.strerror}", file=folder, fix=fix) from bad


def read(path: Path, student: str, lab: Lab) -> Submission:
    """Return a submission: the file at `path`, or the one in the folder at `path`.

    A link may be named as `path`, but none may lead out of a folder.

    Raises SubmissionError if it cannot be read as a text of lines.
    """
    folder = path if path.is_dir() and path.suffix not in ENDINGS[lab.kind] else None
    file = path if folder is None else _in_folder(folder, lab)
    content = _content(file, MOST_BYTES if lab.kind == "terminal" else MOST_SHEET_BYTES)
    text, notes = text_of(content, file)
    if not text.strip():
        wanted = "the lines of the lab" if lab.kind == "terminal" else "the answers, such as `1: B`"
        raise SubmissionError("the file is empty", file=file, fix=f"hand in {wanted}")
    if lab.kind == "terminal":
        refuse_long_lines(text, file)
    return Submission(
        student=student,
        path=str(file),
        digest=_digest(content, file, folder),
        text=text,
        notes=notes,
        folder=None if folder is None else str(folder),
    )


def text_of(content: bytes, file: Path) -> tuple[str, tuple[Text, ...]]:
    """Return the text of a file as it can be typed, and what was to be put right in it.

    Raises SubmissionError if it is no text.
    """
    text, notes = _decoded(content, file)
    text, cleaned = _cleaned(re.sub(r"\r+\n|\r", "\n", text))
    return text, (*notes, *cleaned)


def _in_folder(folder: Path, lab: Lab) -> Path:
    endings = ENDINGS[lab.kind]
    for ending in endings:
        if (file := folder / f"{lab.id}{ending}").exists():
            _require_inside(folder, file)
            return file
    files = [path for path in _entries(folder) if path.suffix in endings]
    if len(files) == 1:
        _require_inside(folder, files[0])
        return files[0]
    wanted = f"{lab.id}{endings[0]}"
    if files:
        problem = f"which file is the submission? {', '.join(f.name for f in files[:10])}"
    else:
        problem = f"the folder has no {wanted}"
    raise SubmissionError(problem, file=folder, fix=f"name the file with the lines {wanted}")


def _content(file: Path, most: int) -> bytes:
    try:
        status = file.stat()
        if not stat.S_ISREG(status.st_mode):
            raise SubmissionError(
                f"this is {_kind_of(status.st_mode)}, not a file",
                file=file,
                fix="hand in a text file with the lines of the lab",
            )
        if status.st_size > most:
            raise SubmissionError(
                f"the file has {size(status.st_size)}; a submission may have {size(most)}",
                file=file,
                fix="hand in only the lines that were typed, without their output",
            )
        with file.open("rb") as stream:
            return stream.read(most)
    except OSError as bad:
        fix = "make the file readable, or name another one with --submission"
        raise SubmissionError(f"cannot be read: {bad.strerror}", file=file, fix=fix) from bad


def _kind_of(mode: int) -> str:
    names = (
        (stat.S_ISDIR, "a directory"),
        (stat.S_ISFIFO, "a pipe"),
        (stat.S_ISSOCK, "a socket"),
    )
    return next((name for is_kind, name in names if is_kind(mode)), "a device")


def _decoded(content: bytes, file: Path) -> tuple[str, list[Text]]:
    for mark, encoding in WIDE_MARKS:
        if content.startswith(mark):
            try:
                text = content.decode(encoding)
            except UnicodeDecodeError as bad:
                raise _undecodable(content, bad.start, f"{encoding.upper()} text", file) from bad
            return text, [_encoding_note(encoding.upper())]
    if (at := content.find(b"\0")) >= 0:
        raise _undecodable(content, at, "text: this is a binary file", file)
    try:
        return content.decode("utf-8-sig"), []
    except UnicodeDecodeError as bad:
        try:
            text = content.decode("cp949")
        except UnicodeDecodeError:
            text = ""
        if not HANGUL.search(text):
            raise _undecodable(content, bad.start, "UTF-8 text", file) from bad
        return text, [_encoding_note("CP949")]


def _undecodable(content: bytes, at: int, what: str, file: Path) -> SubmissionError:
    line = content.count(b"\n", 0, at) + 1
    problem = f"the file is not {what} (byte 0x{content[at]:02x} at offset {at})"
    fix = "save it as a text file in UTF-8 and hand it in again"
    return SubmissionError(problem, file=file, line=line, fix=fix)


def _encoding_note(encoding: str) -> Text:
    return Text(
        ko=f"제출 파일이 UTF-8이 아니어서 {encoding} 인코딩으로 읽었습니다.",
        en=f"the submission is not UTF-8; it was read as {encoding}",
    )


def _cleaned(text: str) -> tuple[str, list[Text]]:
    """Return the text without what no keyboard types, and a note for each sort of it."""
    sorts = (
        (COLOUR, "", "터미널 색상 코드", "terminal colour codes"),
        (CONTROL, "", "제어 문자", "control characters"),
        (INVISIBLE, "", "보이지 않는 문자", "invisible characters"),
        (NO_BREAK, " ", "줄바꿈 없는 공백", "no-break spaces (plain ones now)"),
    )
    notes = []
    for pattern, instead, ko, en in sorts:
        if first := pattern.search(text):
            line = text.count("\n", 0, first.start()) + 1
            notes.append(
                Text(
                    ko=f"제출 파일에서 {ko}을(를) 제거하였습니다 ({line}번째 줄부터).",
                    en=f"removed {en} from the submission, first seen on line {line}",
                )
            )
            text = pattern.sub(instead, text)
    return text, notes


def refuse_long_lines(text: str, file: Path) -> None:
    """Raise SubmissionError for a line that no terminal takes."""
    for number, line in enumerate(text.split("\n"), start=1):
        if (length := len(line.encode())) > MOST_LINE_BYTES:
            raise SubmissionError(
                f"this line has {length} bytes; a terminal takes {MOST_LINE_BYTES} at most",
                file=file,
                line=number,
                fix="break the line with a backslash at its end",
            )


def _digest(content: bytes, file: Path, folder: Path | None) -> str:
    digest = hashlib.sha256(content)
    if folder is not None:
        for entry in entries(folder):
            if entry.path != file and not stat.S_ISDIR(entry.state.st_mode):
                part = entry.content or os.fsencode(entry.target)
                digest.update(f"\0{entry.name}\0{len(part)}\0".encode(errors="surrogateescape"))
                digest.update(part)
    return f"sha256:{digest.hexdigest()}"
