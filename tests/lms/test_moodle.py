"""Uploads to a Moodle: what it holds in the end, what the ledger says, what the teacher is told."""

from __future__ import annotations

import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2 as httpx
import pytest
from fake_moodle import COURSE, GRADER, TOKEN, Assignment, FakeMoodle, Given, Saved
from loopback import Asked, Faults, Response, served

from grader.errors import LmsError, LmsUnavailable, UsageError
from grader.lms import Column, Grade, Held, Item, Lms, _web, load_kind
from grader.store import Store
from grader.store.ledger import NOTHING, Past, Receipt
from grader.uploading.decision import Decided, Offer, digest_of
from grader.uploading.transfer import Done, Transfer, plan

LAB = Column(lab="lab6-1", title="Lab 6-1", max_points=100)
ITEM = 117
SAVE = "mod_assign_save_grade"
READ = "gradereport_user_get_grade_items"
ALICE, BOB, CAROL = 101, 102, 103
TEXT = '[12/20] 파일을 만들었다\n기대: /tmp/important.txt <있음>\n힌트: echo "a\\n" & exit'
VARIABLE = "MOODLE_TOKEN"


@dataclass
class Desk:
    """A teacher's desk: the site, the way to it, a store, and the commands."""

    site: FakeMoodle
    faults: Faults
    lms: Lms
    store: Store

    @property
    def item(self) -> Item:
        item = self.lms.item(LAB, make=False)
        assert item is not None
        return item

    def plan(self, *offers: Offer) -> list[Decided]:
        item = self.item
        return list(plan(self.lms.held(item), item, offers, self.store.receipts(item.place)))

    def apply(self, *offers: Offer, replaced: Sequence[str] = ()) -> list[Done]:
        transfer = Transfer(
            self.lms, self.item, self.store, lab=LAB.lab, who="kim", replaced=replaced
        )
        return list(transfer.carry(offers))

    def ends(self, *offers: Offer, replaced: Sequence[str] = ()) -> list[str]:
        return [done.end for done in self.apply(*offers, replaced=replaced)]

    def past(self, user: int) -> Past:
        return self.store.receipts(self.item.place).get(str(user), NOTHING)

    def held(self, user: int) -> Held:
        return self.lms.held(self.item, {str(user)})[str(user)]


def offer(user: int, points: float | None = 80, comment: str | None = TEXT) -> Offer:
    names = {ALICE: "alice", BOB: "bob", CAROL: "carol"}
    student = names.get(user, f"student{user}")
    return Offer(student=student, points=points, comment=comment, account=str(user))


@pytest.fixture
def site() -> FakeMoodle:
    site = FakeMoodle()
    site.staff()
    site.enrol("alice", "bob", "carol")
    site.assignments = {
        ITEM: Assignment(ITEM, 501, "Lab 6-1"),
        118: Assignment(118, 117, "실습 6-2"),
    }
    return site


def settings(url: str, **more: object) -> dict[str, object]:
    return {
        "kind": "moodle",
        "url": url,
        "token": {"env": VARIABLE},
        "course": COURSE,
        "items": {"lab6-1": ITEM},
        **more,
    }


@contextmanager
def opened(
    url: str, faults: Faults, site: FakeMoodle, store: Store, **more: object
) -> Iterator[Desk]:
    kind = load_kind("moodle")
    chosen = kind.Settings.model_validate(settings(url, **more))
    with kind.connect(chosen, Path()) as lms:
        yield Desk(site, faults, lms, store)


@pytest.fixture
def faults(site: FakeMoodle) -> Faults:
    return Faults(site.app())


