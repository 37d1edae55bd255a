"""Moodle's offline grading worksheet, as it hands it out and takes it back.

The file was seen on Moodle 4.3; what is skipped when it comes back was read in its source.
"""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, datetime

from fake_moodle import TEACHER, FakeMoodle, Given

MARK = "\ufeff"
HEADERS = {
    "en": (
        "Identifier",
        "Full name",
        "Email address",
        "Status",
        "Grade",
        "Maximum Grade",
        "Grade can be changed",
        "Last modified (submission)",
        "Online text",
        "Last modified (grade)",
        "Feedback comments",
    ),
    # Not every string has been translated in the Korean pack.
    "ko": (
        "식별자",
        "전체 이름",
        "이메일 주소",
        "상태",
        "성적",
        "최대 성적",
        "Grade can be changed",
        "마지막 수정됨(제출)",
        "온라인 텍스트",
        "마지막 수정됨(성적)",
        "피드백 코멘트",
    ),
}
PARTICIPANT = {"en": "Participant ", "ko": "참가자"}
YES_NO = {"en": ("Yes", "No"), "ko": ("예", "아니오")}
DATES = {"en": "%A, %d %B %Y, %I:%M %p", "ko": "%Y년 %m월 %d일, %H:%M"}
FIRST = 9001
"""Participants are numbered anew in each assignment."""


def downloaded(
    site: FakeMoodle,
    assignment: int,
    language: str = "en",
    *,
    comma: bool = False,
    online: str = "",
) -> bytes:
    """Return the worksheet; `comma` is a language with a decimal comma."""
    yes, no = YES_NO[language]
    lines = [HEADERS[language]]

    def number(value: float) -> str:
        return f"{value:.2f}".replace(".", "," if comma else ".")

    for row, user in enumerate(site._graded_users()):
        given = site.given.get((assignment, user.id), Given())
        line = site.line(assignment, user.id)
        at = datetime.fromtimestamp(given.at, UTC).strftime(DATES[language])
        lines.append(
            (
                f"{PARTICIPANT[language]}{FIRST + row}",
                user.fullname,
                user.email,
                "No submission",
                number(given.points) if given.points >= 0 else "",
                number(site.assignments[assignment].grade),
                no if line.overridden or line.locked else yes,
                "-",
                online,
                at if given.at else "-",
                given.text,
            )
        )
    return (MARK + "".join(",".join(map(_cell, line)) + "\n" for line in lines)).encode()


def uploaded(
    site: FakeMoodle, assignment: int, data: bytes, language: str = "en", *, newer: bool = False
) -> list[str]:
    """Take a worksheet back, and return who got a grade.

    `newer` is the box "Allow updating records that have been modified more recently".
    """
    # PHP's reader takes a backslash before a quote for one that is no end of the cell.
    text = re.sub(r'\\(?!")', r"\\\\", data.decode("utf-8-sig"))
    header, *rows = csv.reader(io.StringIO(text, newline=""), escapechar="\\")
    at = {name: header.index(name) for name in header}
    identifier, grade, modified, feedback = (HEADERS[language][n] for n in (0, 4, 9, 10))
    changed: list[str] = []
    users = site._graded_users()
    for row in rows:
        participant = int(row[at[identifier]][len(PARTICIPANT[language]) :])
        user = users[participant - FIRST]
        key = assignment, user.id
        given = site.given.get(key)
        stale = given is not None and given.at > _read(row[at[modified]]) + 60
        if stale and not newer:
            continue
        points = float(row[at[grade]].replace(" ", "").replace(",", ".") or -1)
        line = site.line(*key)
        most = site.assignments[assignment].grade
        same = given is not None and given.points == points
        if not (same or line.overridden or line.locked or not 0 <= points <= most):
            site._keep(site.assignments[assignment], user.id, points, TEACHER, None, 1)
            changed.append(user.username)
        words = row[at[feedback]]
        if words != (given.text if given else ""):
            kept = site.given.setdefault(key, Given())
            kept.text, kept.grader = words, TEACHER
            site._push(site.assignments[assignment], user.id)
    return changed


def _cell(text: str) -> str:
    """Return a cell as PHP's `fputcsv` writes it: in quotes wherever there is a blank, too."""
    return '"' + text.replace('"', '""') + '"' if re.search(r'[\s",\\]', text) else text


def _read(date: str) -> int:
    """Return what PHP's `strtotime` makes of a date: nothing of a Korean one."""
    try:
        return int(datetime.strptime(date, DATES["en"]).replace(tzinfo=UTC).timestamp())
    except ValueError:
        return 0
