"""The image of the grader: built as users build it, and used as `docs/image.md` says."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from followed_page import ROOT, follow

from grader.engine.client import engine_socket
from grader.engine.own_container import is_in_container
from grader.engine.sessions import CONTAINER_LABEL

pytestmark = [
    pytest.mark.engine,
    pytest.mark.timeout(600),  # the first build brings Python from Debian
    pytest.mark.skipif(is_in_container(), reason="the paths of a container are not the engine's"),
]

MIB = 1024 * 1024
USER = 4321
"""Owner of the course: a user that the image does not know."""

STUCK = """\
docker run -d --name left -v kept:/data alpine:latest sleep 600
sleep 600
"""


def docker(*words: str, check: bool = True) -> str:
    done = subprocess.run(
        ["docker", *words], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )
    assert not check or done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()


def inspected(*words: str) -> Any:  # noqa: ANN401 - JSON of the engine
    return json.loads(docker("inspect", *words))[0]


@pytest.fixture(scope="module")
def image() -> Iterator[str]:
    name = f"lab-grader-test-{secrets.token_hex(4)}"
    built = subprocess.run(
        [ROOT / "scripts/image", name], capture_output=True, text=True, check=False
    )
    assert built.returncode == 0, (built.stdout + built.stderr)[-4000:]
    yield name
    docker("rmi", name)


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """Return a folder with nothing but the work of students."""
    for student in ("alice", "bob"):
        folder = tmp_path / "submissions" / student
        folder.mkdir(parents=True)
        shutil.copy(ROOT / "submissions" / student / "lab6-1.sh", folder)
    shutil.copy(ROOT / "labs/lab6-4/solution.sh", tmp_path / "submissions/alice/lab6-4.sh")
    return tmp_path


def options(course: Path) -> list[str]:
    socket = engine_socket()
    return [
        *("--volume", f"{socket}:/var/run/docker.sock"),
        *("--group-add", str(socket.stat().st_gid)),
        *("--volume", f"{course}:/course"),
    ]


def grade(image: str, course: Path, *words: str, more: tuple[str, ...] = ()) -> tuple[int, str]:
    """Run the image as another user; return exit status and output."""
    for path in (course, *course.rglob("*")):
        os.chown(path, USER, USER)
    command = ["docker", "run", "--rm", f"--user={USER}:{USER}", *options(course), *more]
    done = subprocess.run([*command, image, *words], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def begin_stuck(image: str, course: Path, *more: str) -> str:
    """Begin a grading that does not end, and return the grader's container once it is under way."""
    (course / "submissions/bob/lab6-1.sh").write_text(STUCK, encoding="utf-8")
    words = [*options(course), "--user=0", *more, image, "lab6-1", "--student", "bob"]
    container = docker("run", "--detach", "--rm", *words)
    wait_for(lambda: len(objects(container)) >= 3)  # workbench, container, volume
    return container


def end(how: str, container: str) -> None:
    """Kill or stop a grader's container, and wait until the engine has removed it."""
    docker(how, container)
    wait_for(lambda: not docker("ps", "--all", "--quiet", "--filter", f"id={container}"))


def objects(container: str) -> list[str]:
    """Return what a grader in this container has on the engine."""
    found = []
    for kind, words in {
        "container": ("ps", "--all", "--quiet"),
        "volume": ("volume", "ls", "--quiet"),
    }.items():
        told = docker(*words, "--filter", f"label={CONTAINER_LABEL}={container}")
        found += [f"{kind} {name}" for name in told.split()]
    return found


def health(container: str) -> str:
    return str(inspected(container)["State"]["Health"]["Status"])


def wait_for(come: Callable[[], bool]) -> None:
    end = time.monotonic() + 90
    while not come():
        assert time.monotonic() < end
        time.sleep(0.2)


