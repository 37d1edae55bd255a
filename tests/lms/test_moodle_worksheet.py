"""Grading worksheets: what Moodle takes of them, what the ledger says, what the teacher is told."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from fake_moodle import Assignment, FakeMoodle
from fake_worksheet import downloaded, uploaded

from grader.errors import LmsError, UsageError
from grader.lms import Column, Held, Lms, load_kind
from grader.lms._csv_cells import Cells
from grader.store import Store
from grader.store.ledger import NOTHING, Past
from grader.uploading.decision import Decided, Offer
from grader.uploading.transfer import Done, Transfer, plan

LAB = Column(lab="lab6-1", title="Lab 6-1", max_points=100)
ITEM = 117
ALICE, BOB, CAROL = 101, 102, 103
TEXT = "- [12/20] 파일을 만들었다\n힌트: echo \"a\\\" <b>, 'c'; d"
NAME = "downloads/Grades-Docker-Lab 6-1-501.csv"


class Desk:
    """A teacher's desk: the site, the folder with the worksheet, a store."""

    def __init__(self, site: FakeMoodle, root: Path, store: Store, **more: object) -> None:
        self.site, self.root, self.store, self.more = site, root, store, more
        self.language = "en"
        (root / "downloads").mkdir(parents=True, exist_ok=True)

    @property
    def file(self) -> Path:
        return self.root / NAME

    @property
    def filled(self) -> Path:
        return self.file.with_name("Grades-Docker-Lab 6-1-501.filled.csv")

    def download(self, **more: object) -> None:
        self.file.write_bytes(downloaded(self.site, ITEM, self.language, **more))  # type: ignore[arg-type]

    def upload(self, *, newer: bool = False) -> list[str]:
        return uploaded(self.site, ITEM, self.filled.read_bytes(), self.language, newer=newer)

    @property
    def lms(self) -> Lms:
        kind = load_kind("moodle_worksheet")
        fields = {"kind": "moodle_worksheet", "items": {"lab6-1": NAME}, **self.more}
        with kind.connect(kind.Settings.model_validate(fields), self.root) as lms:
            return lms

    def plan(self, *offers: Offer) -> list[Decided]:
        lms = self.lms
        item = lms.item(LAB, make=False)
        assert item is not None
        return list(plan(lms.held(item), item, offers, self.store.receipts(item.place)))

    def apply(self, *offers: Offer) -> list[Done]:
        lms = self.lms
        item = lms.item(LAB, make=True)
        assert item is not None
        return list(Transfer(lms, item, self.store, lab=LAB.lab, who="kim").carry(offers))

    def ends(self, *offers: Offer) -> list[str]:
        return [done.end for done in self.apply(*offers)]

    def actions(self, *offers: Offer) -> list[str]:
        return [one.action for one in self.plan(*offers)]

    def past(self, name: str) -> Past:
        place = f"moodle_worksheet {NAME}"
        return self.store.receipts(place).get(f"{name}@example.org", NOTHING)

    def rows(self) -> list[dict[str, str]]:
        text = self.filled.read_bytes().decode("utf-8-sig")
        return list(csv.DictReader(io.StringIO(text, newline="")))


def offer(name: str, points: float | None = 80, comment: str | None = TEXT) -> Offer:
    return Offer(student=name, points=points, comment=comment, account=f"{name}@example.org")


@pytest.fixture
def site() -> FakeMoodle:
    site = FakeMoodle()
    site.enrol("alice", "bob", "carol")
    site.users[BOB].fullname = "김하늘"
    site.assignments = {ITEM: Assignment(ITEM, 501, "Lab 6-1")}
    return site


@pytest.fixture
def desk(site: FakeMoodle, store: Store, tmp_path: Path) -> Desk:
    desk = Desk(site, tmp_path, store)
    desk.download()
    return desk


def test_the_download_stays_and_the_filled_file_brings_grades_and_texts(desk: Desk) -> None:
    before = desk.file.read_bytes()
    [alice, bob] = desk.apply(offer("alice", 66.67), offer("bob", 0))
    assert (alice.end, bob.end) == ("filled-in", "filled-in")
    assert "upload the file" in alice.why.en
    assert desk.file.read_bytes() == before
    assert desk.upload() == ["alice", "bob"]
    assert (desk.site.points(ITEM, ALICE), desk.site.points(ITEM, BOB)) == (66.67, 0)
    assert desk.site.points(ITEM, CAROL) is None

    desk.download()
    item = desk.lms.item(LAB, make=False)
    assert item is not None
    assert desk.lms.held(item)["alice@example.org"].comments == (TEXT,)


