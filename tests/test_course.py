# ruff: noqa: E501 — a table reads best with one case per line
from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from grader import course
from grader.errors import CourseError, UsageError
from grader.rubric import Rubric

TITLE = "title: {ko: 가, en: a}"
LAB = f"{TITLE}\nimages: [alpine:latest]\n"
QUIZ = f"""
{TITLE}
kind: quiz
questions:
  1:
    {TITLE}
    choices:
      A: {{ko: 가, en: a}}
      B: {{ko: 나, en: b}}
"""
RUBRIC = """
lab: lab1
criteria:
  - id: one
    title: {ko: 가, en: a}
    points: 10
    check: {kind: command, typed: ls}
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name, text in (("labs/lab1/lab.yaml", LAB), ("rubrics/lab1.yaml", RUBRIC)):
        write(tmp_path, name, text)
    return tmp_path


def write(root: Path, name: str, text: str | bytes) -> Path:
    file = root / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(text if isinstance(text, bytes) else textwrap.dedent(text).lstrip().encode())
    return file


def rubric(root: Path, lab: str = "lab1") -> Rubric:
    return course.load_rubric(root, course.load_lab(root, lab))


def complaint(root: Path, text: str | bytes) -> CourseError:
    write(root, "rubrics/lab1.yaml", text)
    with pytest.raises(CourseError) as caught:
        rubric(root)
    error = caught.value
    assert error.file == root / "rubrics" / "lab1.yaml"
    assert error.fix
    return error


def test_a_lab_gets_its_id_from_its_folder(root: Path) -> None:
    assert course.lab_ids(root) == ("lab1",)
    assert course.load_lab(root, "lab1").id == "lab1"
    assert rubric(root).criteria[0].points == 10


def test_a_lab_of_another_id_is_refused(root: Path) -> None:
    write(root, "labs/lab1/lab.yaml", LAB + "id: lab2\n")
    with pytest.raises(CourseError, match="the lab's id is 'lab2'") as caught:
        course.load_lab(root, "lab1")
    assert caught.value.line == 3


@pytest.mark.parametrize("name", ["lab2", "lab", "../labs/lab1", "", ".", "lab1/", "/lab1"])
def test_an_unknown_lab_is_answered_with_the_known_ones(root: Path, name: str) -> None:
    with pytest.raises(UsageError, match="unknown lab") as caught:
        course.load_lab(root, name)
    assert "lab1" in caught.value.fix


def test_an_unknown_lab_is_answered_with_the_nearest_ones(root: Path) -> None:
    with pytest.raises(UsageError, match="did you mean 'lab1'"):
        course.load_lab(root, "lab-1")


def test_a_lab_folder_without_its_file_is_said(root: Path) -> None:
    (root / "labs" / "lab3").mkdir()
    with pytest.raises(CourseError, match=r"the lab has no lab\.yaml"):
        course.load_lab(root, "lab3")


def test_a_missing_rubric_is_said(root: Path) -> None:
    (root / "rubrics" / "lab1.yaml").unlink()
    with pytest.raises(CourseError, match="lab 'lab1' has no rubric") as caught:
        rubric(root)
    assert caught.value.file == root / "rubrics" / "lab1.yaml"


def test_a_quiz_has_questions_and_only_a_quiz(root: Path) -> None:
    write(root, "labs/lab1/lab.yaml", QUIZ)
    assert list(course.load_lab(root, "lab1").questions) == ["1"]
    write(root, "labs/lab1/lab.yaml", QUIZ.replace("kind: quiz\n", ""))
    with pytest.raises(CourseError, match="only a lab of kind 'quiz' has 'questions'") as caught:
        course.load_lab(root, "lab1")
    assert caught.value.line == 2
    write(root, "labs/lab1/lab.yaml", TITLE + "\nkind: quiz\n")
    with pytest.raises(CourseError, match="a quiz needs 'questions'"):
        course.load_lab(root, "lab1")


def test_a_lab_to_be_typed_says_which_images_it_allows(root: Path) -> None:
    write(root, "labs/lab1/lab.yaml", TITLE)
    with pytest.raises(CourseError, match="'images' is missing"):
        course.load_lab(root, "lab1")
    write(root, "labs/lab1/lab.yaml", TITLE + "\nimages: []\n")
    assert course.load_lab(root, "lab1").images == ()
    write(root, "labs/lab1/lab.yaml", QUIZ)
    assert course.load_lab(root, "lab1").images == ()


@pytest.mark.parametrize("image", ["Alpine", "an image", "alpine:", "-a", "a//b:", "a:b:c", ""])
def test_what_cannot_be_an_image_has_its_line(root: Path, image: str) -> None:
    write(root, "labs/lab1/lab.yaml", f"{TITLE}\nimages:\n  - alpine\n  - '{image}'\n")
    with pytest.raises(CourseError, match="cannot be the name of an image") as caught:
        course.load_lab(root, "lab1")
    assert caught.value.line == 4


@pytest.mark.parametrize(
    "image",
    [
        *(
            "alpine",
            "alpine:3.22",
            "library/alpine:Edge_1",
            "ghcr.io/a__b/c-d.e",
            "a@sha256:" + "0" * 64,
        ),
        *("localhost:5000/x", "localhost/x:1@sha256:" + "a" * 64),
    ],
)
def test_what_can_be_an_image(root: Path, image: str) -> None:
    write(root, "labs/lab1/lab.yaml", f"{TITLE}\nimages: ['{image}']\n")
    assert course.load_lab(root, "lab1").images == (image,)


@pytest.mark.parametrize(
    ("change", "line", "says"),
    [
        (("points: 10", "points: -1"), 5, "'points' has to be greater than 0, not -1"),
        (("points: 10", "points: 0"), 5, "'points' has to be greater than 0, not 0"),
        (("points: 10", "points: .inf"), 5, "'points'"),
        (("points: 10", "points: .nan"), 5, "'points'"),
        (("points: 10", "points: many"), 5, "'points' has to be a number, not 'many'"),
        (("points: 10\n", "\n"), 3, "'points' is missing (in criteria #1)"),
        (("points: 10", "pionts: 10\n    points: 10"), 5, "unknown field 'pionts' (in criteria #1), did you mean 'points'?"),
        (("lab: lab1", "lab: lab2"), 1, "this is the rubric of lab 'lab2', not of 'lab1'"),
        (("    check", "    counts: bonus\n    check"), 2, "every criterion is a bonus or a penalty"),
        (("    check", "    group: g\n    check"), 6, "unknown group 'g'; known: none"),
        (("    check", "    counts: bnus\n    check"), 6, "'counts' is 'bnus'; it has to be 'normal', 'bonus' or 'penalty'"),
        (("    check", "    hidden_until: 2026-12-01 18:00\n    check"), 6, "'hidden_until' has no time zone"),
        (("    check", "    hidden_until: 2026-12-01T18:00:00+09:00\n    hint: x\n    check"), 7, "'hint' has to be in both languages, {ko: …, en: …}, not 'x'"),
        (("lab: lab1", "late: {due: 2026-12-01, per_day: 10%}\nlab: lab1"), 1, "'2026-12-01' is no date with a time"),
        (("lab: lab1", "late: {due: 2026-12-01 18:00, per_day: 10%}\nlab: lab1"), 1, "'due' has no time zone"),
        (("lab: lab1", "lab: lab1\ngroups: [{id: g, title: {ko: 가, en: a}}]"), 2, "no criterion that counts is in the group 'g'"),
        (("lab: lab1", "lab: lab1\nlab: lab1"), 2, "duplicate key 'lab'"),
        (("id: one", "id: One"), 3, "'id' is 'One'; it has to be small letters, digits and '-', such as 'made-files'"),
        (("id: one", "id: [one]"), 3, "'id' has to be text, not a list (in criteria #1)"),
        (("id: one", "id:"), 3, "'id' has to be text, not nothing (in criteria #1)"),
        (("typed: ls", "typed: ls, container: -a"), 6, "letters, digits, '_', '.' and '-', such as 'test-data'"),
        (("en: a", "en: 1"), 4, "'en' has to be text; if 1 is meant, put it in quotes"),
        (("en: a", "fr: a"), 4, "unknown field 'fr' (in criteria #1 → title); known: ko, en"),
        (("kind: command", "kind: comand"), 6, "unknown check kind 'comand', did you mean 'command'?; known kinds: all_of"),
        (("kind: command, ", ""), 6, "a check needs a 'kind'; known kinds: all_of, answer"),
        (("{kind: command, typed: ls}", "ls"), 6, "a check is a mapping with a 'kind'"),
        (("typed: ls", "typed: '('"), 6, "'(' is not a regular expression: missing )"),
        (("typed: ls", "types: ls"), 6, "unknown field 'types' (in criteria #1 → check), did you mean 'typed'?"),
        (("kind: command, typed: ls", "kind: container, container: a, image: alpnie"), 6, "the lab does not allow the image 'alpnie'"),
        (("typed: ls", "typed: ls, container: {image: redis}"), 6, "the lab does not allow the image 'redis'; known: alpine:latest"),
        (("typed: ls", "call: dif"), 6, "unknown call 'dif', did you mean 'diff'?"),
        (("typed: ls", "typed: ls, follows: {cal: cp}"), 6, "unknown field 'cal' (in criteria #1 → check → follows), did you mean 'call'?"),
        (("typed: ls", "typed: ls, follows: {where: host}"), 6, "a command needs 'call', 'typed', 'ran' or 'output' (in criteria #1 → check → follows)"),
        (("typed: ls}", "typed: ls}\n    requires: [two]"), 7, "'requires' names the unknown criterion 'two'"),
        (("typed: ls}", "typed: ls}\n    requires: [on]"), 7, "did you mean 'one'?"),
        (("typed: ls}", "typed: ls}\n    requires: [one]"), 7, "'requires' goes in a circle: one → one"),
        (("typed: ls}", "typed: ls}\n    requires: one"), 7, "'requires' has to be a list (lines that begin with '- ', or [in, brackets]), not 'one'"),
        (("{kind: command, typed: ls}", "{kind: answer, question: 1, correct: A}"), 6, "lab 'lab1' has no question '1'"),
        (
            ("{kind: command, typed: ls}", "{kind: none_of, checks: [{kind: command, typed: ls}]}"),
            6,
            "an empty submission earns points for 'one'",
        ),
    ],
)  # fmt: skip
def test_one_slip_in_a_rubric(root: Path, change: tuple[str, str], line: int, says: str) -> None:
    error = complaint(root, RUBRIC.replace(*change))
    assert says in error.problem
    assert error.line == line


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("", None, "the file is empty"),
        ("# nothing yet\n", None, "the file is empty"),
        ("- a\n- b\n", 1, "the file holds a list, not a mapping"),
        ("hello\n", 1, "the file holds 'hello', not a mapping"),
        (
            "lab: [a\nb: c\n",
            1,
            "this is not proper YAML: the bracket that opens here is never closed",
        ),
        ("lab: lab1\n\tb: c\n", 2, "a tab stands where YAML allows only blanks"),
        ("lab: a\n---\nlab: b\n", 2, "a second document begins here"),
        ("lab: a\nb: \x01\n", 2, "a control character that YAML does not allow"),
        ("lab: !!python/name:os.system x\n", 1, "tags such as '!name' are not known here"),
        ("lab: " + "[" * 5000, None, "nested too deeply"),
        ("lab: !!int x", None, "a value is not what its form promises"),
        ("lab: 가\n".encode("cp949"), 1, "the file is not UTF-8: byte 0xb0"),
        ("lab: a\nx: 가\n".encode("cp949"), 2, "the file is not UTF-8"),
    ],
)
def test_a_file_that_is_no_rubric(
    root: Path, text: str | bytes, line: int | None, says: str
) -> None:
    error = complaint(root, text)
    assert says in error.problem
    assert error.line == line


def test_a_file_with_a_byte_order_mark_is_read(root: Path) -> None:
    write(root, "rubrics/lab1.yaml", b"\xef\xbb\xbf" + RUBRIC.lstrip().encode())
    assert rubric(root).lab == "lab1"


def test_an_error_deep_inside_has_its_own_line(root: Path) -> None:
    error = complaint(
        root,
        """
        lab: lab1
        criteria:
          - id: one
            title: {ko: 가, en: a}
            points: 10
            check:
              kind: all_of
              checks:
                - kind: command
                  typed: ls
                - kind: any_of
                  checks:
                    - kind: file
                      container: a
                      paths:
                        /tmp/a: {contains: 1}
                        /tmp/b:
                          contians: b
                        tmp/c:
        """,
    )
    assert error.line == 16
    assert (
        str(error)
        .splitlines()[0]
        .endswith(
            ":16:36: 'contains' has to be text; if 1 is meant, put it in quotes"
            " (in criteria #1 → check → checks #2 → checks #1 → paths → /tmp/a)"
        )
    )
    assert "line 18: unknown field 'contians'" in error.problem
    assert "did you mean 'contains'?" in error.problem
    assert "line 19: 'tmp/c' is not a plain absolute path" in error.problem


def test_a_question_deep_inside_has_its_own_line(root: Path) -> None:
    write(root, "labs/lab1/lab.yaml", QUIZ)
    error = complaint(
        root,
        """
        lab: lab1
        criteria:
          - id: one
            title: {ko: 가, en: a}
            points: 10
            check:
              kind: all_of
              checks:
                - {kind: answer, question: 1, correct: a}
                - {kind: answer, question: 2, correct: A}
                - kind: answer
                  question: 1
                  correct: [B, C]
        """,
    )
    assert error.line == 10
    assert "lab 'lab1' has no question '2'; its questions: 1" in error.problem
    assert "line 13: question '1' has no choice 'C'; its choices: A, B" in error.problem


def test_a_circle_is_shown_and_ids_are_unique(root: Path) -> None:
    text = "lab: lab1\ncriteria:\n" + "".join(
        f"  - {{id: {name}, title: {{ko: 가, en: a}}, points: 1, requires: [{needs}], "
        "check: {kind: command, typed: ls}}\n"
        for name, needs in ("za", "ab", "bc", "ca", "za")
    )
    error = complaint(root, text)
    assert error.line == 4
    assert "'requires' goes in a circle: a → b → c → a" in error.problem
    assert "line 7: a second criterion with the id 'z'" in error.problem


def test_no_more_than_ten_problems_are_shown(root: Path) -> None:
    error = complaint(root, RUBRIC + "".join(f"extra{n}: 1\n" for n in range(15)))
    assert error.problem.count("unknown field") == 10
    assert error.problem.endswith("and 5 more")


def test_groups_have_the_members_that_they_need(root: Path) -> None:
    one = "title: {ko: 가, en: a}, points: 1, check: {kind: command, typed: ls}"
    error = complaint(
        root,
        f"""
        lab: lab1
        groups:
          - {{id: g, title: {{ko: 가, en: a}}, take: best, count: 3}}
          - {{id: g, title: {{ko: 가, en: a}}, take: min}}
        criteria:
          - {{id: a, group: g, {one}}}
          - {{id: b, group: g, counts: penalty, {one}}}
          - {{id: c, group: G, {one}}}
        """.replace("group: G", "group: gg"),
    )
    assert error.line == 3
    assert "'count' is 3, but the group has 2 criteria" in error.problem
    assert "line 4: a second group with the id 'g'" in error.problem
    assert "line 7: a penalty can only be in a group with 'take: sum'" in error.problem
    assert "line 8: unknown group 'gg', did you mean 'g'?" in error.problem


def test_a_time_zone_is_one_that_the_world_knows(root: Path) -> None:
    write(root, "labs/lab1/lab.yaml", LAB + "time_zone: Asia/Soul\n")
    with pytest.raises(
        CourseError, match="unknown time zone 'Asia/Soul', did you mean 'Asia/Seoul'"
    ):
        course.load_lab(root, "lab1")
    write(root, "labs/lab1/lab.yaml", LAB + "time_zone: Asia/Seoul\n")
    text = RUBRIC.replace("    check", "    hidden_until: 2026-12-01 18:00:00\n    check")
    write(root, "rubrics/lab1.yaml", text)
    assert rubric(root).criteria[0].hidden_until is not None


def test_the_course_of_this_repository_is_right() -> None:
    root = Path(__file__).parents[1]
    for lab_id in course.lab_ids(root):
        assert rubric(root, lab_id).criteria


@pytest.mark.parametrize("text", ["", "# later\n", "lab: lab1\n", "lab: lab1\ncriteria: []\n"])
def test_a_rubric_without_criteria_may_be_drafted(root: Path, text: str) -> None:
    assert "or let `grade draft lab1 --force` propose a rubric" in complaint(root, text).fix


def test_nobody_can_draft_the_rubric_of_a_quiz(root: Path) -> None:
    write(root, "labs/lab1/lab.yaml", QUIZ)
    for text in ("", "lab: lab1\n"):
        assert "grade draft" not in complaint(root, text).fix


def test_other_mistakes_keep_their_remedy(root: Path) -> None:
    fix = complaint(root, RUBRIC.replace("points: 10", "points: x")).fix
    assert fix == "put this line right"
