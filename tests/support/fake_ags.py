"""A platform with LTI 1.3 services, as Moodle 4.3 or Canvas has them, their traps included.

What Moodle does was measured on a real one, or read in its source (mod/lti); what Canvas does was
read in its source (app/controllers/lti/ims). A teacher, too, can set grades here at any moment.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal
from urllib.parse import parse_qsl, urlencode

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

AGS = "https://purl.imsglobal.org/spec/lti-ags/scope/"
NRPS = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
ALL_SCOPES = frozenset(
    {f"{AGS}{name}" for name in ("lineitem", "lineitem.readonly", "result.readonly", "score")}
    | {NRPS}
)
LIS = "application/vnd.ims.lis"
EXTENSION = "https://canvas.instructure.com/lti/submission"
COURSE = 2
CANVAS_PAGE = 10


def key_pair() -> tuple[str, str]:
    """Return a private and a public key in PEM."""
    key = rsa.generate_private_key(65537, 2048)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return private.decode(), public.decode()


PRIVATE, PUBLIC = key_pair()


@dataclass
class Member:
    """Somebody in the course."""

    name: str = ""
    email: str = ""
    sis: str = ""
    roles: tuple[str, ...] = ("Learner",)
    status: str = "Active"

    @property
    def is_student(self) -> bool:
        """Return whether there can be grades."""
        return any(role.endswith("Learner") for role in self.roles) and self.status == "Active"


@dataclass
class Grade:
    """What is in one cell of the gradebook."""

    points: float | None
    stored: float
    comment: str | None = None
    by: Literal["tool", "teacher"] = "tool"
    overridden: bool = False
    locked: bool = False
    comments: list[str] = field(default_factory=list)
    """Canvas keeps each comment that was ever sent."""
    attempts: int = 0
    """Canvas counts a submission for each score that does not say it is none."""


@dataclass
class LineItem:
    """A column of the gradebook."""

    id: int
    label: str
    maximum: float
    tag: str = ""
    resource_id: str = ""
    activity: bool = False
    """The column of an LTI activity, and not one that the tool made."""
    grades: dict[str, Grade] = field(default_factory=dict)


@dataclass
class FakeAgs:
    """The state, which a test may look at and change; `app` serves it."""

    mode: Literal["moodle", "canvas"] = "moodle"
    scopes: frozenset[str] = ALL_SCOPES
    """What the platform's administrator allows the tool."""
    expires_in: float = 3600
    public_key: str = PUBLIC
    key_id: str = "key-1"
    client_id: str = "tool-1"
    members: dict[str, Member] = field(default_factory=dict)
    items: list[LineItem] = field(default_factory=list)
    tokens: dict[str, tuple[frozenset[str], float]] = field(default_factory=dict)
    """Token → what it is for, and until when."""
    assertions: list[dict[str, Any]] = field(default_factory=list)
    """Claims of all that were accepted."""
    scores: list[dict[str, Any]] = field(default_factory=list)
    """Bodies of all that were taken."""
    forgets_tags: bool = False
    filters: bool = True
    """Not all platforms know how to list only the columns of a tag."""
    tells_comments: bool = True

    def item(self, tag: str) -> LineItem:
        """Return the column of a tag."""
        (found,) = (item for item in self.items if item.tag == tag)
        return found

    def add_item(self, tag: str, maximum: float = 100, *, activity: bool = False) -> LineItem:
        """Make a column, as a teacher or an activity would."""
        number = len(self.items) + 11
        self.items.append(LineItem(number, tag or "column", maximum, tag, activity=activity))
        return self.items[-1]

    def teacher_sets(
        self,
        tag: str,
        user: str,
        points: float | None,
        comment: str | None = None,
        at: float | None = None,
    ) -> None:
        """Set a grade by hand; in the column of an activity, that overrides it."""
        item = self.item(tag)
        grade = item.grades.setdefault(user, Grade(None, 0))
        grade.points, grade.stored, grade.by = points, at or time.time(), "teacher"
        if comment is not None:
            grade.comment = comment
        grade.overridden = item.activity

    def held(self, tag: str) -> dict[str, float | None]:
        """Return the points of all students who have some."""
        return {user: grade.points for user, grade in self.item(tag).grades.items()}

    @property
    def app(self) -> FastAPI:
        """Return what serves it."""
        return _moodle(self) if self.mode == "moodle" else _canvas(self)

    def settings(self, base: str, **more: object) -> dict[str, Any]:
        """Return what a target says of this platform, at an address."""
        if self.mode == "moodle":
            services = f"{base}/mod/lti/services.php"
            addresses = {
                "token_url": f"{base}/mod/lti/token.php",
                "lineitems": f"{services}/{COURSE}/lineitems?type_id=1",
                "memberships": f"{services}/CourseSection/{COURSE}/bindings/1/memberships",
            }
        else:
            addresses = {
                "token_url": f"{base}/login/oauth2/token",
                "lineitems": f"{base}/api/lti/courses/{COURSE}/line_items",
                "memberships": f"{base}/api/lti/courses/{COURSE}/names_and_roles",
            }
        ours = {
            "kind": "lti",
            "client_id": self.client_id,
            "key": {"env": "TOOL_KEY"},
            "key_id": self.key_id,
        }
        return ours | addresses | more

    def grant(self, form: Mapping[str, str], url: str) -> tuple[int, dict[str, Any]]:
        """Answer a request for a token."""
        if form["grant_type"] != "client_credentials":
            return 400, {"error": "unsupported_grant_type"}
        try:
            assert jwt.get_unverified_header(form["client_assertion"])["kid"] == self.key_id
            options = {"require": ["iss", "sub", "aud", "iat", "exp", "jti"]}
            # Moodle did not look whom the assertion is for; Canvas wants its own address there.
            options["verify_aud"] = self.mode == "canvas"  # type: ignore[assignment]
            claims = jwt.decode(
                form["client_assertion"],
                self.public_key,
                algorithms=["RS256"],
                audience=url,
                options=options,  # type: ignore[arg-type]
            )
            assert claims["iss"] == claims["sub"] == self.client_id
            assert claims["exp"] - claims["iat"] <= 60
            assert claims["jti"] not in {old["jti"] for old in self.assertions}
        except (jwt.PyJWTError, AssertionError, KeyError):
            return 400, {"error": "invalid_client"}
        self.assertions.append(claims)
        asked = form["scope"].split()
        granted = [scope for scope in asked if scope in self.scopes]
        # Moodle grants what is allowed of what was asked; Canvas all or nothing.
        if not granted or (self.mode == "canvas" and granted != asked):
            return 400, {"error": "invalid_scope"}
        token = f"token-{len(self.tokens) + 1}"
        self.tokens[token] = frozenset(granted), time.monotonic() + self.expires_in
        return 200, {
            "access_token": token,
            "token_type": "Bearer",
            "expires_in": self.expires_in,
            "scope": " ".join(granted),
        }

    def allows(self, request: Request, *scopes: str) -> bool:
        """Return whether a request has a good token for one of these."""
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        granted, until = self.tokens.get(token, (frozenset(), 0.0))
        return time.monotonic() < until and any(scope in granted for scope in scopes)

    def tagged(self, request: Request) -> list[LineItem]:
        """Return the columns that a request asks for."""
        tag = request.query_params.get("tag")
        return [item for item in self.items if item.tag == (tag or item.tag) or not self.filters]

    def make(self, body: Mapping[str, Any]) -> LineItem:
        """Make a column for the tool."""
        tag = "" if self.forgets_tags else str(body.get("tag", ""))
        item = LineItem(len(self.items) + 11, body["label"], body["scoreMaximum"], tag)
        item.resource_id = str(body.get("resourceId", ""))
        self.items.append(item)
        return item


