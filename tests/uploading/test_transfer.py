from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as some
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from memory_lms import TEACHER, US, Fault, Killed, MemoryLms, Row, people

from grader.errors import UsageError
from grader.lms import Grade
from grader.store import Store
from grader.uploading.decision import Offer
from grader.uploading.transfer import MOST_FAILURES, Done, Transfer, plan

USERS = ("1", "2", "3", "4")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(str(tmp_path / "grades.db"), tmp_path / "evidence") as opened:
        yield opened


@pytest.fixture
def lms() -> MemoryLms:
    return MemoryLms(rows=dict(people(*USERS)))


def offer(user: str, points: float | None = 8, comment: str | None = "Well done") -> Offer:
    return Offer(student=f"student-{user}", account=user, points=points, comment=comment)


OFFERS = [offer(user) for user in USERS]


def carry(
    lms: MemoryLms, store: Store, offers: Sequence[Offer] = OFFERS, replaced: Sequence[str] = ()
) -> list[Done]:
    """Upload once, as a process of its own does."""
    transfer = Transfer(
        lms,
        lms.the_item,
        store,
        lab="lab",
        who="kim",
        replaced=[f"student-{user}" for user in replaced],
    )
    return list(transfer.carry(offers))


def ends(done: Sequence[Done]) -> list[str]:
    return [one.end for one in done]


def points(lms: MemoryLms) -> list[float | None]:
    return [row.points for row in lms.rows.values()]


def comments(lms: MemoryLms) -> list[list[str]]:
    return [row.comments for row in lms.rows.values()]


def test_all_is_written_seen_and_not_written_again(lms: MemoryLms, store: Store) -> None:
    assert ends(carry(lms, store)) == ["written"] * 4
    assert points(lms) == [8] * 4
    past = store.receipts(lms.the_item.place)
    assert {
        user: one.seen and (one.seen.points, one.seen.grader) for user, one in past.items()
    } == dict.fromkeys(USERS, (8, US))
    assert ends(carry(lms, store)) == ["left"] * 4
    assert len(lms.written) == 4


def test_a_plan_changes_nothing_and_says_what_will_be(lms: MemoryLms, store: Store) -> None:
    lms.teacher("2", 5)
    past = store.receipts(lms.the_item.place)
    planned = list(plan(lms.held(lms.the_item), lms.the_item, OFFERS, past))
    assert [one.action for one in planned] == ["write", "kept", "write", "write"]
    assert lms.written == []
    assert ends(carry(lms, store)) == ["left", "written", "written", "written"]
    assert points(lms) == [8, 5, 8, 8]


def test_a_regrade_changes_what_is_ours_only(lms: MemoryLms, store: Store) -> None:
    carry(lms, store)
    lms.teacher("2", 5)
    lms.teacher("3", None)
    lms.teacher("4", 8)
    better = [replace(one, points=9, comment="Better") for one in OFFERS]
    done = carry(lms, store, better)
    assert Counter(ends(done)) == {"written": 1, "left": 3}
    assert points(lms) == [9, 5, None, 8]
    assert comments(lms)[:2] == [["Well done", "Better"], ["Well done"]]


@pytest.mark.parametrize("fault", ["lost-before", "lost-after", "lost-half"])
@pytest.mark.parametrize("keeps", [True, False])
def test_a_lost_answer_loses_and_doubles_nothing(
    lms: MemoryLms, store: Store, fault: Fault, *, keeps: bool
) -> None:
    lms.keeps_comments = keeps
    lms.faults["write"] = [fault]
    assert ends(carry(lms, store)) == ["written"] * 4
    assert points(lms) == [8] * 4
    assert comments(lms) == [["Well done"]] * 4
    assert len(lms.written) == 4


@pytest.mark.parametrize("fault", ["kill", "die"])
def test_a_run_that_is_killed_goes_on_where_it_was(
    lms: MemoryLms, store: Store, fault: Fault
) -> None:
    lms.faults["write"] = [fault]
    with pytest.raises(Killed):
        carry(lms, store)
    assert points(lms) == ([8, 8, None, None] if fault == "die" else [None] * 4)
    arrived = fault == "die"
    assert Counter(ends(carry(lms, store))) == (
        {"left": 2, "written": 2} if arrived else {"written": 4}
    )
    assert comments(lms) == [["Well done"]] * 4
    assert len(lms.written) == 4
    assert ends(carry(lms, store)) == ["left"] * 4