def test_it_is_small_and_not_roots(image: str) -> None:
    told = inspected(image)
    assert told["Config"]["User"] == "grader"
    assert told["Config"]["Healthcheck"]["Test"]
    base = inspected("debian:trixie-slim")["Size"]
    assert told["Size"] - base < 150 * MIB
    what = "id -u; command -v pip gcc git; ls /src /wheel 2>/dev/null"
    assert docker("run", "--rm", "--entrypoint", "sh", image, "-c", f"{what}; true") == "1000"


def test_it_grades_from_a_folder_that_has_only_submissions(
    image: str, course: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    cid = tmp_path_factory.mktemp("cid") / "id"
    status, told = grade(
        image, course, "lab6-1", "--student", "alice", more=("--cidfile", str(cid))
    )
    assert status == 0, told
    assert "100/100" in told
    results = course / "results/lab6-1/alice"
    assert json.loads((results / "result.json").read_text())["points"] == 100
    assert {path.name for path in results.iterdir()} == {
        "result.json",
        "junit.xml",
        "evidence.json",
    }
    assert {path.stat().st_uid for path in course.rglob("*")} == {USER}
    # What was asked for is gone when the command ends, not only some time later.
    assert objects(cid.read_text()) == []


def test_its_exit_status_is_that_of_grade(image: str, course: Path) -> None:
    (course / "submissions/bob/lab6-1.sh").write_text("docker ps\n", encoding="utf-8")
    assert grade(image, course, "lab6-1", "--student", "bob")[0] == 1
    status, told = grade(image, course, "lab6-9", "--student", "bob")
    assert (status, "fix:" in told) == (2, True)
    status, told = grade(image, course, "lab6-4", "--student", "alice")
    assert (status, "only root sees" in told) == (3, True)


@pytest.mark.parametrize("shared", [False, True], ids=["a volume each", "one volume"])
def test_what_a_killed_container_left_is_removed_by_the_next(
    image: str, course: Path, *, shared: bool
) -> None:
    volume = f"{image}-sessions"
    more = ("--volume", f"{volume}:/run/lab-grader") if shared else ()
    running = begin_stuck(image, course, *more)
    try:
        killed = begin_stuck(image, course, *more)
        end("kill", killed)
        assert len(objects(killed)) >= 3
        docker(
            *("run", "--rm", *options(course), "--user=0", *more),
            *(image, "lab6-1", "--student", "alice"),
        )
        assert objects(killed) == []
        # Another one that still grades keeps what it has.
        assert len(objects(running)) >= 3
    finally:
        end("stop", running)
    assert objects(running) == []
    if shared:
        docker("volume", "rm", volume)


def test_a_folder_that_the_engine_cannot_see_is_told(image: str, course: Path) -> None:
    status, told = grade(
        image, course, "lab6-1", "--student", "alice", more=("--env", "LAB_GRADER_RUNTIME=/tmp")
    )
    assert status == 3
    assert "inside this container" in told
    assert "fix:" in told


def test_a_run_that_lasts_is_healthy_as_long_as_it_has_an_engine(image: str, course: Path) -> None:
    often = ("--health-interval=1s", "--health-retries=1")
    with_engine = begin_stuck(image, course, *often)
    without = docker("run", "--detach", *often, "--entrypoint", "sleep", image, "600")
    try:
        wait_for(lambda: health(with_engine) == "healthy")
        wait_for(lambda: health(without) == "unhealthy")
        logged = inspected(without)["State"]["Health"]["Log"][0]["Output"]
        assert "/var/run/docker.sock does not exist" in logged
    finally:
        docker("rm", "--force", "--volumes", without)
        end("stop", with_engine)


@pytest.mark.skipif(os.geteuid() != 0, reason="as on the machine itself, folders take root")
def test_the_page_works_as_it_is_written(image: str, course: Path) -> None:
    volume = f"{image}-sessions"
    names = {"scripts/image": "true", "lab-grader-sessions": volume, " lab-grader ": f" {image} "}
    try:
        follow("image.md", course, names)
    finally:
        docker("volume", "rm", volume)
