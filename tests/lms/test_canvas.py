from __future__ import annotations

import json
import logging
import socket
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import requests
from carrying import LAB, Carrier, offer
from fake_canvas import (
    ASSIGNMENT,
    BULK,
    COURSE,
    PROGRESS,
    SUBMISSIONS,
    TOKEN,
    Comment,
    FakeCanvas,
    Student,
    class_of,
)
from loopback import Asked, Fault, Faults, Response, served
from pydantic import ValidationError

from grader.errors import LmsError, LmsUnavailable, UsageError
from grader.lms import _canvas_calls, canvas, load_kind
from grader.store import Store
from grader.uploading.decision import Offer

LIST = f"GET {SUBMISSIONS}?"
PUT = f"PUT {SUBMISSIONS}/"
IDS = {"alice": "101", "bob": "102", "carol": "103"}
BUSY = Response(403, {"content-type": "text/html"}, b"403 Forbidden (Rate Limit Exceeded)\n")


class School:
    """A Canvas on loopback, what breaks on the way to it, and us."""

    def __init__(
        self, fake: FakeCanvas, faults: Faults, url: str, store: Store, root: Path
    ) -> None:
        self.fake, self.faults, self.url = fake, faults, url
        self._store, self._root = store, root
        self._stack = ExitStack()

    def close(self) -> None:
        self._stack.close()

    def open(self, **settings: object) -> Carrier:
        kind = load_kind("canvas")
        fields: dict[str, object] = {
            "kind": "canvas",
            "url": self.url,
            "token": {"env": "CANVAS_TOKEN"},
            "course": COURSE,
            "items": {LAB: ASSIGNMENT},
        }
        read = kind.Settings.model_validate(fields | settings)
        lms = self._stack.enter_context(kind.connect(read, self._root))
        return Carrier(lms, self._store)

    def texts(self) -> list[list[str]]:
        return [one.texts for one in self.fake.students.values()]

    def points(self) -> dict[str, float | None]:
        return {one.login: one.entered for one in self.fake.students.values()}


def _json(body: object, status: int = 200) -> Response:
    return Response(status, {"content-type": "application/json"}, json.dumps(body).encode())


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CANVAS_TOKEN", TOKEN)
    monkeypatch.setattr(canvas, "LOOK_SECONDS", (0.001, 0.01))


@pytest.fixture
def opened(store: Store, tmp_path: Path) -> Iterator[Callable[..., School]]:
    with ExitStack() as stack:

        def opened(students: list[Student] | None = None) -> School:
            fake = FakeCanvas(students)
            faults = Faults(fake.app)
            school = School(fake, faults, stack.enter_context(served(faults)), store, tmp_path)
            stack.callback(school.close)
            return school

        yield opened


@pytest.fixture
def school(opened: Callable[..., School]) -> School:
    return opened()


def of(student: str, points: float | None, comment: str | None = None, **more: object) -> Offer:
    return offer(student, points, comment, **({"account": IDS[student]} | more))


THREE = [of("alice", 66.67, "잘했습니다"), of("bob", 0, "다시"), of("carol", 100)]
ALL_THERE = {"alice": 66.67, "bob": 0.0, "carol": 100.0}


def test_grades_and_texts_arrive_in_one_job_and_a_second_run_writes_nothing(school: School) -> None:
    carrier = school.open()
    assert set(carrier.planned(*THREE).values()) == {"write"}
    assert set(carrier.carry(THREE).values()) == {"written"}
    assert school.points() == ALL_THERE
    assert carrier.seen == {"101": 66.67, "102": 0.0, "103": 100.0}
    assert set(carrier.planned(*THREE).values()) == {"unchanged"}
    assert set(school.open().carry(THREE).values()) == {"left"}
    assert (school.faults.count(BULK), school.faults.count(PUT)) == (1, 2)
    assert school.texts() == [["잘했습니다"], ["다시"], []]


def test_a_regrade_changes_points_and_adds_the_new_text_once(school: School) -> None:
    carrier = school.open()
    carrier.carry([of("alice", 50, "first")])
    assert carrier.carry([of("alice", 60, "second")]) == {"alice": "written"}
    assert carrier.carry([of("alice", 60, "second")]) == {"alice": "left"}
    assert (school.fake["alice"].entered, school.fake["alice"].texts) == (60, ["first", "second"])


