from __future__ import annotations

import unicodedata
from typing import Any, Literal

import pytest
from pydantic import ValidationError

from grader.checks._examples import made, moment, seen, stored, typed
from grader.checks.file import File
from grader.errors import EvidenceMissing
from grader.model.evidence import ContainerRecord, Evidence, FileState, Moment
from grader.model.result import Verdict

PATH = "/tmp/a.txt"


Form = Literal["NFC", "NFD"]


def judge(evidence: Evidence, matcher: Any = None, **more: Any) -> Verdict:  # noqa: ANN401
    check = File.model_validate({"container": "a", "paths": {PATH: matcher}, **more})
    return check.judge(evidence)


def held(*states: FileState, **more: Any) -> Evidence:  # noqa: ANN401
    return seen(containers=[made("a", moment("exit 1", 1, states, **more))])


def life(*moments: Moment, name: str = "a") -> ContainerRecord:
    return made(name, *moments)


@pytest.mark.parametrize(
    ("matcher", "state", "says"),
    [
        ({}, stored(PATH, ""), None),
        ({"contains": "one"}, stored(PATH, "one two"), None),
        ({"contains": ["one", "two"]}, stored(PATH, "two one"), None),
        ({"contains": ["one", "two"]}, stored(PATH, "one"), "lacks 'two' (says 'one')"),
        ({"contains": "one"}, stored(PATH, "\n"), "lacks 'one' (is empty)"),
        ({"contains": "one"}, stored(PATH, None), "is a binary file"),
        ({"contains": "one"}, stored(PATH, None, size=0), "lacks 'one' (is empty)"),
        ({"contains": "one"}, stored(PATH, None, type="dir"), "is a directory, not a file"),
        ({"contains": "one"}, stored(PATH, None, type="fifo"), "is a fifo, not a file"),
        ({"equals": "one"}, stored(PATH, "one\n"), None),
        ({"equals": "one"}, stored(PATH, "one\r\n"), None),
        ({"equals": "one\ntwo"}, stored(PATH, "one\r\ntwo"), None),
        ({"equals": "one"}, stored(PATH, "one "), "is not exactly 'one'"),
        ({"equals": ""}, stored(PATH, "\n"), None),
        ({"matches": "^two$"}, stored(PATH, "one\r\ntwo\r\n"), None),
        ({"matches": "^one two$"}, stored(PATH, "one\ntwo"), "does not have the form"),
        ({"type": "dir"}, stored(PATH, None, type="dir"), None),
        ({"type": "link"}, stored(PATH, ""), "is a file, not a symbolic link"),
        ({"mode": "644"}, stored(PATH, ""), None),
        ({"mode": "0755"}, stored(PATH, ""), "has mode 0644, not 0755"),
        ({"empty": True}, stored(PATH, ""), None),
        ({"empty": True}, stored(PATH, "x"), "is not empty"),
        ({"empty": False}, stored(PATH, ""), "is empty"),
        ({"exists": False}, stored(PATH, ""), "still exists"),
    ],
)
def test_matchers(matcher: dict[str, Any], state: FileState, says: str | None) -> None:
    verdict = judge(held(state), matcher)
    assert verdict.credit == (0 if says else 1)
    assert (says or "") in verdict.reason.en


@pytest.mark.parametrize("forms", [("NFC", "NFD"), ("NFD", "NFC")])
def test_korean_is_compared_in_one_form(forms: tuple[Form, Form]) -> None:
    asked, written = (unicodedata.normalize(form, "중요한 데이터") for form in forms)
    for rule in ("contains", "equals", "matches"):
        assert judge(held(stored(PATH, written)), {rule: asked}).credit == 1
    check = File.model_validate({"container": "a", "paths": {f"/tmp/{asked}": None}})
    evidence = held(stored(f"/tmp/{written}", ""), absent=[f"/tmp/{asked}"])
    assert check.judge(evidence).credit == 1


def test_absence_is_known_in_three_ways() -> None:
    gone = {"exists": False}
    assert judge(held(absent=[PATH]), gone).credit == 1
    assert judge(held(changes=[f"D {PATH}"]), gone).credit == 1
    assert judge(held(changes=["D /tmp"]), gone).credit == 1
    watched = seen(containers=[life(moment("exit 1", 1))], watched=[PATH])
    assert judge(watched, gone).credit == 1