def test_killed_before_the_look_at_it_and_regraded_since(lms: MemoryLms, store: Store) -> None:
    lms.faults["write"] = ["die"]
    with pytest.raises(Killed):
        carry(lms, store)
    lms.teacher("2", 8)  # somebody saves what is there: now it is theirs
    better = [replace(one, points=9) for one in OFFERS]
    done = {one.offer.account: one.end for one in carry(lms, store, better)}
    assert done == {"1": "written", "2": "left", "3": "written", "4": "written"}
    assert points(lms) == [9, 8, 9, 9]


def test_somebody_is_faster_than_our_look_at_it(lms: MemoryLms, store: Store) -> None:
    def sets(grades: Sequence[Grade]) -> None:
        if "2" in {grade.user for grade in grades}:
            lms.teacher("2", 5)

    lms.after_write = sets
    done = {one.offer.account: one for one in carry(lms, store)}
    assert done["2"].end == "left"
    assert "set by somebody else" in done["2"].why.en
    assert points(lms) == [8, 5, 8, 8]
    lms.heal()
    carry(lms, store, [replace(one, points=9) for one in OFFERS])
    assert points(lms) == [9, 5, 9, 9]


def test_what_is_replaced_is_what_was_there_when_we_looked(lms: MemoryLms, store: Store) -> None:
    lms.teacher("1", 4)
    lms.teacher("2", 4)
    lms.faults["write"] = ["lost-before"]

    def meanwhile() -> None:
        if lms.rows["2"].points == 4:
            lms.teacher("2", 5)

    lms.after_held = meanwhile
    done = {one.offer.account: one.end for one in carry(lms, store, replaced=["1", "2"])}
    assert points(lms) == [8, 5, 8, 8]
    assert done == {"1": "written", "2": "left", "3": "written", "4": "written"}
    # Said again, it is what is there now that is replaced.
    carry(lms, store, replaced=["2"])
    assert points(lms) == [8, 8, 8, 8]


def test_a_platform_that_says_yes_and_keeps_nothing(lms: MemoryLms, store: Store) -> None:
    lms.faults["write"] = ["silent"]
    done = carry(lms, store)
    assert ends(done) == ["failed", "failed", "written", "written"]
    assert "took it and does not hold it (there: –)" in done[0].why.en
    assert ends(carry(lms, store)) == ["written", "written", "left", "left"]
    assert points(lms) == [8] * 4


def test_a_text_that_is_stored_a_little_differently_is_not_sent_again(
    lms: MemoryLms, store: Store
) -> None:
    lms.stored_text = lambda text: text.replace("e", "?")
    assert ends(carry(lms, store)) == ["written"] * 4
    assert ends(carry(lms, store)) == ["left"] * 4
    assert comments(lms) == [["W?ll don?"]] * 4


def test_a_text_that_is_not_stored_is_told(lms: MemoryLms, store: Store) -> None:
    lms.stored_text = lambda _: None
    done = carry(lms, store)
    assert ends(done) == ["failed"] * 4
    assert done[0].why.en == "the points are there, the feedback is not"
    lms.stored_text = str
    assert ends(carry(lms, store)) == ["written"] * 4
    assert comments(lms) == [["Well done"]] * 4


def test_whom_the_platform_refuses_is_told(lms: MemoryLms, store: Store) -> None:
    lms.refuses = {"2": "not enrolled"}
    done = {one.offer.account: one for one in carry(lms, store)}
    assert [done[user].end for user in USERS] == ["written", "failed", "written", "written"]
    assert done["2"].why.en == "the platform refused: not enrolled"
    lms.refuses = {}
    assert Counter(ends(carry(lms, store))) == {"left": 3, "written": 1}


def test_a_file_that_is_filled_in(lms: MemoryLms, store: Store) -> None:
    lms.confirms = False
    lms.refuses = {"2": "its line cannot be changed"}
    done = {one.offer.account: one for one in carry(lms, store)}
    assert [done[user].end for user in USERS] == ["filled-in", "failed", "filled-in", "filled-in"]
    assert done["2"].why.en == "the platform refused: its line cannot be changed"
    # The next file says what the platform took.
    lms.refuses = {}
    done = {one.offer.account: one for one in carry(lms, store)}
    assert [done[user].end for user in USERS] == ["left", "filled-in", "left", "left"]


def test_a_platform_that_is_gone_is_not_asked_for_ever(lms: MemoryLms, store: Store) -> None:
    lms.at_once = 1
    lms.faults["held"] = ["lost-before"] * 9
    offers = [offer(str(number)) for number in range(9)]
    done = carry(lms, store, offers)
    assert ends(done) == ["failed"] * MOST_FAILURES + ["untried"] * (9 - MOST_FAILURES)
    assert lms.written == []


