from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from grader.late import LatePolicy

SEOUL = "Asia/Seoul"
DUE = datetime(2026, 12, 1, 18, 0, tzinfo=ZoneInfo(SEOUL))


def policy(**fields: object) -> LatePolicy:
    return LatePolicy.model_validate({"due": "2026-12-01 18:00", "per_day": "10%", **fields})


@pytest.mark.parametrize(
    ("after", "days"),
    [
        (timedelta(days=-9), 0),
        (timedelta(), 0),
        (timedelta(minutes=15), 0),
        (timedelta(minutes=15, seconds=1), 1),
        (timedelta(days=1), 1),
        (timedelta(days=1, seconds=1), 2),
        (timedelta(days=2), 2),
    ],
)
def test_days_that_have_begun_count_from_the_due_time_on(after: timedelta, days: int) -> None:
    assert policy(grace="15m").days(DUE + after, SEOUL) == days
    assert policy(grace="15m").days((DUE + after).astimezone(UTC), SEOUL) == days


def test_a_date_with_its_own_zone_needs_none_of_the_lab() -> None:
    own = policy(due="2026-12-01 18:00+09:00")
    assert own.days(DUE + timedelta(hours=1), None) == 1
    assert own.days(DUE, "America/New_York") == 0


def test_a_day_is_a_day_by_the_clock_on_the_wall() -> None:
    berlin = "Europe/Berlin"
    due = policy(due="2026-10-24 18:00")  # the night has 25 hours
    next_day = datetime(2026, 10, 25, 18, 0, tzinfo=ZoneInfo(berlin))
    assert due.days(next_day, berlin) == 1
    assert due.days(next_day.astimezone(UTC) + timedelta(minutes=1), berlin) == 2


def test_the_loss_is_bounded_until_it_closes() -> None:
    strict = policy(at_most="25%", closes="2026-12-08 18:00")
    assert strict.share(DUE + timedelta(days=2), SEOUL) == pytest.approx(0.2)
    assert strict.share(DUE + timedelta(days=7), SEOUL) == 0.25
    assert strict.share(DUE + timedelta(days=7, seconds=1), SEOUL) == 1


@given(st.timedeltas(timedelta(-400), timedelta(4000)), st.timedeltas(timedelta(), timedelta(99)))
def test_later_never_costs_less_and_never_more_than_all(at: timedelta, more: timedelta) -> None:
    asked = policy(grace="2h")
    share, later = asked.share(DUE + at, SEOUL), asked.share(DUE + at + more, SEOUL)
    assert 0 <= share <= later <= 1


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"due": "2026-12-01"}, "no date with a time such as '2026-12-01 18:00'"),
        ({"due": "2026-13-01 18:00"}, "no date with a time"),
        ({"due": 5}, "5 is no date with a time"),
        ({"grace": "15"}, "no span of time such as '15m'"),
        ({"per_day": "10"}, "no percentage such as '20%'"),
        ({"per_day": 10}, "write 10 as a percentage: '10%'"),
        ({"per_day": "101%"}, "more than the whole"),
        ({"closes": "2026-11-01 18:00"}, "'closes' is before 'due'"),
        ({"closes": "2026-12-08 18:00+09:00"}, "their own time zone, or neither"),
    ],
)
def test_a_policy_that_means_nothing_is_refused(fields: dict[str, object], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        policy(**fields)
