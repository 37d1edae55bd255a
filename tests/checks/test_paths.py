from __future__ import annotations

import unicodedata

import pytest
from pydantic import TypeAdapter, ValidationError

from grader.checks import load_kind
from grader.checks._examples import made, moment, seen, stored, typed
from grader.checks._paths import AbsolutePath, fits, is_pattern
from grader.errors import EvidenceMissing
from grader.model.evidence import Contents, Evidence, VolumeRecord
from grader.model.result import Verdict


@pytest.mark.parametrize(
    ("path", "pattern", "expected"),
    [
        ("/tmp/a.txt", "/tmp/*.txt", True),
        ("/tmp/x/a.txt", "/tmp/*.txt", False),
        ("/tmp/x/y/a.txt", "/tmp/**/*.txt", True),
        ("/tmp/a.txt", "/tmp/**/*.txt", True),
        ("/root/.profile", "/root/*", True),
        ("/tmp/a.log", "/tmp/a.{log,txt}", True),
        ("/tmp/b", "/tmp/[ab]", True),
        ("/tmp/ab", "/tmp/?", False),
        ("/usr/bin/[", "/usr/bin/[", True),
        ("/tmp/A", "/tmp/a*", False),
        (unicodedata.normalize("NFD", "/tmp/글.txt"), "/tmp/글*", True),
    ],
)
def test_a_pattern_of_paths(path: str, pattern: str, expected: bool) -> None:  # noqa: FBT001
    assert fits(path, pattern) is expected


def test_a_bracket_alone_makes_no_pattern() -> None:
    assert not is_pattern("/usr/bin/[")
    assert is_pattern("/usr/bin/[[]")


@pytest.mark.parametrize("path", ["tmp/*", "/tmp/../*", "/", "/tmp/{1..99999}*"])
def test_what_is_no_pattern_is_refused(path: str) -> None:
    with pytest.raises(ValidationError, match=r"no pattern of paths|no plain|not a plain"):
        TypeAdapter(AbsolutePath).validate_python(path)


def judge(paths: dict[str, object], evidence: Evidence) -> Verdict:
    check = load_kind("file").model_validate({"kind": "file", "container": "a", "paths": paths})
    assert check.watched() == frozenset()
    return check.judge(evidence)


SEEN = seen(containers=[made("a", moment("exit 1", 1, {"/tmp/one.txt": "1", "/tmp/two.log": "2"}))])


def test_one_of_the_paths_that_fit_has_to_be_right() -> None:
    assert judge({"/tmp/*": {"equals": "2"}}, SEEN).credit == 1
    wrong = judge({"/tmp/*.txt": {"equals": "2"}}, SEEN)
    assert wrong.credit == 0
    assert "('/tmp/one.txt')" in wrong.reason.en
    assert judge({"/var/**": None}, SEEN).credit == 0


def test_none_of_the_paths_that_fit_may_be_there() -> None:
    assert judge({"/tmp/*.txt": {"exists": False}}, SEEN).credit == 0
    assert judge({"/tmp/*.md": {"exists": False}}, SEEN).credit == 1


def test_what_was_only_looked_at_does_not_fit_a_pattern() -> None:
    state = stored("/etc/passwd", "root")
    evidence = seen(containers=[made("a", moment("exit 1", 1, [state], changes=[]))])
    assert judge({"/etc/*": None}, evidence).credit == 0


@pytest.mark.parametrize("kind", ["volume", "folder"])
def test_patterns_reach_volumes_and_the_folder(kind: str) -> None:
    contents = Contents(files=(stored("/lab/one.txt", "1"), stored("/lab/two.txt", "2")))
    evidence = seen(
        typed(1, "ls"),
        folder=contents,
        volumes=[VolumeRecord(name="data", step=1, contents=contents)],
    )
    named = {"volume": "data"} if kind == "volume" else {}

    def credit(paths: dict[str, object]) -> float:
        fields = {"kind": kind, "paths": paths, **named}
        return load_kind(kind).model_validate(fields).judge(evidence).credit

    assert credit({"/lab/*.txt": {"equals": "2"}}) == 1
    assert credit({"/lab/*.log": None}) < 1
    assert credit({"/lab/*.txt": {"exists": False}}) < 1


def test_where_not_all_changes_were_kept_nobody_knows() -> None:
    last = moment("exit 1", 1, {"/tmp/a": "1"})
    assert last.snapshot is not None
    cut = last.model_copy(update={"snapshot": last.snapshot.model_copy(update={"truncated": True})})
    with pytest.raises(EvidenceMissing, match="too many changes"):
        judge({"/var/*": None}, seen(containers=[made("a", cut)]))
    assert judge({"/tmp/*": None}, seen(containers=[made("a", cut)])).credit == 1
