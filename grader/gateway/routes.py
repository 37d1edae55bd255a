"""The allow-list: every call that a session may make. What is not here is refused.

Every row has the name of the call on record, its method, its path without the version, and what
carries it out. In a pattern `{name}` stands for one segment of the path, `{name*}` for one or more.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cached_property

from grader.gateway.calls import (
    builds,
    commits,
    containers,
    events,
    execs,
    exports,
    files,
    images,
    lifecycle,
    networks,
    output,
    removals,
    system,
    updates,
    usage,
    volumes,
)
from grader.gateway.exchange import AnyAnswer, Exchange
from grader.gateway.images.context import CONTEXT_CAP
from grader.gateway.refusal import forbidden
from grader.gateway.request import MAX_JSON, Request

Handler = Callable[[Exchange], Awaitable[AnyAnswer]]


@dataclass(frozen=True)
class Route:
    """One row of the allow-list."""

    name: str
    """How the timeline and rubrics call it."""
    method: str
    pattern: str
    handler: Handler
    waits: bool = False
    """The answer may take as long as the student's own program does."""
    body_cap: int = MAX_JSON

    @cached_property
    def regex(self) -> re.Pattern[str]:
        """The pattern, compiled."""
        parts = []
        for segment in self.pattern.strip("/").split("/"):
            if segment.endswith("*}"):
                parts.append(f"(?P<{segment[1:-2]}>.+)")
            elif segment.startswith("{"):
                parts.append(f"(?P<{segment[1:-1]}>[^/]+)")
            else:
                parts.append(re.escape(segment))
        return re.compile("/".join(parts))


ROUTES = (
    # The engine, as the session sees it.
    Route("ping", "HEAD", "/_ping", system.ping),
    Route("ping", "GET", "/_ping", system.ping),
    Route("version", "GET", "/version", system.version),
    Route("info", "GET", "/info", system.info),
    Route("disk_usage", "GET", "/system/df", usage.df),
    Route("events", "GET", "/events", events.follow, waits=True),
    Route("plugin_list", "GET", "/plugins", system.plugins),
    Route("plugin_inspect", "GET", "/plugins/{plugin*}/json", system.no_plugin),
    Route("swarm_leave", "POST", "/swarm/leave", system.no_swarm),
    # Containers: their life.
    Route("container_list", "GET", "/containers/json", containers.list_),
    Route("container_create", "POST", "/containers/create", containers.create),
    Route("container_inspect", "GET", "/containers/{container}/json", containers.inspect),
    Route("container_rename", "POST", "/containers/{container}/rename", containers.rename),
    Route("container_update", "POST", "/containers/{container}/update", updates.update),
    Route("container_start", "POST", "/containers/{container}/start", lifecycle.start),
    Route("container_stop", "POST", "/containers/{container}/stop", lifecycle.stop),
    Route("container_restart", "POST", "/containers/{container}/restart", lifecycle.restart),
    Route("container_kill", "POST", "/containers/{container}/kill", lifecycle.kill),
    Route("container_pause", "POST", "/containers/{container}/pause", lifecycle.pause),
    Route("container_unpause", "POST", "/containers/{container}/unpause", lifecycle.unpause),
    Route("container_remove", "DELETE", "/containers/{container}", removals.remove),
    Route("container_prune", "POST", "/containers/prune", removals.prune),
    # Containers: what they show.
    Route("container_attach", "POST", "/containers/{container}/attach", output.attach, waits=True),
    Route("container_resize", "POST", "/containers/{container}/resize", output.resize),
    Route("container_wait", "POST", "/containers/{container}/wait", output.wait, waits=True),
    Route("container_logs", "GET", "/containers/{container}/logs", output.logs, waits=True),
    Route("container_stats", "GET", "/containers/{container}/stats", output.stats, waits=True),
    Route("container_top", "GET", "/containers/{container}/top", output.top),
    Route("container_diff", "GET", "/containers/{container}/changes", output.diff),
    # Containers: their files.
    Route("container_stat_path", "HEAD", "/containers/{container}/archive", files.stat),
    Route("container_copy_out", "GET", "/containers/{container}/archive", files.copy_out),
    Route(
        "container_copy_in",
        "PUT",
        "/containers/{container}/archive",
        files.copy_in,
        body_cap=files.COPY_CAP,
    ),
    Route("container_export", "GET", "/containers/{container}/export", exports.export),
    # Execs.
    Route("exec_create", "POST", "/containers/{container}/exec", execs.create),
    Route("exec_start", "POST", "/exec/{exec}/start", execs.start, waits=True),
    Route("exec_resize", "POST", "/exec/{exec}/resize", execs.resize),
    Route("exec_inspect", "GET", "/exec/{exec}/json", execs.inspect),
    # Images.
    Route("image_list", "GET", "/images/json", images.list_),
    Route("image_pull", "POST", "/images/create", images.pull),
    Route("image_build", "POST", "/build", builds.build, body_cap=CONTEXT_CAP),
    Route("build_prune", "POST", "/build/prune", builds.prune),
    Route("container_commit", "POST", "/commit", commits.commit),
    Route("image_prune", "POST", "/images/prune", images.prune),
    Route("image_tag", "POST", "/images/{image*}/tag", images.tag),
    Route("image_inspect", "GET", "/images/{image*}/json", images.inspect),
    Route("image_history", "GET", "/images/{image*}/history", images.history),
    Route("image_remove", "DELETE", "/images/{image*}", images.remove),
    # Volumes.
    Route("volume_list", "GET", "/volumes", volumes.list_),
    Route("volume_create", "POST", "/volumes/create", volumes.create),
    Route("volume_prune", "POST", "/volumes/prune", volumes.prune),
    Route("volume_inspect", "GET", "/volumes/{volume}", volumes.inspect),
    Route("volume_remove", "DELETE", "/volumes/{volume}", volumes.remove),
    # Networks.
    Route("network_list", "GET", "/networks", networks.list_),
    Route("network_create", "POST", "/networks/create", networks.create),
    Route("network_prune", "POST", "/networks/prune", networks.prune),
    Route("network_inspect", "GET", "/networks/{network}", networks.inspect),
    Route("network_remove", "DELETE", "/networks/{network}", networks.remove),
    Route("network_connect", "POST", "/networks/{network}/connect", networks.connect),
    Route("network_disconnect", "POST", "/networks/{network}/disconnect", networks.disconnect),
)


def match(request: Request) -> tuple[Route, dict[str, str]]:
    """Return the row for a request, and the names in its path. Raises Refusal."""
    path = "/".join(request.path)
    for route in ROUTES:
        if route.method == request.method and (found := route.regex.fullmatch(path)):
            return route, found.groupdict()
    call = f"{request.method} {request.shown_path}"
    raise forbidden("route", f"the call {call}", f"요청 {call}")
