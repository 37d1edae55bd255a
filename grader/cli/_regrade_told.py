"""What a regrade tells: as text for people, as JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict

from rich.cells import cell_len

from grader.model.lab import Lab
from grader.model.record import Language, Text
from grader.regrading.effect import Effect, Grade
from grader.regrading.preview import BINS, Preview
from grader.reports._text import number, one_line

MOST = 20
"""Students that are named in the text; JSON names many more."""
BAR = 24
"""Signs of the longest bar."""

Written = tuple[str, int] | None
"""The change that it was written as, and for how many students; None where nothing was."""
Words = Callable[[str, str], str]
"""Takes a text in Korean and in English, and returns the one that is wanted."""


def as_json(lab: Lab, preview: Preview, written: Written) -> str:
    """Return a regrade for programs."""
    told = {
        "format": 1,
        "lab": lab.id,
        "students": preview.students,
        "up": preview.up,
        "down": preview.down,
        "otherwise": preview.otherwise,
        "reworded": preview.reworded,
        "newly_passed": preview.newly_passed,
        "newly_failed": preview.newly_failed,
        "criteria": {name: asdict(tally) for name, tally in preview.criteria.items()},
        "before": preview.before,
        "after": preview.after,
        "changes": [_effect(effect) for effect in preview.furthest()],
        "by_hand": preview.kept,
        "by_hand_unfit": {one.student: one.misfits for one in preview.misfits},
        "unanswered": {
            one.student: {name: reason.en for name, reason in one.unanswered}
            for one in preview.unanswered
        },
        "unread": {one.student: one.fault for one in preview.unread},
        "written": None if written is None else {"change": written[0], "students": written[1]},
    }
    return json.dumps(told, ensure_ascii=False, indent=2) + "\n"


def _effect(effect: Effect) -> dict[str, object]:
    return {
        "student": effect.student,
        "before": effect.before and asdict(effect.before),
        "after": effect.after and asdict(effect.after),
        "criteria": [asdict(moved) for moved in effect.moved],
    }


def as_text(lab: Lab, preview: Preview, written: Written, language: Language) -> str:
    """Return a regrade for people."""

    def words(ko: str, en: str) -> str:
        return ko if language == "ko" else en

    parts = (
        _head(lab, preview, words),
        _students(preview, words),
        _criteria(preview, words),
        _histogram(preview, words),
        "".join(_by_hand(preview, words)),
        "".join(_unknown(lab, preview, language, words)),
        _end(preview, written, words),
    )
    return "\n".join(part for part in parts if part)


def _head(lab: Lab, preview: Preview, words: Words) -> str:
    all_, compared = preview.students, max(1, sum(preview.before))
    told = words(
        f"{lab.id}: {all_}명을 다시 채점하였으나 달라지는 점수가 없습니다.\n",
        f"{lab.id}: {all_} students scored again; no score changes\n",
    )
    if preview.changed:
        before, after = (number(total / compared) for total in preview.sums)
        told = words(
            f"{lab.id}: {all_}명 가운데 {preview.changed}명이 달라집니다: 오름 {preview.up}, "
            f"내림 {preview.down}, 같음 {preview.otherwise} (만점에 대한 비율로 비교)\n"
            f"평균 {before} % → {after} %, 새로 합격 {preview.newly_passed}, "
            f"합격 취소 {preview.newly_failed}\n",
            f"{lab.id}: {preview.changed} of {all_} students change: up {preview.up}, "
            f"down {preview.down}, same {preview.otherwise} (as shares of all points)\n"
            f"mean {before} % → {after} %, newly passed {preview.newly_passed}, "
            f"no longer passed {preview.newly_failed}\n",
        )
    if preview.reworded:
        told += words(
            f"글만 달라지는 결과: {preview.reworded}\n",
            f"results of which only texts change: {preview.reworded}\n",
        )
    return told


def _students(preview: Preview, words: Words) -> str:
    effects = preview.furthest()
    rows = [
        (
            one_line(effect.student),
            _grade(effect.before),
            "→",
            _grade(effect.after),
            ", ".join(f"{moved.id} {_moved(moved.before, moved.after)}" for moved in effect.moved),
        )
        for effect in effects[:MOST]
    ]
    text = _columns(rows)
    if preview.changed > MOST:
        more = preview.changed - MOST
        text += words(
            f"… 외 {more}명: --json으로 볼 수 있습니다.\n", f"… and {more} more: see --json\n"
        )
    return text


def _grade(grade: Grade | None) -> str:
    return "–" if grade is None else f"{number(grade.points)}/{number(grade.max_points)}"


def _moved(before: float | None, after: float | None) -> str:
    if before is None or after is None:
        return f"({_points(before)} → {_points(after)})"
    return f"{after - before:+g}"


def _points(value: float | None) -> str:
    return "–" if value is None else number(value)


def _criteria(preview: Preview, words: Words) -> str:
    if not preview.criteria:
        return ""
    rows = [
        (name, words("오름", "up"), str(tally.up), words("내림", "down"), str(tally.down))
        for name, tally in sorted(preview.criteria.items())
    ]
    return words("기준별\n", "by criterion\n") + _columns(rows)


def _histogram(preview: Preview, words: Words) -> str:
    if not preview.changed:
        return ""
    most = max((*preview.before, *preview.after, 1))
    rows = []
    for bin_, (before, after) in enumerate(zip(preview.before, preview.after, strict=True)):
        low, high = bin_ * 100 // BINS, (bin_ + 1) * 100 // BINS - (bin_ < BINS - 1)
        bars = (f"{'#' * -(-count * BAR // most)} {count}".strip() for count in (before, after))
        rows.append((f"{low}–{high} %", *bars))
    return _columns([("", words("이전", "before"), words("이후", "after")), *rows])


def _by_hand(preview: Preview, words: Words) -> Iterator[str]:
    if preview.kept:
        yield words(
            f"직접 정한 점수 {preview.kept}개는 그대로 둡니다.\n",
            f"points given by hand, and kept: {preview.kept}\n",
        )
    for effect in preview.misfits:
        names = ", ".join(effect.misfits)
        yield words(
            f"{one_line(effect.student)}: 직접 정한 점수가 더는 맞지 않습니다: {names}\n",
            f"{one_line(effect.student)}: points given by hand no longer fit: {names}\n",
        )


def _unknown(lab: Lab, preview: Preview, language: Language, words: Words) -> Iterator[str]:
    """Name whom the record does not answer for, and what to do about it."""
    reasons: dict[tuple[str, Text], list[str]] = {}
    for effect in preview.unanswered:
        for name, reason in effect.unanswered:
            reasons.setdefault((name, reason), []).append(effect.student)
    for (name, reason), students in reasons.items():
        yield f"{name}: {one_line(reason.in_(language))}\n  {_named(students)}\n"
    for effect in preview.unread:
        yield f"{one_line(effect.student)}: {one_line(effect.fault)}\n"
    students = [effect.student for effect in (*preview.unanswered, *preview.unread)]
    if students:
        again = ",".join(dict.fromkeys(students))
        yield (
            words("위 학생만 다시 실행해야 합니다:\n", "only these have to be replayed:\n")
            + f"  grade class {lab.id} --force --students {one_line(again)}\n"
        )


def _named(students: Sequence[str]) -> str:
    more = f" … (+{len(students) - MOST})" if len(students) > MOST else ""
    return one_line(", ".join(students[:MOST])) + more


def _end(preview: Preview, written: Written, words: Words) -> str:
    if written is None:
        return (
            words(
                "아직 아무것도 바꾸지 않았습니다. --apply를 붙이면 반영합니다.\n",
                "nothing is changed yet; --apply makes it so\n",
            )
            if preview.changed or preview.reworded
            else ""
        )
    change, students = written
    if not students:
        return words("바꿀 것이 없습니다.\n", "there was nothing to write\n")
    return words(
        f"{students}명에게 반영하였습니다. `grade undo {change}`로 되돌릴 수 있습니다.\n",
        f"written, for {students} students; take it back with `grade undo {change}`\n",
    )


def _columns(rows: Sequence[tuple[str, ...]]) -> str:
    """Return rows as columns, as wide as Korean letters need."""
    if not rows:
        return ""
    wide = [max(cell_len(row[at]) for row in rows) for at in range(len(rows[0]))]
    lines = (
        "  ".join(cell + " " * (wide[at] - cell_len(cell)) for at, cell in enumerate(row))
        for row in rows
    )
    return "".join(f"  {line.rstrip()}\n" for line in lines)
