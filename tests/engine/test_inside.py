"""Paths that may not lead out of a folder, looked up without an engine."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from grader.engine.inside import DEPTH_CAP, LeadsOutError, held


@pytest.fixture
def lab(tmp_path: Path) -> Path:
    root = tmp_path / "lab"
    (root / "a" / "b").mkdir(parents=True)
    (root / "a" / "file").write_text("x")
    (tmp_path / "outside").mkdir()
    links = {
        "absolute": "/lab/a",
        "relative": "a/../a/b",
        "twice": "absolute/b",
        "up": "..",
        "host": "/etc",
        "named": "/labour",
        "around": "a/../../outside",
        "self": "self",
    }
    for name, target in links.items():
        (root / name).symlink_to(target)
    return root


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("/lab", ""),
        ("/lab/a/b", "a/b"),
        ("/lab//a/./b/", "a/b"),
        ("/lab/a/b/..", "a"),
        ("/lab/absolute/b", "a/b"),
        ("/lab/relative", "a/b"),
        ("/lab/twice", "a/b"),
        ("/lab/a/file", "a/file"),
    ],
)
def test_a_path_inside_is_found_through_links(lab: Path, path: str, found: str) -> None:
    with held(lab, path, seen_as="/lab") as handle:
        assert os.path.samestat(os.fstat(handle), (lab / found).stat())


@pytest.mark.parametrize(
    "path",
    ["/etc", "/labour", "/lab/..", "/lab/a/../../outside", "/lab/up", "/lab/up/outside",
     "/lab/host", "/lab/host/passwd", "/lab/named", "/lab/around", "/lab/self",
     "/lab" + "/a/.." * DEPTH_CAP + "/../x"],
)  # fmt: skip
def test_threat_57_a_path_that_leads_out_is_no_path(lab: Path, path: str) -> None:
    with pytest.raises(LeadsOutError), held(lab, path, seen_as="/lab", make=True):
        pass
    assert sorted(entry.name for entry in lab.parent.iterdir()) == ["lab", "outside"]


def test_folders_are_made_only_on_demand_and_not_too_deep(lab: Path) -> None:
    with pytest.raises(FileNotFoundError), held(lab, "/lab/new/er", seen_as="/lab"):
        pass
    with held(lab, "/lab/absolute/new/er", seen_as="/lab", make=True):
        assert (lab / "a" / "new" / "er").is_dir()
    with pytest.raises(LeadsOutError), held(lab, "/lab" + "/x" * 500, seen_as="/lab", make=True):
        pass
    with pytest.raises(NotADirectoryError), held(lab, "/lab/a/file/x", seen_as="/lab", make=True):
        pass
