"""The main job as a user runs it: the command `grade`, a real engine, and what is left behind."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import docker
import pytest

from grader.engine.client import engine_socket
from grader.engine.sessions import RUNTIME_VARIABLE, runtime_id

pytestmark = pytest.mark.engine

ROOT = Path(__file__).parents[1]
GRADE = [sys.executable, "-m", "grader"]
SOLUTION = ROOT / "labs" / "lab6-1" / "solution.sh"


@pytest.fixture(autouse=True)
def runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give each test a runtime folder of its own, so that what it leaves can be counted."""
    folder = tmp_path / "runtime"
    monkeypatch.setenv(RUNTIME_VARIABLE, str(folder))
    return folder


@pytest.fixture
def client() -> Iterator[docker.DockerClient]:
    made = docker.DockerClient(base_url=f"unix://{engine_socket()}")
    yield made
    made.close()


def grade(*words: str, results: Path, check: bool = True) -> subprocess.CompletedProcess[str]:
    command = [*GRADE, *words, "--results", str(results), "--lang", "en"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=check)


def objects(client: docker.DockerClient, runtime: Path) -> int:
    """Count what carries the label of this test's runtime folder."""
    label: dict[str, str | list[str] | bool] = {
        "label": f"lab-grader.runtime={runtime_id(runtime)}"
    }
    return len(client.containers.list(all=True, ignore_removed=True, filters=label)) + len(
        client.volumes.list(filters=label)
    )


def eventually(happened: Callable[[], bool], seconds: float = 60) -> bool:
    until = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


def clean(client: docker.DockerClient, runtime: Path) -> bool:
    folders = [entry for entry in runtime.iterdir() if entry.is_dir()]
    return not folders and objects(client, runtime) == 0


def test_two_gradings_of_one_submission_agree_to_the_byte(
    tmp_path: Path, client: docker.DockerClient, runtime: Path
) -> None:
    texts = set()
    for turn in ("one", "two"):
        done = grade(
            "lab6-1", "--student", "alice", "--submission", str(SOLUTION), results=tmp_path / turn
        )
        assert "100/100" in done.stdout
        folder = next((tmp_path / turn).rglob("result.json")).parent
        texts.add((folder / "result.json").read_bytes() + (folder / "junit.xml").read_bytes())
    assert len(texts) == 1
    assert eventually(lambda: clean(client, runtime))


def test_two_students_at_the_same_time_do_not_meet(tmp_path: Path) -> None:
    command = [*GRADE, "lab6-1", "--submission", str(SOLUTION), "--lang", "en"]
    running = [
        subprocess.Popen(
            [*command, "--student", name, "--results", str(tmp_path / name)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        for name in ("alice", "bob", "carol")
    ]
    for one in running:
        output, _ = one.communicate()
        assert one.returncode == 0, output
        assert "100/100" in output


def test_scoring_the_record_again_needs_no_engine_and_gives_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    grade(
        "lab6-2",
        "--student",
        "alice",
        "--submission",
        str(ROOT / "labs/lab6-2/solution.sh"),
        results=tmp_path / "results",
    )
    folder = next(tmp_path.rglob("evidence.json")).parent
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    for name in ("result.json", "junit.xml"):
        (folder / name).unlink()
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
    grade("rescore", "lab6-2", "--student", "alice", results=tmp_path / "results")
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


@pytest.mark.parametrize(
    ("kill", "status"),
    [(signal.SIGKILL, -signal.SIGKILL), (signal.SIGINT, 130), (signal.SIGTERM, 143)],
)
def test_a_grader_that_is_stopped_leaves_nothing_after_the_next_call(
    tmp_path: Path, client: docker.DockerClient, runtime: Path, kill: signal.Signals, status: int
) -> None:
    slow = tmp_path / "slow.sh"
    slow.write_text(
        "docker volume create kept\n"
        "docker run -d --name bg -v data:/d alpine sleep 300\n"
        "docker run -it alpine sh\n"
        "sleep 300\n"
    )
    # It runs, so that nobody's `prune` is a reason for it to be gone.
    foreign = client.containers.run(
        "alpine:latest", "sleep 300", detach=True, labels={"lab-grader.session": "lgother"}
    )
    running = subprocess.Popen(
        [*GRADE, "lab6-1", "--student", "alice", "--submission", str(slow), "--lang", "en"],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert eventually(lambda: objects(client, runtime) >= 5)
        running.send_signal(kill)
        _, said = running.communicate()
        assert running.returncode == status
        assert "Traceback" not in said
        grade("lab6-1", "--student", "nobody-there", results=tmp_path, check=False)
        assert eventually(lambda: clean(client, runtime))
        foreign.reload()
    finally:
        with running:
            running.kill()
        foreign.remove(force=True)


def test_an_engine_that_does_not_answer_is_our_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    done = grade("lab6-1", "--student", "alice", results=tmp_path / "results", check=False)
    assert done.returncode == 3
    assert "engine" in done.stderr
    assert "Traceback" not in done.stderr
    (report,) = (path for path in (tmp_path / "results").rglob("*") if path.is_file())
    assert report.name == "junit.xml"
    assert "<error " in report.read_text(encoding="utf-8")


def test_an_image_that_is_missing_is_named_with_the_remedy(tmp_path: Path) -> None:
    course = tmp_path / "course"
    (course / "labs" / "ghost").mkdir(parents=True)
    (course / "rubrics").mkdir()
    (course / "labs" / "ghost" / "lab.yaml").write_text(
        "title: {ko: 유령, en: Ghost}\nimages: [localhost:9/no/such:image]\n"
    )
    (course / "rubrics" / "ghost.yaml").write_text(
        "lab: ghost\ncriteria:\n"
        "  - {id: a, title: {ko: 가, en: a}, points: 1, check: {kind: command, typed: x}}\n"
    )
    (course / "ghost.sh").write_text("echo x\n")
    done = grade(
        "ghost",
        "--student",
        "alice",
        "--course",
        str(course),
        "--submission",
        str(course / "ghost.sh"),
        results=tmp_path / "results",
        check=False,
    )
    assert done.returncode == 3
    assert "localhost:9/no/such:image" in done.stderr
    assert "scripts/setup" in done.stderr
    assert not list((tmp_path / "results").rglob("*.json"))
