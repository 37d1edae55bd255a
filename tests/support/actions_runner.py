"""A runner of GitHub Actions, for the steps of our own action: as far as these need one.

What it does as the real one (actions/runner, read in November 2026):

* a step's script lies in a file in `RUNNER_TEMP` and is run by `bash --noprofile --norc -e
  -o pipefail` in the workspace; expressions stand in `env` and `with` (nowhere else here);
* files that a step may write (`GITHUB_OUTPUT`, `GITHUB_STEP_SUMMARY`, …) are new and empty for it;
* `GITHUB_OUTPUT` is read as `name=value` or `name<<end`, and what is neither is an error;
* commands in the log: `::name key=value,…::text` at the start of a line, after any blanks; and
  `##[name key=value;…]text` anywhere in a line; `stop-commands` stops both, until its word comes.
  Both output streams are obeyed, and in no certain order.
"""

from __future__ import annotations

import os
import re
import subprocess
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")
COMMANDS = {
    "add-mask",
    "add-matcher",
    "add-path",
    "debug",
    "echo",
    "endgroup",
    "error",
    "group",
    "notice",
    "remove-matcher",
    "save-state",
    "set-env",
    "set-output",
    "stop-commands",
    "warning",
}
FILES = ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "GITHUB_ENV", "GITHUB_PATH", "GITHUB_STATE")
MOST_SUMMARY = 1024 * 1024


@dataclass(frozen=True)
class Command:
    """What the log told the runner to do."""

    name: str
    properties: Mapping[str, str]
    text: str


@dataclass
class Run:
    """What became of an action."""

    status: int = 0
    log: str = ""
    commands: list[Command] = field(default_factory=list)
    """Those that were obeyed."""
    outputs: dict[str, str] = field(default_factory=dict)
    """Of the action."""
    summary: str = ""
    others: dict[str, str] = field(default_factory=dict)
    """What was written into the other files that steps may write."""

    def annotations(self, level: str) -> list[Command]:
        """Return the annotations of one level, in the order of the log."""
        return [command for command in self.commands if command.name == level]


def load(file: Path) -> Any:  # noqa: ANN401 - whatever stands there
    """Return what a file of YAML holds."""
    return YAML(typ="safe").load(file.read_text(encoding="utf-8"))


def run_action(
    action: Path,
    workspace: Path,
    temporary: Path,
    given: Mapping[str, str],
    *,
    environment: Mapping[str, str],
    prefix: tuple[str, ...] = (),
) -> Run:
    """Run the steps of the composite action in the folder `action` as a step of a job.

    `given` is what stands in `with`; `prefix` is put before each step's command, to run it as
    somebody else.
    """
    manifest = load(action / "action.yml")
    assert set(given) <= set(manifest["inputs"]), "the runner warns of unknown inputs"
    values: dict[str, str] = {}
    for name, declared in manifest["inputs"].items():
        default = evaluated(str(declared.get("default", "")), values)
        values[f"inputs.{name}"] = given.get(name, default)
    run = Run()
    for step in manifest["runs"]["steps"]:
        if run.status:
            break  # no step here has an `if`
        own = {**environment, "GITHUB_ACTION_PATH": str(action)}
        _step(step, values, run, workspace, temporary, own, prefix)
    for name, declared in manifest["outputs"].items():
        run.outputs[name] = evaluated(declared["value"], values)
    return run


def evaluated(text: str, values: Mapping[str, str]) -> str:
    """Return a text with its expressions replaced; an output that was not set is empty."""

    def value(found: re.Match[str]) -> str:
        name = found[1]
        assert re.fullmatch(r"[a-z_]+(\.[a-z0-9_-]+)+", name), f"unknown expression {name}"
        return values.get(name, "") if name.startswith("steps.") else values[name]

    return EXPRESSION.sub(value, text)


