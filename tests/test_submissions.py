from __future__ import annotations

import os
from pathlib import Path

import pytest

from grader.errors import SubmissionError, UsageError
from grader.model.lab import Lab
from grader.model.submission import Submission
from grader.submissions import check_name, find, read

TITLE = {"ko": "가", "en": "a"}
CHOICES = dict.fromkeys("ABCD", TITLE)
LAB = Lab.model_validate({"id": "lab1", "title": TITLE})
QUIZ = Lab.model_validate(
    {
        "id": "quiz1",
        "title": TITLE,
        "kind": "quiz",
        "questions": {str(n): {"title": TITLE, "choices": CHOICES} for n in (1, 2, 3)},
    }
)


def write(root: Path, name: str, content: str | bytes = "ls\n") -> Path:
    file = root / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return file


def read_bytes(tmp_path: Path, content: str | bytes) -> Submission:
    return read(write(tmp_path, "lab1.sh", content), "alice", LAB)


def refused(tmp_path: Path, content: str | bytes) -> SubmissionError:
    with pytest.raises(SubmissionError) as caught:
        read_bytes(tmp_path, content)
    assert caught.value.file == tmp_path / "lab1.sh"
    assert caught.value.fix
    return caught.value


def test_find_a_file(tmp_path: Path) -> None:
    file = write(tmp_path, "submissions/alice/lab1.sh")
    assert find(tmp_path, LAB, "alice") == file


def test_find_a_folder(tmp_path: Path) -> None:
    file = write(tmp_path, "submissions/alice/lab1/lab1.sh")
    write(tmp_path, "submissions/alice/lab1/page.html")
    folder = find(tmp_path, LAB, "alice")
    submission = read(folder, "alice", LAB)
    assert (submission.path, submission.folder) == (str(file), str(file.parent))


@pytest.mark.parametrize("name", ["quiz1.yaml", "quiz1.yml"])
def test_find_a_quiz_sheet(tmp_path: Path, name: str) -> None:
    file = write(tmp_path, f"submissions/alice/{name}")
    assert find(tmp_path, QUIZ, "alice") == file


