"""Builds through the gateway, at a real engine, with the real client."""

from __future__ import annotations

import asyncio
import io
import json
import os
import re
import socketserver
import subprocess
import tarfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from opened_gateway import IMAGE, OpenedGateway

from grader.engine.leftovers import remove_leftovers
from grader.engine.sessions import SESSION_LABEL
from grader.gateway.calls import _running_build
from grader.gateway.session import BUILDS_AT_ONCE
from grader.model.lab import Lab, Limits
from grader.model.record import Text

pytestmark = pytest.mark.engine


def lab(**limits: int) -> Lab:
    return Lab(
        id="test",
        title=Text(ko="시험", en="test"),
        images=(IMAGE,),
        build=True,
        limits=Limits(**limits),
    )


@pytest.fixture(scope="module")
def gateway() -> Iterator[OpenedGateway]:
    with OpenedGateway(lab()) as opened:
        yield opened


def build(gateway: OpenedGateway, text: str, *options: str) -> subprocess.CompletedProcess[str]:
    return gateway.docker("build", *options, "-", typed=text)


def at_the_engine(*words: str, typed: str = "") -> str:
    """Run the client straight at the engine."""
    return subprocess.run(
        ["docker", *words], input=typed, capture_output=True, text=True, check=False
    ).stdout


def context(text: str) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as made:
        member = tarfile.TarInfo("Dockerfile")
        member.size = len(text.encode())
        made.addfile(member, io.BytesIO(text.encode()))
    return out.getvalue()


def test_a_build_looks_as_it_does_at_an_engine_of_ones_own(
    gateway: OpenedGateway, tmp_path: Path
) -> None:
    (tmp_path / "a.txt").write_text("hello\n")
    (tmp_path / "Dockerfile").write_text(
        "# escape=`\nARG V=latest\nFROM alpine:${V} AS one\nWORKDIR /app\nCOPY . .\n"
        "RUN cat a.txt `\n# why not\n  && ls -a\n"
        'FROM scratch\nCOPY --from=one /app /x\nCMD ["/x"]\n'
    )
    words = ("build", "--network", "none", "--label", "told=yes", str(tmp_path))
    ours = gateway.docker(*words, "--no-cache").stdout
    theirs = at_the_engine(*words, "--no-cache", "--force-rm")
    ids = re.findall(r"^ ---> ([0-9a-f]{12})$", theirs, flags=re.MULTILINE)
    try:
        assert re.sub(r"[0-9a-f]{12}", "ID", ours) == re.sub(r"[0-9a-f]{12}", "ID", theirs)
        assert "Step 9/9 : LABEL told=yes" in ours
    finally:
        at_the_engine("rmi", *reversed(ids[1:]))
    again = gateway.docker(*words).stdout
    assert again.count(" ---> Using cache\n") == 6
    history = gateway.docker("history", "--no-trunc", "--format", "{{.CreatedBy}}", "-q", ids[0])
    assert "lab-grader" not in ours + again + history.stdout


def test_what_was_built_can_be_run_named_and_built_upon(gateway: OpenedGateway) -> None:
    made = build(gateway, "FROM alpine\nENV A=1\nRUN echo deep > /f\n", "-t", "app", "-t", "app:2")
    assert made.stdout.endswith("Successfully tagged app:latest\nSuccessfully tagged app:2\n")
    assert build(gateway, "FROM app:2\nCMD cat /f\n", "-q", "-t", "top").stdout.startswith(
        "sha256:"
    )
    assert gateway.docker("run", "--rm", "top").stdout == "deep\n"
    shown = json.loads(gateway.docker("inspect", "app").stdout)[0]
    assert shown["RepoTags"] == ["app:2", "app:latest"]
    assert shown["Config"]["Labels"] == {}
    record = gateway.session.names.own_images.made[shown["Id"]].record()
    assert (record.how, record.base, record.references) == (
        "build",
        "alpine",
        ("app:latest", "app:2"),
    )
    assert "RUN echo deep" in (record.dockerfile or "")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("FROM alpine\nRUN exit 3\n", "returned a non-zero code: 3"),
        ("FROM alpine\nCOPY nope /\n", "COPY failed"),
        ("FROM alpine\n\n# c\nCOPY x\n", "line 4: COPY requires"),
        ("FROM nope\n", "not allowed in this lab: the image 'nope:latest'"),
    ],
)
def test_a_build_that_fails_says_why(gateway: OpenedGateway, text: str, words: str) -> None:
    failed = build(gateway, text)
    assert failed.returncode
    assert words in failed.stderr.replace("'nope'", "'nope:latest'")
    assert "Removing intermediate" not in failed.stdout
    deadline = time.monotonic() + 30
    while not (told := gateway.session.recorder.calls[-1].message) and time.monotonic() < deadline:
        time.sleep(0.01)  # The client may be gone before the gateway has noted how it ended.
    assert told
    assert told in failed.stderr
    assert gateway.session.fault is None


