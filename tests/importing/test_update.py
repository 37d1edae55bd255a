from __future__ import annotations

from pathlib import Path

import pytest

from grader.cli import main
from grader.course import load_lab, load_rubric
from grader.importing.merging import merge
from grader.lint import findings

PAGE = """\
---
title: '8.1 이름'
updateMode: upsert
---
### 실습 8-1: 하나
```bash
docker run --name one alpine:latest true
```
### 실습 8-2: 둘
```bash
docker run --name two alpine:latest true
```
## 퀴즈
**Q1**: 첫째?
- A) 가
- B) 나

정답: A
### 다음
**Q2**: 둘째?
- A) 가
- B) 나

정답: B
### 끝
**Q3**: 셋째?
- A) 가
- B) 나

정답: A
"""


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    assert import_(PAGE) == 0
    return Path("course")


def import_(text: str, *words: str, name: str = "8.1.md") -> int:
    Path(name).write_text(text, encoding="utf-8")
    return main(["import", name, "--course", "course", *words])


def files(root: Path) -> dict[str, bytes]:
    return {str(p.relative_to(root)): p.read_bytes() for p in root.rglob("*") if p.is_file()}


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def test_what_is_gone_from_the_page_is_told_and_stays(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    second = PAGE[PAGE.index("**Q2**") : PAGE.index("### 끝")]
    lab = PAGE[PAGE.index("### 실습 8-2") : PAGE.index("## 퀴즈")]
    before = files(root)
    for _ in range(2):  # it is told until it is really gone
        capsys.readouterr()
        assert import_(PAGE.replace(second, "").replace(lab, "")) == 0
        out = capsys.readouterr().out
        assert "course/labs/lab8-2: kept: it is gone from 8.1.md" in out
        assert "Q2 is gone from the page; it stays in quiz8-1" in out
        assert files(root) == before
    edit(root / "labs/quiz8-1/lab.yaml", '"2":\n', '"22":\n')
    assert import_(PAGE.replace(second, "")) == 0
    assert "Q2 is gone" not in capsys.readouterr().out
    assert "question-2" not in (root / "rubrics/quiz8-1.yaml").read_text(encoding="utf-8")


def test_a_conflict_is_told_until_it_is_resolved(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    solution = root / "labs/lab8-1/solution.sh"
    aside = solution.with_name("solution.sh.page")
    solution.write_text("docker ps\n", encoding="utf-8")
    for name in ("eins", "uno", "uno"):
        capsys.readouterr()
        assert import_(PAGE.replace("--name one", f"--name {name}")) == 0
        assert "solution.sh: conflict" in capsys.readouterr().out
        assert solution.read_text(encoding="utf-8") == "docker ps\n"
        assert name in aside.read_text(encoding="utf-8")
    aside.replace(solution)
    assert import_(PAGE.replace("--name one", "--name uno")) == 0
    assert "conflict" not in capsys.readouterr().out


def test_fields_of_yaml_merge_where_they_differ(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rubric, lab = root / "rubrics/quiz8-1.yaml", root / "labs/quiz8-1/lab.yaml"
    edit(rubric, "pass_mark: 60", "pass_mark: 70  # 어렵다")
    edit(rubric, 'en: "Answer to question 1"', 'en: "The first"')
    edit(lab, 'en: "첫째?"', 'en: "First?"')
    page = PAGE.replace("정답: A\n### 다음", "정답: B\n이유\n### 다음").replace("둘째?", "두 번째?")
    assert import_(page) == 0
    assert "conflict" not in capsys.readouterr().out
    assert "# 어렵다" in rubric.read_text(encoding="utf-8")
    first = load_rubric(root, load_lab(root, "quiz8-1")).criteria[0]
    assert (first.title.en, first.check.model_dump()["correct"]) == ("The first", {"B"})
    questions = load_lab(root, "quiz8-1").questions
    assert (questions["1"].title.en, questions["2"].title.ko) == ("First?", "두 번째?")

    before = lab.read_bytes()
    assert import_(page.replace("첫째?", "하나째?")) == 0
    assert "lab.yaml: conflict at questions.1.title.en:" in capsys.readouterr().out
    assert lab.read_bytes() == before


def test_without_git_prose_is_left_to_the_teacher(monkeypatch: pytest.MonkeyPatch) -> None:
    base, mine, theirs = "a: 1\nb: 1\n", "a: 2\nb: 1  # so\n", "a: 1\nb: 3\n"
    lines = "1\n2\n3\n4\n5\n"
    apart = (lines, lines.replace("1", "eins"), lines.replace("5", "fünf"))
    assert merge(*apart, yaml=False)[0] == "eins\n2\n3\n4\nfünf\n"
    monkeypatch.setenv("PATH", "")
    assert merge(*apart, yaml=False)[0] is None
    assert merge(base, mine, theirs, yaml=True)[0] == "a: 2\nb: 3  # so\n"


def test_labs_from_elsewhere_are_taken_in_when_asked(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (root / "labs/lab8-1/.imported.json").unlink()
    lab = root / "labs/lab8-1/lab.yaml"
    edit(lab, 'ko: "', 'ko: "나의 ')
    before = files(root)
    assert import_(PAGE) == 0
    assert "lab8-1: kept as it is: it did not come from a page" in capsys.readouterr().out
    assert files(root) == before
    assert import_(PAGE, "--adopt") == 0
    assert {name: text for name, text in files(root).items() if name in before} == before
    assert import_(PAGE.replace("--name one", "--network a --name one")) == 0
    assert "나의 " in lab.read_text(encoding="utf-8")
    assert load_lab(root, "lab8-1").network


def test_a_lab_belongs_to_one_page(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = files(root)
    assert import_(PAGE, name="8.2.md") == 2
    error = capsys.readouterr().err
    assert "8.2.md" in error
    assert "is also on the page 8.1.md" in error
    assert files(root) == before
    assert import_(PAGE, "--adopt", name="8.2.md") == 0
    assert import_(PAGE, name="8.2.md") == 0


def test_a_killed_import_is_finished_by_the_next(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = PAGE.replace("--name one", "--name uno").replace("8-2", "8-3")
    real, done = Path.replace, 0
    for most in range(1, 12):
        with monkeypatch.context() as patch:

            def replace(part: Path, target: Path, most: int = most) -> Path:
                nonlocal done
                done += 1
                if done > most:
                    raise KeyboardInterrupt
                return real(part, target)

            done = 0
            patch.setattr(Path, "replace", replace)
            import_(page)
        for state in root.glob("labs/*"):
            assert (state / ".imported.json").exists()
    assert import_(page) == 0
    assert "--name uno" in (root / "labs/lab8-1/solution.sh").read_text(encoding="utf-8")
    assert all(found.warning for found in findings(root))
    after = files(root)
    assert {Path(name).name for name in after if "lab8-3" in name} == {
        ".imported.json",
        "handout.en.md",
        "handout.ko.md",
        "lab.yaml",
        "solution.sh",
    }
    assert import_(page) == 0
    assert files(root) == after