def test_absence_is_never_guessed() -> None:
    with pytest.raises(EvidenceMissing, match=r"nobody looked at '/tmp/a\.txt'"):
        judge(held(), {"exists": False})
    changed = seen(containers=[life(moment("exit 1", 1, changes=[f"A {PATH}"]))], watched=[PATH])
    with pytest.raises(EvidenceMissing):
        judge(changed)
    assert File.model_validate({"container": "a", "paths": {PATH: None}}).watched() == {PATH}


def test_text_that_was_not_recorded_is_never_guessed() -> None:
    with pytest.raises(EvidenceMissing, match="was not recorded"):
        judge(held(stored(PATH, None, digest=None)), {"contains": "x"})


def test_of_a_text_that_was_cut_the_beginning_is_judged() -> None:
    long = stored(PATH, "y\n" * 32768, size=9 * 1024 * 1024, truncated=True, digest=None)
    assert judge(held(long), {"contains": "y"}).credit == 1
    for matcher in ({"contains": "x"}, {"matches": "x"}, {"equals": "y\n" * 32768}):
        verdict = judge(held(long), matcher)
        assert verdict.credit == 0
        assert "so long that only its first 64 KiB were kept" in verdict.reason.en
    binary = stored(PATH, None, size=9 * 1024 * 1024, truncated=True, digest=None)
    assert "is a binary file" in judge(held(binary), {"contains": "x"}).reason.en


def test_a_snapshot_that_is_missing_or_broken_is_no_zero() -> None:
    broken = moment("exit 1", 1, absent=[PATH], fault="the engine did not answer")
    with pytest.raises(EvidenceMissing, match="is incomplete: the engine did not answer"):
        judge(seen(containers=[life(broken)]))
    none = broken.model_copy(update={"snapshot": None})
    with pytest.raises(EvidenceMissing, match="no snapshot of container 'a' at 'exit 1'"):
        judge(seen(containers=[life(none)]))
    right = moment("exit 2", 2, [stored(PATH)])
    assert judge(seen(containers=[life(broken, right)])).credit == 1
    with pytest.raises(EvidenceMissing):
        judge(seen(containers=[life(broken, moment("exit 2", 2, absent=[PATH]))]))
    assert judge(seen(containers=[life(broken, right)]), at="exit 2").credit == 1


def test_at_picks_the_snapshot() -> None:
    first, second = moment("exit 1", 1, absent=[PATH]), moment("exit 2", 2, [stored(PATH)])
    end = moment("end", 3, absent=[PATH])
    evidence = seen(typed(1, "x"), typed(2, "y"), containers=[life(first, second, end)])
    assert judge(evidence).credit == 1
    assert judge(evidence).line == 2
    assert judge(evidence, at="exit 2").credit == 1
    assert judge(evidence, at="exit 1").credit == 0
    assert judge(evidence, at="last").credit == 0
    assert judge(evidence, at="end").line == 2
    verdict = judge(evidence, at="exit 3")
    assert verdict.reason.en == "Container 'a' never came to exit 3."
    assert judge(evidence, at="removed").credit == 0
    alone = seen(containers=[life(moment("created", 1))])
    assert judge(alone).reason.en == "Container 'a' never exited."
    assert "was gone at the end" in judge(alone, at="end").reason.en


def test_exits_asks_for_the_same_path_at_several_exits() -> None:
    right = [stored(PATH)]
    once = seen(containers=[life(moment("exit 1", 1, right), moment("exit 2", 2, absent=[PATH]))])
    verdict = judge(once, exits=2)
    assert verdict.credit == 0
    assert "was right at 1 of 2 exits" in verdict.reason.en
    removed = seen(containers=[life(moment("exit 1", 1, right), moment("removed", 2, right))])
    assert judge(removed, exits=2).credit == 0
    broken = moment("exit 2", 2, fault="x")
    with pytest.raises(EvidenceMissing):
        judge(seen(containers=[life(moment("exit 1", 1, right), broken)]), exits=2)
    both = seen(containers=[life(moment("exit 1", 1, right), broken, moment("exit 3", 3, right))])
    assert judge(both, exits=2).credit == 1


