"""`grade prove` through the front door; `tests/proof` has its parts."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Course, Here

PROJECT = Path(__file__).parents[2]
HERE = {name: value for name in ("DOCKER_HOST",) if (value := os.environ.get(name))}

SOLUTION = """\
docker run --name box alpine:latest sh -c "echo hello > /a.txt"
docker rm box
"""
RUBRIC = """\
lab: typed
criteria:
  - {id: wrote, title: {ko: 썼다, en: Wrote}, points: 10,
     check: {kind: file, container: box, paths: {/a.txt: null}}}
  - {id: any-docker, title: {ko: 도커, en: Docker}, points: 10,
     check: {kind: command, typed: docker}}
"""
SHARPER = RUBRIC.replace("/a.txt: null", "/a.txt: {equals: hello}").replace(
    "{kind: command, typed: docker}",
    "{kind: lifecycle, container: box, sequence: [exit, removed]}",
)
EXCUSE = """\
equivalents:
  - change: option
    before: docker run --name box alpine:latest sh -c "echo hello > /a.txt"
    after: docker run --name box alpine:latest sh "echo hello > /a.txt"
    reason: a test
"""


def proof(course: Course) -> tuple[int, dict[str, Any], str]:
    done = course.grade("prove", "typed", "--json", "proof.json")
    assert done.stderr == ""
    return done.returncode, json.loads((course.root / "proof.json").read_text())[0], done.stdout


def fates(found: dict[str, Any], fate: str) -> set[tuple[str, str]]:
    return {(m["change"], m["after"]) for m in found["mutants"] if m["fate"] == fate}


@pytest.mark.engine
def test_a_blind_rubric_is_caught_and_a_sharper_one_is_proven_from_kept_evidence(
    course: Course,
) -> None:
    no_engine = {"DOCKER_HOST": course.environment.pop("DOCKER_HOST")}
    course.environment |= HERE
    course.write("labs/typed/solution.sh", SOLUTION)
    course.write("rubrics/typed.yaml", RUBRIC)
    course.write("labs/typed/samples/50-another-file.sh", SOLUTION.replace("/a", "/b"))

    status, found, told = proof(course)
    assert status == 1
    assert [case["got"] for case in found["cases"]] == [100, 0, 50]
    assert ("left out", "") in fates(found, "survived")
    assert ("text", SOLUTION.splitlines()[0].replace("hello", "other")) in fates(found, "survived")
    assert ("name", "docker rm xbox") in fates(found, "survived")
    assert found["never_fail"] == ["any-docker"]
    assert "survived: left out, line 2: docker rm box → (left out)" in told
    assert "\n    nearest criteria: wrote, any-docker\n    - change: left out\n" in told
    assert "never fails: any-docker" in told
    assert found["recorded"] == len(found["mutants"]) + 3

    course.write("rubrics/typed.yaml", SHARPER)
    with_engine, course.environment = course.environment, {**course.environment, **no_engine}
    status, found, _ = proof(course)
    assert (status, found["recorded"]) == (0, 0), found
    assert not fates(found, "survived")

    course.environment = with_engine
    course.write("labs/typed/equivalents.yaml", EXCUSE)
    kept = sorted((course.root / "results/typed/.proof").iterdir())
    kept[0].write_bytes(b"damaged")
    kept[1].write_bytes(kept[1].read_bytes()[:-20])
    status, found, told = proof(course)
    assert (status, found["recorded"]) == (1, 2)
    assert "equivalents.yaml, entry 1" in told
    assert "it costs points now" in told

    (course.root / "labs/typed/equivalents.yaml").unlink()
    course.write("rubrics/typed.yaml", SHARPER.replace("/a.txt:", "/etc/motd: null, /a.txt:"))
    course.environment |= no_engine
    status, found, _ = proof(course)
    assert status == 3
    assert found["cases"][0]["problem"]
    assert found["mutants"] == []


@pytest.mark.engine
def test_ctrl_c_keeps_what_is_done_and_leaves_nothing_on_the_engine(course: Course) -> None:
    del course.environment["DOCKER_HOST"]
    course.environment |= HERE
    course.write("labs/typed/solution.sh", "docker run --name box alpine:latest true\n")
    course.write("labs/typed/samples/10-slow.sh", "docker run --name box alpine:latest sleep 15\n")
    folder = course.root / "results/typed/.proof"
    with subprocess.Popen(
        [sys.executable, "-m", "grader", "prove", "typed"],
        cwd=course.root,
        env=course.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        until(lambda: len([*folder.glob("*.gz")]) > 1)
        process.send_signal(signal.SIGINT)
        began = time.monotonic()
        out, err = process.communicate(timeout=30)
    assert time.monotonic() - began < 10
    assert (process.returncode, out, err.strip()) == (130, "", "interrupted")
    assert [*folder.glob("*.gz")]
    until(lambda: not containers(course))


def containers(course: Course) -> str:
    runtime = Path(course.environment["LAB_GRADER_RUNTIME"], "id").read_text().strip()
    command = ["docker", "ps", "-aq", "--filter", f"label=lab-grader.runtime={runtime}"]
    environment = os.environ | HERE
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return done.stdout


def until(true: Any) -> None:  # noqa: ANN401
    end = time.monotonic() + 30
    while not true():
        assert time.monotonic() < end
        time.sleep(0.1)


def test_a_quiz_is_proven_without_an_engine(course: Course, grade_here: Here) -> None:
    course.write("labs/quiz/solution.yaml", "1: B\n2: A\n")
    course.write("labs/quiz/samples/60-first.yaml", "1: B\n")
    done = grade_here("prove", "quiz")
    assert (done.returncode, done.stderr) == (0, "")
    assert "quiz: proven\n  cases: 3 of 3 as expected\n" in done.stdout

    course.write("labs/quiz/samples/61-first.yaml", "1: B\n")
    done = grade_here("prove", "quiz")
    assert done.returncode == 1
    assert "61-first.yaml: expected 61, got 60\n      0/4 second: " in done.stdout

    course.write("labs/quiz/solution.yaml", "1: A\n2: A\n")
    done = grade_here("prove", "quiz")
    assert "none were tried, because the solution does not earn everything" in done.stdout


def test_a_bonus_hides_no_loss_and_may_lift_the_solution(course: Course, grade_here: Here) -> None:
    course.write("labs/quiz/solution.yaml", "1: B\n2: A\n")
    rubric = (course.root / "rubrics/quiz.yaml").read_text().replace("points: 4", "points: 1")
    bonus = "{kind: answer, question: '1', correct: [B]}"
    rubric += (
        f"  - {{id: more, title: {{ko: 더, en: More}}, points: 5, counts: bonus, check: {bonus}}}\n"
    )
    course.write("rubrics/quiz.yaml", f"{rubric}cap: 120%\n")
    done = grade_here("prove", "quiz")
    assert (done.returncode, done.stderr) == (0, "")
    assert "quiz: proven\n  cases: 2 of 2 as expected\n" in done.stdout


@pytest.mark.parametrize(
    ("path", "content", "told"),
    [
        ("labs/quiz/samples/first.yaml", "1: B\n", "begins with its points"),
        (
            "labs/quiz/equivalents.yaml",
            "equivalents:\n  - {change: path, before: x, reson: y, reason: y}\n",
            "equivalents.yaml:2:31: unknown field 'reson' (in equivalents #1), did you mean",
        ),
        ("labs/quiz/solution.yml", "1: B\n", "the lab has more than one solution"),
    ],
)
def test_a_mistake_is_told_with_its_place(
    course: Course, path: str, content: str, told: str, grade_here: Here
) -> None:
    course.write("labs/quiz/solution.yaml", "1: B\n2: A\n")
    course.write(path, content)
    done = grade_here("prove", "quiz")
    assert (done.returncode, done.stdout) == (2, "")
    assert told in done.stderr
