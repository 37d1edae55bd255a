"""What teachers copy: a workflow for GitHub, a pipeline for GitLab, and plain lines of shell."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from actions_runner import evaluated, load

from tests.ci.conftest import PROJECT, Job

TEMPLATES = PROJECT / "docs/ci"
ACTION = PROJECT / "action.yml"
SOLUTION = PROJECT / "labs/lab6-1/solution.sh"
PINNED = re.compile(r"actions/[a-z-]+@[0-9a-f]{40}|TEACHER/lab-grader@COMMIT")
EXPRESSIONS = re.compile(r"\$\{\{(.*?)\}\}")
KEYS = {
    "workflow": {"name", "on", "permissions", "concurrency", "jobs"},
    "job": {"runs-on", "timeout-minutes", "steps"},
    "step": {"id", "if", "uses", "with"},
    "action": {"name", "description", "author", "inputs", "outputs", "runs"},
}


def workflow() -> Any:  # noqa: ANN401 - as it stands in the file
    return load(TEMPLATES / "github.yml")


def steps() -> list[dict[str, Any]]:
    (job,) = workflow()["jobs"].values()
    found: list[dict[str, Any]] = job["steps"]
    return found


def test_the_workflow_may_do_nothing_but_read() -> None:
    found = workflow()
    assert set(found) == KEYS["workflow"]
    assert found["permissions"] == {"contents": "read"}
    assert set(found["on"]) == {"push", "pull_request", "workflow_dispatch"}
    (job,) = found["jobs"].values()
    assert set(job) == KEYS["job"]
    text = (TEMPLATES / "github.yml").read_text(encoding="utf-8")
    for forbidden in ("pull_request_target", "secrets", "github.token", "workflow_run", "run:"):
        assert forbidden not in text
    assert steps()[0]["with"] == {"persist-credentials": False}


def test_what_the_workflow_uses_is_pinned() -> None:
    for step in steps():
        assert set(step) <= KEYS["step"]
        assert PINNED.fullmatch(step["uses"]), step["uses"]


def test_the_workflow_knows_our_action() -> None:
    action = load(ACTION)
    assert set(action) == KEYS["action"]
    (ours,) = [step for step in steps() if step["uses"].startswith("TEACHER/")]
    assert set(ours["with"]) <= set(action["inputs"])
    required = {name for name, one in action["inputs"].items() if one.get("required")}
    assert required <= set(ours["with"])
    asked = re.findall(rf"steps\.{ours['id']}\.outputs\.([a-z0-9-]+)", json.dumps(steps()))
    assert asked
    assert set(asked) <= set(action["outputs"])
    for name, output in action["outputs"].items():
        assert output["value"] == f"${{{{ steps.grade.outputs.{name} }}}}"


def test_our_action_puts_no_text_of_others_into_scripts() -> None:
    for step in load(ACTION)["runs"]["steps"]:
        assert set(step) <= {"id", "shell", "env", "run"}
        assert EXPRESSIONS.findall(step["run"]) == []
    text = ACTION.read_text(encoding="utf-8")
    assert "secrets" not in text
    assert "github.token" not in text


def test_the_page_says_all_inputs_and_outputs() -> None:
    action = load(ACTION)
    page = (PROJECT / "docs/ci.md").read_text(encoding="utf-8")
    rows = "".join(line.split("|")[1] for line in page.splitlines() if line.startswith("| `"))
    assert set(action["inputs"]) | set(action["outputs"]) <= set(re.findall(r"`([^`]+)`", rows))


@pytest.mark.engine
@pytest.mark.timeout(900)
def test_the_workflow_grades(job: Job) -> None:
    job.write("lab6-1.sh", SOLUTION.read_bytes())
    (ours,) = [step for step in steps() if step["uses"].startswith("TEACHER/")]
    run = job.run(**{name: evaluated(text, {}) for name, text in ours["with"].items()})
    assert run.status == 0, run.log
    upload = next(step for step in steps() if "upload-artifact" in step["uses"])
    outputs = {f"steps.lab.outputs.{name}": text for name, text in run.outputs.items()}
    assert (Path(evaluated(upload["with"]["path"], outputs)) / "junit.xml").is_file()


COMMIT_ALL = """\
cd "$action"
git init --quiet
git add --all
git config user.name teacher
git config user.email teacher@example.org
git commit --quiet --allow-empty --message labs
git rev-parse HEAD
"""


def committed(job: Job) -> str:
    """Return the hash of a commit with all of the action's files, in a repository of its own."""
    commit = job.shell(COMMIT_ALL, action=str(job.action))
    assert commit.returncode == 0, commit.stderr
    return commit.stdout.strip()


