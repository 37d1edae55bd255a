"""Find what a student handed in and read it, whatever encoding and line ends it came in."""

from __future__ import annotations

import codecs
import difflib
import hashlib
import os
import re
import stat
import unicodedata
from collections.abc import Iterator, Mapping
from pathlib import Path

from grader.errors import SubmissionError, UsageError
from grader.model.lab import Lab
from grader.model.record import Text
from grader.model.submission import Submission
from grader.yaml_file import parse

MOST_BYTES = 1024 * 1024
MOST_SHEET_BYTES = 64 * 1024
"""For a quiz: a sheet is short, and reading YAML takes its time."""
MOST_LINE_BYTES = 4000
"""A terminal takes at most 4,095 bytes in one line."""
MOST_FOLDER_BYTES = 16 * 1024 * 1024
MOST_FOLDER_FILES = 1000

ENDINGS: Mapping[str, tuple[str, ...]] = {"terminal": (".sh",), "quiz": (".yaml", ".yml")}

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
UNSAFE = re.compile(r"[/\\\x00-\x1f\x7f]")
MOST_NAME_BYTES = 200
"""A file system takes 255 for one folder."""
HANGUL = re.compile("[가-힣]")

PREFIX = re.compile(r"^(?:question|quiz|q|no|퀴즈|문제|문항|질문)[\s.#]*|\s*번$", re.IGNORECASE)


def find(root: Path, lab: Lab, student: str, given: Path | None = None) -> Path:
    """Return the file, or the folder with the file, that a student handed in for a lab.

    Raises UsageError for a student who is not there, SubmissionError where nothing was handed in.
    """
    check_name(student)
    if given is not None:
        if not os.path.exists(given):  # noqa: PTH110 — Path.exists raises where we may not look
            fix = "name an existing file with --submission"
            raise SubmissionError("there is no such file", file=given, fix=fix)
        return given
    base = root / "submissions"
    if not base.is_dir():
        base = Path.cwd() / "submissions"
    folder = _of_student(base, student)
    candidates = [folder / f"{lab.id}{ending}" for ending in ENDINGS[lab.kind]]
    for path in (*candidates, folder / lab.id):
        if path.exists():
            return path
    there = [path.name for path in _entries(folder)]
    problem = f"{student!r} handed in nothing for lab {lab.id!r}"
    if there:
        problem += f"; in this folder: {', '.join(there[:10])}"
    fix = f"put the file there, or name another one with --submission (a lab of kind {lab.kind!r} "
    raise SubmissionError(problem, file=candidates[0], fix=f"{fix}takes '*{candidates[0].suffix}')")


def check_name(student: str) -> None:
    """Raise UsageError unless a student's name can safely name a folder."""
    safe = student.strip() == student != "" and not student.startswith((".", "-"))
    if not safe or UNSAFE.search(student) or len(student.encode()) > MOST_NAME_BYTES:
        fix = "use a name without slashes, blanks around it, or a leading '.' or '-'"
        raise UsageError(f"{student!r} cannot be the name of a student", fix=fix)


def _of_student(base: Path, student: str) -> Path:
    for form in ("NFC", "NFD"):
        folder = base / unicodedata.normalize(form, student)
        if folder.is_dir():
            return folder
    known = [path.name for path in _entries(base) if path.is_dir()] if base.is_dir() else []
    near = difflib.get_close_matches(student, known, n=3)
    advice = f", did you mean {' or '.join(repr(name) for name in near)}?" if near else ""
    fix = f"make the folder {base / student}, or name a file with --submission"
    raise UsageError(f"unknown student {student!r}{advice}", fix=fix)


def _entries(folder: Path) -> list[Path]:
    """Return what lies in a folder, sorted, without hidden files."""
    try:
        return sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except OSError as bad:
        fix = "make the folder readable"
        raise SubmissionError(f"cannot be read: {bad.strerror}", file=folder, fix=fix) from bad


def read(path: Path, student: str, lab: Lab) -> Submission:
    """Return a submission: the file at `path`, or the one in the folder at `path`.

    Raises SubmissionError if it cannot be read as a text of lines.
    """
    folder = path if path.is_dir() and path.suffix not in ENDINGS[lab.kind] else None
    file = path if folder is None else _in_folder(folder, lab)
    content = _content(file, MOST_BYTES if lab.kind == "terminal" else MOST_SHEET_BYTES)
    text, notes = _decoded(content, file)
    text = re.sub(r"\r+\n|\r", "\n", text)
    text, cleaned = _cleaned(text)
    if not text.strip():
        raise SubmissionError("the file is empty", file=file, fix="hand in the lines of the lab")
    if lab.kind == "terminal":
        _refuse_long_lines(text, file)
    return Submission(
        student=student,
        path=str(file),
        digest=_digest(content, file, folder),
        text=text,
        notes=(*notes, *cleaned),
        folder=None if folder is None else str(folder),
    )