def test_the_end_of_a_running_container_counts_as_an_exit() -> None:
    exited = (moment("start 1", 1), moment("exit 1", 1, [stored(PATH)]))
    end = moment("end", 3, [stored(PATH)])
    running = seen(containers=[life(*exited, moment("start 2", 2), end)])
    assert judge(running, exits=2).credit == 1
    assert judge(running, exits=3).credit == 0
    stopped = seen(containers=[life(*exited, end)])
    assert judge(stopped, exits=2).credit == 0
    once = seen(containers=[life(moment("start 1", 1), end)])
    assert judge(once, exits=2).credit == 0
    never = seen(containers=[life(moment("created", 1), end)])
    assert "never exited" in judge(never, exits=2).reason.en


def test_exits_counts_each_path_by_itself() -> None:
    paths = {PATH: None, "/tmp/b": None}
    both = [stored(PATH), stored("/tmp/b")]
    first = moment("exit 1", 1, both)
    second = moment("exit 2", 2, [stored(PATH)], absent=["/tmp/b"])
    evidence = seen(containers=[life(first, second)])
    assert judge(evidence, paths=paths, exits=2).credit == 0.5


def test_a_name_used_twice_counts_with_its_better_container() -> None:
    bad = made("a", moment("removed", 1, absent=[PATH]), id="1")
    good = made("a", moment("exit 1", 2, [stored(PATH)]), id="2")
    assert judge(seen(containers=[bad, good])).credit == 1
    assert judge(seen(containers=[good, bad])).credit == 1


def test_after_leaves_out_what_came_before() -> None:
    after = {"container": "b", "moment": "removed"}
    other = life(moment("removed", 2), name="b")
    early = seen(containers=[life(moment("exit 1", 1, [stored(PATH)])), other])
    late = seen(containers=[life(moment("exit 1", 3, [stored(PATH)])), other])
    verdict = judge(early, after=after)
    assert verdict.credit == 0
    assert verdict.reason.en == "Container 'a' was used only before the removal of container 'b'."
    assert judge(late, after=after).credit == 1
    never = judge(seen(containers=[life(moment("exit 1", 3, [stored(PATH)]))]), after=after)
    assert never.credit == 0
    assert "never happened: the removal of container 'b'" in never.reason.en


def test_the_near_misses() -> None:
    missing = moment("exit 1", 1, absent=[PATH])
    host = seen(typed(4, f"echo x > {PATH}"), containers=[life(missing)])
    assert "Line 4 ran on the host, not inside a container." in judge(host).reason.en
    assert judge(host).line == 4
    other = seen(containers=[life(missing), life(moment("exit 1", 2, [stored(PATH)]), name="b")])
    assert "'/tmp/a.txt' is in another container, 'b'." in judge(other).reason.en
    folder = held(stored("/root/a.txt"), absent=[PATH])
    assert "You wrote '/root/a.txt' instead." in judge(folder).reason.en
    text = held(stored("/root/zzz", "x"), absent=[PATH])
    assert "The text asked for is in '/root/zzz'." in judge(text, {"contains": "x"}).reason.en


def test_another_path_of_the_same_check_is_no_near_miss() -> None:
    evidence = held(stored("/tmp/b.txt"), absent=[PATH])
    verdict = judge(evidence, paths={PATH: None, "/tmp/b.txt": None})
    assert verdict.credit == 0.5
    assert "instead" not in verdict.reason.en


@pytest.mark.parametrize(
    "fields",
    [
        {"paths": {}},
        {"paths": {"tmp/a": None}},
        {"paths": {"/tmp/": None}},
        {"paths": {"/tmp/../a": None}},
        {"paths": {PATH: {"exists": False, "contains": "x"}}},
        {"paths": {PATH: {"contains": ""}}},
        {"paths": {PATH: {"mode": "0999"}}},
        {"paths": {PATH: {"mode": 644}}},
        {"paths": {PATH: {"matches": "("}}},
        {"at": "exit 0"},
        {"at": "sometime"},
        {"exits": 2, "at": "exit 1"},
        {"container": ""},
        {"after": {"container": "a", "moment": "exit"}},
    ],
)
def test_what_a_rubric_cannot_ask(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        File.model_validate({"container": "a", "paths": {PATH: None}, **fields})
