"""Our action in a job: its own steps, on the real engine, in repositories it has never seen."""

from __future__ import annotations

import base64
import json
import os
import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from grader.model.record import Language
from tests.ci.conftest import PROJECT, Job

pytestmark = [pytest.mark.engine, pytest.mark.timeout(900)]  # the first one makes an environment

SOLUTION = PROJECT / "labs/lab6-1/solution.sh"
HALF = """\
docker run --name test-data -it alpine:latest sh
echo "중요한 데이터" > /tmp/important.txt
exit
"""
NOTICES = {
    "en": "This is feedback, not the grade. The grade comes from the teacher's own replay.",
    "ko": "이것은 피드백이며 성적이 아닙니다. 성적은 교수자가 제출물을 다시 실행하여 매깁니다.",
}
LEVELS = {"error", "warning", "notice"}

# All the ways in which a runner takes text for a command, and a page takes it for mark-up.
EVIL = (
    "::add-mask::alice\n##[add-mask]alice\n  ::set-output name=score::100\n::stop-commands::x\n"
    "::error file=lab.sh::<script>alert(1)</script>\n[x](https://example.org) ![x](y) |a|b| `c`\n"
    "score<<end\n100\nend\n\x1b[2J\u202etxt %0A::warning::x\n"
)
LAB = """\
title: {ko: 작은 실습, en: A small lab}
kind: terminal
images: [alpine:latest]
limits: {step_seconds: 20, lab_seconds: 60}
"""
RUBRIC = """\
lab: typed
criteria:
  - id: text
    title: {ko: 글, en: The text}
    points: 10
    check: {kind: command, typed: cat evil, output: {equals: right}}
  - id: file
    title: {ko: 파일, en: The file}
    points: 10
    check: {kind: file, container: box, paths: {/tmp/wanted: {exists: true}}}
"""
NEAR_MISS = """\
docker run --name box -it alpine:latest sh
mkdir "/tmp/odd
::add-mask::alice
 ##[add-mask]<b>b"
cd /tmp/odd*
touch wanted
exit
"""


def course(job: Job, rubric: str = RUBRIC, lab: str = LAB) -> str:
    """Write a course of one lab beside the workspace and return its folder."""
    root = job.folder / "course"
    for path, text in (("labs/typed/lab.yaml", lab), ("rubrics/typed.yaml", rubric)):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    return str(root)


@pytest.mark.parametrize("language", ["en", "ko"])
def test_who_did_all_passes(job: Job, language: Language) -> None:
    job.write("lab6-1.sh", SOLUTION.read_bytes())
    run = job.run(lab="lab6-1", language=language)
    assert run.status == 0, run.log
    told = ("status", "score", "max", "percent", "passed")
    assert [run.outputs[name] for name in told] == ["passed", "100", "100", "100", "true"]
    assert run.commands == []
    assert run.others == {}
    assert NOTICES[language] in run.summary
    assert NOTICES[language] in run.log
    assert json.loads(Path(run.outputs["result"]).read_text())["student"] == "alice"
    suite = ET.parse(run.outputs["junit"]).getroot()  # noqa: S314 - our own text
    assert {case.get("file") for case in suite.iter("testcase")} == {"lab6-1.sh"}
    assert Path(run.outputs["summary"]).read_text() == run.summary
    assert Path(run.outputs["page"]).read_text().startswith("<!doctype html>")
    report = json.loads(base64.b64decode(run.outputs["classroom"]))
    assert (report["status"], report["max_score"]) == ("pass", 100)
    assert sum(test["score"] for test in report["tests"]) == 100


def test_what_students_may_read_is_all_there_is(job: Job) -> None:
    job.write("lab6-1.sh", SOLUTION.read_bytes())
    run = job.run(lab="lab6-1")
    folder = Path(run.outputs["folder"])
    assert folder.is_relative_to(job.folder / "temp")
    assert sorted(file.name for file in folder.iterdir()) == [
        "classroom.txt",
        "classroom50.json",
        "junit.xml",
        "report.html",
        "result.json",
        "summary.md",
    ]
    assert {path.name for path in job.workspace.iterdir()} == {".git", "lab6-1.sh"}