def test_threat_65_an_image_of_another_session_cannot_be_read(gateway: OpenedGateway) -> None:
    with OpenedGateway(lab()) as other:
        build(other, "FROM alpine\nRUN echo secret > /s\n", "-t", "hidden")
        id_ = other.session.names.images["hidden:latest"]
        short = id_.removeprefix("sha256:")
        real = f"{other.session.names.own_images.repository}:1"
        assert at_the_engine("images", "-q", real).strip() == short[:12]
        for name in ("hidden", id_, short[:12], short[:8], real):
            for text in (f"FROM {name}\n", f"FROM alpine\nCOPY --from={name} /s /\n"):
                answer = build(gateway, text)
                assert answer.returncode == 1
                assert "secret" not in answer.stdout + answer.stderr
            assert gateway.docker("inspect", name).returncode == 1
            gateway.docker("rmi", "-f", name)
        assert at_the_engine("images", "-q", real).strip() == short[:12]


def test_threat_66_and_67_nothing_is_fetched_and_no_network_is_joined(
    gateway: OpenedGateway,
) -> None:
    asked: list[bytes] = []

    class Note(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            asked.append(self.request.recv(100))

    with socketserver.TCPServer(("127.0.0.1", 0), Note) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_address[1]}/x"
        assert build(gateway, f"FROM alpine\nADD {url} /\n").returncode == 1
        assert build(
            gateway, "FROM alpine\nARG U\nADD $U /\n", "--build-arg", f"U={url}"
        ).returncode
        assert gateway.post(f"/build?remote={url}", b"")[0] == 403
        for mode in ("host", "container:abc", "lg123-net"):
            assert gateway.post(f"/build?networkmode={mode}", context("FROM alpine"))[0] == 403
        seen = build(gateway, f"FROM alpine\nRUN ip -o link; wget -O- {url}\n")
        server.shutdown()
    assert re.findall(r"\d+: (\w+): <", seen.stdout) == ["lo"]
    assert asked == []


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("version=2", 400),
        ("session=abc", 400),
        ('outputs=[{"Type":"local"}]', 400),
        ("unheard=of", 400),
        ("version=1&version=2", 400),
        ("cgroupparent=/", 403),
        ("cachefrom=x", 400),
        ('extrahosts=["a:1.2.3.4"]', 403),
        ("squash=1", 403),
        ('labels={"lab-grader.session":"x"}', 403),
    ],
)
def test_threat_68_options_are_those_of_the_classic_builder(
    gateway: OpenedGateway, query: str, status: int
) -> None:
    assert gateway.post(f"/build?{query}", context("FROM alpine"))[0] == status


def test_threat_71_the_cache_tells_nothing_of_other_sessions(gateway: OpenedGateway) -> None:
    text = "FROM alpine\nRUN echo cached\nFROM scratch\nCOPY --from=0 /etc/passwd /\n"
    build(gateway, text)
    with OpenedGateway(lab()) as other:
        assert "Using cache" not in build(other, text).stdout
        assert build(other, text).stdout.count("Using cache") == 2


def test_threat_72_a_fork_bomb_in_a_build_is_contained() -> None:
    script = (
        "cat /sys/fs/cgroup/pids/pids.max /sys/fs/cgroup/pids.max 2>/dev/null; sleep 1; "
        "i=0; while [ $i -lt 60 ]; do sleep 3 & i=$((i+1)); done; echo $((6 * 7)) of them"
    )
    with OpenedGateway(lab(pids=16)) as gateway:
        answer = build(gateway, f"FROM alpine\nRUN sleep 1; {script}\n")
        assert "\n16\n" in answer.stdout
        assert "42 of them" not in answer.stdout
        assert answer.returncode
        size = build(gateway, "FROM alpine\nRUN ulimit -f; cat /proc/self/cgroup >&2; false\n")
        assert str(gateway.lab.limits.file_mb * 2048) in size.stdout


