from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace

import pytest

from grader import targets as module
from grader.errors import CourseError, UsageError
from grader.lint import findings
from grader.lms import TargetSettings
from grader.lms._settings import Secret, Url
from grader.targets import target, targets


class PaperSettings(TargetSettings):
    """Of a platform that exists in these tests only."""

    url: Url
    token: Secret
    items: Mapping[str, int]


GOOD = """
upload:
  paper:
    kind: paper
    url: https://lms.example/
    token: {env: PAPER_TOKEN}
    items: {lab1: 7}
""".lstrip()


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    kind = SimpleNamespace(Settings=PaperSettings, connect=lambda settings, _: settings)
    monkeypatch.setattr(module, "known_kinds", lambda: ("paper",))
    monkeypatch.setattr(module, "load_kind", lambda _: kind)
    for name in ("labs/lab1", "rubrics"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "labs/lab1/lab.yaml").write_text(
        "title: {ko: a, en: a}\nkind: terminal\nimages: []\ndraft: true\n", "utf-8"
    )
    return tmp_path


def wrong(root: Path, text: str) -> str:
    (root / "course.yaml").write_text(text, "utf-8")
    with pytest.raises(CourseError) as caught:
        targets(root)
    return str(caught.value)


def test_without_a_file_there_are_no_targets(root: Path) -> None:
    assert targets(root) == {}
    with pytest.raises(UsageError, match=r"no targets .*\n.*docs/lms.md"):
        target(root, None)


def test_a_target_is_read_and_the_only_one_needs_no_name(root: Path) -> None:
    (root / "course.yaml").write_text(GOOD, "utf-8")
    found = target(root, None)
    assert found == target(root, "paper") == targets(root)["paper"]
    assert isinstance(found.settings, PaperSettings)
    assert (found.settings.url, found.settings.items) == ("https://lms.example", {"lab1": 7})
    with pytest.raises(UsageError, match=r"no target 'papre', did you mean 'paper'"):
        target(root, "papre")


def test_of_several_targets_one_has_to_be_named(root: Path) -> None:
    (root / "course.yaml").write_text(
        GOOD + GOOD[len("upload:\n") :].replace("  paper:", "  two:"), "utf-8"
    )
    with pytest.raises(UsageError, match=r"several targets\n.*paper, two"):
        target(root, None)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("kind: paper", "kind: papier", ":3:11: there is no kind 'papier', did you mean 'paper'"),
        ("    kind: paper\n", "", ":2:3: 'kind' is missing; known: paper"),
        ("lab1: 7", "lab1: seven", "has to be a whole number, not 'seven'"),
        ("https://lms", "http://lms", "would send the token for all to read"),
        ("https://lms.example/", "lms.example", "it has to begin with https://"),
        ("https://lms", "https://me:secret@lms", "an address may hold no password"),
        ("{env: PAPER_TOKEN}", "{}", "say where the secret is"),
        ("{env: PAPER_TOKEN}", "abcdef", "'token'"),
        ("url:", "uri:", "unknown field 'uri'"),
        ("  paper:", "  Pa/per:", "small letters, digits and '-'"),
        ("upload:", "uplaod:", "unknown field 'uplaod'"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(root: Path, old: str, new: str, says: str) -> None:
    assert old in GOOD
    told = wrong(root, GOOD.replace(old, new))
    assert says in told
    assert f"{root / 'course.yaml'}:" in told
    assert "secret@" not in told


def test_grade_lint_tells_of_the_file_and_of_labs_that_are_not_there(root: Path) -> None:
    (root / "course.yaml").write_text(GOOD.replace("lab1", "lab2"), "utf-8")
    said = [str(one) for one in findings(root) if not one.warning]
    assert len(said) == 1
    assert "course.yaml:6:" in said[0]
    assert said[0].endswith("there is no lab 'lab2', did you mean 'lab1'?")


def test_a_secret_comes_from_the_environment_or_a_file(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PAPER_TOKEN", " abc \n")
    (root / "token").write_text("def\n")
    secrets = (Secret(env="PAPER_TOKEN").read(root), Secret(file="token").read(root))
    assert [one.get_secret_value() for one in secrets] == ["abc", "def"]
    assert "abc" not in f"{secrets[0]!r}{secrets[0]}"


def test_a_secret_that_is_not_there_is_told_with_the_remedy(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PAPER_TOKEN", raising=False)
    with pytest.raises(UsageError, match=r"PAPER_TOKEN is not set\n.*export PAPER_TOKEN=…"):
        Secret(env="PAPER_TOKEN").read(root)
    with pytest.raises(UsageError, match=r"No such file"):
        Secret(file="nowhere").read(root)
    (root / "empty").write_text("\n")
    with pytest.raises(UsageError, match=r"is empty"):
        Secret(file="empty").read(root)
