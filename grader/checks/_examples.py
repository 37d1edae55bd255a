# ruff: noqa: ANN401 — examples set any field of a record
"""Small builders that make evidence for the kinds' examples and tests.

Step n starts at second n; its calls come at n + 0.3, its moments at n + 0.5.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from grader.model.evidence import (
    HOST,
    Call,
    Change,
    ContainerRecord,
    Evidence,
    FileState,
    Moment,
    Snapshot,
    Step,
)


def typed(number: int, text: str, output: str = "", **more: Any) -> Step:
    """Return the step of one line; its line number is its own number."""
    fields = {"line": number, "last_line": number, "where": HOST, "status": 0}
    fields |= {"at": float(number), "seconds": 0.9} | more
    return Step.model_validate({"number": number, "text": text, "output": output, **fields})


def called(step: int, route: str, container: str | None = None, **more: Any) -> Call:
    """Return a call that a step caused."""
    fields: dict[str, Any] = {"at": step + 0.3, "seconds": 0.01, "method": "POST", "path": "/"}
    fields |= {"status": 200} | more
    return Call.model_validate({"step": step, "route": route, "container": container, **fields})


def stored(path: str, text: str | None = "", **more: Any) -> FileState:
    """Return a regular file with this text; None stands for a binary one."""
    size = len("binary" if text is None else text.encode())
    fields: dict[str, Any] = {"type": "file", "mode": 0o644, "size": size, "digest": "sha256:0"}
    return FileState.model_validate({"path": path, "text": text, **fields, **more})


def moment(
    label: str,
    step: int,
    files: Mapping[str, str] | Sequence[FileState] = (),
    *,
    changes: Sequence[str] | None = None,
    absent: Sequence[str] = (),
    fault: str | None = None,
    exit_code: int | None = None,
    at: float | None = None,
) -> Moment:
    """Return a moment; at `exit n`, `removed` and `end` with a snapshot.

    `files` are added files: path → text, or states. `changes` are lines of `docker diff`.
    """
    states = (
        [stored(*item) for item in files.items()] if isinstance(files, Mapping) else list(files)
    )
    lines = changes if changes is not None else [f"A {state.path}" for state in states]
    word = label.partition(" ")[0]
    snapshot = Snapshot(
        changes=tuple(
            Change.model_validate(dict(zip(("kind", "path"), line.split(" ", 1), strict=True)))
            for line in lines
        ),
        files=tuple(states),
        absent=tuple(absent),
        fault=fault,
    )
    return Moment(
        label=label,
        at=step + 0.5 if at is None else at,
        step=step,
        exit_code=0 if word == "exit" and exit_code is None else exit_code,
        snapshot=snapshot if word in ("exit", "removed", "end") else None,
    )


def made(name: str, *moments: Moment, **more: Any) -> ContainerRecord:
    """Return a container whose id is its name."""
    fields: dict[str, Any] = {
        "id": name,
        "names": (name,),
        "image": "alpine:latest",
        "image_id": "sha256:a",
        "command": ("sh",),
        "entrypoint": (),
        "environment": (),
        "working_dir": "",
        "user": "",
        "hostname": name,
        "tty": True,
        "open_stdin": True,
        "auto_remove": False,
        "network": "none",
        "labels": {},
        "mounts": (),
        "ports": (),
    }
    return ContainerRecord.model_validate({**fields, **more, "moments": moments})


def seen(
    *steps: Step,
    containers: Sequence[ContainerRecord] = (),
    calls: Sequence[Call] = (),
    **more: Any,
) -> Evidence:
    """Return evidence of these steps, containers and calls; empty without any."""
    fields: dict[str, Any] = {
        "grader": "0",
        "lab": "lab",
        "student": "alice",
        "submission": "lab.sh",
        "submission_digest": "sha256:0",
        "recorded_at": "2026-01-01T00:00:00Z",
    }
    return Evidence.model_validate(
        {**fields, **more, "steps": steps, "containers": tuple(containers), "calls": tuple(calls)}
    )
