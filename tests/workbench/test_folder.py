from __future__ import annotations

import io
import os
import tarfile
from pathlib import Path

import pytest

from grader.errors import SubmissionError
from grader.workbench import folder as folders
from grader.workbench.folder import packed


def members(folder: Path) -> dict[str, tarfile.TarInfo]:
    with tarfile.open(fileobj=io.BytesIO(packed(folder))) as tar:
        return {member.name: member for member in tar}


def test_files_belong_to_the_student(tmp_path: Path) -> None:
    (tmp_path / "폴더").mkdir()
    (tmp_path / "폴더" / "run.sh").write_text("echo hi\n")
    (tmp_path / "폴더" / "run.sh").chmod(0o555)
    (tmp_path / "link").symlink_to("폴더/run.sh")
    found = members(tmp_path)
    assert list(found) == ["link", "폴더", "폴더/run.sh"]
    assert {(m.uid, m.gid) for m in found.values()} == {(1000, 1000)}
    assert found["폴더/run.sh"].mode == 0o755
    assert found["link"].linkname == "폴더/run.sh"


@pytest.mark.parametrize("target", ["/etc/passwd", "..", "../x", "a/../../x"])
def test_a_link_must_not_lead_out(tmp_path: Path, target: str) -> None:
    (tmp_path / "link").symlink_to(target)
    with pytest.raises(SubmissionError, match="leads out") as caught:
        packed(tmp_path)
    assert caught.value.file == tmp_path / "link"


def test_a_link_to_a_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to(".")
    assert list(members(tmp_path)) == ["loop"]


def test_a_fifo_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    with pytest.raises(SubmissionError, match="neither a file nor a folder"):
        packed(tmp_path)


def test_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").write_bytes(b"x" * 600)
    (tmp_path / "b").write_bytes(b"x" * 600)
    monkeypatch.setattr(folders, "MAX_BYTES", 1200)
    packed(tmp_path)
    monkeypatch.setattr(folders, "MAX_BYTES", 1199)
    with pytest.raises(SubmissionError, match="larger than"):
        packed(tmp_path)
    monkeypatch.setattr(folders, "MAX_FILES", 1)
    with pytest.raises(SubmissionError, match="more than 1 files"):
        packed(tmp_path)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(SubmissionError, match="cannot be read"):
        packed(tmp_path / "nothing")