def test_only_the_text_changed(school: School) -> None:
    carrier = school.open()
    carrier.carry([of("alice", 50, "first")])
    assert carrier.carry([of("alice", 50, "second")]) == {"alice": "written"}
    alice = school.fake["alice"]
    assert (alice.writes, alice.texts) == (1, ["first", "second"])


def test_only_the_points_changed(school: School) -> None:
    carrier = school.open()
    carrier.carry([of("alice", 50, "text")])
    assert carrier.carry([of("alice", 60, "text")]) == {"alice": "written"}
    assert (school.fake["alice"].entered, school.fake["alice"].texts) == (60, ["text"])


@pytest.mark.parametrize("points", [0.0, 66.67, 33.333333, 99.995, 0.1 + 0.2, 1e-05])
def test_decimals_arrive_as_they_are(school: School, points: float) -> None:
    carrier = school.open()
    assert carrier.carry([of("alice", points)]) == {"alice": "written"}
    assert school.fake["alice"].entered == pytest.approx(points, abs=1e-6)
    assert carrier.carry([of("alice", points)]) == {"alice": "left"}


def test_a_teachers_grade_is_kept_and_the_plan_says_whose_it_is(school: School) -> None:
    school.fake.set_by_teacher("alice", 88, grader=8)
    carrier = school.open()
    decided = carrier.plan(*THREE)["alice"]
    assert (decided.action, "user 8" in decided.why.en) == ("kept", True)
    assert carrier.carry(THREE) == {"alice": "left", "bob": "written", "carol": "written"}
    assert school.points() == ALL_THERE | {"alice": 88}
    assert (school.fake["alice"].texts, set(carrier.seen)) == ([], {"102", "103"})


def test_a_grade_that_a_tool_sent_is_kept(school: School) -> None:
    school.fake.set_by_teacher("alice", 88, grader=-5)
    assert "tool 5" in school.open().plan(of("alice", 1))["alice"].why.en


def test_what_a_teacher_changed_after_us_is_kept_in_all_later_runs(school: School) -> None:
    carrier = school.open()
    carrier.carry(THREE)
    school.fake.set_by_teacher("bob", 40)
    for _ in range(2):
        assert carrier.carry([of("bob", 10, "new")]) == {"bob": "left"}
    assert (school.fake["bob"].entered, school.fake["bob"].texts) == (40, ["다시"])
    assert "we wrote 0" in carrier.why("bob")


def test_a_grade_is_overwritten_where_the_teacher_says_so(school: School) -> None:
    school.fake.set_by_teacher("alice", 88)
    assert school.open().carry([of("alice", 66)], replaced={"alice"}) == {"alice": "written"}
    assert school.fake["alice"].entered == 66


def test_a_teacher_edits_between_the_plan_and_the_writing(school: School) -> None:
    carrier = school.open()
    item = carrier.item
    assert carrier.planned(*THREE)["alice"] == "write"
    school.fake.set_by_teacher("alice", 12)
    assert carrier.carry(THREE, item)["alice"] == "left"
    assert school.fake["alice"].entered == 12


def test_a_teacher_edits_between_the_writing_and_the_reading_back(school: School) -> None:
    def edit() -> None:
        assert school.fake["alice"].entered == 66.67, "not before it is written"
        school.fake.set_by_teacher("alice", 70)

    carrier = school.open()
    item = carrier.item
    school.faults.before(_second_list(), edit)
    ended = carrier.carry(THREE, item)
    assert ended == {"alice": "left", "bob": "written", "carol": "written"}
    assert (school.fake["alice"].entered, school.fake["alice"].texts) == (70, ["잘했습니다"])
    assert "101" not in carrier.seen


def test_the_same_points_that_somebody_set_after_us_are_theirs(school: School) -> None:
    carrier = school.open()
    item = carrier.item
    school.faults.before(_second_list(), lambda: school.fake.set_by_teacher("alice", 66.67))
    assert carrier.carry(THREE, item)["alice"] == "left"
    assert carrier.carry([of("alice", 20)]) == {"alice": "left"}
    assert school.fake["alice"].entered == 66.67


