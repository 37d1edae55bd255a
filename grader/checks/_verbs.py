"""The verbs of the `docker` command line, and how they show in the calls of a step."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, NamedTuple

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from grader.model.evidence import HOST, Call, Step
from grader.wording import did_you_mean


class Verb(NamedTuple):
    """How a verb shows in the calls of a step. Routes have the names of the gateway's table."""

    routes: tuple[str, ...]
    """One of these was called."""
    also: str = ""
    """This one was called too."""
    shared: tuple[str, ...] = ()
    """Where one of these was called too, another verb may have made the call: then the verb has to
    stand in the typed text."""


_RUNS = ("container_create", "container_start", "container_attach", "exec_create")

VERBS: dict[str, Verb] = {
    "attach": Verb(("container_attach",), shared=("container_start",)),
    "build": Verb(("image_build",)),
    "commit": Verb(("container_commit",)),
    "cp": Verb(("container_copy_out", "container_copy_in")),
    "create": Verb(("container_create",), shared=("container_start",)),
    "diff": Verb(("container_diff",)),
    "exec": Verb(("exec_start",)),
    "export": Verb(("container_export",)),
    "events": Verb(("events",), shared=("container_stats",)),
    "history": Verb(("image_history",)),
    "image prune": Verb(("image_prune",)),
    "images": Verb(("image_list",)),
    "info": Verb(("info",)),
    "inspect": Verb(
        ("container_inspect", "image_inspect", "volume_inspect", "network_inspect"),
        shared=(
            *_RUNS,
            "container_logs",
            "container_copy_out",
            "container_copy_in",
            "container_stats",
        ),
    ),
    "kill": Verb(("container_kill",), shared=("container_attach",)),
    "logs": Verb(("container_logs",)),
    "network connect": Verb(("network_connect",)),
    "network create": Verb(("network_create",)),
    "network disconnect": Verb(("network_disconnect",)),
    "network inspect": Verb(("network_inspect",)),
    "network ls": Verb(("network_list",)),
    "network prune": Verb(("network_prune",)),
    "network rm": Verb(("network_remove",)),
    "pause": Verb(("container_pause",)),
    "prune": Verb(("container_prune",)),
    "ps": Verb(("container_list",), shared=("container_stats",)),
    "pull": Verb(("image_pull",), shared=("container_create",)),
    "rename": Verb(("container_rename",)),
    "restart": Verb(("container_restart",)),
    "rm": Verb(("container_remove",)),
    "rmi": Verb(("image_remove",)),
    "run": Verb(("container_create",), also="container_start"),
    "start": Verb(("container_start",), shared=("container_create",)),
    "stats": Verb(("container_stats",)),
    "stop": Verb(("container_stop",)),
    "system df": Verb(("disk_usage",)),
    "tag": Verb(("image_tag",)),
    "top": Verb(("container_top",)),
    "unpause": Verb(("container_unpause",)),
    "update": Verb(("container_update",)),
    "version": Verb(("version",)),
    "volume create": Verb(("volume_create",)),
    "volume inspect": Verb(("volume_inspect",)),
    "volume ls": Verb(("volume_list",)),
    "volume prune": Verb(("volume_prune",)),
    "volume rm": Verb(("volume_remove",)),
    "wait": Verb(("container_wait",), shared=("container_start", "container_attach")),
}

RUNNING = frozenset({*_RUNS, "exec_start"})
"""Routes by which a line runs something: where one fails, the line has shown nothing."""

SHOWING = frozenset({"container_attach", "container_logs"})
"""Routes that show what a container's own command did."""


def _known_verb(value: str) -> str:
    if value not in VERBS:
        raise PydanticCustomError(
            "verb",
            "unknown call {verb}{near}; known calls: {known}",
            {
                "verb": repr(value),
                "near": did_you_mean(value.removeprefix("docker ").strip(), VERBS),
                "known": ", ".join(VERBS),
            },
        )
    return value


AnyVerb = Annotated[
    str, AfterValidator(_known_verb), Field(json_schema_extra={"enum": list(VERBS)})
]


def routes_of(verb: str) -> frozenset[str]:
    """Return the routes without which a verb was not carried out."""
    return frozenset({*VERBS[verb].routes, VERBS[verb].also})


def made_by(verb: str, step: Step, calls: Sequence[Call]) -> list[Call]:
    """Return the calls by which a step carried out a verb; `calls` are those that succeeded."""
    routes, also, shared = VERBS[verb]
    called_ = {call.route for call in calls}
    if step.where != HOST or (also and also not in called_):
        return []
    if called_.isdisjoint(shared) or re.search(rf"\b{verb}\b", step.text):
        return [call for call in calls if call.route in routes]
    return []