def test_a_platform_that_breaks_off_each_time_but_takes_all(lms: MemoryLms, store: Store) -> None:
    lms.at_once = 1
    lms.rows |= dict(people("5", "6", "7"))
    lms.faults["write"] = ["lost-before", "lost-before", "lost-after"] * 7
    offers = [offer(user) for user in lms.rows]
    assert ends(carry(lms, store, offers)) == ["written"] * 7
    assert comments(lms) == [["Well done"]] * 7


@pytest.mark.parametrize("fault", ["error", "usage"])
@pytest.mark.parametrize("call", ["held", "write"])
def test_a_platform_that_takes_nothing_more_ends_the_run_and_all_are_told(
    lms: MemoryLms, store: Store, call: str, fault: Fault
) -> None:
    lms.at_once = 1

    def meanwhile(grades: Sequence[Grade]) -> None:
        if grades[0].user == "2":
            lms.faults[call] = [fault]

    lms.after_write = meanwhile
    done: list[Done] = []
    transfer = Transfer(lms, lms.the_item, store, lab="lab", who="kim")
    wrong_use = pytest.raises(UsageError, match="token") if fault == "usage" else nullcontext()
    with wrong_use:
        done.extend(transfer.carry(OFFERS))
    untold = ["failed", "untried", "untried"]
    assert ends(done) == ["written", *(untold if call == "held" else ["written", *untold[:2]])]
    assert ("nonsense" if fault == "error" else "token") in done[-1].why.en
    lms.heal()
    assert points(lms)[:2] == [8, 8]
    assert set(ends(carry(lms, store))) == {"left", "written"}
    assert points(lms) == [8] * 4
    assert len(lms.written) == 4


def test_wrong_use_is_told_as_that_before_anything_is_written(lms: MemoryLms, store: Store) -> None:
    lms.faults["held"] = ["usage"]
    with pytest.raises(UsageError, match="the token is not accepted"):
        carry(lms, store)
    assert store.receipts(lms.the_item.place) == {}


def test_what_was_sent_and_could_not_be_looked_at_is_looked_at_next_time(
    lms: MemoryLms, store: Store
) -> None:
    lms.at_once = 4
    lms.after_write = lambda _: lms.faults["held"].append("lost-before")
    done = carry(lms, store)
    assert ends(done) == ["failed"] * 4
    assert "the same command looks again" in done[0].why.en
    lms.heal()
    assert ends(carry(lms, store)) == ["left"] * 4
    assert len(lms.written) == 4


def test_nobody_is_asked_about_whom_nothing_can_be_written(lms: MemoryLms, store: Store) -> None:
    lms.faults["held"] = ["error"]
    done = carry(lms, store, [replace(one, account=None) for one in OFFERS])
    assert [(one.end, one.decided and one.decided.action) for one in done] == [
        ("left", "unmapped")
    ] * 4


OURS = (6.0, 7.0, 8.0)
THEIRS = (1.37, 2.37)
"""Where a platform does not say who set a grade, only another number tells."""
MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None
"""For databases that are only there for a moment: no disk to wait for."""
TEXTS = ("Well done", "Good", "See below")

users = some.sampled_from(USERS)