def _in_folder(folder: Path, lab: Lab) -> Path:
    endings = ENDINGS[lab.kind]
    for ending in endings:
        if (file := folder / f"{lab.id}{ending}").exists():
            return file
    files = [path for path in _entries(folder) if path.suffix in endings]
    if len(files) == 1:
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
                f"the file has {_size(status.st_size)}; a submission may have {_size(most)}",
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


def _size(count: int) -> str:
    for unit, name in ((1024 * 1024, "MiB"), (1024, "KiB")):
        if count >= unit:
            return f"{count / unit:.1f}".removesuffix(".0") + f" {name}"
    return f"{count} bytes"


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


def _refuse_long_lines(text: str, file: Path) -> None:
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
        for name, part in _others(folder, file):
            digest.update(f"\0{name}\0{len(part)}\0".encode(errors="surrogateescape"))
            digest.update(part)
    return f"sha256:{digest.hexdigest()}"


def _others(folder: Path, file: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the other files of a folder, sorted; of a link only where it points."""
    size = count = 0
    for place, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            path = Path(place, name)
            if path == file:
                continue
            status = path.lstat()
            count, size = count + 1, size + status.st_size
            if count > MOST_FOLDER_FILES or size > MOST_FOLDER_BYTES:
                raise SubmissionError(
                    f"the folder holds more than {MOST_FOLDER_FILES} files or "
                    f"{_size(MOST_FOLDER_BYTES)}",
                    file=folder,
                    fix="hand in only the files that the lab needs",
                )
            part = b""
            if stat.S_ISLNK(status.st_mode):
                part = os.fsencode(path.readlink())
            elif stat.S_ISREG(status.st_mode):
                part = _content(path, MOST_FOLDER_BYTES)
            yield str(path.relative_to(folder)), part


SHEET = "write one line for each question, such as '1: B' or '2: [A, B]'"


def answers(submission: Submission, lab: Lab) -> tuple[dict[str, tuple[str, ...]], dict[str, int]]:
    """Return the chosen letters of a quiz sheet, and the line of each answer, by question.

    A question without an answer is left out. Raises SubmissionError for a question or a choice
    that the quiz does not have.
    """
    file = Path(submission.path)
    document = parse(submission.text, file=file, error=SubmissionError)
    chosen: dict[str, tuple[str, ...]] = {}
    lines: dict[str, int] = {}
    if document.data is None:
        return chosen, lines
    if not isinstance(document.data, dict):
        problem = "the sheet is no list of answers"
        raise SubmissionError(problem, file=file, line=1, fix=f"{SHEET} (blank after the colon)")
    for key, value in document.data.items():
        line = document.line((str(key),))
        question = _question(key, lab)
        if question is None:
            problem = f"the quiz has no question '{key}'; its questions: {', '.join(lab.questions)}"
            raise SubmissionError(problem, file=file, line=line, fix=SHEET)
        if question in lines:
            problem = f"question {question} is answered twice (also on line {lines[question]})"
            raise SubmissionError(problem, file=file, line=line, fix="keep one of the two")
        lines[question] = line
        letters = tuple(_letters(value, question, lab, file, line))
        if letters:
            chosen[question] = tuple(dict.fromkeys(letters))
    return chosen, lines


def _question(key: object, lab: Lab) -> str | None:
    plain = _plain(key)
    by_name = {_plain(number): number for number in lab.questions}
    return by_name.get(plain, by_name.get(PREFIX.sub("", plain)))


def _letters(value: object, question: str, lab: Lab, file: Path, line: int) -> Iterator[str]:
    letters = {_plain(letter): letter for letter in lab.questions[question].choices}
    for entry in value if isinstance(value, list) else [value]:
        if entry is None:
            continue
        for word in _words(entry, letters):
            if word not in letters:
                raise SubmissionError(
                    f"question {question} has no choice '{word.upper()}'; "
                    f"its choices: {', '.join(letters.values())}",
                    file=file,
                    line=line,
                    fix=SHEET,
                )
            yield letters[word]


def _words(entry: object, letters: Mapping[str, str]) -> list[str]:
    """Return the choices named in `B`, `a, b`, `AB`, `(b)` or `B) with its text`."""
    if isinstance(entry, list | dict):
        return ["a list or mapping inside"]
    text = _plain(entry)
    if (pasted := re.match(r"\(?(\w+)[).:]", text)) and pasted[1] in letters:
        rest = text[pasted.end() :].strip(" ,")
        if not re.match(r"\(?\w+[).:]|\w?$", rest):
            return [pasted[1]]
    words = [word for word in re.split(r"[\s,;/+&().:·、]+", text) if word]
    if all(word in letters or set(word) <= letters.keys() for word in words):
        return [letter for word in words for letter in ([word] if word in letters else word)]
    return words


def _plain(value: object) -> str:
    return unicodedata.normalize("NFKC", str(value)).strip().casefold()
