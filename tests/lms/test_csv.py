from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from carrying import COLUMN, LAB, Carrier, offer

from grader.errors import LmsError, UsageError
from grader.lms import Grade, load_kind
from grader.lms.csv import Files, Settings
from grader.spreadsheet import MARK, plain, unquoted
from grader.store import Store

FILE = f"grades/{LAB}.csv"
Opened = Callable[..., Carrier]


@pytest.fixture
def opened(tmp_path: Path, store: Store) -> Opened:
    def opened(**settings: object) -> Carrier:
        kind = load_kind("csv")
        with kind.connect(
            kind.Settings.model_validate({"kind": "csv"} | settings), tmp_path
        ) as lms:
            return Carrier(lms, store)

    return opened


def rows(folder: Path, name: str = FILE) -> list[dict[str, str]]:
    text = (folder / name).read_text("utf-8-sig")
    return list(csv.DictReader(text.splitlines(keepends=True)))


def edit(folder: Path, old: str, new: str) -> None:
    file = folder / FILE
    text = file.read_bytes().decode()
    assert text.count(old) == 1
    file.write_bytes(text.replace(old, new).encode())


def test_the_file_has_a_row_for_each_student(opened: Opened, tmp_path: Path) -> None:
    carrier = opened()
    offers = [offer("alice", 66.67, "9/10\n잘했습니다, 조금만 더"), offer("김민수", 0)]
    assert carrier.carry(offers) == {"alice": "written", "김민수": "written"}
    assert rows(tmp_path) == [
        {
            "student": "alice",
            "points": "66.67",
            "max": "100",
            "feedback": "9/10\n잘했습니다, 조금만 더",
        },
        {"student": "김민수", "points": "0", "max": "100", "feedback": ""},
    ]
    assert (tmp_path / FILE).read_bytes().startswith(MARK.encode())
    assert carrier.seen == {"alice": 66.67, "김민수": 0}


def test_a_second_run_writes_nothing(opened: Opened, tmp_path: Path) -> None:
    carrier = opened()
    offers = [offer("alice", 7, "text"), offer("bob", 8)]
    carrier.carry(offers)
    before = (tmp_path / FILE).stat()
    assert carrier.carry(offers) == {"alice": "left", "bob": "left"}
    assert (tmp_path / FILE).stat() == before


def test_a_plan_changes_nothing(opened: Opened, tmp_path: Path) -> None:
    assert opened().lms.item(COLUMN, make=False) is None
    assert not (tmp_path / FILE).exists()


def test_a_regrade_changes_points_and_text(opened: Opened, tmp_path: Path) -> None:
    carrier = opened()
    carrier.carry([offer("alice", 7, "seven")])
    assert carrier.carry([offer("alice", 9, "nine")]) == {"alice": "written"}
    assert [(row["points"], row["feedback"]) for row in rows(tmp_path)] == [("9", "nine")]


def test_a_text_that_did_not_change_stays_as_it_is_in_the_file(
    opened: Opened, tmp_path: Path
) -> None:
    carrier = opened()
    carrier.carry([offer("alice", 7, "the text")])
    edit(tmp_path, "the text", "the teacher's text")
    assert carrier.carry([offer("alice", 9, "the text")]) == {"alice": "written"}
    assert [(row["points"], row["feedback"]) for row in rows(tmp_path)] == [
        ("9", "the teacher's text")
    ]


def test_points_that_a_teacher_changed_are_kept(opened: Opened, tmp_path: Path) -> None:
    carrier = opened()
    carrier.carry([offer("alice", 7), offer("bob", 8)])
    edit(tmp_path, "alice,7", "alice,9.5")
    assert carrier.planned(offer("alice", 6), offer("bob", 6)) == {"alice": "kept", "bob": "write"}
    assert carrier.carry([offer("alice", 6), offer("bob", 6)]) == {
        "alice": "left",
        "bob": "written",
    }
    assert carrier.why("alice") == "we wrote 7; changed since then"
    assert [row["points"] for row in rows(tmp_path)] == ["9.5", "6"]