class Uploads(RuleBasedStateMachine):
    """A teacher, uploads, faults and kills, in any order."""

    @initialize(
        at_once=some.sampled_from([1, 2, 4]),
        comments=some.sampled_from([(True, True), (False, True), (False, False)]),
        tells_graders=some.booleans(),
    )
    def begin(self, at_once: int, comments: tuple[bool, bool], *, tells_graders: bool) -> None:
        self.folder = Path(tempfile.mkdtemp(dir=MEMORY))
        (self.folder / "grades.db").write_bytes(empty_database())
        self.store = Store(str(self.folder / "grades.db"), self.folder / "evidence")
        self.offers = {user: offer(user) for user in USERS}
        self.lms = MemoryLms(
            rows=dict(people(*USERS)),
            at_once=at_once,
            keeps_comments=comments[0],
            tells_comments=comments[1],
            tells_graders=tells_graders,
            knows_us=tells_graders,
            on_grade=self.watch,
        )
        self.replaced: list[str] = []
        self.meanwhile: set[str] = set()
        self.overwritten: list[str] = []

    def watch(self, row: Row, grade: Grade) -> None:
        """Note a grade of a teacher's that we write over without being told to."""
        told_to = grade.user in self.replaced and grade.user not in self.meanwhile
        if row.grader == TEACHER and not told_to:
            self.overwritten.append(f"{grade.user}: {row.points} by {grade.points}")

    @rule(user=users, value=some.sampled_from(THEIRS))
    def teacher_sets(self, user: str, value: float) -> None:
        self.lms.teacher(user, value)

    @rule(user=users)
    def teacher_saves_what_is_there(self, user: str) -> None:
        if self.lms.tells_graders and self.lms.rows[user].points is not None:
            self.lms.teacher(user, self.lms.rows[user].points)

    @rule(user=users)
    def teacher_removes(self, user: str) -> None:
        past = self.store.receipts(self.lms.the_item.place).get(user)
        self.lms.teacher(user, None)
        if past is None or past.seen is None:
            # We never saw what was there: nothing is left that could tell us.
            self.lms.rows[user].grader = None

    @rule(user=users)
    def teacher_comments(self, user: str) -> None:
        if self.lms.keeps_comments:
            self.lms.rows[user].comments.append("Come and see me")

    @rule(user=users, locked=some.booleans(), overridden=some.booleans())
    def teacher_protects(self, user: str, *, locked: bool, overridden: bool) -> None:
        self.lms.rows[user].locked = locked
        self.lms.rows[user].overridden = overridden

    @rule(user=users, value=some.sampled_from(OURS), comment=some.sampled_from(TEXTS))
    def regraded(self, user: str, value: float, comment: str) -> None:
        self.offers[user] = offer(user, value, comment)

    @rule(
        write=some.lists(
            some.sampled_from(
                [
                    "lost-before",
                    "lost-after",
                    "lost-half",
                    "silent",
                    "error",
                    "usage",
                    "kill",
                    "die",
                ]
            ),
            max_size=4,
        ),
        held=some.lists(some.sampled_from(["lost-before", "error", "usage", "kill"]), max_size=1),
    )
    def goes_wrong(self, write: list[Fault], held: list[Fault]) -> None:
        self.lms.faults = {"write": write, "held": held}

    @rule(user=users, value=some.sampled_from(THEIRS))
    def teacher_will_be_faster_than_our_look(self, user: str, value: float) -> None:
        def sets(grades: Sequence[Grade]) -> None:
            if user in {grade.user for grade in grades}:
                self.lms.teacher(user, value)
                self.meanwhile.add(user)
                self.lms.after_write = lambda _: None

        self.lms.after_write = sets

    @rule(replaced=some.lists(users, max_size=1))
    def upload(self, replaced: list[str]) -> None:
        self.replaced, self.meanwhile = replaced, set()
        try:
            done = carry(self.lms, self.store, list(self.offers.values()), replaced)
        except (Killed, UsageError):
            return
        finally:
            self.replaced = []
        assert sorted(one.offer.account or "" for one in done) == list(USERS)
        for one in done:
            row = self.lms.rows[one.offer.account or ""]
            if one.end == "written":
                assert row.points == one.offer.points or row.grader == TEACHER

    @invariant()
    def nothing_is_overwritten_or_doubled(self) -> None:
        if not hasattr(self, "lms"):
            return
        assert self.overwritten == []
        for row in self.lms.rows.values():
            texts = Counter(row.comments)
            assert [text for text in TEXTS if texts[text] > 1] == []

    def teardown(self) -> None:
        if not hasattr(self, "lms"):
            return
        try:
            self.all_goes_well()
        finally:
            self.store.__exit__()
            shutil.rmtree(self.folder)

    def all_goes_well(self) -> None:
        """Show that one run brings all there, and the next one writes nothing."""
        self.lms.heal()
        for row in self.lms.rows.values():
            row.locked = row.overridden = False
        offers = list(self.offers.values())
        done = carry(self.lms, self.store, offers)
        assert {one.end for one in done} <= {"written", "left"}
        past = self.store.receipts(self.lms.the_item.place)
        for user, one in self.offers.items():
            row = self.lms.rows[user]
            if row.grader == TEACHER:
                continue
            assert (row.points, row.grader) == (one.points, US)
            seen = past[user].seen
            assert seen is not None
            assert seen.points == one.points
            if self.lms.tells_comments:
                assert one.comment in row.comments
        written = len(self.lms.written)
        assert set(ends(carry(self.lms, self.store, offers))) == {"left"}
        assert len(self.lms.written) == written
        self.nothing_is_overwritten_or_doubled()


@cache
def empty_database() -> bytes:
    """Return a store without rows, to be copied: making its tables takes longer."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "grades.db"
        with Store(str(file), Path(folder) / "evidence"):
            pass
        return file.read_bytes()


TestUploads = Uploads.TestCase
TestUploads.settings = settings(
    max_examples=25,
    stateful_step_count=15,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