def test_where_the_filled_file_is_stands_in_the_item(desk: Desk) -> None:
    item = desk.lms.item(LAB, make=False)
    assert item is not None
    assert item.name == f"{NAME} → downloads/Grades-Docker-Lab 6-1-501.filled.csv"
    assert item.place == f"moodle_worksheet {NAME}"
    assert item.max_points == 100


def test_all_other_cells_stay_byte_for_byte(desk: Desk) -> None:
    online = 'he said "a, b"\nand \\ = +1'
    desk.download(online=online)
    before = desk.file.read_bytes()
    desk.apply(offer("alice"), offer("carol"))
    after = desk.filled.read_bytes()
    assert after.startswith("\ufeff".encode())
    old, new = Cells.of(before), Cells.of(after)
    changed = [
        (row, at)
        for row, cells in enumerate(old.rows)
        for at, cell in enumerate(cells)
        if new.rows[row][at] != cell
    ]
    assert changed == [(1, 4), (1, 10), (3, 4), (3, 10)]
    assert new.value(1, 8) == online
    assert after.count(b"\n") == before.count(b"\n")


def test_a_text_has_nothing_that_a_reader_of_csv_could_stumble_over(desk: Desk) -> None:
    desk.apply(offer("alice"))
    cell = desk.rows()[0]["Feedback comments"]
    assert not set(cell) & {'"', "\\", "\n"}
    assert cell.startswith("&#45; [12/20]")
    assert desk.upload() == ["alice"]


@pytest.mark.parametrize("online", [r"echo \"hi, you\" > a", 'ends with \\"', "ends with \\"])
def test_what_a_student_wrote_takes_no_row_apart(desk: Desk, online: str) -> None:
    desk.download(online=online)
    before = desk.file.read_bytes()
    desk.apply(offer("alice", 70, "a"), offer("carol", 60, "c"))
    desk.apply(offer("bob", 50, "b"))
    assert desk.file.read_bytes() == before
    assert desk.upload() == ["alice", "bob", "carol"]
    assert [desk.site.text(ITEM, user) for user in (ALICE, BOB, CAROL)] == ["a", "b", "c"]


def test_a_new_download_shows_what_moodle_took_and_nothing_is_written_again(desk: Desk) -> None:
    desk.apply(offer("alice"), offer("bob"))
    assert desk.past("alice").seen is None
    desk.upload()
    desk.download()
    assert desk.actions(offer("alice"), offer("bob"), offer("carol")) == [
        "unchanged",
        "unchanged",
        "write",
    ]
    assert desk.ends(offer("alice"), offer("bob")) == ["left", "left"]
    assert desk.past("alice").seen is not None
    assert desk.past("alice").open is None


def test_the_same_command_before_the_upload_fills_in_the_same(desk: Desk) -> None:
    desk.apply(offer("alice"), offer("bob"))
    before = desk.filled.read_bytes()
    assert desk.ends(offer("alice"), offer("bob")) == ["filled-in"] * 2
    assert desk.filled.read_bytes() == before


def test_students_are_added_to_what_is_filled_in_already(desk: Desk) -> None:
    desk.apply(offer("alice", 70))
    desk.apply(offer("bob", 60))
    assert [row["Grade"] for row in desk.rows()] == ["70", "60", ""]
    desk.upload()
    desk.download()
    desk.apply(offer("carol", 50))
    assert [row["Grade"] for row in desk.rows()] == ["70.00", "60.00", "50"]


def test_a_regrade_after_the_upload(desk: Desk) -> None:
    desk.apply(offer("alice", 70, "70"))
    desk.upload()
    desk.download()
    assert desk.ends(offer("alice", 75, "75")) == ["filled-in"]
    assert desk.upload() == ["alice"]
    assert desk.site.points(ITEM, ALICE) == 75


def test_a_teachers_grade_is_kept(desk: Desk) -> None:
    desk.site.grade_by_hand(ITEM, ALICE, 55, "seen")
    desk.download()
    [decided] = desk.plan(offer("alice"))
    assert decided.action == "kept"
    assert "2026" in decided.why.en
    assert desk.ends(offer("alice"), offer("bob")) == ["left", "filled-in"]
    assert [row["Grade"] for row in desk.rows()] == ["55.00", "80", ""]


def test_what_a_teacher_changed_between_upload_and_download_is_kept(desk: Desk) -> None:
    desk.apply(offer("alice", 70))
    desk.upload()
    desk.site.grade_by_hand(ITEM, ALICE, 72)
    desk.download()
    assert desk.ends(offer("alice", 75)) == ["left"]