@pytest.fixture
def url(faults: Faults, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv(VARIABLE, TOKEN)
    monkeypatch.setattr(_web, "SECONDS", httpx.Timeout(30.0, connect=10.0))
    with served(faults) as url:
        yield url


@pytest.fixture
def desk(url: str, faults: Faults, site: FakeMoodle, store: Store) -> Iterator[Desk]:
    with opened(url, faults, site, store) as desk:
        yield desk


@pytest.fixture
def impatient(
    faults: Faults, site: FakeMoodle, store: Store, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Desk]:
    """Return a desk whose patience with a silent platform is short."""
    monkeypatch.setenv(VARIABLE, TOKEN)
    monkeypatch.setattr(_web, "SECONDS", httpx.Timeout(30.0, read=1.0))
    with served(faults) as url, opened(url, faults, site, store) as desk:
        yield desk


def test_a_new_grade_and_its_text_arrive_and_a_second_run_writes_nothing(desk: Desk) -> None:
    offers = [offer(ALICE, 66.67), offer(BOB, 0), offer(CAROL, 100, None)]
    assert [one.action for one in desk.plan(*offers)] == ["write"] * 3
    assert not desk.site.saved
    assert desk.ends(*offers) == ["written"] * 3
    assert [desk.site.points(ITEM, user) for user in (ALICE, BOB, CAROL)] == [66.67, 0, 100]
    assert desk.held(ALICE).comments == (TEXT,)
    assert desk.held(CAROL).comments == ()
    assert desk.held(ALICE).grader == f"user {GRADER}"
    seen = desk.past(ALICE).seen
    assert seen is not None
    assert (seen.points, seen.comment, seen.grader) == (66.67, digest_of(TEXT), f"user {GRADER}")
    assert desk.past(ALICE).open is None

    assert [one.action for one in desk.plan(*offers)] == ["unchanged"] * 3
    assert desk.ends(*offers) == ["left"] * 3
    assert len(desk.site.saved) == 3
    assert desk.site.notified == [ALICE, BOB, CAROL]


def test_the_text_is_shown_as_it_is(desk: Desk) -> None:
    desk.apply(offer(ALICE))
    assert desk.site.text(ITEM, ALICE) == (
        "[12/20] 파일을 만들었다<br>기대: /tmp/important.txt &lt;있음&gt;<br>"
        "힌트: echo &quot;a&#92;n&quot; &amp; exit"
    )


def test_the_secret_is_in_the_body_alone(desk: Desk) -> None:
    desk.apply(offer(ALICE))
    assert all(TOKEN not in asked.target for asked in desk.faults.asked)
    assert TOKEN not in desk.item.place
    assert desk.item.place.startswith("moodle http://127.0.0.1:")
    assert desk.item.place.endswith(" course 42 assignment 117")


def test_a_regrade_replaces_what_we_wrote_with_points_and_text(desk: Desk) -> None:
    desk.apply(offer(ALICE, 80, "80"))
    assert desk.ends(offer(ALICE, 90.5, "90.5")) == ["written"]
    assert desk.site.points(ITEM, ALICE) == 90.5
    assert desk.held(ALICE).comments == ("90.5",)
    assert desk.ends(offer(ALICE, 90.5, "90.5")) == ["left"]
    assert len(desk.site.saved) == 2


def test_another_text_alone_is_written(desk: Desk) -> None:
    desk.apply(offer(ALICE, 80, "old"))
    assert desk.ends(offer(ALICE, 80, "new")) == ["written"]
    assert desk.held(ALICE) == desk.held(ALICE)
    assert desk.held(ALICE).comments == ("new",)


def test_points_without_a_text_of_ours_leave_the_text_that_is_there(desk: Desk) -> None:
    desk.apply(offer(ALICE, 80, None))
    desk.site.given[ITEM, ALICE].text = desk.site.line(ITEM, ALICE).text = "<p>See <b>me</b>.</p>"
    assert desk.ends(offer(ALICE, 85, None)) == ["written"]
    assert desk.site.text(ITEM, ALICE) == "<p>See <b>me</b>.</p>"
    assert desk.held(ALICE).comments == ("See me.",)


def test_what_a_teacher_graded_before_us_is_kept_and_told_with_who_and_when(desk: Desk) -> None:
    desk.site.grade_by_hand(ITEM, ALICE, 70, "well done")
    [decided] = desk.plan(offer(ALICE))
    assert decided.action == "kept"
    assert "user 8" in decided.why.en
    assert "2026" in decided.why.en
    assert desk.ends(offer(ALICE)) == ["left"]
    assert desk.site.points(ITEM, ALICE) == 70
    assert not desk.site.saved
    assert desk.past(ALICE) == NOTHING


def test_what_a_teacher_changed_after_us_is_kept_and_may_be_replaced(desk: Desk) -> None:
    desk.apply(offer(ALICE, 80))
    desk.site.grade_by_hand(ITEM, ALICE, 85)
    assert desk.ends(offer(ALICE, 90)) == ["left"]
    assert desk.site.points(ITEM, ALICE) == 85
    assert desk.ends(offer(ALICE, 90), replaced=["alice"]) == ["written"]
    assert desk.site.points(ITEM, ALICE) == 90


def test_the_same_points_saved_by_a_teacher_are_theirs_from_then_on(desk: Desk) -> None:
    desk.apply(offer(ALICE, 80))
    desk.site.grade_by_hand(ITEM, ALICE, 80, TEXT)
    assert desk.ends(offer(ALICE, 90)) == ["left"]
    assert desk.site.points(ITEM, ALICE) == 80


def test_an_edit_between_plan_and_apply_is_seen(desk: Desk) -> None:
    assert [one.action for one in desk.plan(offer(ALICE))] == ["write"]
    desk.site.grade_by_hand(ITEM, ALICE, 55)
    assert desk.ends(offer(ALICE)) == ["left"]
    assert desk.site.points(ITEM, ALICE) == 55


def test_an_edit_between_writing_and_reading_back_is_kept_and_not_taken_for_ours(
    desk: Desk,
) -> None:
    desk.faults.after(SAVE, lambda: desk.site.grade_by_hand(ITEM, ALICE, 55))
    [done] = desk.apply(offer(ALICE))
    assert (done.end, desk.site.points(ITEM, ALICE)) == ("left", 55)
    assert desk.past(ALICE).seen is None
    assert desk.ends(offer(ALICE)) == ["left"]
    assert len(desk.site.saved) == 1


def test_an_overridden_grade_is_kept_even_where_it_is_to_be_replaced(desk: Desk) -> None:
    desk.apply(offer(ALICE, 80))
    desk.site.override(ITEM, ALICE, 95)
    assert [one.action for one in desk.plan(offer(ALICE, 90))] == ["kept"]
    assert desk.ends(offer(ALICE, 90), replaced=["alice"]) == ["left"]
    assert desk.site.points(ITEM, ALICE) == 95
    assert len(desk.site.saved) == 1


def test_an_override_while_we_write_is_told_though_moodle_says_nothing(desk: Desk) -> None:
    desk.faults.before(SAVE, lambda: desk.site.override(ITEM, ALICE, 95))
    [done] = desk.apply(offer(ALICE))
    assert (done.end, desk.site.points(ITEM, ALICE)) == ("left", 95)
    assert "overridden" in done.why.en


def test_a_locked_grade_is_told_and_not_written(desk: Desk) -> None:
    desk.site.line(ITEM, ALICE).locked = True
    assert [one.action for one in desk.plan(offer(ALICE))] == ["locked"]
    assert desk.ends(offer(ALICE)) == ["left"]
    assert not desk.site.saved


def test_a_lock_while_we_write_is_told_though_moodle_says_nothing(desk: Desk) -> None:
    def lock() -> None:
        desk.site.line(ITEM, ALICE).locked = True

    desk.faults.before(SAVE, lock)
    [done] = desk.apply(offer(ALICE))
    assert (done.end, "locked" in done.why.en) == ("left", True)
    assert desk.past(ALICE).seen is None


def test_more_than_the_maximum_is_never_sent(desk: Desk) -> None:
    assert desk.ends(offer(ALICE, 100.5), offer(BOB, 100)) == ["left", "written"]
    assert [saved.user for saved in desk.site.saved] == [BOB]


def test_a_maximum_that_shrinks_while_we_write_is_a_grade_that_did_not_arrive(desk: Desk) -> None:
    item = desk.item
    desk.site.assignments[ITEM].grade = 50
    transfer = Transfer(desk.lms, item, desk.store, lab=LAB.lab, who="kim")
    [done] = transfer.carry([offer(ALICE, 80)])
    assert done.end == "failed"
    assert "does not hold it" in done.why.en
    assert desk.site.points(ITEM, ALICE) is None
    assert desk.site.given[ITEM, ALICE].points == -1
    assert desk.held(ALICE).points is None
    past = desk.past(ALICE)
    assert past.seen is None
    assert past.open is not None


@pytest.mark.parametrize("account", ["104", "9999", "alice@example.org"])
def test_who_is_not_enrolled_is_told_and_nothing_is_written(desk: Desk, account: str) -> None:
    desk.site.enrol("dave", first=104)
    desk.site.users[104].enrolled = False
    dave = Offer(student="dave", points=80, account=account)
    assert [one.action for one in desk.plan(dave)] == ["not-there"]
    assert desk.ends(dave, offer(BOB)) == ["left", "written"]
    assert [saved.user for saved in desk.site.saved] == [BOB]


def test_an_unknown_user_is_refused_by_moodle_only_once_so_we_never_ask_twice(desk: Desk) -> None:
    grade = Grade(user="9999", points=80, comment="x")
    assert desk.lms.write(desk.item, [grade]) == {"9999": "Invalid user (invaliduser)"}
    assert desk.lms.write(desk.item, [grade]) == {}
    assert not desk.lms.held(desk.item, {"9999"})


def test_a_row_of_somebody_not_enrolled_is_no_grade(desk: Desk) -> None:
    desk.site.users[CAROL].enrolled = False
    assert desk.lms.write(desk.item, [Grade(user=str(CAROL), points=80)]) == {}
    assert desk.site.given[ITEM, CAROL].points == 80
    assert str(CAROL) not in desk.lms.held(desk.item)
    assert desk.ends(offer(CAROL)) == ["left"]


def test_nothing_below_zero_is_sent_for_moodle_takes_it_for_no_grade(desk: Desk) -> None:
    refused = desk.lms.write(desk.item, [Grade(user=str(ALICE), points=-1)])
    assert list(refused) == [str(ALICE)]
    assert not desk.site.saved


def test_what_needs_review_has_no_account_or_no_grade_is_not_sent(desk: Desk) -> None:
    offers = [
        Offer(student="alice", points=40, review=True, account=str(ALICE)),
        Offer(student="bob", points=40),
        offer(CAROL, None),
    ]
    assert [one.action for one in desk.plan(*offers)] == ["review", "unmapped", "no-grade"]
    assert desk.ends(*offers) == ["left"] * 3
    assert not desk.site.saved


def test_a_connection_that_broke_before_the_write_costs_one_more_look(desk: Desk) -> None:
    desk.faults.add(SAVE, "drop-before")
    assert desk.ends(offer(ALICE)) == ["written"]
    assert (len(desk.site.saved), desk.faults.count(SAVE)) == (1, 2)
    assert desk.site.points(ITEM, ALICE) == 80


def test_a_connection_that_broke_after_the_write_is_no_second_write(desk: Desk) -> None:
    desk.faults.add(SAVE, "drop-after")
    assert desk.ends(offer(ALICE)) == ["written"]
    assert len(desk.site.saved) == 1
    assert desk.site.notified == [ALICE]
    past = desk.past(ALICE)
    assert past.seen is not None
    assert past.seen.grader == f"user {GRADER}"


def test_an_answer_that_comes_too_late_is_no_second_write(impatient: Desk) -> None:
    impatient.faults.add(SAVE, "stall-after")
    assert impatient.ends(offer(ALICE)) == ["written"]
    assert len(impatient.site.saved) == 1


@pytest.mark.parametrize("status", [500, 502, 504])
def test_an_error_of_the_server_after_the_write_is_no_second_write(desk: Desk, status: int) -> None:
    desk.faults.add(SAVE, Response(status, body=b"<html>Bad gateway</html>", done=True))
    assert desk.ends(offer(ALICE)) == ["written"]
    assert len(desk.site.saved) == 1


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_server_is_asked_again(desk: Desk, status: int) -> None:
    desk.faults.add(SAVE, Response(status, {"Retry-After": "1"}), times=2)
    desk.faults.add(READ, Response(status, {"Retry-After": "1"}), times=2)
    assert desk.ends(offer(ALICE)) == ["written"]
    assert len(desk.site.saved) == 1


def test_maintenance_is_a_fault_that_passes(desk: Desk) -> None:
    body = b'{"exception":"moodle_exception","errorcode":"sitemaintenance","message":"Back soon"}'
    desk.faults.add(SAVE, Response(200, body=body))
    assert desk.ends(offer(ALICE)) == ["written"]
    assert len(desk.site.saved) == 1


def test_a_platform_that_went_away_leaves_the_others_untried_and_the_next_run_ends_it(
    desk: Desk,
) -> None:
    desk.faults.add(READ, Response(500), times=100)
    offers = [offer(user) for user in range(101, 106)]
    desk.site.enrol("alice", "bob", "carol", "dave", "erin")
    assert desk.ends(*offers) == ["failed"] * 3 + ["untried"] * 2
    assert not desk.site.saved


def test_what_could_not_be_read_back_is_settled_by_the_next_run(desk: Desk) -> None:
    desk.faults.after(SAVE, lambda: desk.faults.add(READ, Response(500), times=3))
    [done] = desk.apply(offer(ALICE))
    assert done.end == "failed"
    assert "not read back" in done.why.en
    assert desk.past(ALICE).seen is None
    assert desk.ends(offer(ALICE)) == ["left"]
    assert len(desk.site.saved) == 1
    assert desk.past(ALICE).open is None
    assert desk.ends(offer(ALICE, 81)) == ["written"]


def test_a_teachers_edit_after_a_lost_answer_is_kept(desk: Desk) -> None:
    desk.faults.after(SAVE, lambda: desk.faults.add(READ, Response(500), times=3))
    desk.apply(offer(ALICE))
    desk.site.grade_by_hand(ITEM, ALICE, 60)
    assert desk.ends(offer(ALICE)) == ["left"]
    assert desk.site.points(ITEM, ALICE) == 60


def test_a_class_of_250_takes_one_look_and_none_is_lost(desk: Desk) -> None:
    names = [f"학생{number}" for number in range(250)]
    desk.site.enrol(*names, first=1000)
    offers = [
        Offer(student=name, points=number / 3, comment=name, account=str(1000 + number))
        for number, name in enumerate(names)
    ]
    assert Counter(one.action for one in desk.plan(*offers)) == {"write": 250}
    assert desk.faults.count(READ) == 1


def test_a_class_over_a_bad_line_loses_nothing_and_doubles_nothing(desk: Desk) -> None:
    users = range(1000, 1040)
    desk.site.enrol(*(f"학생{user}" for user in users), first=1000)
    offers = [offer(user, user / 30, f"{user}점") for user in users]
    for user in users[::8]:
        desk.faults.add(_about(SAVE, user), "drop-after")
        desk.faults.add(_about(READ, user), "drop-before")
    for user in users[::7]:
        desk.faults.add(_about(SAVE, user), "drop-before")
    assert Counter(desk.ends(*offers)) == {"written": 40}
    assert len(desk.site.saved) == len(desk.site.notified) == 40
    assert [desk.site.points(ITEM, user) for user in (1000, 1039)] == [33.33333, 34.63333]
    receipts = desk.store.receipts(desk.item.place)
    assert sum(past.seen is not None and past.open is None for past in receipts.values()) == 40
    assert Counter(one.action for one in desk.plan(*offers)) == {"unchanged": 40}


def _about(function: str, user: int) -> Callable[[Asked], bool]:
    return lambda asked: function in asked and f"userid={user}&" in asked.body.decode() + "&"


def test_the_gradebook_is_read_one_by_one_where_groups_are_separate(desk: Desk) -> None:
    desk.site.groups = True
    desk.site.rights.discard("groups")
    desk.site.users[ALICE].group = desk.site.users[BOB].group = 1
    actions = [one.action for one in desk.plan(offer(ALICE), offer(BOB), offer(CAROL))]
    assert actions == ["write", "write", "not-there"]
    assert desk.ends(offer(ALICE)) == ["written"]
    assert [one.id for one in desk.lms.participants()] == [str(ALICE), str(BOB)]


def test_participants_are_told_with_what_the_rights_let_us_see(desk: Desk) -> None:
    alice = desk.lms.participants()[0]
    assert (alice.id, alice.name, alice.email) == ("101", "Alice", "alice@example.org")
    assert (alice.login, alice.sis_id) == (None, None)
    desk.site.rights.add("viewalldetails")
    alice = desk.lms.participants()[0]
    assert (alice.login, alice.sis_id) == ("alice", "20260101")
    assert {one.id for one in desk.lms.participants()} == {"101", "102", "103"}


def test_a_hidden_grade_is_compared_as_any_other(desk: Desk) -> None:
    desk.apply(offer(ALICE, 80))
    desk.site.line(ITEM, ALICE).hidden = True
    assert desk.ends(offer(ALICE, 80)) == ["left"]
    assert desk.ends(offer(ALICE, 85)) == ["written"]
    desk.site.rights.discard("viewhidden")
    assert desk.held(ALICE).points == 85
    assert desk.held(ALICE).comments is None
    assert desk.ends(offer(ALICE, 85)) == ["left"]
    assert len(desk.site.saved) == 2


def test_the_marking_workflow_stays_where_it_is(desk: Desk) -> None:
    desk.site.assignments[ITEM].markingworkflow = True
    assert desk.ends(offer(ALICE, 80, "80"), offer(BOB, 70, "70")) == ["written"] * 2
    assert desk.site.points(ITEM, ALICE) is None
    assert not desk.site.notified
    assert desk.ends(offer(ALICE, 80, "80")) == ["left"]
    desk.site.release(ITEM, ALICE)
    assert desk.site.points(ITEM, ALICE) == 80
    assert desk.ends(offer(ALICE, 80, "80")) == ["left"]
    assert desk.ends(offer(ALICE, 85, "85"), offer(BOB, 75, "75")) == ["written"] * 2
    assert desk.site.points(ITEM, ALICE) == 85
    assert desk.site.points(ITEM, BOB) is None
    assert desk.site.states == {(ITEM, ALICE): "released", (ITEM, BOB): ""}
    assert len(desk.site.saved) == 4


def test_a_text_that_cannot_be_read_is_not_wiped(desk: Desk) -> None:
    desk.site.assignments[ITEM].markingworkflow = True
    desk.apply(offer(ALICE, 80, "80"))
    [done] = desk.apply(offer(ALICE, 85, None))
    assert done.end == "failed"
    assert "release the grade" in done.why.en
    assert desk.site.given[ITEM, ALICE].text == "80"
    assert desk.site.given[ITEM, ALICE].points == 80


def test_blind_marking_keeps_grades_back_until_names_are_revealed(desk: Desk) -> None:
    desk.site.assignments[ITEM].blindmarking = True
    assert desk.ends(offer(ALICE)) == ["written"]
    assert desk.ends(offer(ALICE)) == ["left"]
    assert desk.site.points(ITEM, ALICE) is None
    assert len(desk.site.saved) == 1


def test_a_grade_that_is_in_the_assignment_alone_is_none_for_the_student(desk: Desk) -> None:
    desk.site.given[ITEM, ALICE] = Given(points=80, at=5)
    assert desk.held(ALICE) == Held()


def test_an_attempt_that_was_never_graded_is_no_grade(desk: Desk) -> None:
    desk.site.assignments[ITEM].markingworkflow = True
    desk.site.given[ITEM, ALICE] = Given(at=5)
    assert desk.held(ALICE).points is None
    assert desk.ends(offer(ALICE)) == ["written"]


def test_a_gradebook_that_is_being_worked_out_is_waited_for(desk: Desk) -> None:
    desk.site.recalculating = True
    assert desk.ends(offer(ALICE)) == ["failed"]
    assert not desk.site.saved
    desk.site.recalculating = False
    assert desk.ends(offer(ALICE)) == ["written"]


def test_an_assignment_that_the_gradebook_does_not_show_is_told_at_once(desk: Desk) -> None:
    desk.site.assignments[ITEM].shown = False
    with pytest.raises(UsageError, match="does not show 'Lab 6-1'"):
        desk.plan(offer(ALICE))


def test_texts_that_are_no_html_are_read_as_they_are(desk: Desk) -> None:
    desk.site.grade_by_hand(ITEM, ALICE, 70, "if a <b> then &amp;")
    desk.site.line(ITEM, ALICE).format = 2
    assert desk.held(ALICE).comments == ("if a <b> then &amp;",)
    desk.site.line(ITEM, ALICE).format = 0
    assert desk.held(ALICE).comments == ("if a  then &",)


def test_a_site_that_repeats_what_it_was_asked_does_not_tell_the_token(desk: Desk) -> None:
    debugging = f'{{"wstoken": "{TOKEN}", "wsfunction": "x"}} <- asked'
    desk.faults.add(READ, Response(200, body=debugging.encode()), times=9)
    with pytest.raises(LmsError, match="wsfunction") as caught:
        desk.plan(offer(ALICE))
    assert TOKEN not in "".join(traceback.format_exception(caught.value))


def test_deductions_of_moodles_own_are_no_change(desk: Desk) -> None:
    desk.apply(offer(ALICE, 80))
    desk.site.line(ITEM, ALICE).final = 72
    assert desk.held(ALICE).points == 80
    assert desk.ends(offer(ALICE, 80)) == ["left"]
    assert len(desk.site.saved) == 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"course": 43}, "no course 43"),
        ({"items": {"lab6-1": 999}}, "no assignment 999"),
        ({"items": {"lab6-1": 501}}, "whose number is 117"),
        ({"items": {"lab6-2": 118}}, "which assignment of Moodle lab6-1 is"),
    ],
)
def test_a_target_that_names_what_is_not_there(
    url: str,
    faults: Faults,
    site: FakeMoodle,
    store: Store,
    change: dict[str, object],
    said: str,
) -> None:
    with opened(url, faults, site, store, **change) as desk:
        with pytest.raises(UsageError, match=said) as caught:
            desk.lms.item(LAB, make=False)
        assert caught.value.fix
        assert TOKEN not in str(caught.value)


