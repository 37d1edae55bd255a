"""Personal labs from the page to the result, by the commands of `docs/personal.md`."""

from __future__ import annotations

import json
import os
import re
import sys
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from grader.course import load_lab
from grader.own_work import own_work
from grader.personal.derivation import values_of
from grader.personal.secret import Secret

if TYPE_CHECKING:
    from tests.cli.conftest import Course, Here

PAGE = (Path(__file__).parents[2] / "docs" / "personal.md").read_text(encoding="utf-8")
GOLDEN = Path(__file__).parent / "golden" / "personal"
SECRET = "correct-horse-battery-staple"  # noqa: S105 - made up
STAND_IN = "workbench started\ncleaned up\n"
"""What the engine's stand-in says."""
KOREAN = """\
# 나만의 파일

`alpine:latest`로 컨테이너 `{{ box }}`를 만들고 `/tmp/{{fruit}}.txt`에 `{{token}}`을 씁니다.
<b>굵게</b>

| 보는 것 | 점수 |
|---|---:|
| `docker ps --format '{{.Names}}{{end}}'` | 10 |

```sh
echo {{token}} > /tmp/{{fruit}}.txt && echo "<끝>"
```
"""


@pytest.fixture
def mine(course: Course) -> Course:
    """Return the course with the lab of the page; its secret is in the environment."""
    blocks = re.findall(r"```\w+\n(?:# |<!-- )(\S+/\S+)(?: -->)?\n(.*?)```", PAGE, re.DOTALL)
    assert len(blocks) == 4
    for path, text in blocks:
        course.write(path, text)
    course.write("labs/mine/handout.ko.md", KOREAN)
    course.environment["GRADE_SECRET"] = SECRET
    return course


def values(course: Course, student: str) -> dict[str, str]:
    return values_of(load_lab(course.root, "mine"), student, Secret(SECRET.encode()))


def solution(course: Course, student: str) -> str:
    own = values(course, student)
    text = (course.root / "labs/mine/solution.sh").read_text(encoding="utf-8")
    return re.sub(r"{{(\w+)}}", lambda match: own[match[1]], text)


@pytest.mark.engine
def test_the_commands_of_the_page(mine: Course) -> None:
    del mine.environment["DOCKER_HOST"], mine.environment["GRADE_SECRET"]
    commands = re.findall(r"^\$ (.*)$", PAGE, re.MULTILINE)
    assert len(commands) == 6
    grade = f'set -e; grade() {{ {sys.executable} -m grader "$@"; }}'
    first = mine.shell("\n".join([grade, *commands[:4]]))
    assert first.returncode == 0, first.stderr
    token, box = (json.loads(f'"{one}"') for one in _values_in(mine.root / "bob.yaml"))
    page = mine.root / "handouts/mine/bob/mine.en.md"
    lines = re.findall("`(.*?)`", page.read_text(encoding="utf-8"))
    assert lines[0] == box
    assert lines[2] == token
    run = f"docker run --name {box} {lines[1]} sh -c 'echo {token} > {lines[3]}'\n"
    mine.write("bob.sh", run)
    second = mine.shell("\n".join([grade, *commands[4:]]))
    assert (second.returncode, second.stderr) == (0, "")
    assert token in second.stdout

    mine.write("bob.sh", (mine.root / "labs/mine/solution.sh").read_bytes())
    third = mine.shell(f"{grade}; {commands[4]}")
    assert third.returncode == 1  # nobody fills in what students hand in
    secret = (mine.root / ".secret").read_bytes().strip()
    assert not [name for name, text in mine.files().items() if secret in text and name != ".secret"]


def _values_in(file: Path) -> tuple[str, str]:
    found = dict(re.findall(r'^(\w+): "(.*)"$', file.read_text(encoding="utf-8"), re.MULTILINE))
    return found["token"], found["box"]


@pytest.mark.parametrize("language", ["ko", "en"])
def test_the_page_of_a_student(mine: Course, grade_here: Here, language: str) -> None:
    said = grade_here("handout", "mine", "--student", "김민수", "--lang", language)
    assert said.returncode == 0, said.stderr
    paths = said.stdout.split()
    assert paths == [f"handouts/mine/김민수/mine.{language}.{end}" for end in ("md", "html")]
    for path in paths:
        text = (mine.root / path).read_text(encoding="utf-8")
        if os.environ.get("GOLDEN") == "write":
            (GOLDEN / Path(path).name).write_text(text, encoding="utf-8")
        assert text == (GOLDEN / Path(path).name).read_text(encoding="utf-8")
        assert SECRET not in text
    assert "http://" not in text
    assert "https://" not in text


