from __future__ import annotations

import importlib
import json
from pathlib import Path

import pytest

from grader.cli import main
from grader.course import load_lab, load_rubric
from grader.importing.state import STATE

importlib.import_module("grader.cli.import")

OUR_COURSE = Path(__file__).parents[2]

PAGE = """\
---
title: '7.1 오래 남는 데이터'
updateMode: 'upsert'
---

# 오래 남는 데이터

## 실습: 해 보기

### 실습 7-1: 볼륨 만들기

먼저 읽습니다.

```bash
docker volume create box
docker run --rm -v box:/data alpine:latest sh -c "
echo 안녕 > /data/a"
```

**결과**: 남는다

---

## 퀴즈

### 퀴즈 1
**Q1**: 무엇이 남는가?
- A) 메모리
- B) `볼륨`

<details>
<summary>정답 보기</summary>
<b>정답: B) 볼륨</b><br>
볼륨은 따로 삽니다.
</details>

### 퀴즈 2
**Q2**: 모두 고르면?
- A) 하나
- B) 둘
- C) 셋

<details>
<summary>정답 보기</summary>

```text
**Q9**: 질문이 아니다
```

Answer: A, C

</details>

### 퀴즈 3
**Q3**: 열쇠가 없다
- A) 하나
- B) 둘

### 퀴즈 4
**Q4**: 열쇠가 맞지 않다
- A) 하나
- B) 둘

<!-- 정답: A -->
<details>
<summary>
정답: B</summary>
<b>정답: E)</b>
</details>
"""


COPY_ON_WRITE = """\
## 실습 예제

### 실습 6-2: Copy-on-Write 동작 확인

```bash
# 1. 베이스 이미지에서 파일 확인
docker run --rm alpine:latest ls -la /etc/passwd

# 2. 파일 수정 시도
docker run --name cow-test alpine:latest sh -c "
echo 'testuser:x:1001:1001::/home/testuser:/bin/sh' >> /etc/passwd &&
cat /etc/passwd | tail -2
"

# 3. 변경사항 확인 (docker diff 사용)
docker diff cow-test
# 출력: C /etc
#       C /etc/passwd

# 4. 정리
docker rm cow-test
```
"""


@pytest.fixture
def page(tmp_path: Path) -> Path:
    file = tmp_path / "7.1-page.md"
    file.write_bytes(b"\xef\xbb\xbf" + PAGE.replace("\n", "\r\n").encode())
    return file


def import_(page: Path, *words: str) -> int:
    return main(["import", str(page), "--course", str(page.parent / "course"), *words])


def files(root: Path) -> dict[str, bytes]:
    return {str(p.relative_to(root)): p.read_bytes() for p in root.rglob("*") if p.is_file()}


def test_a_page_becomes_its_labs_and_one_quiz(
    page: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = page.parent / "course"
    assert import_(page, "--dry-run") == 0
    assert not root.exists()
    assert import_(page) == 0
    out = capsys.readouterr().out
    assert "line 55: Q3 has no answer" in out
    assert "line 68: the key of Q4 names no choice: 'E)'" in out
    lab = load_lab(root, "lab7-1")
    assert (lab.images, lab.record.volumes, lab.draft) == (("alpine:latest",), True, True)
    solution = (root / "labs/lab7-1/solution.sh").read_text(encoding="utf-8")
    assert solution == PAGE.split("```bash\n")[1].split("```", maxsplit=1)[0]
    quiz = load_lab(root, "quiz7-1")
    assert quiz.questions["1"].choices["B"].ko == "`볼륨`"
    assert sorted(quiz.questions) == ["1", "2", "3", "4"]
    first, second = load_rubric(root, quiz).criteria
    assert first.hint is not None
    assert first.hint.ko == "볼륨은 따로 삽니다."
    assert second.check.model_dump()["correct"] == {"A", "C"}
    assert main(["lint", "--course", str(root)]) == 0
    before = files(root)
    assert import_(page) == 0
    assert files(root) == before


@pytest.mark.engine
def test_the_solution_of_an_imported_lab_earns_all_points(page: Path) -> None:
    root = page.parent / "course"
    page.write_text(COPY_ON_WRITE, encoding="utf-8")
    assert import_(page) == 0
    rubric = root / "rubrics" / "lab6-2.yaml"
    rubric.parent.mkdir(exist_ok=True)
    rubric.write_bytes((OUR_COURSE / "rubrics/lab6-2.yaml").read_bytes())
    solution = ("--submission", str(root / "labs/lab6-2/solution.sh"))
    assert main(["lab6-2", *solution, "--student", "me", "--course", str(root)]) == 0
    result = json.loads((root / "results/lab6-2/me/result.json").read_bytes())
    assert result["points"] == result["max_points"] > 0


def test_a_changed_page_keeps_edits(page: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import_(page)
    folder = page.parent / "course" / "labs" / "lab7-1"
    edited = folder / "handout.ko.md"
    edited.write_text(edited.read_text(encoding="utf-8") + "\n내가 쓴 줄\n", encoding="utf-8")
    solution = folder / "solution.sh"
    solution.write_text("docker ps\n", encoding="utf-8")
    page.write_text(PAGE.replace("먼저 읽", "천천히 읽").replace("create box", "create b"))
    capsys.readouterr()
    assert import_(page) == 0
    out = capsys.readouterr().out
    text = edited.read_text(encoding="utf-8")
    assert "천천히 읽습니다." in text
    assert "내가 쓴 줄" in text
    assert solution.read_text(encoding="utf-8") == "docker ps\n"
    assert "create b\n" in (folder / "solution.sh.page").read_text(encoding="utf-8")
    assert "solution.sh: conflict" in out


def test_what_did_not_come_from_the_page_stays(page: Path) -> None:
    mine = page.parent / "course" / "labs" / "lab7-1" / "lab.yaml"
    mine.parent.mkdir(parents=True)
    mine.write_text("mine", encoding="utf-8")
    assert import_(page) == 0
    assert [path.name for path in mine.parent.iterdir()] == ["lab.yaml"]
    state = json.loads((page.parent / "course/labs/quiz7-1" / STATE).read_text(encoding="utf-8"))
    assert state["page"] == page.name


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("'upsert'", "'often'", "'updateMode' is 'often'"),
        ("**Q2**", "**Q1**", "a second question Q1; the first is on line 27"),
        ("- B) `볼륨`\n", "", "27: Q1 has 1 choices"),
        ("title: '7.1 오래", "title: '오래", ""),
        ("- B) `볼륨`\n", "<!-- - B) -->\n", "27: Q1 has 1 choices"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(
    page: Path, old: str, new: str, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    page.write_text(PAGE.replace(old, new), encoding="utf-8")
    assert import_(page) == (2 if says else 0)
    assert says in capsys.readouterr().err
