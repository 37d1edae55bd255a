"""Commands that the grader runs by itself at the end, on a real engine."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from grader.checks import load_kind
from grader.grading import Grading
from grader.model.evidence import Evidence
from grader.model.lab import Lab
from grader.model.result import CriterionResult, Result
from grader.model.submission import Submission
from grader.rubric import Rubric

pytestmark = pytest.mark.engine

TITLE = {"ko": "탐침", "en": "Probe"}


def graded(
    text: str, probes: Sequence[Mapping[str, Any]], **options: object
) -> tuple[Evidence, Result]:
    lab = Lab.model_validate(
        {"id": "probing", "title": TITLE, "images": ["alpine:latest"], **options}
    )
    rubric = Rubric.model_validate(
        {
            "lab": "probing",
            "criteria": [
                {"id": f"p{n}", "title": TITLE, "points": 10, "check": {"kind": "probe", **probe}}
                for n, probe in enumerate(probes)
            ],
        }
    )
    digest = hashlib.sha256(text.encode()).hexdigest()
    submission = Submission(student="alice", path="x.sh", text=text, digest=f"sha256:{digest}")
    with Grading() as grading:
        return grading.grade(lab, lambda: rubric, submission)


def by_number(result: Result) -> list[CriterionResult]:
    return list(result.criteria)


def test_probes_look_into_containers_volumes_and_images_and_leave_no_trace() -> None:
    text = (
        "docker volume create notes\n"
        "docker run -d --name web -v notes:/data alpine sh -c 'echo 안녕 > /data/a; sleep 600'\n"
        "docker run --name done alpine true\n"
        "docker run --name gone alpine true\n"
        "docker rm gone\n"
    )
    evidence, result = graded(
        text,
        [
            {"container": "web", "run": "cat /data/a", "output": {"equals": "안녕"}},
            {"container": {"image": "alpine", "nth": 1}, "run": ["test", "-e", "/data/b"]},
            {"container": "web", "run": "exit 3", "exit_code": 3},
            {"container": "done", "run": "true"},
            {"container": "nobody", "run": "true"},
            {
                "image": "alpine",
                "volumes": {"notes": "/n"},
                "run": "cat /n/a",
                "output": {"contains": "안녕"},
            },
            {"image": "alpine", "volumes": {"letters": "/n"}, "run": "true"},
            {"image": "note", "run": "true"},
            {"container": {"name": "gone"}, "run": "true"},
        ],
    )
    assert [c.points for c in result.criteria] == [10, 0, 10, 0, 0, 10, 0, 0, 0]
    reasons = [c.reason.en for c in result.criteria]
    assert reasons[1].endswith("it ended with exit code 1.")
    assert "does not run at the end" in reasons[3]
    assert "There is no container 'nobody'" in reasons[4]
    assert "letters" in reasons[6]
    assert "no such image: note" in reasons[7]
    assert "does not run at the end ('removed')" in reasons[8]
    assert not result.needs_review
    # What the probes did is on no record but their own.
    assert [c.name for c in evidence.containers] == ["web", "done", "gone"]
    assert [v.name for v in evidence.volumes] == ["notes"]
    assert not any(call.route == "exec_create" for call in evidence.calls)


def test_a_probe_waits_for_what_takes_its_time_and_starts_what_has_ended() -> None:
    text = "docker run -d --name slow alpine sleep 600\n"
    text += "docker run -d --name off alpine sleep 600\ndocker stop -t 0 off\n"
    text += "docker run --name brief alpine true\n"
    evidence, result = graded(
        text,
        [
            {"container": "slow", "run": "test -e /n || { touch /n; false; }", "within": "1m"},
            {"container": "off", "run": "true", "start": True},
            {"container": "brief", "run": "sleep 60", "start": True},
        ],
    )
    assert [c.points for c in result.criteria][:2] == [10, 10]
    # How far it came before its container ended is a matter of luck; what is told of it is not.
    assert evidence.probes[2].message in {None, "started again, it ended at once"}
    assert result.criteria[2].points == 0
    assert evidence.probes[0].tries == 2
    # The end is what the student left.
    assert evidence.containers[1].moments[-2].label == "exit 1"


def test_what_a_hostile_container_does_to_a_probe_is_a_value() -> None:
    text = (
        "docker run -d --name hangs alpine sleep 600\n"
        "docker run -d --name floods alpine sleep 600\n"
        "docker run -d --name bare alpine sleep 600\n"
        "docker exec bare rm -f /bin/sh\n"
    )
    evidence, result = graded(
        text,
        [
            {"container": "hangs", "run": "sleep 600", "exit_code": 0},
            {"container": "floods", "run": "yes | head -c 9000000", "exit_code": 0},
            {"container": "bare", "run": "true"},
            {"container": "bare", "run": ["cat", "/etc/hostname"]},
        ],
        limits={"step_seconds": 2},
    )
    ends = [(record.end, record.truncated) for record in evidence.probes]
    assert ends[:2] == [("timeout", False), ("exited", True)]
    assert [c.points for c in result.criteria] == [0, 10, 0, 10]
    assert len(evidence.probes[1].output) == 64 * 1024
    assert not result.needs_review


def test_an_image_of_the_students_own_runs_what_it_runs_by_itself() -> None:
    text = (
        "docker run --name made alpine sh -c 'echo hi > /note'\n"
        'docker commit -c \'CMD ["cat", "/note"]\' made note\n'
    )
    _, result = graded(text, [{"image": "note", "output": {"equals": "hi"}}], build=True)
    assert result.points == 10


def test_a_record_without_the_probe_is_no_zero() -> None:
    evidence, _ = graded(
        "docker run --name made alpine true\n", [{"container": "made", "run": "true"}]
    )
    other = load_kind("probe").model_validate({"container": "made", "run": "ls"})
    with pytest.raises(Exception, match="grade the submission again"):
        other.judge(evidence)


def test_at_the_lab_s_limit_and_paused_containers_a_probe_stands_beside() -> None:
    text = (
        "docker run -d --name box alpine sleep 600\n"
        "docker run -d --name idle alpine sleep 600\n"
        "docker pause idle\n"
    )
    _, result = graded(
        text,
        [
            {"image": "alpine", "run": ["true"]},
            {"container": "idle", "run": "true"},
            {"image": "alpine", "run": "exec >&- 2>&-; sleep 1; exit 4", "exit_code": 4},
            {"image": "alpine", "run": "yes; sleep 600", "exit_code": 0},
            {
                "container": "box",
                "run": "sleep 600 & echo started",
                "output": {"equals": "started"},
            },
            {"image": "alpine", "run": ["no-such-program"]},
        ],
        limits={"containers": 2, "step_seconds": 5},
    )
    assert [c.points for c in result.criteria] == [10, 0, 10, 0, 10, 0]
    assert "paused" in result.criteria[1].reason.en
    assert not result.needs_review
