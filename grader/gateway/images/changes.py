"""What becomes of the `--change` options of a `docker commit`: instructions, a few of them."""

from __future__ import annotations

import posixpath
from collections.abc import Sequence

from grader.gateway.images.dockerfile import Dockerfile, unreadable
from grader.gateway.images.instructions import (
    Line,
    bounded,
    cannot_read,
    check_labels,
    check_volumes,
    clean_folder,
    no_triggers,
    plain_path,
    written,
)

_CHANGES = frozenset(
    ("CMD", "ENTRYPOINT", "ENV", "EXPOSE", "LABEL", "ONBUILD", "USER", "VOLUME", "WORKDIR")
)


def plan_changes(changes: Dockerfile, folder: str, environment: Sequence[str] = ()) -> str:
    """Return what goes to the engine for the `--change` options of one `docker commit`.

    `folder` is the container's working folder, `environment` its variables. Raises Refusal.
    """
    lines = []
    volumes = 0
    longest = max((len(entry) for entry in environment), default=0)
    for given in changes.instructions:
        line = written(given)
        most = bounded(given, longest)
        if given.keyword == "ENV":
            longest = max(longest, most)
        if given.keyword not in _CHANGES or changes.escape != "\\":
            raise unreadable(f"{given.keyword.lower()} is not a valid change command")
        if given.keyword == "LABEL":
            check_labels(given, changes.escape)
        elif given.keyword == "ONBUILD":
            raise no_triggers()
        elif given.keyword == "VOLUME":
            volumes = check_volumes(given, changes.escape, volumes)
        elif given.keyword == "WORKDIR":
            if "$" in given.rest:
                raise cannot_read(given)
            wanted = plain_path(given, {}, changes.escape)
            folder = clean_folder(given, posixpath.join(folder or "/", wanted))
            line = Line(f"WORKDIR {folder}", given.text, given.line)
        lines.append(line.sent)
    return "\n".join(lines)