class Phrased(Response):
    """An answer whose reason phrase is not the usual one; its body says nothing.

    So Moodle answers to refused scores; it closes the connection, as HTTP/1.0 does.
    """

    def __init__(self, status: int, reason: str, label: str) -> None:
        super().__init__("[]", status)
        self.reason, self.label = reason, label

    async def __call__(
        self,
        scope: Scope,
        receive: Receive,
        send: Send,  # noqa: ARG002 - it knows the usual phrases only
    ) -> None:
        head = f"HTTP/1.0 {self.status_code} {self.reason}\r\nContent-Type: {self.label}\r\n"
        connection: asyncio.Transport = scope["state"]["connection"]
        connection.write(head.encode() + b"Content-Length: 2\r\n\r\n[]")
        connection.close()
        while (await receive())["type"] != "http.disconnect":
            pass


async def _form(request: Request) -> dict[str, str]:
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    return dict(parse_qsl((await request.body()).decode()))


def _problem(request: Request, status: int, reason: str) -> Response:
    """Return what Moodle answers to what it refuses, but for scores."""
    asked = {"method": request.method, "url": request.url.path}
    return JSONResponse({"status": status, "reason": reason, "request": asked}, status)


def _moodle(state: FakeAgs) -> FastAPI:  # noqa: C901 - one function for each address
    app = FastAPI()
    root = "/mod/lti/services.php"

    def unlabelled(request: Request, wanted: str, header: str = "accept") -> Response | None:
        # Compared letter by letter, to each type that any service knows: all else is 400.
        if request.headers.get(header) != wanted:
            return _problem(request, 400, "Bad Request")
        return None

    def line_item(request: Request, item: LineItem) -> dict[str, Any]:
        base = f"{str(request.base_url).rstrip('/')}{root}/{COURSE}/lineitems"
        return {
            "id": f"{base}/{item.id}/lineitem?type_id=1",
            "label": item.label,
            "scoreMaximum": item.maximum,
            "resourceId": item.resource_id,
            "tag": item.tag,
        }

    def found(number: int) -> LineItem | None:
        return next((item for item in state.items if item.id == number), None)

    @app.post("/mod/lti/token.php")
    async def token(request: Request) -> Response:
        # Labelled as HTML, which it is not.
        status, body = state.grant(await _form(request), str(request.url))
        return Response(json.dumps(body), status, media_type="text/html")

    @app.get(f"{root}/{COURSE}/lineitems")
    def line_items(request: Request) -> Response:
        if no := unlabelled(request, f"{LIS}.v2.lineitemcontainer+json"):
            return no
        if not state.allows(request, f"{AGS}lineitem", f"{AGS}lineitem.readonly"):
            return _problem(request, 401, "Unauthorized")
        return JSONResponse([line_item(request, item) for item in state.tagged(request)])

    @app.post(f"{root}/{COURSE}/lineitems")
    async def make(request: Request) -> Response:
        if no := unlabelled(request, f"{LIS}.v2.lineitem+json", "content-type"):
            return no
        if not state.allows(request, f"{AGS}lineitem"):
            return _problem(request, 401, "Unauthorized")
        body = await request.json()
        item = state.make(body)
        return JSONResponse(body | {"id": line_item(request, item)["id"]}, 201)

    @app.get(f"{root}/{COURSE}/lineitems/{{number}}/lineitem")
    def one(request: Request, number: int) -> Response:
        if no := unlabelled(request, f"{LIS}.v2.lineitem+json"):
            return no
        if not state.allows(request, f"{AGS}lineitem", f"{AGS}lineitem.readonly"):
            return _problem(request, 401, "Unauthorized")
        item = found(number)
        if item is None:
            return _problem(request, 404, f"Not Found: Grade item {number} doesn't exist")
        return JSONResponse(line_item(request, item))

    @app.get(f"{root}/{COURSE}/lineitems/{{number}}/lineitem/results")
    def results(request: Request, number: int) -> Response:
        if no := unlabelled(request, f"{LIS}.v2.resultcontainer+json"):
            return no
        if not state.allows(request, f"{AGS}result.readonly"):
            return _problem(request, 401, "Unauthorized")
        item, query = found(number), request.query_params
        # With a limit and a type, the link to the last page is never set: an error, told as 404.
        if item is None or "limit" in query or query.get("type_id") != "1":
            return _problem(request, 404, "Not Found")
        rows = []
        for user, grade in item.grades.items():
            if query.get("user_id", user) != user:
                continue
            row: dict[str, Any] = {"id": f"{request.url}", "userId": user}
            if grade.points is not None:
                # Its own maximum: that of the column, unless it is set otherwise.
                row |= {"resultScore": grade.points, "resultMaximum": item.maximum}
                row |= {"comment": grade.comment} if grade.comment else {}
                row["timestamp"] = datetime.fromtimestamp(int(grade.stored), UTC).isoformat()
            rows.append(row)
        return JSONResponse(rows)

    @app.post(f"{root}/{COURSE}/lineitems/{{number}}/lineitem/scores")
    async def scores(request: Request, number: int) -> Response:
        label = f"{LIS}.v1.score+json"
        if no := unlabelled(request, label, "content-type"):
            return no
        if not state.allows(request, f"{AGS}score"):
            return _problem(request, 401, "Unauthorized")
        item = found(number)
        if item is None:
            return _problem(request, 404, f"Not Found: Grade item {number} doesn't exist")
        text = (await request.body()).decode()
        body = json.loads(text)
        status, reason = _scored(state, item, body, text)
        if status != 200:
            return Phrased(status, reason, label)
        state.scores.append(body)
        return Response(b"", 200, media_type=label)

    @app.get(f"{root}/CourseSection/{COURSE}/bindings/1/memberships")
    def memberships(request: Request) -> Response:
        if no := unlabelled(request, "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"):
            return no
        if not state.allows(request, NRPS):
            return _problem(request, 401, "Unauthorized")
        return JSONResponse({"id": str(request.url), "members": _members(state)})

    return app


