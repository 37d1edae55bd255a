"""How the files of results are written: whole, all of them, or none."""

from __future__ import annotations

import os
import resource
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from grader.cli import _results as results
from grader.errors import OutputError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator


def names(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """Yield a file system with room for 64 KiB."""
    folder = tmp_path / "tiny"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("only root may mount a tiny disk")
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_files_are_written_with_their_folders(tmp_path: Path) -> None:
    results.write_all({tmp_path / "a" / "b" / "one": "1\n", tmp_path / "two": "둘\n"})
    assert names(tmp_path) == ["a", "a/b", "a/b/one", "two"]
    assert (tmp_path / "two").read_bytes() == "둘\n".encode()


def test_the_usual_permissions_apply(tmp_path: Path) -> None:
    results.write_all({tmp_path / "one": ""})
    (tmp_path / "usual").write_text("")
    assert (tmp_path / "one").stat().st_mode == (tmp_path / "usual").stat().st_mode


def test_a_full_disk_leaves_the_old_files_as_they_were(tiny_disk: Path) -> None:
    (tiny_disk / "one").write_text("old")
    with pytest.raises(OutputError, match="No space left on device") as caught:
        results.write_all(
            {tiny_disk / "one": "new", tiny_disk / "new" / "folder" / "big": "x" * 10**6}
        )
    assert str(tiny_disk / "new" / "folder" / "big") in str(caught.value)
    assert "free some space" in caught.value.fix
    assert names(tiny_disk) == ["one"]
    assert (tiny_disk / "one").read_text() == "old"


def test_a_limit_on_file_sizes_is_told_like_a_full_disk(tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        with pytest.raises(OutputError, match="File too large"):
            results.write_all({tmp_path / "one": "1", tmp_path / "big": "x" * 10**6})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert names(tmp_path) == []


def test_a_device_is_written_to_and_stays_a_device(tmp_path: Path) -> None:
    results.write_all({Path("/dev/null"): "gone", tmp_path / "one": "1"})
    assert Path("/dev/null").is_char_device()
    assert names(tmp_path) == ["one"]
    with pytest.raises(OutputError, match="cannot write /dev/full: No space left on device"):
        results.write_all({tmp_path / "one": "2", Path("/dev/full"): "x"})
    assert (tmp_path / "one").read_text() == "1"


def test_a_pipe_is_written_to(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    pipe = Path(f"/dev/fd/{writing}")  # as bash names `>(…)`; `/dev/stdout` is of the same kind
    results.check_writable({"--json": pipe, "--junit": pipe, "--evidence": tmp_path / "one"})
    results.write_all({pipe: "text", tmp_path / "one": "1"})
    os.close(writing)
    with os.fdopen(reading) as stream:
        assert stream.read() == "text"
    assert names(tmp_path) == ["one"]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("old")
    (tmp_path / "link").symlink_to("real")
    results.write_all({tmp_path / "link": "new"})
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text() == "new"


def test_what_a_killed_run_left_is_removed_and_a_running_one_left_alone(tmp_path: Path) -> None:
    old, young = tmp_path / ".one.1.part", tmp_path / ".one.2.part"
    old.write_text("half")
    young.write_text("half")
    past = time.time() - 2 * results.STALE_SECONDS
    os.utime(old, (past, past))
    results.write_all({tmp_path / "one": "1"})
    assert names(tmp_path) == [".one.2.part", "one"]


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("folder", "this is a folder"),
        ("file/under", "file is no folder"),
        ("file/far/under", "file is no folder"),
    ],
)
def test_a_place_that_cannot_hold_a_file(tmp_path: Path, path: str, says: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match=says):
        results.check_writable({"--junit": tmp_path / path})


def test_a_folder_that_cannot_hold_reports_is_named_itself(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="file is no folder") as caught:
        results.check_folder(tmp_path / "file" / "reports")
    assert caught.value.file == tmp_path / "file" / "reports"
    results.check_folder(tmp_path / "new" / "reports")


def test_two_reports_cannot_be_one_file(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("one")
    with pytest.raises(UsageError, match="--json and --junit would be the same file"):
        results.check_writable({"--junit": tmp_path / "one", "--json": tmp_path / "link"})
    results.check_writable({"--junit": Path("/dev/null"), "--json": Path("/dev/null")})


def test_results_go_under_the_course_or_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    course = tmp_path / "course"
    course.mkdir()
    assert results.results_folder(course, "lab", "bob") == course / "results" / "lab" / "bob"
    here = tmp_path / "results" / "lab" / "bob"
    assert results.results_folder(tmp_path / "gone", "lab", "bob") == here
    installed = Path(results.__file__).parents[1] / "_course"
    assert results.results_folder(installed, "lab", "bob") == here