def test_below_the_pass_mark_the_job_fails_and_says_where(job: Job) -> None:
    job.write("week 6/lab6-1.sh", HALF)
    run = job.run(lab="lab6-1", submission="week 6/lab6-1.sh", student="bob")
    assert run.status == 1, run.log
    assert (run.outputs["status"], run.outputs["passed"]) == ("failed", "false")
    assert 0 < float(run.outputs["score"]) < 60
    assert "· bob" in run.summary
    assert len(run.commands) <= 10
    errors = run.annotations("error")
    assert errors[0].properties["file"] == "week 6/lab6-1.sh"
    assert errors[0].properties["title"].startswith("[0/16] ")
    assert {e.properties["line"] for e in errors if "line" in e.properties} <= {"1", "2", "3"}
    lost = [
        float(most) - float(points)
        for points, most in (
            re.findall(r"^\[([\d.]+)/([\d.]+)\]", e.properties["title"])[0] for e in errors
        )
    ]
    assert lost == sorted(lost, reverse=True)


@pytest.mark.parametrize(("percent", "status"), [("0", 0), ("99.5", 1)])
def test_fail_under(job: Job, percent: str, status: int) -> None:
    job.write("lab6-1.sh", HALF if status == 0 else SOLUTION.read_text().replace("important", "x"))
    run = job.run(lab="lab6-1", fail_under=percent)
    assert run.status == status, run.log
    assert run.outputs["passed"] == ("true" if status == 0 else "false")
    assert f"The job fails below {percent} %." in run.summary


def test_our_fault_is_no_zero(job: Job) -> None:
    lab = LAB.replace("alpine:latest", "localhost:1/nothing:1")
    job.write("typed.sh", "docker run localhost:1/nothing:1\n")
    run = job.run(lab="typed", course=course(job, lab=lab))
    assert run.status == 3, run.log
    told = [run.outputs[name] for name in ("status", "score", "max", "percent", "passed")]
    assert told == ["not-graded", "", "", "", ""]
    assert "Could not grade, or not all of it. This is no fault" in run.summary
    assert "0/10" not in run.summary
    (error,) = run.annotations("error")
    assert error.properties["title"] == "Could not grade"
    report = json.loads(base64.b64decode(run.outputs["classroom"]))
    assert (report["status"], report["max_score"]) == ("error", 0)
    assert "score" not in json.loads(Path(run.outputs["classroom50"]).read_text())
    case = ET.parse(run.outputs["junit"]).getroot().find(".//testcase")  # noqa: S314 - our own
    assert case is not None
    assert [child.tag for child in case] == ["error"]


def test_no_engine_is_no_zero_either(job: Job) -> None:
    job.write("lab6-1.sh", HALF)
    job.variables["DOCKER_HOST"] = f"unix://{job.folder}/nothing.sock"
    run = job.run(lab="lab6-1")
    assert run.status == 3
    assert run.outputs["status"] == "not-graded"
    assert run.outputs["score"] == ""
    assert "no fault of the student, and no zero" in run.summary


def test_what_takes_root_is_no_zero_where_it_cannot_be_had(job: Job) -> None:
    if not job.prefix and os.geteuid() == 0:
        pytest.skip("needs setpriv, to be an ordinary user")
    job.variables["RUNNER_ENVIRONMENT"] = "self-hosted"
    job.write("lab6-4/lab6-4.sh", (PROJECT / "labs/lab6-4/solution.sh").read_bytes())
    run = job.run(lab="lab6-4", language="ko")
    assert run.status == 3, run.log
    told = [run.outputs[name] for name in ("status", "score", "passed")]
    assert told == ["not-graded", "", ""]
    assert "학생의 잘못이 아닌 문제" in run.summary


def test_nothing_handed_in(job: Job) -> None:
    run = job.run(lab="lab6-1")
    assert run.status == 2, run.log
    assert run.outputs["status"] == "not-graded"
    assert "nothing was handed in" in run.summary
    (error,) = run.annotations("error")
    assert error.properties["file"] == "lab6-1.sh"