def _scored(state: FakeAgs, item: LineItem, body: dict[str, Any], text: str) -> tuple[int, str]:
    """Take a score as Moodle does."""
    user = body.get("userId", "")
    required = ("timestamp", "gradingProgress", "activityProgress")
    member = state.members.get(user)
    if member is None or not member.is_student or any(name not in body for name in required):
        # Unknown, not enrolled, or a teacher: all the same, with our own words behind it.
        return 400, "Incorrect score received" + text
    at = int(datetime.fromisoformat(body["timestamp"]).timestamp())
    grade = item.grades.get(user)
    if grade is not None and int(grade.stored) >= at:
        # Whole seconds; a grade from the future shuts out all until then.
        number = item.id
        return 409, f"Refusing score with an earlier timestamp for item {number} and user {user}"
    if grade is not None and grade.locked:
        return 500, "Internal Server Error"
    given: float | None = body.get("scoreGiven")
    if body["gradingProgress"] != "FullyGraded":
        given = None  # and takes away what was there
    if given is not None:
        share = item.maximum / body["scoreMaximum"]
        given = min(given * share, item.maximum)  # capped, without a word
    if grade is not None and grade.overridden:
        return 200, ""  # what a teacher set in the column of an activity stays
    # In a column that the tool made, whatever a teacher set is gone. So is the comment, if none is
    # sent with the score.
    item.grades[user] = Grade(given, at, body.get("comment") or None)
    return 200, ""