def test_a_token_that_may_not_ask_whose_it_is(school: School) -> None:
    school.fake.tells_me = False
    carrier = school.open()
    assert set(carrier.carry(THREE).values()) == {"written"}
    assert set(carrier.planned(*THREE).values()) == {"unchanged"}
    assert school.faults.count("users/self") == 1


def _second_list() -> Callable[[Asked], bool]:
    lists = iter(range(100))
    return lambda asked: LIST in asked and next(lists) == 1


def test_an_excused_student_stays_excused(school: School) -> None:
    school.fake["alice"].excused = True
    school.fake["alice"].grader = 8
    carrier = school.open()
    assert carrier.planned(*THREE)["alice"] == "kept"
    assert carrier.carry(THREE, replaced={"alice"})["alice"] == "left"
    assert (school.fake["alice"].excused, school.fake["alice"].writes) == (True, 0)


def test_what_the_late_policy_takes_is_no_edit(school: School) -> None:
    carrier = school.open()
    carrier.carry([of("alice", 80)])
    school.fake["alice"].deducted = 20
    assert carrier.carry([of("alice", 80)]) == {"alice": "left"}
    assert carrier.plan(of("alice", 80))["alice"].action == "unchanged"
    held = carrier.lms.held(carrier.item)["101"]
    assert held.points == 80


@pytest.mark.parametrize("told", [{"points_deducted": 20}, {"entered_score": 80}])
def test_what_was_given_is_told_in_one_way_or_another(
    school: School, told: dict[str, float]
) -> None:
    school.faults.add(LIST, _json([{"user_id": 101, "score": 60, "grader_id": 8} | told]))
    carrier = school.open()
    assert carrier.lms.held(carrier.item)["101"].points == 80


def test_points_that_the_policy_for_missing_work_gave_are_nobodys(school: School) -> None:
    alice = school.fake["alice"]
    alice.entered, alice.missing = 0, True
    assert school.open().carry([of("alice", 90)]) == {"alice": "written"}
    assert alice.entered == 90


def test_zero_that_a_teacher_gave_for_missing_work_is_kept(school: School) -> None:
    alice = school.fake["alice"]
    alice.entered, alice.missing, alice.late_policy_status, alice.grader = 0, True, "missing", 8
    assert school.open().carry([of("alice", 90)]) == {"alice": "left"}
    assert alice.entered == 0


def test_more_than_the_maximum_is_not_sent_and_bonus_up_to_it_is(school: School) -> None:
    school.fake.assignment["points_possible"] = 60
    carrier = school.open()
    assert carrier.carry([of("alice", 61), of("bob", 60)]) == {"alice": "left", "bob": "written"}
    assert carrier.done["alice"].decided is not None
    assert carrier.done["alice"].decided.action == "over-maximum"
    assert school.points() == {"alice": None, "bob": 60, "carol": None}


def test_an_assignment_without_a_maximum_takes_any_points(school: School) -> None:
    school.fake.assignment["points_possible"] = None
    assert school.open().carry([of("alice", 310)]) == {"alice": "written"}


def test_a_closed_grading_period_locks_whom_it_concerns(school: School) -> None:
    school.fake["alice"].period, school.fake["bob"].period = 1, 2
    school.fake.closed_periods = {1}
    carrier = school.open()
    planned = carrier.planned(*THREE)
    assert planned == {"alice": "locked", "bob": "write", "carol": "write"}
    assert carrier.carry(THREE) == {"alice": "left", "bob": "written", "carol": "written"}
    assert school.fake["alice"].texts == []


