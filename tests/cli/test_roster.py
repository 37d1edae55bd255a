from __future__ import annotations

import csv
import io
import json
import re
import shutil
import stat
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import grader.lms
from grader.uploading.account_map import accounts

if TYPE_CHECKING:
    from tests.cli.conftest import Course, Here

KIND = """\
import contextlib
import json

from grader.errors import LmsUnavailable
from grader.lms import Participant, TargetSettings


class Settings(TargetSettings):
    items: dict = {}


class Listed:
    def __init__(self, root):
        self.root = root

    def participants(self):
        file = self.root / "people.json"
        if not file.exists():
            raise LmsUnavailable("the platform does not answer", fix="try again later")
        return [Participant(**one) for one in json.loads(file.read_text())]


@contextlib.contextmanager
def connect(settings, root):
    yield Listed(root)
"""
IN_MEMORY = """\
import contextlib

from memory_lms import MemoryLms, people

from grader.lms import TargetSettings

SITE = MemoryLms(rows=dict(people("7", "8", "9")))


class Settings(TargetSettings):
    items: dict = {}


@contextlib.contextmanager
def connect(settings, root):
    yield SITE
"""
BY_NAME = KIND.replace("items: dict", "by_account = False\n    items: dict")

ALICE = {"id": "7", "name": "Alice Kim", "login": "akim", "email": "alice@x.org"}
BOB = {"id": "8", "name": "Bob Lee", "login": "bob", "email": "blee@x.org", "sis_id": "0008"}
ZOE = {"id": "9", "name": "Zoe Park", "login": "zoe", "email": "zoe@x.org"}

People = Callable[..., None]
MAP = "accounts/school.csv"


