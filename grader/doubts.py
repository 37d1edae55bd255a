"""Which Docker calls may have failed through our fault, and not the student's.

The engine answers 500 to much that a student can cause, such as a command that does not exist. What
it says then is known (`engine/quirks.py`); any other failure of the engine, and a field of a
request that the gateway does not know, is a reason for a person to look at a result that fell
short.
"""

from __future__ import annotations

from collections.abc import Iterable

from grader.engine.quirks import STUDENTS_OWN
from grader.model.evidence import Call
from grader.model.record import Text

ENGINE_FAILED = 500
"""From this HTTP status on, the engine says that it failed itself."""

UNKNOWN_FIELD = "unknown-field"
"""The gateway's rule for what its strict forms do not name: an option that we overlooked."""

FOLDER_MOUNT = "folder-mount"
"""The gateway's rule for a folder of the workbench that it could not mount, for want of rights."""

OURS = frozenset({UNKNOWN_FIELD, FOLDER_MOUNT})
"""Rules whose refusals say more about us than about the student."""

MOST_SHOWN = 3


def doubtful(calls: Iterable[Call]) -> list[Call]:
    """Return the calls whose failure may be ours."""
    return [call for call in calls if _is_doubtful(call)]


def _is_doubtful(call: Call) -> bool:
    if call.refused is not None:
        return call.refused in OURS
    if call.status < ENGINE_FAILED or call.method == "HEAD":
        return False  # an answer to HEAD has no text; the client asks again with GET or PUT
    return not any(part in (call.message or "") for part in STUDENTS_OWN)


def note(calls: Iterable[Call], lines: Iterable[int | None]) -> Text:
    """Return the note on doubtful calls; `lines` are those of the submission that made them."""
    known = list(dict.fromkeys(line for line in lines if line is not None))
    shown = ", ".join(str(line) for line in known[:MOST_SHOWN])
    shown += " …" if len(known) > MOST_SHOWN else ""
    said = next((call.message for call in calls if call.message), None)
    ko = f"{shown}번째 줄의 Docker 요청이" if shown else "Docker 요청이"
    en = f"a Docker call of line {shown}" if shown else "a Docker call"
    why = f": {' '.join(said.split())[:200]}" if said else ""
    return Text(
        ko=f"{ko} 학생의 잘못이 아닌 문제로 실패하였을 수 있습니다. 사람이 확인해야 합니다{why}",
        en=f"{en} may have failed through no fault of the student; needs review{why}",
    )