def test_a_page_of_a_lab_without_values_needs_no_secret(course: Course, grade_here: Here) -> None:
    course.write("labs/typed/handout.en.md", "# Hello\n\n`{{token}}`\n")
    said = grade_here("handout", "typed", "--all", "--lang", "en", "--output", "pages")
    assert said.returncode == 0, said.stderr
    assert said.stdout.split()[::2] == ["pages/alice/typed.en.md", "pages/bob/typed.en.md"]
    assert "{{token}}" in (course.root / "pages/bob/typed.en.html").read_text(encoding="utf-8")


def test_the_example_page_needs_no_secret_and_fits_the_rubric(
    mine: Course, grade_here: Here, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GRADE_SECRET")
    said = grade_here("handout", "mine", "--example", "--lang", "en")
    text = (mine.root / said.stdout.split()[0]).read_text(encoding="utf-8")
    lab = load_lab(mine.root, "mine")
    submission, rubric = own_work(mine.root, lab, mine.root / "labs/mine/solution.sh")
    assert set(rubric.wanted().watched) & set(re.findall("`(.*?)`", text))
    assert all(one in submission.text for one in re.findall("`(.*?)`", text)[:2])
    assert grade_here("handout", "mine", "--example", "--all").returncode == 2


def test_another_students_token_is_for_the_teacher_only(mine: Course, grade_here: Here) -> None:
    roster = (
        "\ufeffgroup,student\n1,Carol Kim\n\n2," + unicodedata.normalize("NFD", "김민수") + "\n"
    )
    mine.write("roster.csv", roster)
    theirs, token = solution(mine, "Carol Kim"), values(mine, "Carol Kim")["token"]
    mine.write(
        "submissions/alice/mine.sh", solution(mine, "alice") + f"# {token.upper()}\n{theirs}"
    )
    said = grade_here("mine", "--student", "alice", "--lang", "en")
    results = mine.root / "results/mine/alice"
    assert said.stderr == STAND_IN + (
        "note: something for the teacher to look at: results/mine/alice/for-teacher.json\n"
    )
    told = json.loads((results / "for-teacher.json").read_text(encoding="utf-8"))
    assert told["found"] == [
        {"value": "token", "of": "Carol Kim", "own_too": True, "places": ["line 2", "line 3"]}
    ]
    for name in ("result.json", "junit.xml", "evidence.json"):
        text = (results / name).read_text(encoding="utf-8")
        assert "Carol" not in text
        assert "teacher" not in text
    assert "teacher" not in said.stdout

    again = grade_here("rescore", "mine", "--student", "alice", "--lang", "en")
    assert (again.returncode, STAND_IN + again.stderr) == (said.returncode, said.stderr)
    mine.write("submissions/alice/mine.sh", solution(mine, "alice"))
    clean = grade_here("mine", "--student", "alice", "--lang", "en")
    assert clean.stderr == STAND_IN
    assert not (results / "for-teacher.json").exists()


def test_without_the_secret_others_are_not_known(
    mine: Course, grade_here: Here, monkeypatch: pytest.MonkeyPatch
) -> None:
    grade_here("handout", "mine", "--student", "alice", "--lang", "en", "--values-to", "a.yaml")
    mine.write("submissions/alice/mine.sh", solution(mine, "bob"))
    monkeypatch.delenv("GRADE_SECRET")
    said = grade_here("mine", "--student", "alice", "--values", "a.yaml")
    assert (said.returncode, said.stderr) == (1, STAND_IN)
    assert not (mine.root / "results/mine/alice/for-teacher.json").exists()


def _no_secret(course: Course) -> None:
    del course.environment["GRADE_SECRET"]


def _short(course: Course) -> None:
    course.environment["GRADE_SECRET"] = "s3cret-is-short"  # noqa: S105 - made up


def _open(course: Course) -> None:
    _no_secret(course)
    course.write(".secret", SECRET).chmod(0o644)


def _no_file(course: Course) -> None:
    _no_secret(course)
    course.environment["GRADE_SECRET_FILE"] = "gone"  # noqa: S105 - a file


def _roster(text: str) -> Callable[[Course], None]:
    def change(course: Course) -> None:
        course.write("roster.csv", text)

    return change


def _given(text: str) -> Callable[[Course], None]:
    def change(course: Course) -> None:
        course.write("given.yaml", text)

    return change


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (
            _no_secret,
            r"no course secret: neither GRADE_SECRET nor .* fix: .*python3 -c 'import sec",
        ),
        (_short, r"too short: \$GRADE_SECRET has fewer than 16 .* fix: .*token_hex"),
        (_open, r"\.secret: others than the owner .* fix: chmod 600 "),
        (_no_file, r"gone: the course secret cannot be read: .* fix: .*GRADE_SECRET_FILE"),
        (_roster("name\nalice\n"), r"roster.csv:1: there is no column 'student'; it has: name"),
        (_roster("studnt\nalice\n"), r"roster.csv:1: .* fix: rename 'studnt'"),
        (_roster("student,a\nalice,1\n,2\n"), r"roster.csv:3: no name in this line"),
        (_roster("student\nalice\nbob\nAlice\n"), r"roster.csv:4: 'Alice' is already in line 2"),
        (_roster("student\n../bob\n"), r"roster.csv:2: '../bob' cannot be the name"),
        (_roster('student\n"alice\n'), r"roster.csv:2: no CSV: "),
        (_given("[1]"), r"given.yaml: the file has no lines 'name: value'"),
        (_given("tokn: x\n"), r"given.yaml:1:1: .* 'tokn', did you mean 'token'\?; known: token, "),
        (_given("fruit: kiwi\n"), r"given.yaml:1:8: 'kiwi' cannot be the value 'fruit'"),
        (_given("fruit: plum\n"), r"given.yaml: no value for 'token', 'box', 'size'"),
    ],
)
def test_what_is_wrong_is_told_and_the_secret_is_not(
    mine: Course,
    change: Callable[[Course], None],
    says: str,
    request: pytest.FixtureRequest,
) -> None:
    mine.write("submissions/alice/mine.sh", "true\n")
    change(mine)
    more = ("--values", "given.yaml") if (mine.root / "given.yaml").exists() else ()
    grade_here: Here = request.getfixturevalue("grade_here")  # takes the environment as it is now
    said = grade_here("mine", "--student", "alice", *more)
    assert said.returncode == 2, said.stderr
    assert re.search(says, said.stderr.replace("\n", " ")), said.stderr
    for secret in (SECRET, "s3cret-is-short"):
        assert secret not in said.stdout + said.stderr


