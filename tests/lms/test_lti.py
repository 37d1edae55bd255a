from __future__ import annotations

import contextlib
import json
import re
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Literal
from urllib.parse import parse_qsl

import pytest
from carrying import COLUMN, LAB, Carrier, offer
from fake_ags import AGS, ALL_SCOPES, PRIVATE, FakeAgs, Member, key_pair
from loopback import Asked, Fault, Faults, Response, served

from grader.errors import LmsError, LmsUnavailable, UsageError
from grader.lms import Grade, Held, Item, Lms, _grant
from grader.lms import _web as web
from grader.lms.lti import Settings, connect
from grader.store import Store
from grader.uploading.decision import Offer

HTML = Response(500, {"content-type": "text/html"}, b"<h1>Internal Server Error</h1>")


@dataclass
class Served:
    """A fake on loopback, and what stands before it."""

    fake: FakeAgs
    faults: Faults
    base: str
    folder: Path
    store: Store

    def open(self, **settings: object) -> AbstractContextManager[Lms]:
        """Open a connection to it."""
        fields = self.fake.settings(self.base, **settings)
        return connect(Settings.model_validate(fields), self.folder)

    @contextlib.contextmanager
    def carrier(self, **settings: object) -> Iterator[Carrier]:
        """Open a connection that carries grades to it."""
        with self.open(**settings) as lms:
            yield Carrier(lms, self.store)

    def carry(self, *offers: Offer, **settings: object) -> dict[str, str]:
        """Carry grades on a connection of its own, as a command does."""
        with self.carrier(**settings) as carrier:
            return dict(carrier.carry(offers))


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOOL_KEY", PRIVATE)


@pytest.fixture
def start(tmp_path: Path, store: Store) -> Iterator[Callable[..., Served]]:
    with contextlib.ExitStack() as stack:

        def start(
            mode: Literal["moodle", "canvas"] = "moodle",
            scopes: frozenset[str] = ALL_SCOPES,
        ) -> Served:
            fake = FakeAgs(mode, scopes)
            fake.members = {
                "3": Member("Alice", "alice@example.org", "2026-1"),
                "4": Member("김민수", "minsu@example.org", "2026-2"),
                "9": Member("Kim", "kim@example.org", roles=("Instructor",)),
            }
            faults = Faults(fake.app)
            base = stack.enter_context(served(faults))
            return Served(fake, faults, base, tmp_path, store)

        yield start


@pytest.fixture
def moodle(start: Callable[..., Served]) -> Served:
    return start()


@pytest.fixture
def canvas(start: Callable[..., Served]) -> Served:
    return start(mode="canvas")


@pytest.fixture(params=["moodle", "canvas"])
def platform(request: pytest.FixtureRequest, start: Callable[..., Served]) -> Served:
    return start(mode=request.param)


def column(lms: Lms) -> Item:
    """Return what the lab is there."""
    item = lms.item(COLUMN, make=False)
    assert item is not None
    return item


def earlier(platform: Served, tag: str = LAB) -> None:
    """Let some time go by for all grades: no test waits for a second to end."""
    for grade in platform.fake.item(tag).grades.values():
        grade.stored -= 60


# The way there, and back.


def test_grades_arrive_with_their_texts_and_are_read_back(platform: Served) -> None:
    with platform.carrier() as carrier:
        ends = carrier.carry([offer("3", 66.67, "9/10\n조금만 더!"), offer("4", 0, "<zero>")])
        assert ends == {"3": "written", "4": "written"}
        assert carrier.seen == {"3": 66.67, "4": 0}
    assert platform.fake.held(LAB) == {"3": 66.67, "4": 0}
    column = platform.fake.item(LAB)
    assert (column.label, column.maximum) == ("데이터 실습", 100)
    assert [column.grades[user].comment for user in "34"] == ["9/10\n조금만 더!", "<zero>"]


def test_a_score_is_final_and_of_now(platform: Served) -> None:
    before = time.time()
    platform.carry(offer("3", 50, "text"))
    (score,) = platform.fake.scores
    at = score.pop("timestamp")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", at)
    assert before - 1 <= datetime.fromisoformat(at).timestamp() <= time.time()
    extension = {"https://canvas.instructure.com/lti/submission": {"new_submission": False}}
    assert score == {
        "userId": "3",
        "scoreGiven": 50,
        "scoreMaximum": 100,
        "activityProgress": "Completed",
        "gradingProgress": "FullyGraded",
        "comment": "text",
    } | (extension if platform.fake.mode == "canvas" else {})


