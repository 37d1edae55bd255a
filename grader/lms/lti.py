"""Any platform that speaks LTI 1.3: Assignment and Grade Services 2.0, Names and Roles 2.0.

The course is a tool of the platform. Its grades go to a line item, a column of the gradebook, that
is found by its tag, which is the lab's name, or made; or that `items` names by its address.

    upload:
      lti:
        kind: lti
        token_url: https://moodle.example.org/mod/lti/token.php
        client_id: A1b2C3
        key: {file: ~/.config/lab-grader/tool.pem}
        key_id: lab-grader
        lineitems: https://moodle.example.org/mod/lti/services.php/2/lineitems?type_id=1
        memberships: https://moodle.example.org/mod/lti/services.php/CourseSection/2/bindings/1/memberships

The services do not say who set a grade. What is not what we wrote last, somebody set.
"""

from __future__ import annotations

import contextlib
import json
import re
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, cast
from urllib.parse import urljoin, urlsplit

import httpx2 as httpx

from grader.errors import LmsError, LmsUnavailable, UsageError
from grader.lms import Column, Grade, Held, Item, Lms, Participant, TargetSettings
from grader.lms._addresses import next_page, same_host, shown, with_path, with_query
from grader.lms._answer import parsed, said
from grader.lms._grant import Grants, ScopeRefused
from grader.lms._html import to_text
from grader.lms._lti_answers import LineItem, Member, Members, Result
from grader.lms._settings import Secret, Url
from grader.lms._web import Web

Platform = Literal["moodle", "canvas", "other"]

AGS = "https://purl.imsglobal.org/spec/lti-ags/scope/"
LINEITEM, LINEITEM_READ = f"{AGS}lineitem", f"{AGS}lineitem.readonly"
RESULT, SCORE = f"{AGS}result.readonly", f"{AGS}score"
MEMBERS = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"

LIS = "application/vnd.ims.lis"
LINEITEM_TYPE = f"{LIS}.v2.lineitem+json"
LINEITEMS_TYPE = f"{LIS}.v2.lineitemcontainer+json"
RESULTS_TYPE = f"{LIS}.v2.resultcontainer+json"
SCORE_TYPE = f"{LIS}.v1.score+json"
MEMBERS_TYPE = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"

CANVAS_SUBMISSION = "https://canvas.instructure.com/lti/submission"
CANVAS_PAGE = {"limit": "100"}
"""Its pages have ten rows by default. Moodle answers 404 to any limit of results."""
MOST_PAGES = 10_000
LONGEST_LABEL = 255
DECIMALS = 5
MARKUP = re.compile(r"\s*<(?:p|div|span|ul|ol|table|h[1-6]|strong|em|br)\b", re.IGNORECASE)
"""How a text begins that was written in Moodle's editor."""

ANSWERED = 200, 201, 202, 204
UNAUTHORISED, FORBIDDEN, NOT_FOUND = 401, 403, 404
OLDER = 409
REFUSED = 400, 412, 422
"""Answers about one student's score: not a student of the course, for the most part."""
FAILED = 500


class Settings(TargetSettings):
    """What such a target says of itself."""

    kind: Literal["lti"]
    token_url: Url
    client_id: str
    key: Secret
    """Private RSA key in PEM, whose other half the platform knows."""
    key_id: str
    audience: str | None = None
    """Whom the assertion is for; by default, `token_url`."""
    lineitems: Url | None = None
    """Where the line items of the course are."""
    items: Mapping[str, Url] = {}
    """Lab → line item, where it is not to be found by its tag."""
    memberships: Url | None = None
    """Where the participants of the course are."""
    platform: Platform | None = None
    """By default told by `token_url`."""

    @property
    def manners(self) -> Platform:
        """Return whose extensions and faults are to be reckoned with."""
        path = urlsplit(self.token_url).path
        guess: Platform = "other"
        if path.endswith("/mod/lti/token.php"):
            guess = "moodle"
        elif path.endswith("/login/oauth2/token"):
            guess = "canvas"
        return self.platform or guess


