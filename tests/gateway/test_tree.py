"""Files below a folder: bounded, and never through what a student could leave there as a trap."""

from __future__ import annotations

import io
import os
import tarfile
from pathlib import Path

import pytest

from grader.gateway.record.tree import ENTRIES_CAP, READ_CAP, from_folder, from_tar
from grader.model.evidence import Contents


def by_tar(root: Path) -> Contents:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        archive.add(root, arcname=root.name)
    return from_tar(out.getvalue(), "/d")


def test_the_folder_and_its_archive_tell_the_same(tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / "in" / "deep").mkdir(parents=True)
    (root / "in" / "deep" / "한글").write_text("내용")
    (root / "binary").write_bytes(b"\0\1")
    (root / "big").write_text("x" * 9_000_000)
    (root / "link").symlink_to("/etc/passwd")
    os.mkfifo(root / "pipe")

    def facts(found: Contents) -> list[tuple[object, ...]]:
        return [
            (f.path, f.type, f.mode, f.uid, f.digest, f.text, f.truncated, f.target)
            for f in found.files
        ]

    found = from_folder(root, "/d")
    assert facts(found) == facts(by_tar(root))
    assert [file.path for file in found.files] == [
        "/d/big", "/d/binary", "/d/in", "/d/in/deep", "/d/in/deep/한글", "/d/link", "/d/pipe",
    ]  # fmt: skip


def test_a_lone_file_is_told_by_the_name_of_its_mount(tmp_path: Path) -> None:
    (tmp_path / "conf").write_text("a=b")
    for found in (from_folder(tmp_path / "conf", "/d"), by_tar(tmp_path / "conf")):
        assert [(file.path, file.text) for file in found.files] == [("/d", "a=b")]


def test_threat_77_a_sparse_terabyte_and_very_many_files_are_told_in_brief(tmp_path: Path) -> None:
    with (tmp_path / "sparse").open("wb") as sparse:
        sparse.truncate(2**40)
    for number in range(ENTRIES_CAP + 500):
        (tmp_path / f"x{number}").touch()
    found = from_folder(tmp_path, "/d")
    assert len(found.files) <= ENTRIES_CAP
    assert found.truncated
    if (sparse_file := found.file("/d/sparse")) is not None:
        assert (sparse_file.size, sparse_file.digest, sparse_file.truncated) == (2**40, None, True)


def test_much_is_not_read_whole(tmp_path: Path) -> None:
    for number in range(6):
        (tmp_path / f"f{number}").write_bytes(b"x" * (7 * 1024 * 1024))
    found = from_folder(tmp_path, "/d")
    assert found.truncated
    assert [file.digest is not None for file in found.files] == [True] * 4 + [False] * 2
    assert [(file.text is None, file.truncated) for file in found.files[4:]] == [(True, True)] * 2
    assert READ_CAP < 6 * 7 * 1024 * 1024


def test_threat_76_links_are_told_and_never_followed(tmp_path: Path) -> None:
    (tmp_path / "root").mkdir()
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "root" / "out").symlink_to(tmp_path)
    (tmp_path / "root" / "file").symlink_to(tmp_path / "secret")
    found = from_folder(tmp_path / "root", "/d")
    assert [(file.path, file.type, file.text) for file in found.files] == [
        ("/d/file", "link", None),
        ("/d/out", "link", None),
    ]
    (tmp_path / "elsewhere").symlink_to(tmp_path / "root")
    with pytest.raises(OSError, match=r"Not a directory|symbolic links"):
        from_folder(tmp_path / "elsewhere", "/d")