CANVAS = f"/api/lti/courses/{COURSE}"


def _canvas(state: FakeAgs) -> FastAPI:
    app = FastAPI()
    _canvas_columns(app, state)
    _canvas_grades(app, state)
    return app


def _canvas_address(request: Request, item: LineItem) -> str:
    return f"{str(request.base_url).rstrip('/')}{CANVAS}/line_items/{item.id}"


def _found(state: FakeAgs, number: int) -> LineItem:
    return next(item for item in state.items if item.id == number)


def _refused(status: int, message: str) -> Response:
    return JSONResponse({"errors": {"type": "refused", "message": message}}, status)


def _page(request: Request, rows: list[Any]) -> tuple[list[Any], dict[str, str]]:
    """Return a page's rows, and where the next one is."""
    size = min(int(request.query_params.get("limit", CANVAS_PAGE)), 100)
    number = int(request.query_params.get("page", 1))
    start = (number - 1) * size
    headers = {}
    if start + size < len(rows):
        query = dict(request.query_params) | {"page": str(number + 1)}
        first = f"<{request.url.replace(query='')}?page=1>"
        following = f"<{request.url.replace(query=urlencode(query))}>"
        headers["Link"] = f'{first}; rel="first",{following}; rel="next"'
    return rows[start : start + size], headers


