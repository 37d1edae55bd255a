"""What we have to tell a platform: the grades that count, from the store."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from grader.gradebook import Entry, Gradebook
from grader.lms import Item, TargetSettings
from grader.model.result import Result
from grader.personal.derivation import folded
from grader.reports import Graded, load_format
from grader.totals import exact, rounded
from grader.uploading.decision import Offer


def offers(
    book: Gradebook,
    settings: TargetSettings,
    item: Item,
    accounts: Mapping[str, str] | None,
    students: Collection[str] = (),
) -> Iterator[Offer]:
    """Yield what there is for each student, or for these ones.

    `accounts` says who is who on the platform; None where students have their own names there.
    What was deducted for lateness, which attempt counts and what was given by hand is all in it.
    """
    feedback = load_format("feedback")
    mapped = {folded(student): account for student, account in (accounts or {}).items()}
    for entry in book:
        if students and entry.student not in students:
            continue
        account = entry.student if accounts is None else mapped.get(folded(entry.student))
        if entry.result is None:
            yield Offer(student=entry.student, account=account)
            continue
        comment = None
        if settings.feedback:
            comment = feedback.render(Graded(entry.result, book.lab), settings.language)
        yield Offer(
            student=entry.student,
            points=_points(entry.result, settings, item),
            comment=comment,
            review=_open(entry),
            account=account,
        )


def _open(entry: Entry) -> bool:
    return entry.result is None or entry.result.needs_review or not entry.result.judged


def _points(result: Result, settings: TargetSettings, item: Item) -> float:
    if settings.points == "as-is" or item.max_points is None:
        return result.points
    share = exact(result.points) / exact(result.max_points)
    return rounded(share * exact(item.max_points))