def test_what_a_teacher_changed_after_the_download_is_kept_by_moodle(desk: Desk) -> None:
    desk.apply(offer("alice"), offer("bob"))
    desk.site.grade_by_hand(ITEM, ALICE, 55)
    assert desk.upload() == ["bob"]
    assert desk.site.points(ITEM, ALICE) == 55


def test_a_grade_that_cannot_be_changed_is_kept(desk: Desk) -> None:
    desk.site.override(ITEM, ALICE, 90)
    desk.site.line(ITEM, BOB).locked = True
    desk.download()
    assert desk.actions(offer("alice"), offer("bob")) == ["kept", "kept"]
    assert desk.ends(offer("alice"), offer("bob"), offer("carol")) == ["left", "left", "filled-in"]
    assert desk.upload() == ["carol"]


@pytest.mark.parametrize("comma", [False, True])
def test_numbers_are_written_as_moodle_writes_them(desk: Desk, *, comma: bool) -> None:
    desk.download(comma=comma)
    desk.apply(offer("alice", 66.67), offer("bob", 70))
    grades = [row["Grade"] for row in desk.rows()]
    assert grades == (["66,67", "70", ""] if comma else ["66.67", "70", ""])
    assert desk.upload() == ["alice", "bob"]
    desk.download(comma=comma)
    assert desk.actions(offer("alice", 66.67), offer("bob", 70)) == ["unchanged"] * 2


def test_a_korean_worksheet(desk: Desk) -> None:
    desk.language = "ko"
    desk.download()
    assert desk.ends(offer("alice"), offer("bob")) == ["filled-in"] * 2
    assert desk.upload() == ["alice", "bob"]
    desk.download()
    assert desk.actions(offer("alice"), offer("carol")) == ["unchanged", "write"]


def test_a_worksheet_whose_pack_has_another_word_for_what_can_be_changed(desk: Desk) -> None:
    desk.site.line(ITEM, BOB).locked = True
    desk.download()
    text = desk.file.read_text("utf-8").replace("Grade can be changed", "변경")
    desk.file.write_text(text, "utf-8")
    assert desk.actions(offer("alice"), offer("bob")) == ["write", "kept"]


def test_moodle_cannot_read_its_own_korean_dates_so_a_regrade_needs_the_box(desk: Desk) -> None:
    desk.language = "ko"
    desk.site.grade_by_hand(ITEM, CAROL, 1)
    desk.download()
    desk.apply(offer("alice", 70))
    desk.upload()
    desk.download()
    assert desk.ends(offer("alice", 75)) == ["filled-in"]
    assert desk.upload() == []
    assert desk.upload(newer=True) == ["alice"]


def test_more_than_the_maximum_what_needs_review_and_who_is_not_there(desk: Desk) -> None:
    offers = [
        offer("alice", 101),
        Offer(student="bob", points=40, review=True, account="bob@example.org"),
        offer("dave"),
        Offer(student="erin", points=1),
        offer("carol", None),
    ]
    wanted = ["over-maximum", "review", "not-there", "unmapped", "no-grade"]
    assert desk.actions(*offers) == wanted
    assert desk.ends(*offers) == ["left"] * 5
    assert not desk.filled.exists()


def test_a_row_that_vanished_between_looking_and_filling_is_a_failure(desk: Desk) -> None:
    lms = desk.lms
    item = lms.item(LAB, make=True)
    assert item is not None
    held = lms.held

    def then_another_download(*arguments: object) -> object:
        found = held(*arguments)  # type: ignore[arg-type]
        desk.site.users[ALICE].enrolled = False
        desk.download()
        return found

    lms.held = then_another_download  # type: ignore[method-assign, assignment]
    transfer = Transfer(lms, item, desk.store, lab=LAB.lab, who="kim")
    [alice, bob] = transfer.carry([offer("alice"), offer("bob")])
    assert (alice.end, bob.end) == ("failed", "filled-in")
    assert "no row" in alice.why.en
    assert [row["Grade"] for row in desk.rows()] == ["80", ""]


def test_without_a_text_of_ours_the_text_stays(
    site: FakeMoodle, store: Store, tmp_path: Path
) -> None:
    desk = Desk(site, tmp_path, store, feedback=False)
    desk.download()
    desk.apply(offer("alice", 70, None))
    desk.upload()
    site.given[ITEM, ALICE].text = "<p>See me</p>"
    desk.download()
    desk.apply(offer("alice", 75, None))
    desk.upload()
    assert site.given[ITEM, ALICE].text == "<p>See me</p>"
    assert site.points(ITEM, ALICE) == 75