def _canvas_columns(app: FastAPI, state: FakeAgs) -> None:
    def line_item(request: Request, item: LineItem) -> dict[str, Any]:
        url = _canvas_address(request, item)
        return {"id": url, "label": item.label, "scoreMaximum": item.maximum, "tag": item.tag}

    @app.post("/login/oauth2/token")
    async def token(request: Request) -> Response:
        status, body = state.grant(await _form(request), str(request.url))
        return JSONResponse(body, status)

    @app.get(f"{CANVAS}/line_items")
    def line_items(request: Request) -> Response:
        if not state.allows(request, f"{AGS}lineitem", f"{AGS}lineitem.readonly"):
            return _refused(401, "Invalid access token")
        rows, headers = _page(request, [line_item(request, one) for one in state.tagged(request)])
        return JSONResponse(rows, headers=headers)

    @app.post(f"{CANVAS}/line_items")
    async def make(request: Request) -> Response:
        if not state.allows(request, f"{AGS}lineitem"):
            return _refused(401, "Invalid access token")
        return JSONResponse(line_item(request, state.make(await request.json())), 201)

    @app.get(f"{CANVAS}/line_items/{{number}}")
    def one(request: Request, number: int) -> Response:
        if not state.allows(request, f"{AGS}lineitem", f"{AGS}lineitem.readonly"):
            return _refused(401, "Invalid access token")
        return JSONResponse(line_item(request, _found(state, number)))


def _canvas_grades(app: FastAPI, state: FakeAgs) -> None:
    @app.get(f"{CANVAS}/line_items/{{number}}/results")
    def results(request: Request, number: int) -> Response:
        if not state.allows(request, f"{AGS}result.readonly"):
            return _refused(401, "Invalid access token")
        if "user_id" in request.query_params:
            # Found by the number of Canvas's own only, though the ids of LTI are what it lists.
            return JSONResponse([])
        item = _found(state, number)
        rows = [
            {
                "id": f"{_canvas_address(request, item)}/results/{index}",
                "scoreOf": _canvas_address(request, item),
                "userId": user,
                "resultScore": grade.points,
                "resultMaximum": item.maximum,
                **({"comment": grade.comment} if grade.comment and state.tells_comments else {}),
            }
            for index, (user, grade) in enumerate(item.grades.items())
        ]
        rows, headers = _page(request, rows)
        return JSONResponse(rows, headers=headers)

    @app.post(f"{CANVAS}/line_items/{{number}}/scores")
    async def scores(request: Request, number: int) -> Response:
        if not state.allows(request, f"{AGS}score"):
            return _refused(401, "Invalid access token")
        item, body = _found(state, number), await request.json()
        if (no := _canvas_scored(state, item, body)) is not None:
            return no
        state.scores.append(body)
        return JSONResponse({"resultUrl": f"{_canvas_address(request, item)}/results/1"})

    @app.get(f"{CANVAS}/names_and_roles")
    def memberships(request: Request) -> Response:
        if not state.allows(request, NRPS):
            return _refused(401, "Invalid access token")
        rows, headers = _page(request, _members(state))
        return JSONResponse({"id": str(request.url), "members": rows}, headers=headers)


def _canvas_scored(state: FakeAgs, item: LineItem, body: dict[str, Any]) -> Response | None:
    """Take a score as Canvas does, or return why not."""
    user = body["userId"]
    member = state.members.get(user)
    if member is None or not member.is_student:
        return _refused(422, "User not found in course or is not a student")
    at = datetime.fromisoformat(body["timestamp"]).timestamp()
    grade = item.grades.get(user)
    if grade is not None and grade.stored > at:
        return _refused(400, f"Provided timestamp of {at} before last updated timestamp")
    grade = item.grades.setdefault(user, Grade(None, at))
    given: float | None = body.get("scoreGiven")
    if body["gradingProgress"] not in {"FullyGraded", "PendingManual"}:
        given = None  # and takes away what was there
    if given is not None:
        # More than the maximum is taken: extra credit.
        given = given * item.maximum / body["scoreMaximum"]
    grade.points, grade.stored, grade.by = given, at, "tool"
    if body.get("comment"):
        grade.comment = body["comment"]
        grade.comments.append(body["comment"])
    grade.attempts += body.get(EXTENSION, {}).get("new_submission", True)
    return None


def _members(state: FakeAgs) -> list[dict[str, Any]]:
    """Return the members as NRPS 2.0 lists them; names and addresses only where they are shared."""
    rows = []
    for user, member in state.members.items():
        row = {
            "user_id": user,
            "status": member.status,
            "roles": list(member.roles),
            "name": member.name,
            "email": member.email,
            "lis_person_sourcedid": member.sis,
        }
        rows.append({name: value for name, value in row.items() if value or name == "roles"})
    return rows