def test_a_refused_student_does_not_hold_up_the_others(school: School) -> None:
    school.fake["alice"].period = 1
    school.fake.closed_periods = {1}
    school.fake.may_see_periods = False  # so that we send it
    carrier = school.open()
    ended = carrier.carry([of("alice", 1, "a"), of("bob", 2, "b"), of("carol", 3, "c")])
    assert ended == {"alice": "failed", "bob": "written", "carol": "written"}
    assert "Cannot grade this submission" in carrier.why("alice")
    assert school.points() == {"alice": None, "bob": 2, "carol": 3}
    assert school.texts() == [[], ["b"], ["c"]]
    assert (school.faults.count(BULK), school.faults.count(PUT)) == (1, 3)


def test_who_was_written_before_the_refused_one_stays_as_it_is(school: School) -> None:
    school.fake["bob"].period = 1
    school.fake.closed_periods = {1}
    school.fake.may_see_periods = False
    carrier = school.open()
    ended = carrier.carry([of("alice", 1, "a"), of("bob", 2, "b"), of("carol", 3, "c")])
    assert ended == {"alice": "written", "bob": "failed", "carol": "written"}
    assert school.texts() == [["a"], [], ["c"]]
    assert school.faults.count(PUT) == 3
    assert school.fake["alice"].writes == 1


def test_somebody_leaves_between_the_look_and_the_job(school: School) -> None:
    def leave() -> None:
        school.fake["alice"].state = "completed"

    school.faults.before(BULK, leave)
    carrier = school.open()
    assert carrier.carry(THREE) == {"alice": "left", "bob": "written", "carol": "written"}
    assert school.points() == ALL_THERE | {"alice": None}
    assert carrier.seen.keys() == {"102", "103"}
    assert (len(school.fake.jobs), school.faults.count(PUT)) == (1, 1)


@pytest.mark.parametrize("gone", ["not enrolled", "not assigned", "concluded"])
def test_who_is_not_there_is_told_and_not_sent(school: School, gone: str) -> None:
    account = "101"
    if gone == "not enrolled":
        account = "999"
    elif gone == "not assigned":
        school.fake["alice"].assigned = False
    else:
        school.fake["alice"].state = "completed"
    carrier = school.open()
    alice = of("alice", 50, account=account)
    assert carrier.planned(alice, THREE[1]) == {"alice": "not-there", "bob": "write"}
    assert carrier.carry([alice, THREE[1]]) == {"alice": "left", "bob": "written"}
    assert not any(b"grade_data%5B" + account.encode() in one.body for one in school.faults.asked)


def test_an_inactive_student_can_still_be_graded(school: School) -> None:
    school.fake["alice"].state = "inactive"
    assert school.open().carry([of("alice", 5)]) == {"alice": "written"}


def test_what_needs_review_or_has_no_result_is_never_a_number(school: School) -> None:
    offers = [
        of("alice", 55, review=True),
        of("bob", None),
        of("carol", 10, account=None),
    ]
    carrier = school.open()
    assert set(carrier.carry(offers).values()) == {"left"}
    assert set(school.points().values()) == {None}
    assert (school.faults.count(BULK), len(carrier.ledger)) == (0, 0)


def test_a_class_of_250_is_read_over_all_pages(opened: Callable[..., School]) -> None:
    school = opened(class_of(250))
    school.fake.per_page = 40
    offers = [
        offer(one.login, number / 3, f"{one.name}: 잘했습니다", account=str(one.id))
        for number, one in enumerate(school.fake.students.values())
    ]
    carrier = school.open()
    assert set(carrier.carry(offers).values()) == {"written"}
    assert set(carrier.carry(offers).values()) == {"left"}
    assert school.faults.count(BULK) == 3
    assert all(len(one.texts) == 1 for one in school.fake.students.values())
    assert len(carrier.seen) == len(carrier.lms.participants()) == 250


# What is lost on the way


ONCE = [["잘했습니다"], ["다시"], []]


@pytest.mark.parametrize(
    "fault",
    ["drop-before", "drop-after", "stall-after", Response(502), Response(502, done=True)],
)
@pytest.mark.parametrize("lag", [0, 7, 30])
def test_the_answer_to_the_job_is_lost(
    school: School, fault: Fault, lag: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_canvas_calls, "SECONDS", (10.0, 1.0))
    school.fake.lag = lag
    school.faults.add(BULK, fault)
    carrier = school.open()
    assert set(carrier.carry(THREE).values()) == {"written"}
    for _ in range(lag):
        assert set(carrier.planned(*THREE).values()) == {"unchanged"}
    assert (school.points(), school.texts()) == (ALL_THERE, ONCE)
    assert {one.writes for one in school.fake.students.values()} == {1}