@pytest.fixture
def people(course: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[People]:
    """Return what says who takes part in the platform's course; its kind is a file like any."""
    kinds = tmp_path / "kinds"
    kinds.mkdir()
    (kinds / "listed.py").write_text(KIND)
    (kinds / "by_name.py").write_text(BY_NAME)
    (kinds / "in_memory.py").write_text(IN_MEMORY)
    monkeypatch.setattr(grader.lms, "__path__", [*grader.lms.__path__, str(kinds)])
    course.write("course.yaml", "upload: {school: {kind: listed}}\n")

    def take_part(*those: dict[str, str]) -> None:
        course.write("people.json", json.dumps(those))

    yield take_part
    for kind in ("listed", "by_name", "in_memory"):
        sys.modules.pop(f"grader.lms.{kind}", None)


def rows(course: Course) -> dict[str, dict[str, str]]:
    text = (course.root / MAP).read_text("utf-8-sig")
    return {row["student"]: row for row in csv.DictReader(io.StringIO(text))}


def edit(course: Course, student: str, **cells: str) -> None:
    """Change cells as a spreadsheet does: all is written anew, for all to read."""
    found = rows(course)
    columns = list(next(iter(found.values())))
    found.setdefault(student, dict.fromkeys(columns, "") | {"student": student}).update(cells)
    out = io.StringIO()
    writer = csv.DictWriter(out, columns)
    writer.writeheader()
    writer.writerows(found.values())
    course.write(MAP, out.getvalue())


def test_the_map_says_who_is_who_and_why(course: Course, grade_here: Here, people: People) -> None:
    course.write("roster.csv", "student,E-Mail,SIS ID\nalice,alice@x.org,\nbob,,0008\ncarol,,\n")
    people(ALICE, BOB, ZOE)
    said = grade_here("roster", "--from", "school")
    assert said.returncode == 1  # carol
    assert said.stdout.splitlines() == [
        "alice  7 Alice Kim <alice@x.org>  e-mail, certain",
        "bob    8 Bob Lee <blee@x.org>     SIS id, certain",
        "carol  –                          not found",
        "participants who are no student here (1):",
        "  9 Zoe Park <zoe@x.org>",
        "school: 3 participants; matched 2, not found 1",
        f"written: {MAP}",
    ]
    assert rows(course)["bob"] == {
        "student": "bob",
        "account": "8",
        "name": "Bob Lee",
        "login": "bob",
        "email": "blee@x.org",
        "sis_id": "0008",
        "matched_by": "sis_id",
        "confidence": "certain",
        "near": "",
    }
    assert rows(course)["carol"] == dict.fromkeys(rows(course)["bob"], "") | {"student": "carol"}
    assert accounts(course.root, "school") == {"alice": "7", "bob": "8"}


def test_the_page_shows_what_comes_out(course: Course, grade_here: Here, people: People) -> None:
    page = (Path(__file__).parents[2] / "docs/lms.md").read_text()
    section = page.partition("## Who is who")[2].partition("\n## ")[0]
    shown = dict(re.findall(r"```(csv|console)\n(.*?)```", section, re.DOTALL))
    shutil.rmtree(course.root / "submissions")
    (course.root / "submissions").mkdir()
    course.write("roster.csv", shown["csv"])
    course.write("course.yaml", "upload: {moodle: {kind: listed}}\n")
    people(
        {**ALICE, "email": "alice@example.org"},
        {**BOB, "email": "blee@example.org", "sis_id": "20230008"},
        {"id": "9", "name": "Carol Park", "login": "carol", "email": "cp@example.org"},
        {"id": "12", "name": "Dora Choi", "login": "dchoi", "email": "dora@example.org"},
    )
    words, _, text = shown["console"].partition("\n")
    assert grade_here(*words.split()[2:]).stdout == text


def test_the_only_target_is_taken_and_a_second_run_writes_the_same(
    course: Course, grade_here: Here, people: People
) -> None:
    people({**ALICE, "login": "alice"}, BOB)
    assert grade_here("roster").returncode == 0
    before = (course.root / MAP).read_bytes()
    assert [row["confidence"] for row in rows(course).values()] == ["likely", "likely"]
    assert grade_here("roster").returncode == 0
    assert (course.root / MAP).read_bytes() == before


def test_names_and_addresses_are_for_nobody_else(
    course: Course, grade_here: Here, people: People
) -> None:
    people(ALICE, BOB)
    grade_here("roster")
    (course.root / MAP).chmod(0o644)  # an editor did that
    grade_here("roster")
    assert stat.S_IMODE((course.root / MAP).stat().st_mode) == 0o600
    seen = course.shell("git init -q . && git status --porcelain --untracked-files=all")
    assert seen.returncode == 0
    assert "course.yaml" in seen.stdout
    assert "accounts" not in seen.stdout


def test_what_is_not_clear_is_an_error_with_both_and_the_rest_is_written(
    course: Course, grade_here: Here, people: People
) -> None:
    course.write("roster.csv", "student,email\nalice,alice@x.org\nbob,\n")
    people(ALICE, BOB, {**ZOE, "login": "alice"})
    said = grade_here("roster")
    assert said.returncode == 2
    both = (
        "more than one participant: e-mail alice@x.org is 7 Alice Kim <alice@x.org>; "
        "the login that is the student's name is 9 Zoe Park <zoe@x.org>"
    )
    assert said.stderr == (
        f"error: {MAP}:2:1: alice: {both}\n"
        "  fix: correct roster.csv, or write the right one into the column 'account' of the map\n"
    )
    assert f"not clear: {both}" in said.stdout
    assert accounts(course.root, "school") == {"bob": "8"}
    # The line that is told is the student's.
    assert (course.root / MAP).read_text("utf-8-sig").splitlines()[1].startswith("alice,,")
    # The remedy helps.
    edit(course, "alice", account="7")
    assert grade_here("roster").returncode == 0
    assert (rows(course)["alice"]["account"], rows(course)["alice"]["matched_by"]) == ("7", "hand")


def test_what_the_teacher_wrote_stays(course: Course, grade_here: Here, people: People) -> None:
    course.write("roster.csv", "student,email\nalice,alice@x.org\nbob,\ncarol,\ndora,\n")
    people(ALICE, BOB, ZOE, {"id": "10", "name": "Dora"})
    assert grade_here("roster").returncode == 1
    edit(course, "bob", account="9")  # another one than the program found
    edit(course, "alice", account="")  # nobody, though the program found one
    edit(course, "dora", matched_by="hand")  # nobody, for good
    edit(course, "carol", account="8")  # whom nobody found
    edit(course, "teaching-assistant", account="10")  # who is no student here
    for _ in range(2):
        said = grade_here("roster")
        assert said.returncode == 0
        found = rows(course)
        assert {name: (row["account"], row["matched_by"]) for name, row in found.items()} == {
            "alice": ("", "hand"),
            "bob": ("9", "hand"),
            "carol": ("8", "hand"),
            "dora": ("", "hand"),
            "teaching-assistant": ("10", "hand"),
        }
        assert found["bob"]["name"] == "Zoe Park"
        assert "no student of the course, stays in the map: teaching-assistant (10)" in said.stdout
    assert "nobody, by hand 2, by hand 3" in said.stdout


def test_a_participant_who_is_gone_is_told_and_the_line_stays(
    course: Course, grade_here: Here, people: People
) -> None:
    people({**ALICE, "login": "alice"}, BOB)
    assert grade_here("roster").returncode == 0
    edit(course, "bob", account="8", matched_by="hand")
    people({**ALICE, "login": "alice", "id": "70"})  # made anew there, and bob has left
    for _ in range(2):
        said = grade_here("roster")
        assert said.returncode == 1
        gone = [line for line in said.stdout.splitlines() if "has this account" in line]
        assert [line.split()[:2] for line in gone][:2] == [["alice", "7"], ["bob", "8"]]
        assert accounts(course.root, "school") == {"alice": "7", "bob": "8"}


def test_a_corrected_roster_changes_what_the_program_found_itself(
    course: Course, grade_here: Here, people: People
) -> None:
    course.write("roster.csv", "student,email\nalice,zoe@x.org\nbob,\nzed,blee@x.org\n")
    people(ALICE, BOB, ZOE)
    grade_here("roster")
    assert accounts(course.root, "school")["alice"] == "9"
    course.write("roster.csv", "student,email\nalice,alice@x.org\nbob,\n")
    said = grade_here("roster")
    assert accounts(course.root, "school") == {"alice": "7", "bob": "8"}
    assert "no student of the course, is no longer in the map: zed" in said.stdout


def test_near_ones_are_shown_without_an_account(
    course: Course, grade_here: Here, people: People
) -> None:
    course.write("roster.csv", "student\nalice\nbob\n")
    people(ALICE, BOB, ZOE)
    said = grade_here("roster", "--lang", "ko")
    assert "찾지 못함; 비슷함: 7 Alice Kim <alice@x.org>" in said.stdout
    assert rows(course)["alice"]["near"] == "7 Alice Kim <alice@x.org>"
    assert rows(course)["alice"]["account"] == ""
    assert "alice" not in accounts(course.root, "school")


def test_a_name_that_a_spreadsheet_would_run_is_text(
    course: Course, grade_here: Here, people: People
) -> None:
    course.write("roster.csv", "student,login\n=alice,-a1\n")
    people({**ALICE, "name": "=1+1", "login": "-a1"}, BOB)
    for _ in range(2):
        grade_here("roster")
        assert rows(course)["'=alice"]["name"] == "'=1+1"
        assert rows(course)["'=alice"]["matched_by"] == "login"
    assert accounts(course.root, "school") == {"=alice": "7", "bob": "8"}


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("student,account\nalice,7\nbob,7\n", f"{MAP}:3: the account '7' of 'bob' is that of"),
        ("student,account\nalice,7\nAlice,8\n", f"{MAP}:3: 'Alice' is already in line 2"),
        ("student,konto\nalice,7\n", f"{MAP}:1: there is no column 'account'"),
        ('student,account\n"alice,7\n', f"{MAP}:2: no CSV"),
    ],
)
def test_a_broken_map_is_told_before_anybody_is_asked(
    course: Course, grade_here: Here, people: People, content: str, told: str
) -> None:
    del people  # the platform would not answer
    course.write(MAP, content)
    said = grade_here("roster")
    assert said.returncode == 2
    assert told in said.stderr
    assert "fix: " in said.stderr
    assert (course.root / MAP).read_text() == content