@pytest.mark.parametrize(
    ("grade", "comments", "said"),
    [(-2, True, "a scale"), (0, True, "not graded"), (100, False, "takes no feedback")],
)
def test_an_assignment_that_cannot_take_what_we_send(
    desk: Desk, grade: int, said: str, *, comments: bool
) -> None:
    desk.site.assignments[ITEM].grade = grade
    desk.site.assignments[ITEM].comments = comments
    with pytest.raises(UsageError, match=said):
        desk.lms.item(LAB, make=True)


def test_without_feedback_nothing_is_said_of_feedback(
    url: str, faults: Faults, site: FakeMoodle, store: Store
) -> None:
    site.assignments[ITEM].comments = False
    with opened(url, faults, site, store, feedback=False) as desk:
        assert desk.ends(offer(ALICE, 80, None)) == ["written"]
        assert desk.ends(offer(ALICE, 85, None)) == ["written"]
        assert site.saved[-1] == Saved(ALICE, 85, None)


def test_a_token_that_is_not_accepted(
    url: str, faults: Faults, site: FakeMoodle, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, "wrong-and-secret")
    with opened(url, faults, site, store) as desk:
        with pytest.raises(UsageError, match="invalidtoken") as caught:
            desk.lms.participants()
        assert "wrong-and-secret" not in "".join(traceback.format_exception(caught.value))


