"""`docker events`: one's own, told as the engine tells them, and nobody else's."""

from __future__ import annotations

import json
import subprocess
import time
from typing import Any

import pytest
from opened_gateway import OpenedGateway

pytestmark = pytest.mark.engine


def told(gateway: OpenedGateway, *words: str) -> list[dict[str, Any]]:
    """Return the past events that a call of the real client tells."""
    answer = gateway.docker(
        "events", "--since", "1", "--until", f"{time.time():.9f}", "--format", "{{json .}}", *words
    )
    assert answer.returncode == 0, answer.stderr
    return [json.loads(line) for line in answer.stdout.splitlines()]


def actions(events: list[dict[str, Any]]) -> list[str]:
    return [event["Action"] for event in events]


@pytest.fixture(scope="module")
def eventful(gateway: OpenedGateway) -> OpenedGateway:
    gateway.docker("volume", "create", "data")
    gateway.docker("run", "-d", "--name", "web", "--label", "tier=1", "alpine", "sleep", "300")
    gateway.docker("exec", "web", "echo", "hi")
    gateway.docker("pause", "web")
    gateway.docker("unpause", "web")
    gateway.docker("rename", "web", "site")
    gateway.docker("kill", "site")
    gateway.docker("run", "--rm", "--name", "job", "-v", "data:/d", "alpine", "sh", "-c", "exit 4")
    gateway.docker("rm", "site")
    gateway.docker("volume", "rm", "data")
    return gateway


def test_the_life_of_a_container_is_told_in_the_engines_words(eventful: OpenedGateway) -> None:
    site = told(eventful, "--filter", "type=container", "--filter", "label=tier=1")
    assert actions(site) == [
        *("create", "start", "exec_create: echo hi", "exec_start: echo hi", "exec_die"),
        *("pause", "unpause", "rename", "kill", "die", "destroy"),
    ]
    first, renamed, died = site[0], site[7], site[9]
    assert first["Actor"]["Attributes"] == {"image": "alpine", "name": "web", "tier": "1"}
    assert (first["status"], first["from"], first["scope"]) == ("create", "alpine", "local")
    assert first["id"] == first["Actor"]["ID"]
    assert renamed["Actor"]["Attributes"]["oldName"] == "/web"
    assert died["Actor"]["Attributes"]["exitCode"] == "137"
    job = told(eventful, "--filter", "container=job")
    assert actions(job) == ["create", "attach", "start", "die", "destroy"]
    volume = told(eventful, "--filter", "type=volume")
    assert actions(volume) == ["create", "mount", "unmount", "destroy"]
    assert {event["Actor"]["ID"] for event in volume} == {"data"}


def test_filters_of_events_pick_by_kind_of_event_and_by_image(eventful: OpenedGateway) -> None:
    assert actions(told(eventful, "--filter", "event=die", "--filter", "event=kill")) == [
        "kill",
        "die",
        "die",
    ]
    assert actions(told(eventful, "--filter", "event=exec_create")) == ["exec_create: echo hi"]
    assert told(eventful, "--filter", "image=busybox") == []
    assert len(told(eventful, "--filter", "image=alpine")) == 16
    assert "Invalid filter" in eventful.docker("events", "--filter", "x=y").stderr


def test_threat_40_nobody_elses_events_are_seen_and_none_of_the_recorders_calls(
    eventful: OpenedGateway,
) -> None:
    with OpenedGateway() as other:
        # Told from now on, while both are at work, until the client is stopped.
        command = ["docker", "events", "--format", "{{.Action}} {{.Actor.Attributes.name}}"]
        with subprocess.Popen(
            command,
            env={"DOCKER_HOST": f"unix://{other.socket}"},
            stdout=subprocess.PIPE,
            text=True,
        ) as listening:
            assert listening.stdout is not None
            while not other.session.events.followed:
                time.sleep(0.01)
            eventful.docker("run", "--rm", "--name", "foreign", "alpine", "true")
            eventful.docker("volume", "create", "foreign")
            other.docker("run", "--rm", "--name", "own", "alpine", "true")
            seen = [listening.stdout.readline().strip() for _ in range(5)]
            listening.terminate()
        assert seen == [f"{word} own" for word in ("create", "attach", "start", "die", "destroy")]
        assert not [e for e in told(other) if "foreign" in json.dumps(e)]
        assert other.session.token not in json.dumps(told(other))


def test_a_time_that_is_none_is_refused(eventful: OpenedGateway) -> None:
    assert b" 400 " in eventful.raw(b"GET /events?since=yesterday HTTP/1.1\r\nHost: x\r\n\r\n")
    head = b"GET /events?since=20&until=10 HTTP/1.1\r\nHost: x\r\n\r\n"
    assert b"cannot be after" in eventful.raw(head)