def test_points_that_a_teacher_removed_stay_away(opened: Opened, tmp_path: Path) -> None:
    carrier = opened()
    carrier.carry([offer("alice", 7)])
    edit(tmp_path, "alice,7", "alice,")
    assert carrier.carry([offer("alice", 7)]) == {"alice": "left"}
    assert carrier.carry([offer("alice", 7)], replaced=["alice"]) == {"alice": "written"}
    assert [row["points"] for row in rows(tmp_path)] == ["7"]


def test_what_needs_review_is_no_number(opened: Opened, tmp_path: Path) -> None:
    carrier = opened()
    offers = [offer("alice", 7, review=True), offer("bob", None), offer("carol", 3)]
    assert carrier.carry(offers) == {"alice": "left", "bob": "left", "carol": "written"}
    assert [row["student"] for row in rows(tmp_path)] == ["carol"]
    assert carrier.seen == {"carol": 3}


def test_columns_rows_and_order_of_the_teacher_stay(opened: Opened, tmp_path: Path) -> None:
    file = tmp_path / FILE
    file.parent.mkdir()
    file.write_text("e-mail,student,points\nc@x,carol,\na@x,alice,\n,,\nz@x,zoe,4\n")
    carrier = opened()
    offers = [offer("alice", 7, "text"), offer("bob", 8), offer("zoe", 5)]
    ends = carrier.carry(offers)
    assert ends == {"alice": "written", "bob": "written", "zoe": "left"}
    assert carrier.why("zoe") == "set by somebody else"
    assert file.read_text("utf-8-sig").splitlines() == [
        "e-mail,student,points,max,feedback",
        "c@x,carol,,,",
        "a@x,alice,7,100,text",
        ",,,,",
        "z@x,zoe,4,,",
        ",bob,8,100,",
    ]


def test_a_spreadsheet_with_semicolons_gets_decimal_commas(opened: Opened, tmp_path: Path) -> None:
    file = tmp_path / FILE
    file.parent.mkdir()
    file.write_text("student;points\nalice;6,5\nbob;\n")
    carrier = opened()
    assert carrier.lms.held(carrier.item)["alice"].points == 6.5
    carrier.carry([offer("bob", 7.25)])
    assert file.read_text("utf-8-sig").splitlines()[2] == "bob;7,25;100;"


@pytest.mark.parametrize("text", ["=1+1", "+a", "-a", "@a", "'=1", "''=1", "＝1", "'quoted'", "a"])
def test_no_text_is_a_formula_and_all_are_read_back(
    opened: Opened, tmp_path: Path, text: str
) -> None:
    assert unquoted(plain(text)) == text
    carrier = opened()
    assert carrier.carry([offer(text, 7, text)]) == {text: "written"}
    cells = [cell for row in rows(tmp_path) for cell in (row["student"], row["feedback"])]
    assert not [cell for cell in cells if cell[0] in "=+-@＝"]
    assert carrier.carry([offer(text, 7, text)]) == {text: "left"}


def test_names_are_equal_however_their_letters_are_composed(opened: Opened, tmp_path: Path) -> None:
    carrier = opened()
    carrier.carry([offer("ga\u0308rtner", 7)])
    assert carrier.carry([offer("gärtner", 7)]) == {"gärtner": "left"}
    assert len(rows(tmp_path)) == 1


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "the file needs one column 'student'"),
        (b"student,grade\nalice,7\n", "the file needs one column 'points'"),
        (b"student,points\nalice,seven\n", "'seven' of 'alice' is no number of points"),
        (b"student,points\nalice,nan\n", "'nan' of 'alice' is no number of points"),
        (b"student,points\nalice,7\nalice,8\n", "'alice' is there twice"),
        (b"student,points\n,7\n", "'7' points in a row without a student"),
        (b'student,points\n"alice,7\n', "the file is no CSV: unexpected end of data"),
        ("student,points\n김,7\n".encode("cp949"), "the file is not in UTF-8"),
    ],
)
def test_a_broken_file_is_told_and_left(
    opened: Opened, tmp_path: Path, content: bytes, problem: str
) -> None:
    file = tmp_path / FILE
    file.parent.mkdir()
    file.write_bytes(content)
    with pytest.raises(UsageError) as error:
        opened().carry([offer("alice", 9)])
    assert (error.value.problem, error.value.file) == (problem, file)
    assert error.value.fix
    assert file.read_bytes() == content