def test_a_second_run_writes_nothing(platform: Served) -> None:
    offers = [offer("3", 50, "text"), offer("4", 60)]
    platform.carry(*offers)
    assert platform.carry(*offers) == {"3": "left", "4": "left"}
    assert len(platform.fake.scores) == 2


def test_a_plan_writes_nothing_and_makes_nothing(platform: Served) -> None:
    with platform.open() as lms:
        assert lms.item(COLUMN, make=False) is None
    assert (platform.fake.items, platform.fake.scores) == ([], [])
    assert platform.faults.count("POST /") == 1  # the token


def test_a_class_of_250_over_many_pages(platform: Served) -> None:
    platform.fake.members = {f"s{n}": Member(f"학생 {n}") for n in range(250)}
    offers = [offer(f"s{n}", n % 101, "text") for n in range(250)]
    column = platform.fake.add_item(LAB)
    with platform.carrier() as carrier:
        assert len(carrier.lms.participants()) == 250
        assert set(carrier.planned(*offers).values()) == {"write"}
        assert set(carrier.carry(offers).values()) == {"written"}
        assert set(carrier.planned(*offers).values()) == {"unchanged"}
        assert len(carrier.seen) == 250
    assert len(column.grades) == len(platform.fake.scores) == 250


def test_limits_are_never_sent_to_moodle(moodle: Served) -> None:
    moodle.carry(offer("3", 50))
    assert moodle.faults.count("limit=") == 0
    assert moodle.faults.count("/lineitem/scores?type_id=1") == 1
    assert moodle.faults.count("/lineitem/results?type_id=1&user_id=3") == 2


# What is on the other side already.


def test_points_that_a_teacher_set_are_kept(platform: Served) -> None:
    platform.carry(offer("3", 50), offer("4", 60))
    platform.fake.teacher_sets(LAB, "3", 77, at=time.time() - 60)
    earlier(platform)
    with platform.carrier() as carrier:
        offers = [offer("3", 55), offer("4", 65)]
        assert carrier.planned(*offers) == {"3": "kept", "4": "write"}
        assert carrier.carry(offers) == {"3": "left", "4": "written"}
        assert carrier.why("3").startswith("we wrote 50; changed since then")
        assert carrier.seen == {"3": 50, "4": 65}
    assert platform.fake.held(LAB) == {"3": 77, "4": 65}
    assert len(platform.fake.scores) == 3


def test_a_grade_that_was_there_first_is_kept(platform: Served) -> None:
    platform.fake.add_item(LAB)
    platform.fake.teacher_sets(LAB, "3", 77)
    assert platform.carry(offer("3", 55)) == {"3": "left"}
    assert platform.fake.held(LAB) == {"3": 77}
    assert not platform.fake.scores


def test_an_edit_between_plan_and_apply_is_kept(platform: Served) -> None:
    platform.fake.add_item(LAB)
    with platform.carrier() as carrier:
        assert carrier.planned(offer("3", 55)) == {"3": "write"}
        platform.fake.teacher_sets(LAB, "3", 77)
        assert carrier.carry([offer("3", 55)]) == {"3": "left"}
    assert platform.fake.held(LAB) == {"3": 77}


def test_an_edit_between_write_and_read_back_is_told(platform: Served) -> None:
    platform.faults.after("/scores", lambda: platform.fake.teacher_sets(LAB, "3", 77))
    with platform.carrier() as carrier:
        assert carrier.carry([offer("3", 55)]) == {"3": "left"}
        assert carrier.done["3"].decided is not None
        assert carrier.done["3"].decided.action == "kept"
        assert not carrier.seen
    assert platform.fake.held(LAB) == {"3": 77}
    assert len(platform.fake.scores) == 1


def test_a_removed_grade_stays_away_until_it_is_replaced(platform: Served) -> None:
    platform.carry(offer("3", 50))
    platform.fake.teacher_sets(LAB, "3", None, at=time.time() - 60)
    assert platform.carry(offer("3", 50)) == {"3": "left"}
    with platform.carrier() as carrier:
        assert carrier.carry([offer("3", 50)], replaced=["3"]) == {"3": "written"}
    assert platform.fake.held(LAB) == {"3": 50}


def test_the_same_grade_by_somebody_else_is_right_and_not_ours(platform: Served) -> None:
    platform.fake.add_item(LAB)
    platform.fake.teacher_sets(LAB, "3", 55)
    assert platform.carry(offer("3", 55)) == {"3": "left"}
    with platform.carrier() as carrier:
        assert not carrier.seen
        assert carrier.planned(offer("3", 56)) == {"3": "kept"}