def test_a_platform_that_does_not_answer_changes_nothing(
    course: Course, grade_here: Here, people: People
) -> None:
    people(ALICE, BOB)
    grade_here("roster")
    before = (course.root / MAP).read_bytes()
    (course.root / "people.json").unlink()
    said = grade_here("roster")
    assert said.returncode == 3
    assert "does not answer" in said.stderr
    assert (course.root / MAP).read_bytes() == before


def test_where_students_go_by_their_names_no_map_is_made(
    course: Course, grade_here: Here, people: People
) -> None:
    people(ALICE)
    course.write("course.yaml", "upload: {file: {kind: by_name}, school: {kind: listed}}\n")
    said = grade_here("roster", "--from", "file")
    assert said.returncode == 2
    assert "in 'file', students go by their names here" in said.stderr
    assert not (course.root / "accounts").exists()
    assert "there are several targets" in grade_here("roster").stderr


def test_two_columns_of_one_meaning_are_told(
    course: Course, grade_here: Here, people: People
) -> None:
    people(ALICE)
    course.write("roster.csv", "student,email,E-Mail\nalice,a@x.org,b@x.org\n")
    said = grade_here("roster")
    assert said.returncode == 2
    assert "roster.csv:1: 'email' and 'E-Mail' are both the column 'email'" in said.stderr


