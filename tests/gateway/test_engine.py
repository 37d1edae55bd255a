"""The gateway in front of a real engine, used by the real client."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import docker
import pytest
from opened_gateway import OpenedGateway

from grader.model.evidence import ContainerRecord
from grader.model.lab import Lab, Limits
from grader.model.record import Text

pytestmark = pytest.mark.engine


def labels(record: ContainerRecord) -> list[str]:
    return [moment.label for moment in record.moments]


def test_two_students_use_the_same_names_at_the_same_time() -> None:
    with OpenedGateway() as alice, OpenedGateway() as bob:

        def work(gateway: OpenedGateway, text: str) -> tuple[str, str]:
            script = f"echo {text} > /tmp/who"
            gateway.docker("run", "--name", "test-data", "alpine", "sh", "-c", script)
            listed = gateway.docker("ps", "-a", "--format", "{{.Names}}").stdout
            gateway.docker("cp", "test-data:/tmp/who", "-")
            snapshot = gateway.finish()["test-data"].moments[-1].snapshot
            assert snapshot is not None
            file = snapshot.file("/tmp/who")
            assert file is not None
            return listed, file.text or ""

        with ThreadPoolExecutor() as pool:
            one, two = pool.map(work, (alice, bob), ("alice", "bob"))
        assert one == ("test-data\n", "alice\n")
        assert two == ("test-data\n", "bob\n")


def test_another_sessions_container_does_not_exist() -> None:
    with OpenedGateway() as alice, OpenedGateway() as bob:
        id_ = alice.docker("run", "-d", "--name", "secret", "alpine", "sleep", "300").stdout.strip()
        real = f"{alice.session.token}-secret"
        for ref in (id_, id_[:12], id_[:1], "secret", real):
            for command in (["inspect"], ["exec"], ["rm", "-f"], ["logs"], ["cp"], ["stop"]):
                words = [*command, ref] if command != ["cp"] else ["cp", f"{ref}:/etc/passwd", "-"]
                answer = bob.docker(*words, *(["true"] if command == ["exec"] else []))
                assert "No such" in answer.stderr, answer.stderr
        assert bob.docker("ps", "-aq").stdout == ""
        assert bob.docker("container", "prune", "-f").returncode == 0
        assert alice.docker("ps", "-q").stdout != ""


def test_a_conflict_speaks_of_the_students_own_name(gateway: OpenedGateway) -> None:
    gateway.docker("create", "--name", "twice", "alpine")
    answer = gateway.docker("create", "--name", "twice", "alpine")
    assert answer.returncode == 1
    assert 'The container name "/twice" is already in use' in answer.stderr
    assert gateway.session.token not in answer.stderr


def test_rm_is_carried_out_after_the_last_snapshot() -> None:
    with OpenedGateway() as gateway:
        script = "echo last > /tmp/words; exit 7"
        answer = gateway.docker("run", "--rm", "--name", "gone", "alpine", "sh", "-c", script)
        assert answer.returncode == 7
        assert gateway.docker("ps", "-aq").stdout == ""
        record = gateway.finish()["gone"]
        assert labels(record) == ["created", "start 1", "exit 1", "removed"]
        assert record.auto_remove
        snapshot = record.moments[2].snapshot
        assert snapshot is not None
        assert [change.path for change in snapshot.changes] == ["/tmp", "/tmp/words"]
        assert record.moments[2].exit_code == 7


def test_every_exit_has_its_own_snapshot() -> None:
    with OpenedGateway(watched=("/tmp/log", "/tmp/other")) as gateway:
        gateway.docker(
            "create", "--name", "many", "alpine", "sh", "-c", "date +%N >> /tmp/log; sleep 0"
        )
        for _ in range(4):
            gateway.docker("start", "-a", "many")
        gateway.docker("rm", "many")
        record = gateway.finish()["many"]
        sizes = []
        for number in range(1, 5):
            moment = record.moment(f"exit {number}")
            assert moment is not None
            assert moment.snapshot is not None
            assert moment.snapshot.absent == ("/tmp/other",)
            file = moment.snapshot.file("/tmp/log")
            assert file is not None
            sizes.append(len((file.text or "").splitlines()))
        assert sizes == [1, 2, 3, 4]
        assert labels(record)[-1] == "removed"


def test_stop_kill_restart_and_forced_removal_are_on_record() -> None:
    with OpenedGateway() as gateway:
        gateway.docker("run", "-d", "--name", "bg", "alpine", "sleep", "300")
        gateway.docker("restart", "-t", "0", "bg")
        gateway.docker("stop", "-t", "0", "bg")
        gateway.docker("start", "bg")
        gateway.docker("kill", "bg")
        gateway.docker("start", "bg")
        gateway.docker("exec", "bg", "sh", "-c", "echo late > /tmp/late")
        gateway.docker("rm", "-f", "bg")
        record = gateway.finish()["bg"]
        starts_and_exits = [f"{word} {n}" for n in (1, 2, 3, 4) for word in ("start", "exit")]
        assert labels(record) == ["created", *starts_and_exits, "removed"]
        snapshot = record.moments[-1].snapshot
        assert snapshot is not None
        assert snapshot.file("/tmp/late") is not None


def test_what_still_runs_at_the_end_is_seen() -> None:
    with OpenedGateway() as gateway:
        gateway.docker(
            "run", "-d", "--name", "bg", "alpine", "sh", "-c", "echo x > /tmp/x; sleep 300"
        )
        gateway.docker("exec", "bg", "sh", "-c", "until [ -e /tmp/x ]; do sleep 0.1; done")
        record = gateway.finish()["bg"]
        end = record.moment("end")
        assert end is not None
        assert end.snapshot is not None
        assert end.snapshot.fault is None
        assert end.snapshot.file("/tmp/x") is not None


def test_a_file_copied_into_a_stopped_container_is_no_part_of_its_exit(tmp_path: Path) -> None:
    planted = tmp_path / "planted"
    planted.write_text("planted")
    with OpenedGateway() as gateway:
        gateway.docker("run", "--name", "box", "alpine", "true")
        assert gateway.docker("cp", str(planted), "box:/tmp/planted").returncode == 0
        gateway.docker("rm", "box")
        record = gateway.finish()["box"]
        exited, removed = record.moment("exit 1"), record.moment("removed")
        assert exited is not None
        assert removed is not None
        assert exited.snapshot is not None
        assert removed.snapshot is not None
        assert exited.snapshot.file("/tmp/planted") is None
        assert removed.snapshot.file("/tmp/planted") is not None


def test_inspect_shows_the_students_wishes_and_nothing_of_ours(gateway: OpenedGateway) -> None:
    gateway.docker(
        "run",
        "-d",
        "--rm",
        "--name",
        "shown",
        "-e",
        "A=b",
        "--label",
        "x=y",
        "alpine",
        "sleep",
        "300",
    )
    text = gateway.docker("inspect", "shown").stdout
    told = json.loads(text)[0]
    assert told["Name"] == "/shown"
    assert told["Config"]["Image"] == "alpine"
    assert told["Config"]["Labels"] == {"x": "y"}
    assert told["HostConfig"]["AutoRemove"] is True
    assert told["HostConfig"]["NetworkMode"] in {"default", "bridge"}
    assert told["HostConfig"]["Memory"] == 0
    assert gateway.session.token not in text
    assert "/var/lib/docker/overlay2" not in text


def test_prompts_do_not_show_in_inspect(gateway: OpenedGateway) -> None:
    gateway.docker("create", "-it", "--name", "prompted", "-e", "PS2=mine", "alpine", "sh")
    told = json.loads(gateway.docker("inspect", "prompted").stdout)[0]
    assert [entry for entry in told["Config"]["Env"] if entry.startswith("PS")] == ["PS2=mine"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--privileged"], "--privileged"),
        (["-v", "/:/host"], "folders of the host"),
        (["--mount", "type=bind,source=/etc,target=/x"], "folders of the host"),
        (["--pid", "host"], "shared namespace"),
        (["--network", "host"], "the host's network"),
        (["--device", "/dev/null"], "devices"),
        (["--cap-add", "ALL"], "capabilities"),
        (["--volumes-from", "x"], "No such container: x"),
    ],
)
def test_refused_wishes_start_nothing_and_pull_nothing(
    gateway: OpenedGateway, words: list[str], said: str
) -> None:
    answer = gateway.docker("run", *words, "alpine", "true")
    assert answer.returncode == 125
    assert said in answer.stderr
    assert "Pulling" not in answer.stderr
    assert gateway.session.recorder.calls[-1].refused


def test_a_container_sees_no_network_but_its_own_loopback(gateway: OpenedGateway) -> None:
    seen = gateway.docker("run", "--rm", "alpine", "cat", "/proc/net/dev").stdout
    assert [line.split(":")[0].strip() for line in seen.splitlines()[2:]] == ["lo"]


def test_limits_are_in_force_inside(gateway: OpenedGateway) -> None:
    seen = gateway.docker(
        "run", "--rm", "alpine", "grep", "-E", "Seccomp:|NoNewPrivs", "/proc/self/status"
    ).stdout
    assert seen.split() == ["NoNewPrivs:", "1", "Seccomp:", "2"]


def test_input_flows_in_and_its_end_too(gateway: OpenedGateway) -> None:
    text = "line\n" * 20_000
    answer = gateway.docker("run", "-i", "--rm", "alpine", "cat", typed=text)
    assert answer.stdout == text


def test_exec_gives_output_and_exit_status(gateway: OpenedGateway) -> None:
    gateway.docker("run", "-d", "--name", "ex", "alpine", "sleep", "300")
    answer = gateway.docker("exec", "-i", "ex", "sh", "-c", "cat; exit 3", typed="abc")
    assert (answer.stdout, answer.returncode) == ("abc", 3)


@pytest.mark.parametrize(
    "path",
    ["/session", "/grpc", "/v1.41/build", "/v1.41/swarm/init", "/v1.41/plugins/pull", "/v1.41/auth",
     "/v1.41/commit", "/v1.41/images/load", "/v1.41/secrets/create", "/debug/pprof"],
)  # fmt: skip
def test_what_is_not_on_the_list_is_refused(gateway: OpenedGateway, path: str) -> None:
    status, text = gateway.post(path, {})
    assert status == 403
    assert "not allowed in this lab" in text


def test_an_upgrade_does_not_carry_a_request_past_the_policy(gateway: OpenedGateway) -> None:
    body = b'{"Image":"alpine","HostConfig":{"Privileged":true}}'
    head = (
        b"POST /v1.41/containers/create HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\n"
        b"Upgrade: tcp\r\nContent-Length: %d\r\n\r\n" % len(body)
    )
    again = head.replace(b"create", b"create?name=smuggled")
    answer = gateway.raw(head + body + again + body)
    assert answer.count(b"HTTP/1.1 403") == 2
    assert "smuggled" not in gateway.docker("ps", "-a").stdout


@pytest.mark.parametrize(
    "framing",
    [
        b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n5\r\nhelloXX",
        b"Content-Length: 3000000\r\n\r\n" + b" " * 1_100_000,
        b"Content-Length: -1\r\n\r\n",
        b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
    ],
)
def test_strange_framing_is_answered_with_an_error_and_the_gateway_lives(
    gateway: OpenedGateway, framing: bytes
) -> None:
    answer = gateway.raw(b"POST /v1.41/containers/create HTTP/1.1\r\nHost: x\r\n" + framing)
    assert answer.startswith((b"HTTP/1.1 4", b"HTTP/1.1 501"))
    assert gateway.docker("ps").returncode == 0


def test_docker_py_finds_its_way(gateway: OpenedGateway) -> None:
    client = docker.DockerClient(base_url=f"unix://{gateway.socket}", version="1.41")
    try:
        assert client.ping()
        container = client.containers.run(
            "alpine:latest", ["sh", "-c", "echo py > /tmp/py"], detach=True
        )
        assert container.wait()["StatusCode"] == 0
        assert {"Path": "/tmp/py", "Kind": 1} in container.diff()
        assert client.images.list()[0].tags == ["alpine:latest"]
        container.remove()
        with pytest.raises(docker.errors.NotFound):
            client.containers.get(str(container.id))
    finally:
        client.close()


def test_a_diff_is_in_the_same_order_each_time(gateway: OpenedGateway) -> None:
    # Of the engine's order, a dozen paths of one folder give another one nearly each time.
    made = "for n in c l a k b j e i d h f g; do mkdir -p /q/$n; echo > /q/$n/x; done"
    gateway.docker("run", "--name", "box", "alpine:latest", "sh", "-c", made)
    shown = gateway.docker("diff", "box").stdout.split("\n")[:-1]
    assert shown == ["A /q", *(f"A /q/{n}{end}" for n in "abcdefghijkl" for end in ("", "/x"))]
    gateway.docker("run", "--name", "none", "alpine:latest", "true")
    assert gateway.docker("diff", "none").stdout == ""


def test_the_timeline_has_every_call_with_its_step(gateway: OpenedGateway) -> None:
    gateway.session.begin_step(41)
    gateway.docker("ps")
    gateway.session.begin_step(42)
    gateway.docker("run", "--privileged", "alpine")
    made = [call for call in gateway.session.recorder.calls if call.step in (41, 42)]
    told = [(call.step, call.route, call.status, call.refused) for call in made]
    assert told == [
        (41, "ping", 200, None),
        (41, "container_list", 200, None),
        (42, "ping", 200, None),
        (42, "container_create", 403, "privileged"),
    ]


def test_a_restart_does_not_remove_what_rm_would_remove_at_the_end() -> None:
    with OpenedGateway() as gateway:
        gateway.docker("run", "-d", "--rm", "--name", "bg", "alpine", "sleep", "300")
        assert gateway.docker("restart", "-t", "0", "bg").returncode == 0
        assert gateway.docker("ps", "-q").stdout != ""
        gateway.docker("stop", "-t", "0", "bg")
        assert labels(gateway.finish()["bg"])[-1] == "removed"


def test_a_file_that_grew_too_large_is_not_taken_for_what_it_was() -> None:
    with OpenedGateway() as gateway:
        grow = "[ -e /tmp/f ] && head -c 9000000 /dev/zero | tr '\\0' x > /tmp/f || echo a > /tmp/f"
        gateway.docker("create", "--name", "grows", "alpine", "sh", "-c", grow)
        for _ in range(2):
            gateway.docker("start", "-a", "grows")
        record = gateway.finish()["grows"]
        states = []
        for label in ("exit 1", "exit 2"):
            moment = record.moment(label)
            assert moment is not None
            assert moment.snapshot is not None
            states.append(moment.snapshot.file("/tmp/f"))
        small, large = states
        assert small is not None
        assert large is not None
        assert (small.size, small.text, small.truncated) == (2, "a\n", False)
        assert (large.size, large.digest, large.truncated) == (9_000_000, None, True)
        assert large.text == "x" * 65536


def test_ten_thousand_changes_are_a_fact_not_a_fault() -> None:
    with OpenedGateway() as gateway:
        many = "mkdir /m; cd /m; seq 12000 | xargs touch"
        gateway.docker("run", "--name", "many", "alpine", "sh", "-c", many, seconds=300)
        moment = gateway.finish()["many"].moment("exit 1")
        assert moment is not None
        assert moment.snapshot is not None
        assert moment.snapshot.truncated
        assert moment.snapshot.fault is None
        assert len(moment.snapshot.changes) == 10_000


def test_links_in_a_circle_are_no_fault_of_ours() -> None:
    with OpenedGateway(watched=("/tmp/f",)) as gateway:
        circle = "rm -r /tmp; ln -s /tmp /tmp"
        gateway.docker("run", "--name", "circle", "alpine", "sh", "-c", circle)
        moment = gateway.finish()["circle"].moment("exit 1")
        assert moment is not None
        assert moment.snapshot is not None
        assert moment.snapshot.fault is None
        assert moment.snapshot.absent == ("/tmp/f",)


def test_copying_from_a_running_container_pauses_it(gateway: OpenedGateway, tmp_path: Path) -> None:
    gateway.docker("run", "-d", "--name", "running", "alpine", "sh", "-c", "echo x > /f; sleep 300")
    gateway.docker("exec", "running", "sh", "-c", "until [ -e /f ]; do sleep 0.1; done")
    assert gateway.docker("cp", "running:/f", str(tmp_path / "f")).returncode == 0
    assert (tmp_path / "f").read_text() == "x\n"
    assert gateway.docker("ps", "--format", "{{.State}}", "--filter", "name=^running$").stdout == (
        "running\n"
    )


def test_a_file_has_a_largest_size(gateway: OpenedGateway) -> None:
    fill = "head -c 300000000 /dev/zero > /big; echo $?; stat -c %s /big"
    seen = gateway.docker("run", "--rm", "alpine", "sh", "-c", fill).stdout.split()
    assert seen[0] != "0"
    assert int(seen[1]) == 256 * 1024 * 1024


@pytest.mark.parametrize(
    ("method", "target"),
    [
        ("POST", "/containers/bad/stop?t=%C2%B2"),
        ("GET", "/containers/json?limit=%C2%B2"),
        ("POST", "/containers/bad/resize?h=%C2%B2&w=1"),
        ("POST", "/containers/bad/kill?signal=%00"),
        ("GET", "/containers/json?filters=%5B1%5D"),
        ("GET", "/containers/json?filters=%7B%22name%22:%5B1%5D%7D"),
        ("POST", "/volumes/create"),
    ],
)
def test_odd_values_are_answered_and_are_no_fault(
    gateway: OpenedGateway, method: str, target: str
) -> None:
    gateway.docker("create", "--name", "bad", "alpine")
    body = b'{"Name": "' + b"v" * 300 + b'"}'
    head = f"{method} {target} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n"
    answer = gateway.raw(head.encode() + body)
    assert answer.startswith((b"HTTP/1.1 2", b"HTTP/1.1 3", b"HTTP/1.1 4"))
    assert gateway.session.fault is None


def test_no_more_containers_than_the_lab_allows() -> None:
    lab = Lab(
        id="few",
        title=Text(ko="", en=""),
        images=("alpine:latest",),
        limits=Limits(containers=3),
    )
    with OpenedGateway(lab) as gateway, ThreadPoolExecutor() as pool:
        made = list(pool.map(lambda _: gateway.docker("create", "alpine").returncode, range(6)))
        assert sorted(made) == [0, 0, 0, 1, 1, 1]