def test_an_override_in_the_column_of_an_activity_is_kept(moodle: Served) -> None:
    column = moodle.fake.add_item(LAB, activity=True)
    moodle.carry(offer("3", 50))
    moodle.fake.teacher_sets(LAB, "3", 77, at=time.time() - 60)
    assert moodle.carry(offer("3", 55)) == {"3": "left"}
    # Even asked for, Moodle says yes and changes nothing.
    with moodle.carrier() as carrier:
        assert carrier.carry([offer("3", 55)], replaced=["3"]) == {"3": "failed"}
        assert carrier.why("3") == "the platform took it and does not hold it (there: 77)"
        assert carrier.seen == {"3": 50}
    assert column.grades["3"].points == 77


def test_a_locked_grade_stops_nobody_else(moodle: Served) -> None:
    column = moodle.fake.add_item(LAB)
    moodle.fake.members |= {f"s{n}": Member() for n in range(8)}
    for n in range(5):
        moodle.fake.teacher_sets(LAB, f"s{n}", None, at=time.time() - 60)
        column.grades[f"s{n}"].locked = True
    with moodle.carrier() as carrier:
        ends = carrier.carry([offer(f"s{n}", 50) for n in range(8)])
        assert [ends[f"s{n}"] for n in range(8)] == ["failed"] * 5 + ["written"] * 3
        assert carrier.why("s0") == (
            "the platform refused: 500 Internal Server Error (is the grade or its column locked "
            "there?)"
        )
        assert set(carrier.seen) == {"s5", "s6", "s7"}
    assert moodle.faults.count("/scores") == 8


# Texts.


def test_new_points_keep_the_text_that_the_student_has(moodle: Served) -> None:
    moodle.carry(offer("3", 50, "the text"))
    earlier(moodle)
    assert moodle.carry(offer("3", 60, "the text")) == {"3": "written"}
    grade = moodle.fake.item(LAB).grades["3"]
    assert (grade.points, grade.comment) == (60, "the text")


def test_a_teachers_text_stays_with_new_points(moodle: Served) -> None:
    moodle.carry(offer("3", 50, "the text"))
    earlier(moodle)
    moodle.fake.item(LAB).grades["3"].comment = "<p>See &amp; talk to me<br>soon</p>"
    assert moodle.carry(offer("3", 60, "the text")) == {"3": "written"}
    assert moodle.fake.item(LAB).grades["3"].comment == "See & talk to me\nsoon"


def test_new_points_alone_do_not_double_a_comment(canvas: Served) -> None:
    canvas.carry(offer("3", 50, "the text"))
    earlier(canvas)
    assert canvas.carry(offer("3", 60, "the text")) == {"3": "written"}
    grade = canvas.fake.item(LAB).grades["3"]
    assert (grade.points, grade.comments, grade.attempts) == (60, ["the text"], 0)


def test_a_new_text_alone_is_sent_once(platform: Served) -> None:
    platform.carry(offer("3", 50, "old"))
    earlier(platform)
    for _ in range(2):
        platform.carry(offer("3", 50, "new"))
    grade = platform.fake.item(LAB).grades["3"]
    assert (grade.points, grade.comment) == (50, "new")
    assert grade.comments in ([], ["old", "new"])
    assert len(platform.fake.scores) == 2


def test_without_feedback_nothing_is_said(platform: Served) -> None:
    platform.carry(offer("3", 50))
    assert platform.fake.item(LAB).grades["3"].comment is None
    assert "comment" not in platform.fake.scores[0]


# Times.


def test_two_scores_are_never_in_one_second(moodle: Served) -> None:
    with moodle.carrier() as carrier:
        for points in (50, 60, 70):
            assert carrier.carry([offer("3", points)]) == {"3": "written"}
    seconds = [score["timestamp"][:19] for score in moodle.fake.scores]
    assert len(set(seconds)) == 3
    assert moodle.faults.count("/scores") == 3


def test_a_grade_from_the_future_is_told_and_the_clock_is_left(platform: Served) -> None:
    platform.carry(offer("3", 50))
    platform.fake.item(LAB).grades["3"].stored = 4_070_908_800  # 2099
    with platform.carrier() as carrier:
        assert carrier.carry([offer("3", 60)]) == {"3": "failed"}
        why = carrier.why("3")
        if platform.fake.mode == "moodle":
            assert "409 Refusing score with an earlier timestamp" in why
            assert "is from the future (2099-01-01T00:00:00+00:00)" in why
        else:
            assert "before last updated timestamp" in why
        assert carrier.seen == {"3": 50}
    assert platform.fake.held(LAB) == {"3": 50}
    assert platform.faults.count("/scores") == 2