@contextlib.contextmanager
def connect(settings: TargetSettings, root: Path) -> Iterator[Lms]:
    """Open a platform; nothing is asked yet. Raises UsageError for a key that cannot sign."""
    ours = cast("Settings", settings)
    with Web("the platform") as web:
        grants = Grants(
            web,
            token_url=ours.token_url,
            client_id=ours.client_id,
            key=ours.key.read(root),
            key_id=ours.key_id,
            audience=ours.audience or ours.token_url,
        )
        yield Tool(ours, web, grants)


class Tool:
    """The course as a tool of a platform."""

    confirms = True

    def __init__(self, settings: Settings, web: Web, grants: Grants) -> None:
        """Take an open connection."""
        self._settings = settings
        self._web = web
        self._grants = grants
        self._platform = settings.manners
        # Moodle has a filter for one student's result, so the look before each score can be short.
        self.at_once = 1 if self._platform == "moodle" else 10
        self._people: tuple[Participant, ...] | None = None
        self._held: dict[tuple[str, str], Held] = {}
        self._stored: dict[tuple[str, str], float] = {}
        """The second of the newest grade that we know of, by line item and student."""

    def participants(self) -> Sequence[Participant]:
        """Return the learners of the course. Raises UsageError where nobody said where they are."""
        url = self._settings.memberships
        if url is None:
            fix = "write memberships: URL into course.yaml, or who is who into the map by hand"
            raise UsageError("the target does not say where its participants are", fix=fix)
        if self._people is None:
            found: dict[str, Participant] = {}
            for response in self._pages(url, MEMBERS_TYPE, MEMBERS):
                for member in parsed(Members, response).members:
                    if member.is_learner:
                        found[member.user_id] = _participant(member)
            self._people = tuple(found.values())
        return self._people

    def item(self, column: Column, *, make: bool) -> Item | None:
        """Return the line item of a lab."""
        if make:
            self._grants.header(SCORE)  # whoever may not write is told before anything is done
        url = self._settings.items.get(column.lab)
        if url is not None:
            response = self._get(url, LINEITEM_TYPE, *self._reading())
            found = parsed(LineItem, response)
            return _item(found.model_copy(update={"id": url}))
        if self._settings.lineitems is None:
            problem = f"the target does not say what {column.lab} is on the platform"
            fix = "write lineitems: URL into course.yaml, or the line item into items"
            raise UsageError(problem, fix=fix)
        if (item := self._tagged(column.lab)) is not None or not make:
            return item
        lost: LmsUnavailable | None = None
        try:
            self._make(column, self._settings.lineitems)
        except LmsUnavailable as error:
            lost = error
        if (item := self._tagged(column.lab)) is not None:
            return item
        if lost is not None:
            raise lost
        problem = f"the platform made a line item for {column.lab}, and does not find it by its tag"
        raise UsageError(problem, fix="write its address into items of the target in course.yaml")

    def held(self, item: Item, users: Collection[str] | None = None) -> Mapping[str, Held]:
        """Return the results of a line item.

        Only those who have one are listed. Without the participants, nobody can tell who else is
        in the course: a score for somebody who is not is refused.
        """
        url = with_path(item.id, "/results")
        if self._platform == "canvas":
            url = with_query(url, CANVAS_PAGE)
        elif self._platform == "moodle" and users is not None and len(users) == 1:
            url = with_query(url, {"user_id": next(iter(users))})
        found: dict[str, Held] = {}
        for response in self._pages(url, RESULTS_TYPE, RESULT):
            for row in parsed(list[Result], response):
                found[row.userId] = self._taken(row, item)
        if users is not None:
            found = {user: found.get(user, Held()) for user in users}
        if self._settings.memberships is not None:
            there = {one.id for one in self.participants()}
            if users is None:
                found = {user: Held() for user in there} | found
            found = {user: held for user, held in found.items() if user in there}
        self._remember(item, found)
        return found

    def write(self, item: Item, grades: Sequence[Grade]) -> Mapping[str, str]:
        """Post a score for each student."""
        refused: dict[str, str] = {}
        for grade in grades:
            said_no = self._score(item, grade)
            if said_no is not None:
                refused[grade.user] = said_no
        return refused

    def _tagged(self, tag: str) -> Item | None:
        """Return the line item with a tag. Raises UsageError if there are several."""
        url = with_query(cast("str", self._settings.lineitems), {"tag": tag})
        found: dict[str, LineItem] = {}
        for response in self._pages(url, LINEITEMS_TYPE, *self._reading()):
            for one in parsed(list[LineItem], response):
                if one.tag == tag:  # not all platforms know the filter
                    found[one.id] = one
        if len(found) > 1:
            problem = f"several line items have the tag {tag!r}: {', '.join(sorted(found))}"
            raise UsageError(problem, fix="write the right one into items in course.yaml")
        for one in found.values():
            return _item(one, like=url)
        return None

    def _make(self, column: Column, url: str) -> None:
        body = {
            "scoreMaximum": column.max_points,
            "label": column.title[:LONGEST_LABEL],
            "tag": column.lab,
            "resourceId": column.lab,
        }
        try:
            header = self._grants.header(LINEITEM)
        except ScopeRefused as error:
            problem = f"{column.lab} is not on the platform, and the tool may not make columns"
            fix = "let it manage columns (not only synchronise grades), or make the column there "
            fix += f"with the tag {column.lab}, or write a line item into items in course.yaml"
            raise UsageError(problem, fix=fix) from error
        response = self._web.write(
            "POST", url, headers={**header, "Content-Type": LINEITEM_TYPE}, content=_json(body)
        )
        if response.status_code not in ANSWERED:
            raise _refusal(response, "make a line item")

    def _reading(self) -> tuple[str]:
        """Return a scope that lets us read line items; some platforms grant only one of the two."""
        try:
            self._grants.header(LINEITEM)
        except ScopeRefused:
            return (LINEITEM_READ,)
        return (LINEITEM,)

    def _score(self, item: Item, grade: Grade) -> str | None:
        """Post one score, and return what the platform said against it."""
        comment = grade.comment
        if comment is None and self._platform != "canvas":
            comment = self._told(item, grade.user)
        self._wait_for_next_second(item, grade.user)
        now = datetime.now(UTC)
        body = {
            "userId": grade.user,
            "scoreGiven": round(grade.points, DECIMALS),
            "scoreMaximum": item.max_points,
            "activityProgress": "Completed",
            # Anything else takes the student's grade away, in Moodle and in Canvas.
            "gradingProgress": "FullyGraded",
            "timestamp": now.isoformat(timespec="milliseconds"),
        }
        if comment:
            body["comment"] = comment
        if self._platform == "canvas":
            # Each score would count as another attempt of the student.
            body[CANVAS_SUBMISSION] = {"new_submission": False}
        key = item.id, grade.user
        before = self._stored.get(key)
        self._stored[key] = max(now.timestamp() // 1, before or 0.0)
        response = self._send_score(with_path(item.id, "/scores"), _json(body))
        status = response.status_code
        if status in ANSWERED:
            return None
        if status == OLDER or (status in REFUSED and "timestamp" in response.text.lower()):
            return _too_old(said(response), before, now)
        if status in REFUSED:
            return f"{said(response)} (not a student who can get grades in this course?)"
        if status == FAILED:
            return f"{said(response)} (is the grade or its column locked there?)"
        raise _refusal(response, "write scores")

    def _send_score(self, url: str, content: bytes) -> httpx.Response:
        for again in (False, True):
            header = self._grants.header(SCORE)
            response = self._web.write(
                "POST",
                url,
                headers={**header, "Content-Type": SCORE_TYPE},
                content=content,
                last_word=_is_last_word,
            )
            if response.status_code != UNAUTHORISED or again:
                break
            self._grants.forget(SCORE)
        return response

    def _told(self, item: Item, user: str) -> str | None:
        """Return the text that a student has: a score without one takes it away in Moodle."""
        if (item.id, user) not in self._held:
            self.held(item, {user})
        held = self._held.get((item.id, user))
        text = "\n\n".join(held.comments or ()) if held else ""
        return text or None

    def _wait_for_next_second(self, item: Item, user: str) -> None:
        """Wait until a score is newer than the grade there: Moodle compares whole seconds."""
        stored = self._stored.get((item.id, user))
        while stored is not None and stored <= (now := time.time()) < stored + 1:
            time.sleep(stored + 1 - now)

    def _taken(self, row: Result, item: Item) -> Held:
        """Return what a row says, in points of the line item."""
        # Moodle says that there is none; Canvas may just not say it.
        comments: tuple[str, ...] | None = () if self._platform == "moodle" else None
        if row.comment:
            # Ours is plain; what a teacher wrote in an editor is not.
            text = to_text(row.comment) if MARKUP.match(row.comment) else row.comment
            comments = (text,)
        points = row.points(item.max_points or 1.0)
        if points is None:
            return Held(at=row.timestamp, comments=comments or ())
        return Held(points=round(points, DECIMALS), at=row.timestamp, comments=comments)

    def _remember(self, item: Item, found: Mapping[str, Held]) -> None:
        """Keep what the next score must not take away, and when it was stored."""
        for user, held in found.items():
            key = item.id, user
            self._held[key] = held
            if (at := _second(held.at)) is not None:
                self._stored[key] = at

    def _pages(self, url: str, accept: str, *scopes: str) -> Iterator[httpx.Response]:
        """Yield all pages from an address on. Raises LmsError for a way that leads elsewhere."""
        seen: set[str] = set()
        while url not in seen:
            if len(seen) == MOST_PAGES:
                raise LmsError(f"{shown(url)} has more than {MOST_PAGES} pages")
            seen.add(url)
            response = self._get(url, accept, *scopes)
            yield response
            following = next_page(url, response.headers.get("link", ""))
            if following is None:
                return
            url = following

    def _get(self, url: str, accept: str, *scopes: str) -> httpx.Response:
        for again in (False, True):
            header = self._grants.header(*scopes)
            response = self._web.read("GET", url, headers={**header, "Accept": accept})
            if response.status_code != UNAUTHORISED or again:
                break
            self._grants.forget(*scopes)
        if response.status_code not in ANSWERED:
            raise _refusal(response, "read this")
        return response


def _item(found: LineItem, like: str | None = None) -> Item:
    if found.scoreMaximum is None or found.scoreMaximum <= 0:
        problem = f"the line item {shown(found.id)} has no maximum: {found.scoreMaximum}"
        raise UsageError(problem, fix="set one there; only columns with points can take grades")
    url = found.id if like is None else same_host(urljoin(like, found.id), like=like)
    return Item(id=url, place=f"lti {url}", name=found.label, max_points=found.scoreMaximum)


def _participant(member: Member) -> Participant:
    return Participant(
        id=member.user_id,
        name=member.name or "",
        email=member.email or None,
        sis_id=member.lis_person_sourcedid or None,
    )


def _refusal(response: httpx.Response, what: str) -> Exception:
    """Return the error for an answer that is about the target, not about one student."""
    problem = f"the tool may not {what} at {shown(str(response.request.url))}: {said(response)}"
    if response.status_code in {UNAUTHORISED, FORBIDDEN}:
        fix = "allow the tool its services on the platform, and see that it is in the course"
        return UsageError(problem, fix=fix)
    if response.status_code == NOT_FOUND:
        problem = f"there is nothing at {shown(str(response.request.url))}: {said(response)}"
        return UsageError(problem, fix="look at the addresses of the target in course.yaml")
    return LmsError(f"{shown(str(response.request.url))} answered {said(response)}")


def _is_last_word(response: httpx.Response) -> bool:
    """Return whether Moodle's service itself says 500: so it refuses what is locked.

    It labels the answer as ours was; a passing fault of the server has a page of its own.
    """
    label = response.headers.get("content-type", "")
    return response.status_code == FAILED and label.startswith(SCORE_TYPE)


def _too_old(why: str, stored: float | None, now: datetime) -> str:
    """Explain the refusal of a time; ours is the true one, and no other is sent."""
    if stored is not None and stored > now.timestamp():
        there = datetime.fromtimestamp(stored, UTC).isoformat()
        return f"{why}: the grade there is from the future ({there}); remove it there"
    return f"{why}: the grade there was stored at the same moment, or this machine's clock is late"


def _second(at: str | None) -> float | None:
    """Return the second of a time that a platform says; None for what is no time."""
    try:
        when = datetime.fromisoformat(at or "")
        return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp() // 1
    except (ValueError, OverflowError):
        return None


def _json(content: object) -> bytes:
    """Return ASCII on one line: Moodle puts a refused body into the reason phrase."""
    return json.dumps(content).encode()