def test_the_same_points_saved_by_a_teacher_before_our_look_are_theirs(desk: Desk) -> None:
    # What a run leaves that was killed between ledger and read-back.
    sent = Receipt(student="alice", account=str(ALICE), points=80, comment=digest_of(TEXT))
    with desk.store.writing() as writing:
        writing.receive(desk.item.place, LAB.lab, [sent], "kim")
    desk.site.grade_by_hand(ITEM, ALICE, 80)
    assert desk.held(ALICE).ours is False
    (done,) = desk.apply(offer(ALICE, 90))
    assert done.end == "left"
    assert "set by somebody else" in done.why.en
    assert desk.site.points(ITEM, ALICE) == 80
    assert desk.site.saved == []
    assert desk.ends(offer(BOB)) == ["written"]
    assert desk.held(BOB).ours is True


def test_without_the_function_that_says_who_we_are_grades_are_written_all_the_same(
    desk: Desk,
) -> None:
    desk.site.service.discard("core_webservice_get_site_info")
    assert desk.ends(offer(ALICE), offer(BOB)) == ["written"] * 2
    assert desk.held(ALICE).ours is None
    assert desk.ends(offer(ALICE), offer(BOB)) == ["left"] * 2


def test_the_function_that_saves_is_missed_when_it_is_needed(desk: Desk) -> None:
    desk.site.service.discard(SAVE)
    with pytest.raises(UsageError, match=f"{SAVE} is not allowed"):
        desk.apply(offer(ALICE), offer(BOB))
    assert desk.site.points(ITEM, ALICE) is None
    desk.site.service.add(SAVE)
    assert desk.ends(offer(ALICE), offer(BOB)) == ["written"] * 2