def test_the_course_in_a_students_repository_counts_for_nothing(job: Job) -> None:
    job.write("labs/lab6-1/lab.yaml", LAB)
    job.write("rubrics/lab6-1.yaml", RUBRIC.replace("typed", "lab6-1"))
    job.write("lab6-1.sh", HALF)
    run = job.run(lab="lab6-1")
    assert run.outputs["max"] == "100"


def test_no_code_of_a_students_is_run_outside_the_workbench(job: Job) -> None:
    for name in ("grader", "venv", "ensurepip", "sitecustomize", "docker", "json", "hashlib"):
        job.write(f"{name}.py", "open('pwned', 'w')\n")
    for name in ("python3", "docker", "pip.conf", "setup.cfg", "pyproject.toml", ".env"):
        job.write(name, "#!/bin/sh\ntouch pwned\n").chmod(0o755)
    job.write("lab6-1.sh", HALF)
    run = job.run(lab="lab6-1")
    assert run.status == 1, run.log
    assert not (job.workspace / "pwned").exists()


def test_what_containers_print_has_no_power(job: Job) -> None:
    job.write("typed/typed.sh", f"cat evil\n{NEAR_MISS}")
    job.write("typed/evil", EVIL)
    run = job.run(lab="typed", course=course(job))
    assert run.status == 1, run.log
    assert run.outputs["score"] == "0"
    assert [command.name for command in run.commands] == ["error", "error"]
    assert any("\n::add-mask::alice" in command.text for command in run.commands), run.commands
    assert_harmless(run.summary)
    case = ET.parse(run.outputs["junit"]).getroot().find(".//testcase")  # noqa: S314 - our own
    assert case is not None
    assert (case.findtext("system-out") or "").startswith("$ cat evil\n::add-mask::alice\n")


def test_very_much_output_stays_within_the_limits(job: Job) -> None:
    job.write("typed.sh", "cat evil; head -c 2000000 /dev/zero | tr '\\0' '|'\n")
    run = job.run(lab="typed", course=course(job))
    assert run.status == 1, run.log
    assert len(run.log) + len(run.summary) < 100_000
    assert Path(run.outputs["junit"]).stat().st_size < 100_000
    assert_harmless(run.summary)


@pytest.mark.parametrize(
    "name", ["::add-mask::alice\n::set-output name=score::100\n##[add-mask]b\n.sh", "<b>|`$x`.sh"]
)
def test_names_of_files_have_no_power(job: Job, name: str) -> None:
    job.write(name, b"\xff\xfe\x00\xd8binary\x00")
    run = job.run(lab="lab6-1", submission=name)
    assert run.status == 2, run.log
    assert {command.name for command in run.commands} == {"error"}
    assert_harmless(run.summary)
    job.write(name, HALF)
    run = job.run(lab="lab6-1", submission=name)
    assert run.status == 1, run.log
    assert {command.name for command in run.commands} <= LEVELS


@pytest.mark.parametrize("name", ["lab", "student", "submission", "course", "fail-under", "values"])
@pytest.mark.parametrize("text", ["$(touch pwned)\n::add-mask::alice\n##[add-mask]b", "--help"])
def test_inputs_have_no_power(job: Job, name: str, text: str) -> None:
    job.write("lab6-1.sh", HALF)
    run = job.run(**{"lab": "lab6-1", name: text})
    if (name, text) == ("student", "--help"):
        assert "cannot be the name of a student" in run.log
    assert run.status == 2, run.log
    assert {command.name for command in run.commands} <= {"error"}
    assert not (job.workspace / "pwned").exists()
    assert_harmless(run.summary)


def assert_harmless(summary: str) -> None:
    """Read a summary as GitHub does; only tags of ours may come out."""
    from markdown_it import MarkdownIt

    page = MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(summary)
    ours = r"h1|p|strong|em|code|table|thead|tbody|tr|th|td|br|ul|li|blockquote"
    strange = re.findall(rf"<(?!/?(?:{ours})\b)[^>]*>?", page)
    assert strange == []
    assert "href" not in page