def test_a_traceback_does_not_show_the_secret(fake_engine: Course, mine: Course) -> None:
    mine.write("submissions/alice/mine.sh", "true\n")
    said = fake_engine.grade("mine", "--student", "alice", FAKE="bug")
    assert said.returncode == 3
    (log,) = (Path(mine.environment["XDG_STATE_HOME"]) / "lab-grader").iterdir()
    assert SECRET not in said.stderr + log.read_text(encoding="utf-8")
    assert SECRET not in repr(Secret(SECRET.encode()))


def test_lint_tells_unknown_values_in_every_file(mine: Course, grade_here: Here) -> None:
    assert grade_here("lint", "mine").returncode == 0
    mine.write("labs/mine/handout.en.md", "# {{token}}\n\nabc {{ fruits }} {{.Names}} {{end}}\n")
    mine.write("labs/mine/samples/0-a.sh", "docker ps\necho {{tok}}\n")
    rubric = (mine.root / "rubrics/mine.yaml").read_text(encoding="utf-8")
    changed = rubric.replace('"/tmp/{{fruit}}.txt"', '"/tmp/{{fruit}}-{{boxx}}.txt"')
    mine.write("rubrics/mine.yaml", changed)
    line = changed[: changed.index("{{boxx}}")].count("\n") + 1
    said = grade_here("lint", "mine")
    assert said.returncode == 2
    assert [one.partition(": ")[0] for one in said.stdout.splitlines()[:-1]] == [
        f"rubrics/mine.yaml:{line}:25",
        "labs/mine/handout.en.md:3:5",
        "labs/mine/samples/0-a.sh:2:6",
    ]
    assert "'boxx', did you mean 'box'?; known: token, fruit, box, size" in said.stdout


def test_a_value_may_not_have_the_name_of_a_template_word(mine: Course, grade_here: Here) -> None:
    lab = (mine.root / "labs/mine/lab.yaml").read_text(encoding="utf-8")
    mine.write(
        "labs/mine/lab.yaml", lab + "  end: {kind: token, lenght: 9}\n  Big: {kind: token}\n"
    )
    said = grade_here("lint", "mine")
    assert "unknown field 'lenght'" in said.stdout
    assert "did you mean 'length'?; known: kind, length, from, range" in said.stdout
    mine.write("labs/mine/lab.yaml", lab + "  end: {kind: token}\n")
    assert "'end' is a word of docker's own templates" in grade_here("lint", "mine").stdout