def test_a_build_ends_with_its_client_and_leaves_nothing() -> None:
    with OpenedGateway(lab()) as gateway:
        label = f"label={SESSION_LABEL}={gateway.session.token}"
        build(gateway, "FROM alpine\nRUN echo one\nRUN false\n")
        client = subprocess.Popen(
            ["docker", "build", "-"],
            env=os.environ | {"DOCKER_HOST": f"unix://{gateway.socket}"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert client.stdin is not None
        assert client.stdout is not None
        with client:
            client.stdin.write("FROM alpine\nRUN echo begun; sleep 300\n")
            client.stdin.close()
            assert any("begun" in line for line in client.stdout)
            client.kill()
        assert at_the_engine("images", "-aq", "--filter", label)
    deadline = time.monotonic() + 30
    while at_the_engine("ps", "-aq", "--filter", label) and time.monotonic() < deadline:
        time.sleep(0.1)  # The engine removes by itself what the build was broken off over.
    asyncio.run(remove_leftovers(gateway.engine))
    assert not at_the_engine("ps", "-aq", "--filter", label)
    assert not at_the_engine("images", "-aq", "--filter", label)


def test_a_build_that_never_ends_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_running_build, "BUILD_SECONDS", 3.0)
    with OpenedGateway(lab()) as gateway:
        answer = build(gateway, "FROM alpine\nRUN sleep 300\n", "-t", "never")
        assert "the build took longer than 3 seconds, and was stopped" in answer.stderr
        assert gateway.session.fault is None
        assert "never" not in gateway.docker("images").stdout


def test_threat_63_a_step_that_fills_the_disk_is_stopped() -> None:
    write = "dd if=/dev/zero of=/f$i bs=1M count=4 2>/dev/null; sleep 0.1"
    text = f"FROM alpine\nRUN i=0; while [ $i -lt 200 ]; do {write}; i=$((i+1)); done\n"
    with OpenedGateway(lab(file_mb=4)) as gateway:
        answer = build(gateway, text)
        assert "the build wrote more than 16 MiB in one step, and was stopped" in answer.stderr
        assert gateway.session.fault is None


def test_a_lab_without_builds_says_so() -> None:
    with OpenedGateway() as gateway:
        for words in (("build", "-"), ("tag", "alpine", "x"), ("commit", "nope")):
            answer = gateway.docker(*words, typed="FROM alpine\n")
            assert "not allowed in this lab: making images" in answer.stderr
        refused = [call.refused for call in gateway.session.recorder.calls if call.refused]
        assert refused == ["build-off"] * 3


def test_a_build_that_prints_without_end_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_running_build, "OUTPUT_CAP", 100_000)
    with OpenedGateway(lab()) as gateway:
        for _ in range(BUILDS_AT_ONCE):
            answer = build(gateway, "FROM alpine\nRUN yes\n")
            assert "the build printed more than" in answer.stderr
        # It would not be let in, if those before were still under way.
        assert build(gateway, "FROM alpine\nENV A=1\n").returncode == 0


def test_the_cache_is_that_of_the_images_asked_for(gateway: OpenedGateway) -> None:
    text = "FROM alpine\nRUN echo cached from\n"
    built = build(gateway, text, "-t", "first")
    assert built.returncode == 0, built.stderr
    assert "Using cache" in build(gateway, text, "--cache-from", "first").stdout
    assert "Using cache" not in build(gateway, text, "--cache-from", "unknown").stdout


def test_labels_make_an_image_even_of_nothing(gateway: OpenedGateway) -> None:
    assert build(gateway, "FROM scratch\n").returncode == 1
    assert build(gateway, "FROM scratch\n", "--label", "a=b", "-t", "nothing").returncode == 0
    shown = gateway.docker("inspect", "-f", "{{json .Config.Labels}}", "nothing")
    assert json.loads(shown.stdout) == {"a": "b"}