@pytest.mark.parametrize("fault", ["drop-before", "drop-after", "stall-after", Response(500)])
def test_the_answer_to_a_text_is_lost(
    school: School, fault: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_canvas_calls, "SECONDS", (10.0, 1.0))
    school.faults.add(PUT, fault)
    assert set(school.open().carry(THREE).values()) == {"written"}
    assert (school.points(), school.texts()) == (ALL_THERE, ONCE)


def test_a_job_that_hangs_stops_the_upload_and_is_found_done_later(
    opened: Callable[..., School], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(canvas, "JOB_SECONDS", 0.0)
    school = opened(class_of(120))
    school.fake.lag = 1000
    offers = [
        offer(one.login, 1, "text", account=str(one.id)) for one in school.fake.students.values()
    ]
    carrier = school.open()
    assert Counter(carrier.carry(offers).values()) == {"failed": 100, "untried": 20}
    assert "has not ended" in carrier.why("student000")
    assert (school.faults.count(BULK), school.faults.count(PUT)) == (1, 0)
    school.fake.jobs[0].left = school.fake.lag = 0
    assert set(carrier.carry(offers).values()) == {"written"}
    assert school.texts() == [["text"]] * 120
    assert {one.writes for one in school.fake.students.values()} == {1}


@pytest.mark.parametrize("fault", ["drop-before", "drop-after", Response(500), BUSY])
def test_a_look_at_the_job_fails_in_passing(school: School, fault: Fault) -> None:
    school.faults.add(PROGRESS, fault)
    carrier = school.open()
    assert set(carrier.carry(THREE).values()) == {"written"}
    assert len(school.fake.jobs) == 1


def test_the_job_can_never_be_looked_at(school: School) -> None:
    school.faults.add(PROGRESS, Response(500), times=1000)
    carrier = school.open()
    ended = carrier.carry(THREE)
    assert ended == {"alice": "failed", "bob": "failed", "carol": "written"}
    assert "answered 500" in carrier.why("alice")
    assert (school.points(), school.texts()) == (ALL_THERE, [[], [], []])


def test_a_job_that_somebody_cancelled(school: School) -> None:
    def cancel() -> None:
        school.fake.jobs[0].state = "canceled"

    school.faults.before(PROGRESS, cancel)
    carrier = school.open()
    assert set(carrier.carry(THREE).values()) == {"written"}
    assert school.points() == ALL_THERE
    assert school.faults.count(PUT) == 3


@pytest.mark.parametrize("fault", ["drop-before", "drop-after", "stall-after", Response(503)])
def test_reading_fails_in_passing(
    school: School, fault: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_canvas_calls, "SECONDS", (10.0, 1.0))
    carrier = school.open()
    item = carrier.item
    school.faults.add(_second_list(), fault)
    assert set(carrier.carry(THREE, item).values()) == {"written"}
    assert (school.points(), len(school.fake.jobs)) == (ALL_THERE, 1)


def test_reading_back_fails_for_good_and_the_next_run_finds_it_done(school: School) -> None:
    carrier = school.open()
    item = carrier.item
    lists = iter(range(100))
    school.faults.add(lambda asked: LIST in asked and next(lists) >= 1, Response(500), times=3)
    assert set(carrier.carry(THREE, item).values()) == {"failed"}
    assert (carrier.seen, "not read back" in carrier.why("alice")) == ({}, True)
    assert set(carrier.carry(THREE, item).values()) == {"left"}
    assert carrier.seen.keys() == {"101", "102", "103"}
    assert (school.points(), len(school.fake.jobs)) == (ALL_THERE, 1)


def test_the_answer_of_one_alone_is_lost(school: School) -> None:
    school.fake["alice"].period = 1
    school.fake.closed_periods = {1}
    school.fake.may_see_periods = False
    school.faults.add(f"{PUT}102", "drop-after")
    carrier = school.open()
    ended = carrier.carry([of("alice", 1, "a"), of("bob", 2, "b"), of("carol", 3, "c")])
    assert ended == {"alice": "failed", "bob": "written", "carol": "written"}
    assert school.texts() == [[], ["b"], ["c"]]


# How Canvas refuses


@pytest.mark.parametrize("busy", [BUSY, Response(429, {"retry-after": "2"}), Response(503)])
def test_who_asks_too_much_waits_and_asks_again(school: School, busy: Response) -> None:
    school.faults.add("", busy, times=2)
    school.faults.add(BULK, busy, times=2)
    carrier = school.open()
    assert set(carrier.carry(THREE).values()) == {"written"}
    assert (school.points(), len(school.fake.jobs)) == (ALL_THERE, 1)
    assert school.texts() == ONCE


def test_the_wait_is_the_one_asked_for_and_else_long_enough_to_refill() -> None:
    def wait(response: Response) -> object:
        answer = requests.Response()
        answer.status_code, answer._content = response.status, response.body
        answer.headers.update(response.headers)
        with pytest.raises(_canvas_calls._Busy) as busy:
            _canvas_calls._unless_busy(answer, reading=True)
        return busy.value.wait

    assert wait(BUSY) == wait(Response(429)) == _canvas_calls.THROTTLED_SECONDS
    assert wait(Response(429, {"Retry-After": "2"})) == 2.0
    assert wait(Response(429, {"Retry-After": "3600"})) is False
    assert wait(Response(503)) is True


def test_throttling_without_an_end_is_told_and_nothing_was_written(school: School) -> None:
    carrier = school.open()
    item = carrier.item
    school.faults.add(BULK, BUSY, times=1000)
    assert set(carrier.carry(THREE, item).values()) == {"failed"}
    assert "too much" in carrier.why("alice")
    assert (set(school.points().values()), school.fake.jobs) == ({None}, [])


def test_a_user_who_may_not_grade_is_told_so_at_once(school: School) -> None:
    carrier = school.open()
    item = carrier.item
    school.fake.may_grade = False
    with pytest.raises(UsageError, match="not authorized") as told:
        carrier.plan(*THREE)
    assert "teacher" in told.value.fix
    with pytest.raises(UsageError, match="not authorized"):
        carrier.lms.write(item, [])
    assert school.faults.count(LIST) == school.faults.count(BULK) == 1


def test_a_token_that_is_not_accepted(school: School, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CANVAS_TOKEN", TOKEN[::-1])
    with pytest.raises(UsageError, match="does not accept the token") as told:
        _ = school.open().item
    assert TOKEN[::-1] not in f"{told.getrepr(style='long')}"


@pytest.mark.parametrize("settings", [{"course": 43}, {"items": {LAB: 118}}])
def test_what_canvas_does_not_know(school: School, settings: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match=r"does not know assignment 11\d of course 4\d"):
        _ = school.open(**settings).item


def test_a_lab_without_an_assignment(school: School) -> None:
    with pytest.raises(UsageError, match="no assignment on Canvas is named for lab6-1"):
        _ = school.open(items={"lab6-2": 118}).item


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"published": False}, "not published"),
        ({"grading_type": "pass_fail"}, "'pass_fail'"),
        ({"grading_type": "letter_grade"}, "'letter_grade'"),
        ({"grading_type": "not_graded"}, "'not_graded'"),
        ({"group_category_id": 3}, "whole group"),
        ({"moderated_grading": True, "grades_published": False}, "moderated"),
        ({"anonymize_students": True}, "who is who"),
        ({"has_sub_assignments": True}, "checkpoints"),
    ],
)
def test_an_assignment_that_would_not_take_points_for_each(
    school: School, fields: dict[str, object], told: str
) -> None:
    school.fake.assignment |= fields
    with pytest.raises(UsageError, match=told) as error:
        _ = school.open().item
    assert error.value.fix