def test_a_grade_stored_meanwhile_is_read_back_and_kept(moodle: Served) -> None:
    moodle.carry(offer("3", 50))
    earlier(moodle)
    later = time.time() + 5
    moodle.faults.before("/scores", lambda: moodle.fake.teacher_sets(LAB, "3", 77, at=later))
    with moodle.carrier() as carrier:
        assert carrier.carry([offer("3", 60)]) == {"3": "left"}
        assert carrier.why("3").startswith("we wrote 50; changed since then")
    assert moodle.fake.held(LAB) == {"3": 77}


# Who is there.


def test_participants_are_the_active_learners(platform: Served) -> None:
    urls = "http://purl.imsglobal.org/vocab"
    platform.fake.members |= {
        "5": Member("Bob", roles=(f"{urls}/lis/v2/membership#Learner",)),
        "6": Member("Carol", roles=(f"{urls}/lis/v2/membership/Learner#GuestLearner",)),
        "7": Member("Gone", status="Inactive"),
        "8": Member("Test", roles=("Learner", f"{urls}/lti/system/person#TestUser")),
    }
    with platform.open() as lms:
        found = {one.id: one for one in lms.participants()}
    assert set(found) == {"3", "4", "5", "6"}
    alice = found["3"]
    assert (alice.name, alice.email, alice.sis_id, alice.login) == (
        "Alice",
        "alice@example.org",
        "2026-1",
        None,
    )
    assert (found["5"].email, found["5"].sis_id) == (None, None)


def test_nobody_but_participants_gets_a_score(platform: Served) -> None:
    with platform.carrier() as carrier:
        ends = carrier.carry([offer("9", 50), offer("77", 50), offer("3", 50)])
        assert ends == {"9": "left", "77": "left", "3": "written"}
        assert carrier.why("77") == "no participant there has this account"
    assert platform.fake.held(LAB) == {"3": 50}
    assert platform.faults.count("/scores") == 1


def test_without_memberships_the_platform_refuses_who_is_no_student(platform: Served) -> None:
    with platform.carrier(memberships=None) as carrier:
        ends = carrier.carry([offer("9", 50, "text"), offer("77", 50), offer("3", 50)])
        assert ends == {"9": "failed", "77": "failed", "3": "written"}
        assert carrier.why("77").startswith("the platform refused: 4")
        assert carrier.why("77").endswith("(not a student who can get grades in this course?)")
        assert "{" not in carrier.why("9")
        with pytest.raises(UsageError, match="does not say where its participants are"):
            carrier.lms.participants()
    assert platform.fake.held(LAB) == {"3": 50}


def test_who_left_the_course_is_not_there(platform: Served) -> None:
    platform.carry(offer("3", 50), offer("4", 50))
    del platform.fake.members["3"]
    with platform.carrier() as carrier:
        assert carrier.planned(offer("3", 60), offer("4", 60)) == {"3": "not-there", "4": "write"}


# What is no grade, and what is too much.


def test_what_needs_review_is_never_a_number(platform: Served) -> None:
    offers = [offer("3", 50, review=True), offer("4", None)]
    assert platform.carry(*offers) == {"3": "left", "4": "left"}
    assert platform.carry(offer("3", 50, account=None)) == {"3": "left"}
    assert not platform.fake.scores


def test_more_than_the_maximum_is_not_sent(platform: Served) -> None:
    platform.fake.add_item(LAB, maximum=50)
    with platform.carrier() as carrier:
        assert carrier.carry([offer("3", 51), offer("4", 50)]) == {"3": "left", "4": "written"}
        assert carrier.why("3") == "more than the maximum there: 51 > 50"
    assert platform.fake.held(LAB) == {"4": 50}


def test_results_of_another_maximum_are_scaled(moodle: Served) -> None:
    moodle.fake.add_item(LAB, maximum=50)
    rows = [
        {"userId": 3, "resultScore": 0.5, "resultMaximum": 1},
        {"userId": "4", "resultScore": 0.25},
        {"userId": "5", "resultScore": 7, "resultMaximum": 0},
        {"userId": "6", "resultScore": 20, "resultMaximum": 50.0, "comment": ""},
    ]
    moodle.faults.add("/results", Response(200, {}, json.dumps(rows).encode()))
    with moodle.open(memberships=None) as lms:
        item = column(lms)
        assert item.max_points == 50
        held = lms.held(item)
    assert {user: one.points for user, one in held.items()} == {"3": 25, "4": 12.5, "5": 7, "6": 20}


