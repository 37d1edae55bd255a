from __future__ import annotations

import io
import tarfile
from pathlib import Path

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
