"""One short replay with a bit of everything that a page can show, made without an engine."""

from __future__ import annotations

from typing import Any

from grader.model.evidence import Evidence
from grader.model.lab import Lab
from grader.model.record import Text
from grader.model.result import CriterionResult, GroupResult, Result
from grader.reports import Graded

BOX, SHELL = "b" * 64, "c" * 64
ALPINE, NOTED = "sha256:" + "1" * 64, "sha256:" + "2" * 64
HIDDEN = "/etc/only-the-rubric-asks-for-this"
"""A path that stands in the record because a hidden criterion is about it."""


def step(number: int, text: str, output: str = "", **more: object) -> dict[str, object]:
    """Return a step on a line of its own number."""
    fields: dict[str, object] = {
        "number": number,
        "line": number,
        "last_line": number,
        "text": text,
        "where": "host",
        "output": output,
        "status": 0,
        "at": number - 1.0,
        "seconds": 0.5,
    }
    return fields | more


def moment(label: str, at: float, number: int, **more: object) -> dict[str, object]:
    """Return a moment during a step."""
    return {"label": label, "at": at, "step": number} | more


def container(id_: str, name: str, image_id: str, *moments: object, **more: object) -> object:
    """Return a container with these moments."""
    fields: dict[str, object] = dict.fromkeys(("working_dir", "user", "hostname", "network"), "")
    fields |= dict.fromkeys(("entrypoint", "environment", "mounts", "ports"), ())
    fields |= dict.fromkeys(("tty", "open_stdin", "auto_remove"), False)
    fields |= {"image": "alpine:latest", "command": ("sh",), "labels": {}, "image_id": image_id}
    return fields | {"id": id_, "names": (name,), "moments": moments} | more


NOTE: dict[str, object] = {
    "path": "/srv/note.txt",
    "type": "file",
    "mode": 420,
    "size": 6,
    "digest": "sha256:9",
}
CHANGES = ({"kind": "C", "path": "/srv"}, {"kind": "A", "path": "/srv/note.txt"})
SNAPSHOT = {
    "changes": CHANGES,
    "files": ({**NOTE, "text": "hello\n"}, {**NOTE, "path": HIDDEN, "text": "top secret"}),
    "absent": (f"{HIDDEN}-absent",),
}
REMOVED = {
    **SNAPSHOT,
    "changes": (*CHANGES, {"kind": "D", "path": "/etc/passwd"}),
}


def story(**more: object) -> Evidence:
    """Return the evidence, with some fields changed."""
    fields: dict[str, Any] = {
        "grader": "1",
        "lab": "lab6-1",
        "student": "alice",
        "submission": "submissions/alice/lab6-1.sh",
        "submission_digest": "sha256:0",
        "recorded_at": "2026-12-01T09:00:00+00:00",
        "submitted_at": "2026-12-01T08:00:00+00:00",
        "watched": (HIDDEN,),
        "probes": ({"asked": {"run": (HIDDEN,)}, "end": "exited", "output": HIDDEN},),
        "engine": {"version": "20.10", "api_version": "1.41", "os": "linux", "arch": "amd64"},
        "images": ({"reference": "alpine:latest", "id": ALPINE, "layers": ("sha256:a",)},),
        "steps": (
            step(1, "docker run --name box -it alpine:latest sh", "welcome\n", status=None),
            step(2, "echo hello >/srv/note.txt", where=BOX),
            step(3, "cat /srv/nope", "cat: can't open '/srv/nope'\n", where=BOX, status=1),
            step(4, "exit", where=BOX),
            step(5, "docker rm box", "box\n"),
            step(6, "docker build -t noted - <<E\nFROM alpine\nRUN touch /n\nE", last_line=9),
            step(7, "docker run -d -v kept:/srv noted sleep 9", line=10, last_line=10),
            step(8, "docker wait x", "x\n", line=11, last_line=11, status=None, end="timeout"),
            step(9, "docker ps", line=12, last_line=12, status=None, end="untyped", seconds=0),
        ),
        "containers": (
            container(
                BOX,
                "box",
                ALPINE,
                moment("created", 0.2, 1),
                moment("start 1", 0.3, 1),
                moment("exit 1", 3.4, 4, exit_code=0, snapshot=SNAPSHOT),
                moment("removed", 4.3, 5, snapshot=REMOVED),
            ),
            container(
                SHELL,
                "calm_otter",
                NOTED,
                moment("created", 6.1, 7),
                moment("failed start 1", 6.2, 7, message="no such program"),
                moment("start 2", 6.3, 7),
                moment("end", 9.0, 10, snapshot={"changes": (), "files": (), "absent": ()}),
                image="noted",
                mounts=({"type": "volume", "source": "kept", "target": "/srv"},),
            ),
        ),
        "built": (
            {
                "id": NOTED,
                "how": "build",
                "step": 6,
                "base": "alpine",
                "references": ("noted:latest",),
                "contents": {
                    "history": (
                        {"created_by": "", "size": 2_000_000},
                        {"created_by": "/bin/sh -c touch /n"},
                    ),
                    "layers": (
                        {
                            "digest": "sha256:a",
                            "base": True,
                            "size": 2_000_000,
                            "paths": ({"path": HIDDEN, "change": "A"},),
                        },
                        {"digest": "sha256:b", "paths": ({"path": "/n", "change": "A"},)},
                    ),
                },
            },
        ),
    }
    return Evidence.model_validate(fields | more)


def told(**more: object) -> Graded:
    """Return the story with its result."""
    return Graded(result(), LAB, story(**more))


def text(words: str) -> Text:
    """Return words that are the same in both languages but for their mark."""
    return Text(ko=f"{words} (한국어)", en=words)


def result(**more: object) -> Result:
    """Return what the story earned."""

    def criterion(outcome: str, points: float, line: int | None, **more: object) -> CriterionResult:
        fields = {
            "id": f"{outcome}-{line}",
            "title": text(f"what `line {line}` does"),
            "points": points,
            "max_points": 10,
            "outcome": outcome,
            "reason": text(f"why it is {outcome}"),
            "line": line,
        }
        return CriterionResult.model_validate(fields | more)

    hidden = {"id": "nobody-reads-etc", "title": text("Hidden criterion"), "withheld": True}
    advice = {"expected": text("something else"), "hint": text("try `docker ps`")}
    fields: dict[str, Any] = {
        "lab": "lab6-1",
        "lab_title": text("A lab"),
        "student": "alice",
        "submission": "submissions/alice/lab6-1.sh",
        "points": 15,
        "max_points": 40,
        "percent": 37.5,
        "pass_mark": 60,
        "passed": False,
        "needs_review": True,
        "criteria": (
            criterion("passed", 10, 2),
            criterion("partial", 5, 7, **advice),
            criterion("failed", 0, 3, **advice, group="all"),
            criterion("skipped", 0, None),
            criterion("error", 0, None, **hidden),
            criterion("passed", 0, 5, counts="penalty", max_points=0),
        ),
        "groups": (
            GroupResult(id="all", title=text("a group"), points=0, max_points=10, take="min"),
        ),
        "late": {"days": 1, "lost": 1.5},
        "notes": (text("something to know"),),
    }
    return Result.model_validate(fields | more)


LAB = Lab.model_validate(
    {"id": "lab6-1", "title": {"ko": "실습", "en": "A lab"}, "time_zone": "Asia/Seoul"}
)
