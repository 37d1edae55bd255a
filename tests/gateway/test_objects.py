"""Whose object it is: names, ids and counts of one session, and what is on record of them."""

from __future__ import annotations

import json
import socket as sockets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from opened_gateway import OpenedGateway

from grader.model.evidence import Call

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
def alice() -> Iterator[OpenedGateway]:
    with OpenedGateway() as opened:
        opened.docker("run", "-d", "--name", "secret", "-v", "hidden:/d", "alpine", "sleep", "300")
        opened.docker("create", "--name", "idle", "alpine")
        yield opened


@pytest.fixture(scope="module")
def bob() -> Iterator[OpenedGateway]:
    with OpenedGateway() as opened:
        opened.docker("run", "-d", "--name", "web", "alpine", "sleep", "300")
        yield opened


def get(gateway: OpenedGateway, path: str, method: str = "GET") -> tuple[int, str]:
    head = f"{method} {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    answer = gateway.raw(head.encode()).decode("utf-8", "replace")
    return int(answer.split()[1]), answer.partition("\r\n\r\n")[2]


def streamed(gateway: OpenedGateway, call: str, body: str = "") -> str:
    """Return an answer that ends when it ends; the client stays for it."""
    with sockets.socket(sockets.AF_UNIX, sockets.SOCK_STREAM) as client:
        client.settimeout(60)
        client.connect(str(gateway.socket))
        head = f"{call} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n"
        client.sendall(f"{head}Connection: close\r\n\r\n{body}".encode())
        parts = []
        while part := client.recv(65536):
            parts.append(part)
    return b"".join(parts).decode("utf-8", "replace")


def own_id(gateway: OpenedGateway, name: str) -> str:
    id_: str = gateway.session.names.container(name)
    return id_


def last_call(gateway: OpenedGateway, route: str) -> Call:
    return next(c for c in reversed(gateway.session.recorder.calls) if c.route == route)


def test_threat_29_the_beginning_of_a_foreign_id_is_nobodys(
    alice: OpenedGateway, bob: OpenedGateway
) -> None:
    foreign, own = own_id(alice, "secret"), own_id(bob, "web")
    for size in range(1, 13):
        if not own.startswith(foreign[:size]):
            assert get(bob, f"/containers/{foreign[:size]}/json")[0] == 404
    assert get(bob, f"/containers/{own[:12]}/json")[0] == 200


def test_threat_30_a_name_that_looks_like_a_foreign_id_takes_nothing_over(
    alice: OpenedGateway, bob: OpenedGateway
) -> None:
    foreign = own_id(alice, "secret")
    assert bob.docker("create", "--name", foreign[:12], "alpine").returncode == 0
    told = json.loads(get(bob, f"/containers/{foreign[:12]}/json")[1])
    assert told["Id"] == own_id(bob, foreign[:12])
    assert json.loads(get(alice, f"/containers/{foreign[:12]}/json")[1])["Id"] == foreign
    bob.docker("rm", foreign[:12])


def test_threat_31_what_is_named_when_a_call_begins_is_what_the_call_is_about(
    bob: OpenedGateway,
) -> None:
    for name in ("one", "two"):
        bob.docker("create", "--name", name, "alpine", "true")
    ids = {name: own_id(bob, name) for name in ("one", "two")}

    def swap() -> None:
        for old, new in (("one", "tmp"), ("two", "one"), ("tmp", "two")):
            get(bob, f"/containers/{old}/rename?name={new}", "POST")

    def remove() -> None:
        # In the middle of the swap nobody has the name.
        while get(bob, "/containers/one", "DELETE")[0] == 404:
            pass

    with ThreadPoolExecutor() as pool:
        for work in [pool.submit(swap), pool.submit(remove)]:
            work.result()
    removal = last_call(bob, "container_remove")
    gone = {life.id for life in bob.session.recorder.lives.values() if life.removed}
    # In between, nothing has that name: then nothing is removed.
    assert removal.status in {204, 404}
    assert gone & set(ids.values()) == ({removal.container} if removal.status == 204 else set())
    bob.docker("rm", "one", "two", "tmp")