@pytest.mark.parametrize(
    "fields",
    [
        {"grading_type": "percent"},
        {"group_category_id": 3, "grade_group_students_individually": True},
        {"moderated_grading": True, "grades_published": True},
    ],
)
def test_an_assignment_that_takes_points_for_each(
    school: School, fields: dict[str, object]
) -> None:
    school.fake.assignment |= fields
    assert set(school.open().carry(THREE).values()) == {"written"}


# Who is there


def test_participants_are_the_students_of_all_pages_without_the_test_student(
    school: School,
) -> None:
    school.fake.per_page = 2
    more = [
        Student(104, "Dan", "dan", state="invited"),
        Student(105, "Eve", "eve", state="inactive"),
        Student(106, "Test Student", "f00d", kind="StudentViewEnrollment"),
    ]
    school.fake.students |= {one.id: one for one in more}
    found = school.open().lms.participants()
    assert [one.id for one in found] == ["101", "102", "103", "104"]
    alice = found[0]
    assert (alice.name, alice.login, alice.email, alice.sis_id) == (
        "Alice 김",
        "alice",
        "alice@school.example",
        "S-1",
    )


def test_the_test_student_is_left_out_also_where_canvas_lists_it(school: School) -> None:
    enrollments = [{"type": "StudentViewEnrollment"}]
    rows = [{"id": 1, "name": "Test Student", "enrollments": enrollments}, {"id": 2, "name": "Ann"}]
    school.faults.add("/users?", _json(rows))
    assert [one.id for one in school.open().lms.participants()] == ["2"]