def _step(
    step: Mapping[str, Any],
    values: dict[str, str],
    run: Run,
    workspace: Path,
    temporary: Path,
    environment: Mapping[str, str],
    prefix: tuple[str, ...],
) -> None:
    assert step["shell"] == "bash"
    assert "${{" not in step["run"], "text of others would be part of a script"
    folder = temporary / "_runner_file_commands"
    folder.mkdir(exist_ok=True)
    files = {name: folder / f"{name.lower()}_{uuid.uuid4()}" for name in FILES}
    for file in files.values():
        file.touch()
        file.chmod(0o666)
    script = temporary / f"{uuid.uuid4()}.sh"
    script.write_text(step["run"], encoding="utf-8")
    given = {name: evaluated(str(text), values) for name, text in step.get("env", {}).items()}
    done = subprocess.run(
        [*prefix, "bash", "--noprofile", "--norc", "-e", "-o", "pipefail", str(script)],
        cwd=workspace,
        env={
            **environment,
            **{name: str(path) for name, path in files.items()},
            **given,
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=600,
        check=False,
    )
    out, err = done.stdout.decode(), done.stderr.decode()
    run.status = done.returncode
    run.log += out + err
    run.commands += obeyed(out)
    # Beside the other stream, a command could come before or after any of its lines.
    assert obeyed(err) == [], "a command on the error stream"
    for name, text in outputs_in(files["GITHUB_OUTPUT"].read_text(encoding="utf-8")):
        values[f"steps.{step['id']}.outputs.{name}"] = text
    summary = files["GITHUB_STEP_SUMMARY"].read_text(encoding="utf-8")
    assert len(summary.encode()) <= MOST_SUMMARY, "the runner drops such a summary"
    run.summary += summary
    for name in FILES[2:]:
        if written := files[name].read_text(encoding="utf-8"):
            run.others[name] = written


def environment(workspace: Path, temporary: Path, home: Path, **more: str) -> dict[str, str]:
    """Return the variables that steps find in a job on a hosted runner, as far as they matter."""
    passed_on = ("PATH", "DOCKER_HOST", "LAB_GRADER_RUNTIME")
    reach = re.compile(r"(PIP|SSL)_|https?_proxy|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE", re.IGNORECASE)
    own = {
        name: text for name, text in os.environ.items() if name in passed_on or reach.match(name)
    }
    return own | {
        "CI": "true",
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "GITHUB_ACTIONS": "true",
        "GITHUB_ACTOR": "alice",
        "GITHUB_WORKSPACE": str(workspace),
        "GITHUB_REPOSITORY": "course/lab6-1-alice",
        "GITHUB_SERVER_URL": "https://github.com",
        "GITHUB_RUN_ID": "1658821493",
        "RUNNER_TEMP": str(temporary),
        "RUNNER_ENVIRONMENT": "github-hosted",
        **more,
    }


def obeyed(log: str) -> list[Command]:
    """Return the commands of a log that the runner obeys."""
    found = []
    waiting_for = ""
    for line in re.split(r"\r\n|\r|\n", log):
        command = _old(line, waiting_for) if (new := _new(line, waiting_for)) is None else new
        if command is None:
            continue
        if waiting_for:
            if command.name == waiting_for.lower():
                waiting_for = ""
        elif command.name == "stop-commands":
            waiting_for = command.text
        else:
            found.append(command)
    assert not waiting_for, "the runner obeys nothing any more, in no later step"
    return found


def _new(line: str, word: str) -> Command | None:
    line = line.lstrip()
    if not line.startswith("::") or (end := line.find("::", 2)) < 0:
        return None
    return _command(line[2:end], line[end + 2 :], word, ",", {"%3A": ":", "%2C": ","})


def _old(line: str, word: str) -> Command | None:
    if (start := line.find("##[")) < 0 or (end := line.find("]", start)) < 0:
        return None
    return _command(line[start + 3 : end], line[end + 1 :], word, ";", {"%3B": ";", "%5D": "]"})


def _command(
    head: str, text: str, word: str, between: str, more: Mapping[str, str]
) -> Command | None:
    name, _, rest = head.partition(" ")
    if name.lower() not in COMMANDS | {word.lower()}:
        return None
    pairs = (pair.split("=", 1) for pair in rest.strip().split(between))
    properties = {pair[0]: _unescaped(pair[1], more) for pair in pairs if len(pair) == 2}
    return Command(name.lower(), properties, _unescaped(text, {}))


def _unescaped(text: str, more: Mapping[str, str]) -> str:
    for code, sign in {"%0D": "\r", "%0A": "\n", **more, "%25": "%"}.items():
        text = text.replace(code, sign)
    return text


def outputs_in(text: str) -> Iterator[tuple[str, str]]:
    """Yield name and value of what a file of outputs sets."""
    lines = iter(text.split("\n"))
    for line in lines:
        if not line:
            continue
        equals, here = line.find("="), line.find("<<")
        if equals >= 0 and (here < 0 or equals < here):
            name, _, value = line.partition("=")
        else:
            assert here > 0, f"invalid format {line!r}"
            name, _, end = line.partition("<<")
            value = "\n".join(iter(lines.__next__, end))
        yield name, value