def test_find_below_the_current_folder_for_an_installed_course(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write(tmp_path, "here/submissions/alice/lab1.sh")
    monkeypatch.chdir(tmp_path / "here")
    assert find(tmp_path / "course", LAB, "alice") == file


def test_find_the_given_one(tmp_path: Path) -> None:
    file = write(tmp_path, "x.txt")
    assert find(tmp_path, LAB, "alice", file) == file
    with pytest.raises(SubmissionError, match="there is no such file"):
        find(tmp_path, LAB, "alice", tmp_path / "y.txt")


def test_a_korean_name_may_be_decomposed_on_disk(tmp_path: Path) -> None:
    file = write(tmp_path, "submissions/김철수/lab1.sh")
    assert find(tmp_path, LAB, "김철수") == file


def test_an_unknown_student_is_answered_with_the_nearest(tmp_path: Path) -> None:
    write(tmp_path, "submissions/alice/lab1.sh")
    with pytest.raises(UsageError, match="unknown student 'alcie', did you mean 'alice'"):
        find(tmp_path, LAB, "alcie")
    with pytest.raises(UsageError, match="unknown student 'x'"):
        find(tmp_path / "nowhere", LAB, "x")


@pytest.mark.parametrize("target", ["../bob/lab1.sh", "/etc/passwd", "lab1.sh"])
def test_a_link_must_not_lead_to_somebody_elses_work(tmp_path: Path, target: str) -> None:
    write(tmp_path, "submissions/bob/lab1.sh")
    link = tmp_path / "submissions" / "alice" / "lab1.sh"
    link.parent.mkdir()
    link.symlink_to(target)
    with pytest.raises(SubmissionError, match=r"leads out of|handed in nothing") as caught:
        find(tmp_path, LAB, "alice")
    assert caught.value.file == link
    link.unlink()
    link.with_name("lab1").symlink_to("../bob")
    with pytest.raises(SubmissionError, match="leads out of"):
        find(tmp_path, LAB, "alice")


def test_a_link_within_the_folder_is_fine(tmp_path: Path) -> None:
    write(tmp_path, "submissions/alice/done/final.sh")
    (tmp_path / "submissions/alice/lab1.sh").symlink_to("done/final.sh")
    assert read(find(tmp_path, LAB, "alice"), "alice", LAB).text == "ls\n"


def test_a_link_may_be_named_but_none_in_a_folder_may_lead_out(tmp_path: Path) -> None:
    file = write(tmp_path, "real.sh")
    (tmp_path / "link.sh").symlink_to(file)
    assert read(find(tmp_path, LAB, "alice", tmp_path / "link.sh"), "alice", LAB).text == "ls\n"
    for name in ("lab1.sh", "other.sh"):
        folder = tmp_path / f"with-{name[:-3]}"
        folder.mkdir()
        (folder / name).symlink_to(file)
        with pytest.raises(SubmissionError, match="leads out of"):
            read(folder, "alice", LAB)


def test_a_missing_submission_tells_what_is_there(tmp_path: Path) -> None:
    write(tmp_path, "submissions/alice/lab1.txt")
    with pytest.raises(SubmissionError, match=r"in this folder: lab1\.txt") as caught:
        find(tmp_path, LAB, "alice")
    assert caught.value.file == tmp_path / "submissions/alice/lab1.sh"


@pytest.mark.parametrize(
    "name", ["", " ", "..", ".", "a/b", "a\\b", "-x", "a\nb", "a\0", " a", ".a", "x" * 300]
)
def test_a_name_that_could_not_be_a_folder(name: str) -> None:
    with pytest.raises(UsageError, match="cannot be the name of a student"):
        check_name(name)


def test_a_folder_with_one_file_is_clear(tmp_path: Path) -> None:
    write(tmp_path, "work/mine.sh")
    write(tmp_path, "work/.hidden.sh")
    assert read(tmp_path / "work", "alice", LAB).path.endswith("mine.sh")
    write(tmp_path, "work/other.sh")
    with pytest.raises(SubmissionError, match="which file is the submission"):
        read(tmp_path / "work", "alice", LAB)
    with pytest.raises(SubmissionError, match=r"the folder has no quiz1\.yaml"):
        read(tmp_path / "work", "alice", QUIZ)


@pytest.mark.parametrize("content", ["", "\n\n", "  \t\r\n", b"\xef\xbb\xbf", "\x07"])
def test_an_empty_file_is_said(tmp_path: Path, content: str | bytes) -> None:
    assert "the file is empty" in refused(tmp_path, content).problem


def test_comments_alone_can_be_graded(tmp_path: Path) -> None:
    assert read_bytes(tmp_path, "# nothing\n").text == "# nothing\n"


def test_a_directory_a_pipe_and_a_device_are_no_submission(tmp_path: Path) -> None:
    folder = tmp_path / "lab1.sh"
    folder.mkdir()
    with pytest.raises(SubmissionError, match="this is a directory, not a file"):
        read(folder, "alice", LAB)
    pipe = tmp_path / "pipe.sh"
    os.mkfifo(pipe)
    with pytest.raises(SubmissionError, match="this is a pipe"):
        read(pipe, "alice", LAB)
    with pytest.raises(SubmissionError, match="this is a device"):
        read(Path("/dev/zero"), "alice", LAB)
    with pytest.raises(SubmissionError, match="cannot be read: No such file"):
        read(tmp_path / "none.sh", "alice", LAB)


def test_a_huge_file_is_refused_unread(tmp_path: Path) -> None:
    file = tmp_path / "lab1.sh"
    with file.open("wb") as stream:
        stream.truncate(100 * 1024 * 1024)
    with pytest.raises(SubmissionError, match="the file has 100 MiB; a submission may have 1 MiB"):
        read(file, "alice", LAB)


def test_a_binary_is_refused_with_its_place(tmp_path: Path) -> None:
    error = refused(tmp_path, b"\x7fELF\n\x02\x00\x01")
    assert "this is a binary file (byte 0x00 at offset 6)" in error.problem
    assert error.line == 2


@pytest.mark.parametrize("content", ["echo 가\r\nls\r\n", "echo 가\rls\r", "echo 가\r\r\nls\n"])
def test_line_ends_become_line_feeds(tmp_path: Path, content: str) -> None:
    submission = read_bytes(tmp_path, content)
    assert submission.text == "echo 가\nls\n"
    assert submission.notes == ()


@pytest.mark.parametrize(
    ("encoding", "mark", "named"),
    [
        ("utf-8-sig", b"", None),
        ("cp949", b"", "CP949"),
        ("utf-16-le", b"\xff\xfe", "UTF-16"),
        ("utf-16-be", b"\xfe\xff", "UTF-16"),
        ("utf-32-le", b"\xff\xfe\0\0", "UTF-32"),
    ],
)
def test_encodings(tmp_path: Path, encoding: str, mark: bytes, named: str | None) -> None:
    submission = read_bytes(tmp_path, mark + "echo 중요한 데이터\n".encode(encoding))
    assert submission.text == "echo 중요한 데이터\n"
    notes = [note.en.rpartition(" ")[2] for note in submission.notes]
    assert notes == ([named] if named else [])


def test_neither_utf8_nor_cp949(tmp_path: Path) -> None:
    error = refused(tmp_path, b"ls\necho caf\xe9\n")
    assert "the file is not UTF-8 text (byte 0xe9 at offset 11)" in error.problem
    assert error.line == 2


def test_a_broken_utf16_file(tmp_path: Path) -> None:
    assert "not UTF-16 text" in refused(tmp_path, b"\xff\xfea\0b").problem


def test_what_no_keyboard_types_is_removed_and_noted(tmp_path: Path) -> None:
    text = "ls\n\x1b[01;32mroot\x1b[0m\techo\x07\ndocker\xa0run\u200b x\x1b]0;title\x07\n"
    submission = read_bytes(tmp_path, text)
    assert submission.text == "ls\nroot\techo\ndocker run x\n"
    assert [note.en for note in submission.notes] == [
        "removed terminal colour codes from the submission, first seen on line 2",
        "removed control characters from the submission, first seen on line 2",
        "removed invisible characters from the submission, first seen on line 3",
        "removed no-break spaces (plain ones now) from the submission, first seen on line 3",
    ]


def test_a_line_too_long_for_a_terminal(tmp_path: Path) -> None:
    assert read_bytes(tmp_path, "x" * 4000).text
    error = refused(tmp_path, "ls\n" + "가" * 1334)
    assert "this line has 4002 bytes" in error.problem
    assert error.line == 2


def test_the_digest_covers_the_files_beside_it(tmp_path: Path) -> None:
    write(tmp_path, "lab1/lab1.sh")
    alone = read(tmp_path / "lab1", "alice", LAB).digest
    assert alone == read(tmp_path / "lab1" / "lab1.sh", "alice", LAB).digest
    other = write(tmp_path, "lab1/sub/page.html", "1")
    (tmp_path / "lab1" / "link").symlink_to("sub")
    first = read(tmp_path / "lab1", "alice", LAB).digest
    assert first == read(tmp_path / "lab1", "alice", LAB).digest
    other.write_text("2")
    second = read(tmp_path / "lab1", "alice", LAB).digest
    (tmp_path / "lab1" / "link").unlink()
    (tmp_path / "lab1" / "link").symlink_to("lab1.sh")
    assert len({alone, first, second, read(tmp_path / "lab1", "alice", LAB).digest}) == 4


def test_a_folder_too_large(tmp_path: Path) -> None:
    write(tmp_path, "lab1/lab1.sh")
    with (tmp_path / "lab1" / "big").open("wb") as stream:
        stream.truncate(17 * 1024 * 1024)
    with pytest.raises(SubmissionError, match="the files are larger than 16 MiB together"):
        read(tmp_path / "lab1", "alice", LAB)


def test_a_sheet_is_short(tmp_path: Path) -> None:
    file = write(tmp_path, "quiz1.yaml", "# x\n" * 20_000)
    with pytest.raises(SubmissionError, match="a submission may have 64 KiB"):
        read(file, "alice", QUIZ)