def test_a_user_who_may_not_see_logins_gets_names_alone(school: School) -> None:
    school.faults.add("/users?", _json([{"id": 101, "name": "Alice 김"}]))
    (alice,) = school.open().lms.participants()
    assert (alice.login, alice.email, alice.sis_id) == (None, None, None)


def test_what_students_write_themselves_is_no_text_to_them(school: School) -> None:
    school.fake["alice"].comments = [Comment(101, "잘했습니다"), Comment(8, "Hello")]
    carrier = school.open()
    assert carrier.lms.held(carrier.item)["101"].comments == ("Hello",)
    assert carrier.carry(THREE)["alice"] == "written"
    assert school.fake["alice"].texts == ["Hello", "잘했습니다"]


def test_a_text_that_a_teacher_gave_already_is_not_sent_again(school: School) -> None:
    school.fake["alice"].comments = [Comment(8, "잘했습니다\r\n")]
    assert school.open().carry(THREE)["alice"] == "written"
    assert len(school.fake["alice"].texts) == 1


# What comes that should not


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (Response(200, {"content-type": "text/html"}, b"<html>Log in"), "text/html"),
        (Response(200, {}, b""), "something"),
        (Response(200, {"content-type": "application/json"}, b"{"), "cannot be read"),
        (Response(200, {"content-type": "application/json"}, b"[" * 100_000), "cannot be read"),
        (Response(418, {"content-type": "application/json"}, b"[" * 100_000), "no JSON"),
        (_json({"a": 1}), "cannot be read"),
        (_json(["x"]), "cannot be read"),
        (_json([{"score": 1}]), "user_id"),
        (_json([{"user_id": 101, "entered_score": "many"}]), "entered_score"),
        (_json([{"user_id": 101, "entered_score": float("nan")}]), "entered_score"),
        (_json([{"user_id": 101, "submission_comments": 3}]), "submission_comments"),
        (_json({"errors": [{"message": "odd \x1b[31m thing"}]}, 418), "418: odd \\[31m thing"),
        (_json([], 422), "422"),
    ],
)
def test_odd_answers_are_errors_that_say_what_came(
    school: School, answer: Response, told: str
) -> None:
    carrier = school.open()
    item = carrier.item
    school.faults.add(LIST, answer)
    with pytest.raises(LmsError, match=told):
        carrier.lms.held(item)


def test_a_date_that_canvasapi_cannot_read(school: School) -> None:
    school.fake.assignment["due_at"] = "0001-01-01T00:00:00+14:00"
    with pytest.raises(LmsError, match="cannot be read"):
        _ = school.open().item


def test_comments_that_are_not_told_are_not_taken_for_none(school: School) -> None:
    school.faults.add(LIST, _json([{"user_id": 101}]))
    carrier = school.open()
    assert carrier.lms.held(carrier.item)["101"].comments is None