def test_a_file_that_cannot_be_written_is_our_fault(opened: Opened, tmp_path: Path) -> None:
    (tmp_path / "grades").write_text("a file where the folder should be")
    with pytest.raises(LmsError, match="cannot be written"):
        opened().lms.item(COLUMN, make=True)


def test_items_say_which_file(opened: Opened, tmp_path: Path) -> None:
    carrier = opened(items={LAB: "mine.csv"})
    carrier.carry([offer("alice", 7)])
    assert [row["points"] for row in rows(tmp_path, "mine.csv")] == ["7"]
    assert carrier.item.place == "csv mine.csv"


def test_rights_and_links_of_the_file_stay(opened: Opened, tmp_path: Path) -> None:
    real = tmp_path / "real.csv"
    real.write_text("student,points\n")
    real.chmod(0o640)
    (tmp_path / "grades").mkdir()
    (tmp_path / FILE).symlink_to(real)
    opened().carry([offer("alice", 7)])
    assert (tmp_path / FILE).is_symlink()
    assert real.stat().st_mode & 0o777 == 0o640
    assert "alice,7,100," in real.read_text("utf-8-sig")


def test_a_large_class(opened: Opened, tmp_path: Path) -> None:
    offers = [offer(f"s{number}", number % 101, "text") for number in range(250)]
    carrier = opened()
    assert set(carrier.carry(offers).values()) == {"written"}
    assert len(rows(tmp_path)) == len(carrier.seen) == 250


KILLED = """\
import os, pathlib, signal, sys
from grader.lms import csv

root = pathlib.Path(sys.argv[1])
write = csv._write
moment = sys.argv[2]
real = pathlib.Path.replace
def killed(part, target):
    if moment == "after":
        real(part, target)
    os.kill(os.getpid(), signal.SIGKILL)

from carrying import Carrier, offer
from grader.store import Store
with Store(str(root / "results/grades.db"), root / "results/evidence") as store:
    with csv.connect(csv.Settings(kind="csv"), root) as lms:
        carrier = Carrier(lms, store)
        carrier.item
        pathlib.Path.replace = killed
        carrier.carry([offer("alice", 7, "text"), offer("bob", 8, "text")])
"""


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_run_that_was_killed_goes_on(
    opened: Opened, tmp_path: Path, store: Store, moment: str
) -> None:
    support = Path(__file__).parents[1] / "support"
    path = os.pathsep.join([str(support), str(Path(__file__).parents[2])])
    ended = subprocess.run(
        [sys.executable, "-c", KILLED, tmp_path, moment],
        env=os.environ | {"PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    carrier = Carrier(opened().lms, store)
    assert len(carrier.ledger) == 2
    assert not carrier.seen
    assert len(rows(tmp_path)) == (2 if moment == "after" else 0)
    ends = carrier.carry([offer("alice", 7, "text"), offer("bob", 8, "text")])
    assert set(ends.values()) == {"left" if moment == "after" else "written"}
    assert [(row["student"], row["points"]) for row in rows(tmp_path)] == [
        ("alice", "7"),
        ("bob", "8"),
    ]
    assert carrier.seen == {"alice": 7, "bob": 8}


def test_points_without_a_maximum_leave_its_column(tmp_path: Path) -> None:
    files = Files(Settings(kind="csv"), tmp_path)
    item = files.item(COLUMN, make=True)
    assert item is not None
    again = Files(Settings(kind="csv"), tmp_path)
    again.write(item, [Grade(user="alice", points=7)])
    assert [row["max"] for row in rows(tmp_path)] == [""]