def test_participants_are_known_by_their_addresses(desk: Desk) -> None:
    alice, bob, carol = desk.lms.participants()
    assert (alice.id, alice.email, alice.name) == ("alice@example.org",) * 2 + ("Alice",)
    assert (bob.name, carol.id) == ("김하늘", "carol@example.org")


def test_the_case_of_an_address_is_nothing(desk: Desk) -> None:
    item = desk.lms.item(LAB, make=False)
    assert item is not None
    assert desk.lms.held(item, {"Alice@Example.org"}) == {"Alice@Example.org": Held()}


HEAD = 'Identifier,"Full name","Email address",Status,Grade,"Maximum Grade",'
REST = '"Grade can be changed","Last modified (grade)","Feedback comments"\n'
ROW = "Participant 1,A,a@x.org,-,{},100.00,{},-,\n"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "has no column 'Identifier'"),
        ("\ufeff", "has no column 'Identifier'"),
        ("a;b\n1;2\n", "has no column 'Identifier'"),
        (HEAD.replace("Email address", "Department") + REST, "no column 'Email address'"),
        (HEAD + REST, "no maximum grade"),
        (HEAD + REST + ROW.format("", "Yes") * 2, "two rows have the e-mail address 'a@x.org'"),
        (HEAD + REST + ROW.format("12 points", "Yes"), "row 2 has no points but '12 points'"),
        (HEAD + REST + ROW.format("nan", "Yes"), "row 2 has no points but 'nan'"),
        (HEAD + REST + ROW.format("", "Ja"), "whether its grade can be changed: 'Ja'"),
        (HEAD + REST + "Participant 1,A\n", "row 2 has 2 cells"),
        (HEAD.replace("Maximum Grade", "Scale") + REST, "has a scale"),
        (
            (HEAD + REST + ROW.format("", "Yes"))
            .replace(',"Feedback comments"', "")
            .replace(",-,\n", ",-\n"),
            "no column for feedback",
        ),
    ],
)
def test_a_file_that_is_no_worksheet(desk: Desk, content: str, said: str) -> None:
    desk.file.write_text(content, "utf-8", newline="")
    with pytest.raises(UsageError, match=said) as caught:
        desk.plan(offer("alice"))
    assert caught.value.fix
    assert caught.value.file == desk.file


def test_a_file_that_a_spreadsheet_saved_in_another_encoding(desk: Desk) -> None:
    desk.file.write_bytes(desk.file.read_bytes().decode("utf-8-sig").encode("cp949"))
    with pytest.raises(UsageError, match="not in UTF-8"):
        desk.plan(offer("alice"))


def test_a_worksheet_that_is_not_there(desk: Desk) -> None:
    desk.file.unlink()
    with pytest.raises(UsageError, match="No such file") as caught:
        desk.plan(offer("alice"))
    assert "download it" in caught.value.fix
    with pytest.raises(UsageError, match="no grading worksheet"):
        desk.lms.participants()


def test_columns_of_another_language_are_said_in_the_target(
    site: FakeMoodle, store: Store, tmp_path: Path
) -> None:
    german = {"grade": "Bewertung", "maximum": "Höchste Bewertung", "changeable": "Änderbar"}
    desk = Desk(site, tmp_path, store, columns=german, yes="Ja")
    desk.download()
    text = desk.file.read_text("utf-8")
    for old, new in (
        ('"Maximum Grade"', '"Höchste Bewertung"'),
        ("Maximum Grade", "Höchste Bewertung"),
        (",Grade,", ",Bewertung,"),
        ("Grade can be changed", "Änderbar"),
        (",Yes,", ",Ja,"),
    ):
        text = text.replace(old, new)
    desk.file.write_text(text, "utf-8")
    assert desk.ends(offer("alice")) == ["filled-in"]
    assert desk.rows()[0]["Bewertung"] == "80"


def test_a_folder_that_cannot_be_written_ends_as_failed(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    [done] = desk.apply(offer("alice"))
    assert (done.end, "No space left" in done.why.en) == ("failed", True)
    assert sorted(file.name for file in desk.file.parent.iterdir()) == [desk.file.name]
    with pytest.raises(LmsError, match="cannot be written"):
        desk.lms.write(desk.lms.item(LAB, make=True), [])  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "data", [b"a,b\r\n1,\r\n", b'"a\n""b""",\n', b"a", b'"x"y,z\n', b'"open,\n', b"\xef\xbb\xbfa\r"]
)
def test_cells_come_together_as_they_were(data: bytes) -> None:
    assert Cells.of(data).data() == data