@pytest.mark.parametrize("function", [READ, "mod_assign_get_grades"])
def test_a_function_that_is_not_in_the_service_is_named(desk: Desk, function: str) -> None:
    desk.site.service.discard(function)
    with pytest.raises(UsageError, match=function):
        desk.apply(offer(ALICE))
    assert not desk.site.points(ITEM, ALICE)


@pytest.mark.parametrize("right", ["grade", "viewall"])
def test_a_missing_right_is_a_target_set_up_wrongly(desk: Desk, right: str) -> None:
    desk.site.rights.discard(right)
    with pytest.raises(UsageError):
        desk.plan(offer(ALICE))


ODD = [
    b"",
    b"<html><title>Log in</title></html>",
    b"null",
    b"[]",
    b"[null]",
    b'{"usergrades": {}}',
    b'{"usergrades": [{"userid": "x"}]}',
    b'{"usergrades": [{"userid": 101, "gradeitems": [{"graderaw": "much"}]}]}',
    b'{"usergrades": [{"userid": 101, "gradeitems": [{"graderaw": NaN}]}]}',
    b'{"usergrades": ' + b"[" * 100_000,
    b'{"usergrades": ' + b"9" * 10_000 + b"}",
    b"\xff\xfe",
    b'{"exception": 1, "errorcode": [], "message": {}}',
]