def test_a_forgotten_student_is_in_no_map(course: Course, grade_here: Here, people: People) -> None:
    course.write(
        "course.yaml",
        "upload:\n  school: {kind: listed, items: {quiz: down.csv, typed: others.csv}}\n"
        "  other: {kind: listed}\n",
    )
    course.write("roster.csv", "student,email\nalice,alice@x.org\nbob,\nakimm,\n")
    people(ALICE, BOB)
    course.write("down.csv", "Identifier,Name\nParticipant 4,Alice Kim\n")
    course.write("down.filled.csv", "Identifier,Address\nParticipant 4,alice@x.org\n")
    course.write("others.csv", "Identifier,Name,Address\nParticipant 5,Bob Lee,blee@x.org\n")
    for target in ("school", "other"):
        grade_here("roster", "--from", target)
    edit(course, "alice", account="")  # then the suggestions have her
    grade_here("roster", "--from", "school")
    assert rows(course)["akimm"]["near"] == "7 Alice Kim <alice@x.org>"
    said = grade_here("forget", "alice", "--yes")
    assert said.returncode == 0
    for name in ("school", "other"):
        file = course.root / f"accounts/{name}.csv"
        assert f"removed the line in accounts/{name}.csv" in said.stdout
        assert "alice" not in file.read_text().casefold()
        assert "blee@x.org" in file.read_text()
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    for one, named in (("down.csv", True), ("down.filled.csv", True), ("others.csv", False)):
        told = f"still there, because it goes to a platform: {one}\n" in said.stdout
        assert told == named
    before = course.files()
    assert "accounts" not in grade_here("forget", "nobody-else", "--yes").stdout
    assert course.files() == before


@pytest.mark.usefixtures("people")
def test_an_upload_tells_what_the_map_does_not_explain(course: Course, grade_here: Here) -> None:
    course.write("course.yaml", "upload: {school: {kind: in_memory}}\n")
    course.write(MAP, "student,account\nalice,9\nbob,8\nalcie,7\n")
    grade_here("class", "quiz")
    said = grade_here("upload", "quiz", "--apply", "--by", "kim").stdout
    assert "in accounts/school.csv, and no student here (1): alcie\n" in said
    assert "no student's now" not in said
    # Now it is seen that 9 is somebody else.
    course.write(MAP, "student,account\nalice,7\nbob,8\n")
    left = "accounts with a grade of ours that are no student's now (1): 9 (alice); "
    for words in ((), ("--apply", "--by", "kim")):
        said = grade_here("upload", "quiz", *words).stdout
        assert left in said
        assert "no student here" not in said
    site = sys.modules["grader.lms.in_memory"].SITE
    assert {user: row.points for user, row in site.rows.items()} == {"7": 10, "8": 4, "9": 10}
    assert left not in grade_here("upload", "quiz", "--students", "bob").stdout
