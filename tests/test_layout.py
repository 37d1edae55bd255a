from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest

from grader import layout
from grader.errors import UsageError


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in ("labs/lab1", "rubrics", "submissions/alice"):
        (tmp_path / name).mkdir(parents=True)
    return tmp_path


def test_the_course_is_the_nearest_folder_above(
    root: Path, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    monkeypatch.chdir(root / "labs" / "lab1")
    assert layout.find_root() == root
    assert layout.find_root(root) == root
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    with pytest.raises(UsageError, match="is no course"):
        layout.find_root(elsewhere)
    monkeypatch.chdir(elsewhere)
    monkeypatch.setattr(layout, "INSTALLED", root)
    assert layout.find_root() == root
    monkeypatch.setattr(layout, "INSTALLED", elsewhere)
    with pytest.raises(UsageError, match="no course found"):
        layout.find_root()


@pytest.mark.parametrize(
    ("kind", "names", "found"),
    [
        ("terminal", ["lab1.sh", "lab1/x"], "lab1.sh"),
        ("terminal", ["lab1.yaml", "lab1/x"], "lab1"),
        ("quiz", ["lab1.sh", "lab1.yml"], "lab1.yml"),
        ("quiz", ["lab1.sh"], None),
    ],
)
def test_where_a_students_work_lies(
    root: Path, kind: str, names: list[str], found: str | None
) -> None:
    folder = layout.student_folder(root, "alice")
    assert folder == root / "submissions" / "alice"
    for name in names:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).touch()
    assert layout.handed_in(folder, "lab1", kind) == (folder / found if found else None)


def test_a_name_may_be_decomposed_on_disk(root: Path) -> None:
    there = root / "submissions" / unicodedata.normalize("NFD", "김철수")
    there.mkdir()
    assert layout.student_folder(root, unicodedata.normalize("NFC", "김철수")) == there
    assert layout.student_folder(root, "nobody") is None
