"""The life of a container, as the student steers it and as it is put on record."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from opened_gateway import OpenedGateway

from grader.gateway.policy.restarts import RESTARTS_CAP, RestartPolicy, Restarts
from grader.gateway.record.life import Life
from grader.gateway.refusal import Refusal
from grader.model.evidence import Moment
from grader.model.lab import Lab, Limits
from grader.model.record import Text

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
def restless() -> Iterator[OpenedGateway]:
    with OpenedGateway() as opened:
        yield opened


def moments(gateway: OpenedGateway, name: str) -> list[Moment]:
    lives = gateway.session.recorder.lives.values()
    return next(life.moments for life in lives if name in life.names)


def labels(gateway: OpenedGateway, name: str) -> list[str]:
    return [moment.label for moment in moments(gateway, name)]


def until(there: Callable[[], Any]) -> Any:  # noqa: ANN401
    """Return what comes to be true, sooner or later."""
    deadline = time.monotonic() + 60
    while not (value := there()):
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.05)
    return value


def inspected(gateway: OpenedGateway, name: str) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(gateway.docker("inspect", name).stdout)[0]
    return told


def test_on_failure_starts_again_as_often_as_asked_and_each_exit_has_its_snapshot(
    restless: OpenedGateway,
) -> None:
    script = "echo again >> /tmp/log; exit 3"
    restless.docker(
        "run", "-d", "--name", "flaky", "--restart", "on-failure:2", "alpine", "sh", "-c", script
    )
    until(lambda: "exit 3" in labels(restless, "flaky"))
    told = inspected(restless, "flaky")
    assert told["RestartCount"] == 2
    assert told["HostConfig"]["RestartPolicy"] == {"Name": "on-failure", "MaximumRetryCount": 2}
    assert (told["State"]["Status"], told["State"]["ExitCode"]) == ("exited", 3)
    exits = [m for m in moments(restless, "flaky") if m.label.startswith("exit")]
    sizes = []
    for moment in exits:
        assert moment.snapshot is not None
        file = moment.snapshot.file("/tmp/log")
        assert file is not None
        sizes.append(len((file.text or "").split()))
    assert sizes == [1, 2, 3]


def test_a_stop_ends_always_and_what_waits_to_start_again_is_restarting(
    restless: OpenedGateway,
) -> None:
    restless.docker("run", "-d", "--name", "ever", "--restart", "always", "alpine", "false")
    until(lambda: "exit 3" in labels(restless, "ever"))
    until(lambda: inspected(restless, "ever")["State"]["Status"] == "restarting")
    assert "ever" in restless.docker("ps", "--format", "{{.Names}}").stdout.split()
    assert "restarting container" in restless.docker("rm", "ever").stderr
    assert restless.docker("stop", "ever").returncode == 0
    assert inspected(restless, "ever")["State"]["Status"] == "exited"
    count = len(labels(restless, "ever"))
    # The next delay would have been less than the time that this takes.
    restless.docker("run", "--rm", "alpine", "sleep", "1")
    assert len(labels(restless, "ever")) == count
    assert restless.docker("rm", "ever").returncode == 0


def test_the_delays_double_and_there_is_an_end_to_it() -> None:
    restarts = Restarts(RestartPolicy("always"))
    delays = [restarts.after_exit(0, 0.0) for _ in range(RESTARTS_CAP + 1)]
    assert delays[:4] == [0.1, 0.2, 0.4, 0.8]
    assert delays[-1] is None
    assert None not in delays[:-1]
    calm = Restarts(RestartPolicy("unless-stopped"))
    assert [calm.after_exit(0, ran) for ran in (0, 0, 11)] == [0.1, 0.2, 0.1]
    assert Restarts(RestartPolicy("on-failure")).after_exit(0, 0) is None


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--restart", "sometimes"], "invalid restart policy"),
        (["--restart", "always:3"], "maximum retry count"),
    ],
)
def test_a_policy_that_the_engine_does_not_know_is_refused(
    restless: OpenedGateway, words: list[str], message: str
) -> None:
    assert message in restless.docker("create", *words, "alpine").stderr


def test_a_failed_start_is_on_record_with_the_engines_words(restless: OpenedGateway) -> None:
    answer = restless.docker("run", "--name", "typo", "alpine", "ech", "hi")
    assert answer.returncode == 127
    failed = moments(restless, "typo")[-1]
    assert (failed.label, failed.exit_code) == ("failed start 1", 127)
    assert '"ech": executable file not found' in (failed.message or "")
    restless.docker("run", "--rm", "--name", "typo2", "alpine", "ech", "hi")
    assert labels(restless, "typo2") == ["created", "failed start 1", "removed"]


def test_pauses_are_on_record(restless: OpenedGateway) -> None:
    restless.docker("run", "-d", "--name", "held", "alpine", "sleep", "300")
    restless.docker("pause", "held")
    assert "paused container" in restless.docker("start", "held").stderr
    restless.docker("unpause", "held")
    restless.docker("rm", "-f", "held")
    told = ["created", "start 1", "paused", "unpaused", "exit 1", "removed"]
    assert labels(restless, "held") == told


def test_threat_51_an_update_is_shown_as_asked_and_holds_in_the_control_group(
    restless: OpenedGateway,
) -> None:
    restless.docker("run", "-d", "--name", "tuned", "alpine", "sleep", "300")
    answer = restless.docker("update", "--pids-limit", "-1", "--restart", "on-failure:3", "tuned")
    assert answer.returncode == 0, answer.stderr
    id_ = restless.session.names.container("tuned")
    real = restless.run(restless.engine.call("GET", f"/containers/{id_}/json"))["HostConfig"]
    assert (real["PidsLimit"], real["RestartPolicy"]["Name"]) == (restless.lab.limits.pids, "no")
    shown = inspected(restless, "tuned")["HostConfig"]
    assert shown["RestartPolicy"] == {"Name": "on-failure", "MaximumRetryCount": 3}
    assert restless.docker("update", "--memory", "32m", "tuned").returncode == 0
    assert inspected(restless, "tuned")["HostConfig"]["Memory"] == 32 * 1024 * 1024
    restless.docker("exec", "tuned", "kill", "-9", "1")
    restless.docker("rm", "-f", "tuned")


def test_threat_50_logs_go_to_our_own_file_whatever_is_asked(restless: OpenedGateway) -> None:
    driver = ("--log-driver", "syslog", "--log-opt", "syslog-address=udp://127.0.0.1:5140")
    restless.docker("create", "--name", "loud", *driver, "alpine", "true")
    id_ = restless.session.names.container("loud")
    real = restless.run(restless.engine.call("GET", f"/containers/{id_}/json"))["HostConfig"]
    assert real["LogConfig"]["Type"] == "json-file"


def test_threat_49_nothing_is_unmasked(restless: OpenedGateway) -> None:
    for option in ("systempaths=unconfined", "seccomp=unconfined"):
        restless.docker("create", "--name", "bare", "--security-opt", option, "alpine", "true")
        with contextlib.suppress(Refusal):
            id_ = restless.session.names.container("bare")
            real = restless.run(restless.engine.call("GET", f"/containers/{id_}/json"))
            assert real["HostConfig"]["SecurityOpt"] == ["no-new-privileges"]
            assert "/proc/kcore" in real["HostConfig"]["MaskedPaths"]


def test_threat_52_an_exec_gets_no_privileges(restless: OpenedGateway) -> None:
    restless.docker("run", "-d", "--name", "plain", "alpine", "sleep", "300")
    answer = restless.docker("exec", "--privileged", "plain", "id")
    assert "not allowed in this lab" in answer.stderr
    path = f"/v1.41/containers/{restless.session.names.container('plain')}/exec"
    assert restless.post(path, {"Cmd": ["id"], "privileged": True})[0] == 400
    restless.docker("rm", "-f", "plain")


def test_a_health_check_is_carried_out_and_shown(restless: OpenedGateway) -> None:
    probe = ("--health-cmd", "true", "--health-interval", "1ms")
    restless.docker("run", "-d", "--name", "well", *probe, "alpine", "sleep", "300")
    told = inspected(restless, "well")
    assert told["Config"]["Healthcheck"]["Interval"] == 1_000_000_000
    until(lambda: inspected(restless, "well")["State"]["Health"]["Status"] == "healthy")
    assert "(healthy)" in restless.docker("ps", "--filter", "health=healthy").stdout
    restless.docker("rm", "-f", "well")


def test_running_out_of_memory_is_on_record() -> None:
    lab = Lab(
        id="t",
        title=Text(ko="", en=""),
        images=("alpine:latest",),
        limits=Limits(memory_mb=16),
    )
    with OpenedGateway(lab) as small:
        script = "tail /dev/zero"
        answer = small.docker("run", "--name", "hungry", "alpine", "sh", "-c", f"exec {script}")
        assert answer.returncode == 137
        until(lambda: "exit 1" in labels(small, "hungry"))
        last = moments(small, "hungry")[-1]
        assert (last.label, last.exit_code, last.oom_killed) == ("exit 1", 137, True)
        assert last.snapshot is not None
        actions = [event.action for event in small.session.events.past]
        assert {"oom", "die"} <= set(actions)


def test_a_stop_that_is_not_heard_is_an_exit_with_its_snapshot(restless: OpenedGateway) -> None:
    script = "trap '' TERM; echo deaf > /tmp/deaf; while :; do sleep 1; done"
    restless.docker("run", "-d", "--name", "deaf", "alpine", "sh", "-c", script)
    until(lambda: restless.docker("exec", "deaf", "ls", "/tmp/deaf").returncode == 0)
    assert restless.docker("stop", "-t", "1", "deaf").returncode == 0
    assert restless.docker("rm", "deaf").returncode == 0
    last = next(m for m in moments(restless, "deaf") if m.label == "exit 1")
    assert last.exit_code == 137
    assert last.snapshot is not None
    assert last.snapshot.file("/tmp/deaf") is not None


def test_ports_are_shown_as_asked_while_it_runs(restless: OpenedGateway) -> None:
    ports = ("-p", "8080:80", "-p", "9000", "--expose", "53/udp")
    restless.docker("run", "-d", "--name", "ports", *ports, "alpine", "sleep", "300")
    assert restless.docker("port", "ports", "80").stdout == "0.0.0.0:8080\n"
    shown = restless.docker("ps", "--filter", "name=ports", "--format", "{{.Ports}}").stdout
    assert "0.0.0.0:8080->80/tcp" in shown
    assert "53/udp" in shown
    restless.docker("rm", "-f", "ports")


def test_statistics_speak_of_the_students_own_name(restless: OpenedGateway) -> None:
    restless.docker("run", "-d", "--name", "meter", "alpine", "sleep", "300")
    shown = restless.docker("stats", "--no-stream", "--format", "{{.Name}}", "meter").stdout
    assert shown == "meter\n"
    restless.docker("rm", "-f", "meter")


@pytest.mark.parametrize("words", [("stop", "-t", "0"), ("kill",), ("restart", "-t", "0")])
def test_an_exit_belongs_to_the_line_that_asked_for_it(
    restless: OpenedGateway, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    """Even where the news of the exit is late: the next line is not typed before it is there."""
    noted = Life.exited

    async def late(self: Life, code: int) -> None:
        await asyncio.sleep(1)
        await noted(self, code)

    name = f"late-{words[0]}"
    restless.docker("run", "-d", "--name", name, "alpine", "sleep", "300")
    monkeypatch.setattr(Life, "exited", late)
    restless.session.begin_step(12)
    restless.docker(*words, name)
    restless.session.begin_step(13)
    exits = until(lambda: [m for m in moments(restless, name) if m.label == "exit 1"])
    restless.docker("rm", "-f", name)
    assert [moment.step for moment in exits] == [12]