def test_a_redirect_is_not_followed(school: School) -> None:
    school.faults.add("assignments", Response(302, {"location": "https://login.example/sso"}))
    with pytest.raises(LmsError, match=r"sends us on to 'login\.example'"):
        _ = school.open().item
    assert len(school.faults.asked) == 1


def test_the_next_page_is_asked_for_on_the_same_host_only(
    opened: Callable[..., School], school: School
) -> None:
    elsewhere = opened()
    school.fake.per_page = 2
    school.fake.page_host = elsewhere.url
    carrier = school.open()
    with pytest.raises(LmsError, match="not asked for"):
        carrier.lms.held(carrier.item)
    assert elsewhere.faults.asked == []


def test_pages_that_lead_to_themselves(school: School) -> None:
    link = f'<{school.url}{SUBMISSIONS}?page=1>; rel="next"'
    body = Response(200, {"content-type": "application/json", "LINK": link}, b"[]")
    school.faults.add(LIST, body, times=100)
    carrier = school.open()
    with pytest.raises(LmsError, match="the same page"):
        carrier.lms.held(carrier.item)


def test_pages_without_end(school: School, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_canvas_calls, "MOST_ROWS", 2)
    carrier = school.open()
    with pytest.raises(LmsError, match="more than 2 rows"):
        carrier.lms.held(carrier.item)


def test_nobody_answers(tmp_path: Path, store: Store) -> None:
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
    fields = {
        "kind": "canvas",
        "url": f"http://127.0.0.1:{port}",
        "token": {"env": "CANVAS_TOKEN"},
        "course": COURSE,
        "items": {LAB: ASSIGNMENT},
    }
    settings = canvas.Settings.model_validate(fields)
    with canvas.connect(settings, tmp_path) as lms, pytest.raises(LmsUnavailable, match="reached"):
        _ = Carrier(lms, store).item


# What must not be told, or sent


def test_the_token_is_in_no_text_and_no_log(
    school: School, caplog: pytest.LogCaptureFixture, store: Store
) -> None:
    caplog.set_level(logging.DEBUG)
    carrier = school.open()
    carrier.carry(THREE)
    school.faults.add(LIST, _json({"errors": [{"message": f"bad: Bearer {TOKEN}"}]}, 418))
    with pytest.raises(LmsError) as told:
        carrier.lms.held(carrier.item)
    texts = [caplog.text, str(told.value), repr(carrier.lms), carrier.item.place]
    texts += [str(told.getrepr(style="long")), str(carrier.ledger)]
    assert not any(TOKEN in text or TOKEN[-4:] in text for text in texts)
    assert "잘했습니다" not in caplog.text
    assert store.receipts(carrier.item.place)


def test_a_netrc_does_not_replace_the_token(
    school: School, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password other\n")
    monkeypatch.setenv("NETRC", str(netrc))
    assert school.open().item.name == "6.1 사라지는 데이터"


def test_the_place_names_platform_course_and_assignment(school: School) -> None:
    item = school.open().item
    assert item.place == f"canvas {school.url} course 42 assignment 117"


def test_an_address_is_written_as_canvas_writes_it() -> None:
    fields: dict[str, Any] = {
        "kind": "canvas",
        "url": "https://Canvas.School.example/",
        "token": {"env": "CANVAS_TOKEN"},
        "course": COURSE,
        "items": {LAB: ASSIGNMENT},
    }
    assert canvas.Settings.model_validate(fields).url == "https://canvas.school.example"


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": "http://canvas.school.example"},
        {"url": "https://canvas.school.example/api/v1"},
        {"url": "https://canvas.school.example/courses/42"},
        {"course": "math"},
        {"items": {LAB: 0}},
        {"token": "7f3a"},
    ],
)
def test_settings_that_cannot_be_right(school: School, wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        school.open(**wrong)


def test_without_its_token_nothing_is_asked(
    school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CANVAS_TOKEN")
    with pytest.raises(UsageError, match="CANVAS_TOKEN is not set"):
        school.open()
    assert school.faults.asked == []
