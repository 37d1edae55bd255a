from __future__ import annotations

from pathlib import Path

import pytest

from grader import submissions
from grader.cli import main
from grader.course import load_lab, load_rubric
from grader.grading import Grading
from grader.lint import findings


def earned(root: Path, lab_id: str, path: Path) -> float:
    lab = load_lab(root, lab_id)
    rubric = load_rubric(root, lab)
    with Grading() as grading:
        result = grading.grade(lab, lambda: rubric, submissions.read(path, "me", lab))[1]
    return 100 * result.points / result.max_points


def new(root: Path, *words: str) -> int:
    return main(["new", *words, "--course", str(root)])


@pytest.mark.parametrize(
    "kind", [pytest.param("terminal", marks=pytest.mark.engine), pytest.param("quiz")]
)
def test_a_new_course_works_as_it_is(tmp_path: Path, kind: str) -> None:
    root = tmp_path / "course"
    titles = ("--title-ko", "실습: '하나' {둘}", "--title-en", 'Lab: "one" # two')

    assert new(root, "first", "--kind", kind, *titles) == 0

    assert findings(root) == []
    assert load_lab(root, "first").title.ko == "실습: '하나' {둘}"
    folder = root / "labs" / "first"
    (solution,) = folder.glob("solution.*")
    assert earned(root, "first", solution) == 100
    for sample in (folder / "samples").iterdir():
        assert earned(root, "first", sample) == float(sample.name.partition("-")[0])


def test_an_editor_finds_the_schemas(tmp_path: Path) -> None:
    assert new(tmp_path, "first") == 0
    for file in (tmp_path / "labs/first/lab.yaml", tmp_path / "rubrics/first.yaml"):
        first = file.read_text(encoding="utf-8").splitlines()[0]
        assert (file.parent / first.partition("$schema=")[2]).resolve().is_file()


def test_nothing_is_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "rubrics").mkdir()
    (tmp_path / "rubrics" / "first.yaml").write_text("mine", encoding="utf-8")
    assert new(tmp_path, "first") == 2
    assert "'first' is there already" in capsys.readouterr().err
    assert [path.name for path in tmp_path.rglob("*")] == ["rubrics", "first.yaml"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["../x"], "'../x' cannot be the name of a lab"),
        (["lint"], "'lint' is a command of this program"),
        (["a", "--title-ko", " "], "cannot be a title (--title-ko)"),
        (["a", "--image", "Alpine"], "'Alpine' cannot be the name of an image"),
        (["a", "--image", "alpine", "--kind", "quiz"], "a quiz has no images"),
    ],
)
def test_what_cannot_be_is_told(
    tmp_path: Path, words: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert new(tmp_path / "course", *words) == 2
    assert says in capsys.readouterr().err
    assert not (tmp_path / "course").exists()


def test_a_draft_may_lack_a_rubric(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    new(tmp_path, "first")
    (tmp_path / "rubrics" / "first.yaml").unlink()
    assert "has no rubric" in str(findings(tmp_path)[0])
    file = tmp_path / "labs" / "first" / "lab.yaml"
    file.write_text(f"{file.read_text(encoding='utf-8')}draft: true\n", encoding="utf-8")
    (finding,) = findings(tmp_path)
    assert "lab.yaml: warning: this is a draft without a rubric" in str(finding)
    assert main(["labs", "--lang", "en", "--course", str(tmp_path)]) == 0
    assert "first (draft)" in capsys.readouterr().out