@pytest.mark.parametrize(
    "function", [READ, "mod_assign_get_grades", "core_enrol_get", "mod_assign_get_assign"]
)
def test_an_odd_answer_is_an_error_that_says_what_came(desk: Desk, function: str) -> None:
    item = desk.item
    for body in ODD:
        desk.lms = _fresh(desk)
        desk.faults.heal()
        desk.faults.add(function, Response(200, body=body), times=9)
        if function == "core_enrol_get" and body == b"[]":
            assert desk.lms.held(item) == {}
            continue
        with pytest.raises((LmsError, UsageError)) as caught:
            desk.lms.held(item)
        assert len(str(caught.value)) < 1000
        assert not isinstance(caught.value, LmsUnavailable)


def _fresh(desk: Desk) -> Lms:
    """Return the same course, nothing known of it."""
    before = desk.lms
    return type(before)(before._ask, before._settings)  # type: ignore[attr-defined, call-arg]


def test_an_odd_answer_to_a_write_is_read_back(desk: Desk) -> None:
    desk.faults.add(SAVE, Response(200, body=b"<html>notice: undefined</html>null", done=True))
    assert desk.ends(offer(ALICE)) == ["written"]
    assert len(desk.site.saved) == 1


@pytest.mark.parametrize("status", [301, 403, 404])
def test_an_address_that_is_not_moodles(desk: Desk, status: int) -> None:
    faulty = Response(status, {"Location": "https://elsewhere.example.org/login"}, b"no")
    desk.faults.add("server.php", faulty, times=9)
    with pytest.raises(LmsError) as caught:
        desk.lms.participants()
    assert caught.value.fix
    assert TOKEN not in str(caught.value)