# Line items.


@pytest.mark.parametrize("filters", [True, False])
def test_a_line_item_is_found_by_its_tag_and_never_made_twice(
    platform: Served, *, filters: bool
) -> None:
    platform.fake.filters = filters
    platform.fake.add_item("other")
    with platform.open() as lms:
        first, again = (lms.item(COLUMN, make=True) for _ in range(2))
    assert first == again
    assert [item.tag for item in platform.fake.items] == ["other", LAB]
    assert first is not None
    assert first.place == f"lti {first.id}"


@pytest.mark.parametrize("fault", ["drop-after", "stall-after", HTML])
def test_a_line_item_whose_making_was_not_answered_is_found(
    platform: Served, fault: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web, "SECONDS", 1.0)
    if isinstance(fault, Response):
        fault = Response(fault.status, fault.headers, fault.body, done=True)
    platform.faults.add(lambda asked: asked.method == "POST" and b"label" in asked.body, fault)
    with platform.open() as lms:
        assert lms.item(COLUMN, make=True) is not None
    assert len(platform.fake.items) == 1


def test_a_line_item_that_was_not_made_is_told(platform: Served) -> None:
    platform.faults.add(
        lambda asked: asked.method == "POST" and b"label" in asked.body, "drop-before"
    )
    with platform.open() as lms, pytest.raises(LmsUnavailable, match="broke off"):
        lms.item(COLUMN, make=True)
    assert platform.fake.items == []


def test_a_platform_that_forgets_tags_is_told_and_gets_no_second(platform: Served) -> None:
    platform.fake.forgets_tags = True
    with platform.open() as lms, pytest.raises(UsageError) as error:
        lms.item(COLUMN, make=True)
    assert "does not find it by its tag" in error.value.problem
    assert "items" in error.value.fix
    assert len(platform.fake.items) == 1


def test_two_of_one_tag_are_an_error_that_names_them(platform: Served) -> None:
    platform.fake.add_item(LAB)
    platform.fake.add_item(LAB)
    with platform.open() as lms, pytest.raises(UsageError, match="several line items") as error:
        lms.item(COLUMN, make=True)
    assert error.value.problem.count(platform.base) == 2


def test_a_line_item_named_by_its_address(platform: Served) -> None:
    column = platform.fake.add_item("", maximum=40, activity=True)
    path = (
        f"/mod/lti/services.php/2/lineitems/{column.id}/lineitem?type_id=1"
        if platform.fake.mode == "moodle"
        else f"/api/lti/courses/2/line_items/{column.id}"
    )
    url = platform.base + path
    with platform.carrier(items={LAB: url}, lineitems=None) as carrier:
        assert carrier.item.max_points == 40
        assert carrier.carry([offer("3", 30)]) == {"3": "written"}
    assert column.grades["3"].points == 30


def test_an_address_of_nothing_is_told(moodle: Served) -> None:
    url = f"{moodle.base}/mod/lti/services.php/2/lineitems/99/lineitem?type_id=1"
    with moodle.open(items={LAB: url}) as lms, pytest.raises(UsageError) as error:
        lms.item(COLUMN, make=True)
    assert "there is nothing at" in error.value.problem
    assert "Grade item 99 doesn't exist" in error.value.problem


def test_a_target_that_does_not_say_what_a_lab_is(platform: Served) -> None:
    with platform.open(lineitems=None) as lms, pytest.raises(UsageError) as error:
        lms.item(COLUMN, make=False)
    assert (error.value.problem, error.value.fix) == (
        f"the target does not say what {LAB} is on the platform",
        "write lineitems: URL into course.yaml, or the line item into items",
    )


def test_a_column_without_a_maximum_is_told(platform: Served) -> None:
    platform.fake.add_item(LAB, maximum=0)
    with platform.open() as lms, pytest.raises(UsageError, match="has no maximum"):
        lms.item(COLUMN, make=True)


# Tokens.


def test_an_assertion_is_short_and_used_once(platform: Served) -> None:
    platform.carry(offer("3", 50))
    claims = platform.fake.assertions
    assert len({one["jti"] for one in claims}) == len(claims) >= 3
    assert {one["exp"] - one["iat"] for one in claims} == {60}
    assert {one["aud"] for one in claims} == {platform.fake.settings(platform.base)["token_url"]}


def test_a_token_is_asked_for_once_while_it_is_good(platform: Served) -> None:
    with platform.carrier() as carrier:
        carrier.carry([offer("3", 50), offer("4", 60)])
        asked = len(platform.fake.tokens)
        carrier.planned(offer("3", 50))
        assert len(platform.fake.tokens) == asked


