"""What the kinds about objects beside containers ask alike, and in the same words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from grader.checks._matcher import Matcher, flaw_among
from grader.checks._paths import fits
from grader.checks._text import has_all, quote
from grader.errors import EvidenceMissing
from grader.model.evidence import Contents
from grader.model.record import Text


def left_flaws(removed_step: int | None, *, asked: bool | None) -> Iterator[Text]:
    """Yield what is wrong with whether an object is left at the end; None asks nothing."""
    gone = removed_step is not None
    if asked is not None and asked == gone:
        yield (
            Text(ko="삭제되었습니다", en="it was removed")
            if gone
            else Text(ko="삭제되지 않았습니다", en="it was never removed")
        )


def left_words(*, asked: bool | None) -> Iterator[Text]:
    """Yield the demand about the end as a phrase."""
    if asked is not None:
        yield (
            Text(ko="끝까지 남아 있음", en="left at the end")
            if asked
            else Text(ko="끝에는 삭제됨", en="removed in the end")
        )


def label_flaws(labels: Mapping[str, str], asked: Mapping[str, str]) -> Iterator[Text]:
    """Yield the labels that were asked for and are not there."""
    for key, value in asked.items():
        if not has_all(labels, {key: value}):
            label = quote(f"{key}={value}")
            yield Text(ko=f"레이블 {label}이(가) 없습니다", en=f"label {label} is missing")


def label_words(asked: Mapping[str, str]) -> Iterator[Text]:
    """Yield the demands about labels as phrases."""
    for key, value in asked.items():
        label = quote(f"{key}={value}")
        yield Text(ko=f"레이블 {label}", en=f"label {label}")


def path_flaws(contents: Contents, paths: Mapping[str, Matcher], of: str) -> dict[str, Text]:
    """Return the paths that are not as asked, and what is wrong with each.

    `of` names what the contents are of. Raises EvidenceMissing where the record cannot tell.
    """
    flaws = {}
    for path, matcher in paths.items():
        if contents.truncated and not any(fits(state.path, path) for state in contents.files):
            raise EvidenceMissing(f"not all of {of} was recorded")
        if flaw := flaw_among(matcher, path, contents.files):
            flaws[path] = flaw
    return flaws