def test_threat_32_nothing_is_asked_of_the_engine_about_what_is_unknown(
    alice: OpenedGateway, bob: OpenedGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    send = bob.session.engine.send

    async def watched(method: str, path: str, **rest: Any) -> Any:  # noqa: ANN401
        asked.append(path)
        return await send(method, path, **rest)

    monkeypatch.setattr(bob.session.engine, "send", watched)
    for ref in (own_id(alice, "secret"), "nobody"):
        for method, call in (
            *(("POST", word) for word in ("start", "stop", "kill", "pause", "update", "exec")),
            *(("GET", word) for word in ("json", "logs", "top", "changes", "archive?path=/")),
        ):
            assert get(bob, f"/containers/{ref}/{call}", method)[0] == 404
        assert get(bob, f"/containers/{ref}", "DELETE")[0] == 404
    assert asked == []


def test_threat_33_a_foreign_exec_does_not_exist(alice: OpenedGateway, bob: OpenedGateway) -> None:
    path = f"/containers/{own_id(alice, 'secret')}/exec"
    exec_id = json.loads(alice.post(path, {"Cmd": ["id"]})[1])["Id"]
    assert bob.post(f"/exec/{exec_id}/start", {"Detach": True})[0] == 404
    assert get(bob, f"/exec/{exec_id}/json")[0] == 404
    assert get(bob, f"/exec/{exec_id}/resize?h=1&w=1", "POST")[0] == 404
    assert get(alice, f"/exec/{exec_id}/json")[0] == 200


def test_threat_41_counts_and_sizes_are_of_ones_own(
    alice: OpenedGateway, bob: OpenedGateway
) -> None:
    told = json.loads(get(alice, "/info")[1])
    counts = ("Containers", "ContainersRunning", "ContainersPaused", "ContainersStopped")
    assert [told[key] for key in counts] == [2, 1, 0, 1]
    usage = json.loads(get(alice, "/system/df")[1])
    assert {row["Names"][0] for row in usage["Containers"]} == {"/secret", "/idle"}
    assert [row["Name"] for row in usage["Volumes"]] == ["hidden"]
    assert usage["Volumes"][0]["UsageData"]["RefCount"] == 1
    assert [row["RepoTags"] for row in usage["Images"]] == [["alpine:latest"]]
    assert alice.session.token not in json.dumps([told, usage])
    assert alice.docker("system", "df", "-v").returncode == 0
    assert "secret" not in json.dumps(json.loads(get(bob, "/system/df")[1]))


def test_threat_42_texts_of_the_engine_have_neither_real_names_nor_its_folders(
    bob: OpenedGateway,
) -> None:
    texts = [
        bob.docker("create", "--name", "web", "alpine").stderr,
        bob.docker("rm", "web").stderr,
        bob.docker("run", "--rm", "-w", "/etc/passwd", "alpine").stderr,
        bob.docker("rename", "web", "web").stderr,
        bob.docker("cp", "web:/nothing", "-").stderr,
    ]
    assert all(texts)
    assert "/web" in texts[0]
    for text in texts:
        assert bob.session.token not in text
        assert "/var/lib/docker" not in text


def test_threat_43_a_prune_and_an_untyped_inspect_stay_at_home(
    alice: OpenedGateway, bob: OpenedGateway
) -> None:
    bob.docker("container", "prune", "-f")
    bob.docker("create", "--name", "old", "-l", "keep=1", "alpine")
    bob.docker("create", "--name", "older", "alpine")
    assert bob.docker("container", "prune", "-f", "--filter", "until=1h").stdout.count("\n") == 1
    pruned = bob.docker("container", "prune", "-f", "--filter", "label!=keep").stdout
    assert len(pruned.split("Deleted Containers:")[1].split("Total")[0].split()) == 1
    assert own_id(bob, "old")
    bob.docker("container", "prune", "-f")
    assert "Invalid filter" in bob.docker("container", "prune", "-f", "--filter", "x=y").stderr
    assert get(alice, "/containers/idle/json")[0] == 200
    assert "No such object: secret" in bob.docker("inspect", "secret").stderr
    assert bob.docker("plugin", "ls", "-q").stdout == ""


def test_threat_79_evidence_outlives_every_kind_of_removal(bob: OpenedGateway) -> None:
    write = "echo proof > /tmp/proof; "
    bob.docker("run", "--rm", "--name", "job-a", "alpine", "sh", "-c", write)
    bob.docker(
        "run", "-d", "--name", "job-b", "alpine", "sh", "-c", write + "touch /ready; sleep 300"
    )
    for _ in range(100):
        if bob.docker("exec", "job-b", "ls", "/ready").returncode == 0:
            break
    bob.docker("restart", "-t", "0", "job-b")
    bob.docker("rm", "-f", "job-b")
    bob.docker("run", "--name", "job-c", "alpine", "sh", "-c", write)
    bob.docker("rm", "-v", "job-c")
    for life in bob.session.recorder.lives.values():
        if life.names[-1].startswith("job-"):
            for moment in life.moments:
                if moment.label.startswith(("exit", "removed")):
                    assert moment.snapshot is not None
                    assert moment.snapshot.file("/tmp/proof") is not None, moment.label


def test_threat_80_the_options_of_top_do_not_reach_the_host(bob: OpenedGateway) -> None:
    plain = bob.docker("top", "web").stdout.splitlines()[0]
    assert bob.docker("top", "web", "auxe").stdout.splitlines()[0] == plain


def test_threat_81_a_call_is_one_bounded_line_of_the_record(bob: OpenedGateway) -> None:
    forged = 'x\r\n{"route": "container_create"}\x1b[2J'
    bob.docker("exec", "web", "echo", forged, "y" * 100_000)
    call = last_call(bob, "exec_create")
    assert len(call.command[2]) < 1000
    line = call.model_dump_json()
    assert "\n" not in line
    assert "\x1b" not in line
    get(bob, f"/containers/{'n' * 9000}/json")
    assert len(bob.session.recorder.calls[-1].path) < 1000


def test_a_copy_is_on_record_with_its_path(bob: OpenedGateway) -> None:
    bob.docker("cp", "web:/etc/hostname", "-")
    assert last_call(bob, "container_copy_out").target == "/etc/hostname"


def test_streams_without_an_upgrade_are_answered_as_the_engine_does(bob: OpenedGateway) -> None:
    bob.docker("create", "--name", "words", "alpine", "echo", "hello")
    with ThreadPoolExecutor() as pool:
        path = "/containers/words/attach?stream=1&stdout=1"
        attached = pool.submit(streamed, bob, f"POST {path}")
        bob.docker("start", "words")
        bob.docker("wait", "words")
        bob.docker("start", "words")
        assert "hello" in attached.result(60)
    exec_id = json.loads(
        bob.post("/containers/web/exec", {"Cmd": ["echo", "hi"], "AttachStdout": True})[1]
    )["Id"]
    answer = streamed(bob, f"POST /exec/{exec_id}/start", '{"Detach":false,"Tty":false}')
    assert answer.startswith("HTTP/1.1 200")
    assert "hi" in answer
    assert bob.post(f"/exec/{exec_id}/start", {"Detach": True})[0] == 409
    bob.docker("rm", "words")


def test_an_exec_needs_a_container_that_runs(bob: OpenedGateway) -> None:
    bob.docker("pause", "web")
    assert "is paused" in bob.docker("exec", "web", "true").stderr
    bob.docker("unpause", "web")
    bob.docker("create", "--name", "still", "alpine")
    assert "is not running" in bob.docker("exec", "still", "true").stderr
    bob.docker("rm", "still")


def test_a_container_whose_files_could_let_the_engine_wait_is_not_started(
    bob: OpenedGateway,
) -> None:
    # A link that leads nowhere does no harm by itself, but so would one to a pipe look.
    script = "rm /etc/passwd; ln -s /proc/none /etc/passwd"
    bob.docker("run", "--name", "odd", "alpine", "sh", "-c", script)
    answer = bob.docker("start", "odd")
    assert "/etc/passwd is no plain file" in answer.stderr
    bob.docker("rm", "odd")