def test_a_token_is_renewed_before_its_end(moodle: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    clock = SimpleNamespace(monotonic=lambda: now, time=time.time)
    monkeypatch.setattr(_grant, "time", clock)
    with moodle.carrier() as carrier:
        carrier.carry([offer("3", 50)])
        asked = len(moodle.fake.tokens)
        now += 3539
        carrier.carry([offer("4", 60)])
        assert len(moodle.fake.tokens) == asked
        now += 2
        assert carrier.planned(offer("3", 50)) == {"3": "unchanged"}
        assert len(moodle.fake.tokens) > asked


def test_a_token_that_is_no_longer_taken_is_replaced_once(platform: Served) -> None:
    with platform.carrier() as carrier:
        carrier.carry([offer("3", 50)])
        platform.fake.tokens.clear()
        assert carrier.carry([offer("4", 60)]) == {"4": "written"}
    assert len(platform.fake.scores) == 2


def test_an_assertion_is_made_anew_for_each_attempt(canvas: Served) -> None:
    canvas.faults.add("POST /login", "drop-after")
    assert canvas.carry(offer("3", 50)) == {"3": "written"}


@pytest.mark.parametrize(
    ("denied", "problem"),
    [
        ("score", "lti-ags/scope/score"),
        ("result.readonly", "lti-ags/scope/result.readonly"),
    ],
)
def test_a_missing_right_is_named(start: Callable[..., Served], denied: str, problem: str) -> None:
    for mode in ("moodle", "canvas"):
        platform = start(mode=mode, scopes=ALL_SCOPES - {f"{AGS}{denied}"})
        with pytest.raises(UsageError) as error:
            platform.carry(offer("3", 50))
        assert problem in error.value.problem
        assert "allow the tool the service" in error.value.fix
        assert not platform.fake.scores
        assert len(platform.fake.items) == (denied != "score")


def test_a_tool_that_may_not_make_columns_uses_one_that_is_there(
    start: Callable[..., Served],
) -> None:
    for mode in ("moodle", "canvas"):
        platform = start(mode=mode, scopes=ALL_SCOPES - {f"{AGS}lineitem"})
        with platform.open() as lms, pytest.raises(UsageError) as error:
            lms.item(COLUMN, make=True)
        assert "the tool may not make columns" in error.value.problem
        assert platform.fake.items == []
        platform.fake.add_item(LAB)
        assert platform.carry(offer("3", 50)) == {"3": "written"}


def test_fewer_scopes_than_asked_are_an_error(moodle: Served) -> None:
    body = {"access_token": "t", "expires_in": 60, "scope": f"{AGS}score"}
    moodle.faults.add("/token.php", Response(200, {}, json.dumps(body).encode()), times=9)
    with (
        moodle.open() as lms,
        pytest.raises(UsageError, match="does not let the tool use") as error,
    ):
        lms.item(COLUMN, make=False)
    assert "lti-ags/scope/lineitem.readonly" in error.value.problem


def test_a_tool_that_is_not_known_is_told(platform: Served) -> None:
    platform.fake.public_key = key_pair()[1]
    with pytest.raises(UsageError) as error:
        platform.carry(offer("3", 50))
    assert error.value.problem == "the platform gives the tool no token: 400 invalid_client"
    assert "client_id, key, key_id and audience" in error.value.fix


@pytest.mark.parametrize("key", ["no key", PRIVATE[:200], key_pair()[1]])
def test_a_key_that_cannot_sign_is_told_and_not_shown(
    moodle: Served, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOOL_KEY", key)
    with pytest.raises(UsageError) as error, moodle.open():
        pass
    assert (
        error.value.problem == "the key of the tool is no private RSA key in PEM, or has a password"
    )
    assert error.value.__cause__ is None
    assert key.splitlines()[-1] not in str(error.value)


# Bad days.


def sending(asked: Asked) -> bool:
    return "/scores" in asked.target


@pytest.mark.parametrize("fault", ["drop-before", "drop-after", "stall-after", HTML])
def test_a_lost_answer_loses_and_doubles_nothing(
    platform: Served, fault: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web, "SECONDS", 1.0)
    platform.faults.add(sending, fault)
    with platform.carrier() as carrier:
        ends = carrier.carry([offer("3", 50, "text"), offer("4", 60, "text")])
        assert ends == {"3": "written", "4": "written"}
        assert carrier.seen == {"3": 50, "4": 60}
    assert platform.fake.held(LAB) == {"3": 50, "4": 60}
    assert len(platform.fake.scores) == 2
    assert platform.fake.item(LAB).grades["3"].comments in ([], ["text"])


@pytest.mark.parametrize(
    "busy",
    [
        Response(503, {"retry-after": "0"}),
        Response(429),
        Response(403, {}, b"403 Forbidden (Rate Limit Exceeded)"),
    ],
)
def test_a_busy_platform_is_waited_for(platform: Served, busy: Response) -> None:
    platform.faults.add(lambda _: True, busy, times=2)
    platform.faults.add(sending, busy)
    assert platform.carry(offer("3", 50)) == {"3": "written"}
    assert len(platform.fake.scores) == 1


def test_a_read_back_that_fails_is_made_up_for_by_the_next_run(platform: Served) -> None:
    platform.fake.add_item(LAB)
    with platform.carrier() as carrier:
        platform.faults.after(
            sending, lambda: platform.faults.add("/results", Response(502), times=3)
        )
        assert carrier.carry([offer("3", 50, "text")]) == {"3": "failed"}
        assert carrier.why("3").startswith("sent, and not read back")
        assert not carrier.seen
        assert carrier.carry([offer("3", 50, "text")]) == {"3": "left"}
        assert carrier.seen == {"3": 50}
    assert len(platform.fake.scores) == 1


def test_a_platform_that_is_down_ends_the_run_soon(platform: Served) -> None:
    platform.fake.members |= {f"s{n}": Member() for n in range(100)}
    platform.fake.add_item(LAB)
    platform.faults.add(sending, Response(502), times=1000)
    with platform.carrier() as carrier:
        ends = carrier.carry([offer(f"s{n}", 50) for n in range(100)])
        assert set(ends.values()) == {"failed", "untried"}
        assert not carrier.seen
    assert platform.fake.held(LAB) == {}
    assert platform.faults.count(sending) < 20


@pytest.mark.parametrize(
    "body",
    [
        b"<html><title>Moodle</title></html>",
        b"",
        b"null",
        b'{"members": 7}',
        b"[7]",
        b'[{"userId": null}]',
        b'[{"userId": "3", "resultScore": "many"}]',
        b'[{"userId": "3", "resultScore": NaN}]',
        b"[" * 100_000,
        b"\xff\xfe",
    ],
)
def test_odd_answers_are_told(platform: Served, body: bytes) -> None:
    platform.fake.add_item(LAB)
    platform.faults.add("/results", Response(200, {"content-type": "text/html"}, body), times=9)
    with platform.open(memberships=None) as lms:
        item = column(lms)
        with pytest.raises(LmsError) as error:
            lms.held(item)
    assert "/results answered " in error.value.problem
    assert len(error.value.problem) < 500


@pytest.mark.parametrize("path", ["token", "/line", "/names_and", "/memberships"])
def test_html_instead_of_anything_is_told(platform: Served, path: str) -> None:
    def ask() -> None:
        with platform.open() as lms:
            lms.item(COLUMN, make=False)
            lms.participants()

    platform.faults.add(path, Response(200, {}, b"<html>sign in</html>"), times=9)
    if path == {"moodle": "/names_and", "canvas": "/memberships"}[platform.fake.mode]:
        ask()
    else:
        with pytest.raises(LmsError, match="answered no JSON"):
            ask()


def test_a_page_of_another_host_is_not_asked(platform: Served) -> None:
    platform.fake.add_item(LAB)
    link = {"link": "<http://127.0.0.2/results?page=2>; rel=next"}
    platform.faults.add("/results", Response(200, link, b"[]"))
    with platform.open(memberships=None) as lms:
        item = column(lms)
        with pytest.raises(LmsError, match=r"leads on to http://127\.0\.0\.2"):
            lms.held(item)


@pytest.mark.parametrize(
    "link",
    [
        '<{url}>; rel="next"',
        "<{url}>;rel=next",
        "<{url}>; rel=“next”",
        "<first>; rel=“first”, <{url}>; title=x; rel=“next”, <last>; rel=“last”",
        '<{url}>; REL="Next"',
        '<prev>; rel="prev", <results?page=2>; rel="next"',
    ],
)
def test_pages_are_followed_however_they_are_quoted(moodle: Served, link: str) -> None:
    number = moodle.fake.add_item(LAB).id
    url = f"{moodle.base}/mod/lti/services.php/2/lineitems/{number}/lineitem/results?page=2"
    header = link.format(url=url)
    first = b'[{"userId": "3", "resultScore": 1, "resultMaximum": 100}]'
    second = b'[{"userId": "4", "resultScore": 2, "resultMaximum": 100}]'
    moodle.faults.add("results?page=2", Response(200, {}, second))
    moodle.faults.add("/results", Response(200, {"link": header}, first))
    with moodle.open(memberships=None) as lms:
        item = column(lms)
        assert lms.held(item) == {
            "3": Held(points=1),
            "4": Held(points=2),
        }


def test_pages_that_go_round_come_to_an_end(moodle: Served) -> None:
    moodle.fake.add_item(LAB)
    link = {"link": "<results?type_id=1>; rel=next"}
    moodle.faults.add("/results", Response(200, link, b"[]"), times=1000)
    with moodle.open(memberships=None) as lms:
        item = column(lms)
        assert lms.held(item) == {}
    assert moodle.faults.count("/results") == 1


def test_a_broken_answer_with_a_token_in_it_is_not_shown(platform: Served) -> None:
    body = b'{"access_token": "s3cret", "expires_in": "soon"}'
    platform.faults.add("token", Response(200, {}, body), times=9)
    with platform.open() as lms, pytest.raises(LmsError) as error:
        lms.participants()
    assert error.value.problem.endswith("answered something else than was asked for")


@pytest.mark.parametrize("when", ["token", "lin", "results", "scores"])
@pytest.mark.parametrize("status", [400, 401, 403, 422, 500])
def test_no_secret_is_in_any_text(
    platform: Served,
    status: int,
    when: str,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Some pages of errors repeat the request, and logs of libraries may tell it."""
    caplog.set_level(0)
    secrets = {PRIVATE.splitlines()[1]}

    def echo(asked: Asked) -> bool:
        if when not in asked.target:
            return False
        secrets.update(platform.fake.tokens)
        assertion = dict(parse_qsl(asked.body.decode())).get("client_assertion", "")
        tokens = " ".join(f"Authorization: Bearer {one}" for one in platform.fake.tokens)
        body = f'{{"error": "{tokens} {assertion}"}}'
        if assertion:
            secrets.add(assertion[:20])
        said = Response(status, {}, body.encode())
        platform.faults.add(lambda again: again is asked, said)
        return False

    platform.faults.add(echo, "drop-before", times=99)
    texts: list[str] = []
    with platform.carrier() as carrier, contextlib.suppress(LmsError, UsageError):
        try:
            carrier.carry([offer("3", 50)])
        except (LmsError, UsageError) as error:
            texts += [repr(error), str(error), "".join(traceback.format_exception(error))]
        texts += [done.why.en for done in carrier.done.values()]
    texts += [caplog.text, *capfd.readouterr()]
    assert len(secrets) > 1
    assert not [secret for secret in secrets for text in texts if secret in text]


def test_a_platform_that_does_not_tell_its_comments_gets_each_once(canvas: Served) -> None:
    canvas.fake.tells_comments = False
    for _ in range(2):
        canvas.carry(offer("3", 50, "text"))
    assert canvas.fake.item(LAB).grades["3"].comments == ["text"]


def test_who_the_platform_is_is_told_by_its_address() -> None:
    fields = {"kind": "lti", "client_id": "1", "key": {"env": "K"}, "key_id": "1"}
    addresses = {
        "https://moodle.example.org/mod/lti/token.php": "moodle",
        "https://canvas.example.org/login/oauth2/token": "canvas",
        "https://auth.brightspace.com/core/connect/token": "other",
    }
    for url, platform in addresses.items():
        assert Settings.model_validate(fields | {"token_url": url}).manners == platform
    named = fields | {"token_url": "https://x.org/token", "platform": "canvas"}
    assert Settings.model_validate(named).manners == "canvas"


def test_moodle_as_any_other_platform(moodle: Served) -> None:
    with moodle.carrier(platform="other") as carrier:
        assert carrier.carry([offer("3", 50, "text")]) == {"3": "written"}
        earlier(moodle)
        assert carrier.carry([offer("3", 60, "text")]) == {"3": "written"}
    assert moodle.fake.item(LAB).grades["3"].comment == "text"
    assert moodle.faults.count("user_id=") == 0


def test_a_score_written_without_a_look_keeps_the_text(moodle: Served) -> None:
    moodle.carry(offer("3", 50, "text"))
    earlier(moodle)
    with moodle.open() as lms:
        item = column(lms)
        assert lms.write(item, [Grade(user="3", points=60)]) == {}
    assert moodle.fake.item(LAB).grades["3"].comment == "text"
