"""Percentages, times and time zones, as people write them in YAML."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from grader.wording import did_you_mean


def _with_sign(value: object) -> object:
    if isinstance(value, int | float) and not isinstance(value, bool):
        raise PydanticCustomError(
            "percentage", "write {value} as a percentage: '{value}%'", {"value": value}
        )
    return value


def _percentage(value: str) -> str:
    match = re.fullmatch(r"(\d{1,4}(?:\.\d+)?)\s*%", value, re.ASCII)
    if match is None:
        raise PydanticCustomError(
            "percentage", "{value} is no percentage such as '20%'", {"value": repr(value)}
        )
    return value


def _part(value: str) -> str:
    if share_of(value) > 1:
        raise PydanticCustomError("part", "{value} is more than the whole", {"value": value})
    return value


AnyPercentage = Annotated[
    str,
    AfterValidator(_percentage),
    BeforeValidator(_with_sign),
    Field(json_schema_extra={"pattern": r"^\d{1,4}(\.\d+)?\s*%$"}),
]
"""`110%`; with its sign, so that nobody takes it for a share or for points."""

Percentage = Annotated[AnyPercentage, AfterValidator(_part)]
"""`20%`, at most the whole."""


def share_of(percentage: str) -> float:
    """Return `0.2` for `20%`."""
    return float(percentage.rstrip("% ")) / 100


def _span(value: str) -> str:
    if re.fullmatch(r"\d{1,6}\s*[mhd]", value, re.ASCII) is None:
        raise PydanticCustomError(
            "span",
            "{value} is no span of time such as '15m', '2h' or '1d'",
            {"value": repr(value)},
        )
    return value


Span = Annotated[
    str, AfterValidator(_span), Field(json_schema_extra={"pattern": r"^\d{1,6}\s*[mhd]$"})
]
"""`15m`, `2h` or `1d`."""


def length_of(span: str) -> timedelta:
    """Return a span of time as a number that can be added."""
    unit = {"m": "minutes", "h": "hours", "d": "days"}[span[-1]]
    return timedelta(**{unit: int(span[:-1])})


def _seconds(value: str) -> str:
    if re.fullmatch(r"\d{1,4}(\.\d+)?\s*[sm]", value, re.ASCII) is None:
        raise PydanticCustomError(
            "seconds",
            "{value} is no short time such as '10s' or '2m'",
            {"value": repr(value)},
        )
    return value


ShortSpan = Annotated[
    str, AfterValidator(_seconds), Field(json_schema_extra={"pattern": r"^\d{1,4}(\.\d+)?\s*[sm]$"})
]
"""`10s`, `0.5s` or `2m`."""


def seconds_of(span: str) -> float:
    """Return `120.0` for `2m`."""
    return float(span[:-1]) * {"s": 1, "m": 60}[span[-1]]


def read_time(text: str) -> datetime:
    """Return a date with a time, such as `2026-12-01 18:00`. Raises ValueError if it is none."""
    if re.match(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}", text, re.ASCII) is None:
        raise ValueError(f"{text!r} is no date with a time")
    return datetime.fromisoformat(text)


def _date_and_time(value: object) -> object:
    if isinstance(value, datetime):
        return value
    try:
        return read_time(str(value))
    except ValueError as bad:
        raise PydanticCustomError(
            "date_time",
            "{value} is no date with a time such as '2026-12-01 18:00'",
            {"value": repr(value)},
        ) from bad


When = Annotated[
    datetime,
    BeforeValidator(_date_and_time),
    WithJsonSchema({"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}"}),
]
"""`2026-12-01 18:00` in the lab's time zone, or with its own: `2026-12-01 18:00+09:00`."""


def instant(when: datetime, zone: str | None) -> datetime:
    """Return a date and time in its zone: its own, else the lab's, else UTC."""
    if when.tzinfo is not None:
        return when
    return when.replace(tzinfo=ZoneInfo(zone) if zone else UTC)


def _zone(value: str) -> str:
    from zoneinfo import ZoneInfoNotFoundError, available_timezones

    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError) as bad:
        near = did_you_mean(value, available_timezones()) or "; write one such as 'Asia/Seoul'"
        raise PydanticCustomError(
            "time_zone", "unknown time zone {zone}{near}", {"zone": repr(value), "near": near}
        ) from bad
    return value


TimeZone = Annotated[str, AfterValidator(_zone)]
"""A name of the IANA data base, such as `Asia/Seoul`."""
