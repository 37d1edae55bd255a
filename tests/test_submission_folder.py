from __future__ import annotations

import os
from pathlib import Path

import pytest

from grader import submission_folder
from grader.errors import SubmissionError
from grader.submission_folder import entries


def refused(folder: Path, says: str) -> Path | None:
    with pytest.raises(SubmissionError, match=says) as caught:
        list(entries(folder))
    assert caught.value.fix
    return caught.value.file


def test_everything_is_told_in_order_and_links_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "b" / "c").mkdir(parents=True)
    (tmp_path / "b" / "c" / "deep").write_text("deep")
    (tmp_path / "b" / "a").write_text("")
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "z").symlink_to(".")
    told = [(entry.name, entry.content, entry.target) for entry in entries(tmp_path)]
    assert told == [
        ("a", b"", "b"),
        ("b", b"", ""),
        ("b/a", b"", ""),
        ("b/c", b"", ""),
        ("b/c/deep", b"deep", ""),
        ("z", b"", "."),
    ]


@pytest.mark.parametrize("target", ["/etc/passwd", "..", "../x", "a/../../x"])
def test_a_link_must_not_lead_out(tmp_path: Path, target: str) -> None:
    (tmp_path / "link").symlink_to(target)
    assert refused(tmp_path, "leads out") == tmp_path / "link"


def test_a_fifo_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    assert refused(tmp_path, "neither a file nor a folder") == tmp_path / "fifo"


def test_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").write_bytes(b"x" * 600)
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "c").write_bytes(b"x" * 600)
    monkeypatch.setattr(submission_folder, "MOST_BYTES", 1200)
    monkeypatch.setattr(submission_folder, "MOST_ENTRIES", 3)
    assert len(list(entries(tmp_path))) == 3
    monkeypatch.setattr(submission_folder, "MOST_BYTES", 1199)
    assert refused(tmp_path, "larger than 1.2 KiB together") == tmp_path
    for most in (1, 2):
        monkeypatch.setattr(submission_folder, "MOST_ENTRIES", most)
        assert refused(tmp_path, f"more than {most} files and folders") == tmp_path


def test_folders_may_nest_deeply(tmp_path: Path) -> None:
    deep = tmp_path
    for _ in range(900):
        deep /= "d"
    deep.mkdir(parents=True)
    assert len(list(entries(tmp_path))) == 900


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    assert refused(tmp_path / "nothing", "cannot be read") == tmp_path / "nothing"