@pytest.mark.engine
@pytest.mark.timeout(900)
def test_the_pipeline_of_gitlab_grades(job: Job) -> None:
    pipeline = load(TEMPLATES / "gitlab.yml")
    lab = pipeline["lab"]
    variables = pipeline["variables"] | {
        "GRADER": str(job.action),
        "GRADER_COMMIT": committed(job),
        "GITLAB_USER_LOGIN": "alice",
        "GITLAB_CI": "true",
    }
    junit = job.workspace / lab["artifacts"]["reports"]["junit"]
    assert lab["artifacts"]["when"] == "always"
    assert [path.rstrip("/") for path in lab["artifacts"]["paths"]] == [junit.parent.name]

    done = job.shell("\n".join(lab["script"]), **variables)
    assert done.returncode == 2, done.stdout + done.stderr
    assert "nothing was handed in" in done.stderr
    assert not junit.exists()

    job.write("lab6-1.sh", SOLUTION.read_bytes())
    done = job.shell("\n".join(lab["script"]), **variables)
    assert done.returncode == 0, done.stdout + done.stderr
    names = {case.get("name") for case in ET.parse(junit).getroot().iter("testcase")}  # noqa: S314
    assert "[10/10] `test-data` was removed" in names
    assert "::" not in done.stdout


@pytest.mark.engine
@pytest.mark.timeout(900)
def test_plain_lines_of_shell_grade(job: Job) -> None:
    job.write("lab6-1.sh", SOLUTION.read_bytes())
    lines = '"$grader/scripts/ci" lab6-1 --student alice --fail-under 100'
    done = job.shell(lines, grader=str(job.action))
    assert done.returncode == 0, done.stdout + done.stderr
    assert (job.workspace / "lab-grader/lab6-1/junit.xml").is_file()


@pytest.mark.engine
@pytest.mark.timeout(900)
def test_the_autograder_of_classroom50_grades(job: Job) -> None:
    text = (TEMPLATES / "autograder.py").read_text(encoding="utf-8")
    own = {'"https://github.com/TEACHER/lab-grader.git"': repr(str(job.action))}
    own['"COMMIT"'] = repr(committed(job))
    for template, value in own.items():
        assert template in text
        text = text.replace(template, value)
    (job.folder / "autograder.py").write_text(text, encoding="utf-8")
    outputs = job.folder / "outputs"
    outputs.touch()
    runner = {
        "CLASSROOM": "docker",
        "ASSIGNMENT": "lab6-1",
        "OWNER": "alice",
        "SUBMISSION_TAG": "submit/2026-12-01T00-00-00Z-abc1234",
        "COMMIT_URL": "https://github.com/course/lab6-1-alice/commit/abc1234",
        "RELEASE_URL": "https://github.com/course/lab6-1-alice/releases/tag/submit",
        "RUNNER_TEMP": str(job.folder / "temp"),
        "GITHUB_ACTIONS": "true",
        "GITHUB_OUTPUT": str(outputs),
    }
    script = f"python3 {job.folder}/autograder.py"
    result = job.workspace / "result.json"

    done = job.shell(script, **runner)
    assert done.returncode == 2, done.stdout + done.stderr
    assert not result.exists()

    job.write("lab6-1.sh", SOLUTION.read_bytes())
    done = job.shell(script, **runner)
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads(result.read_text(encoding="utf-8"))
    assert (report["schema"], report["classroom"]) == ("classroom50/result/v1", "docker")
    assert (report["score"], report["max-score"]) == (100, 100)
    assert outputs.read_text(encoding="utf-8") == "", "they mean something else there"
