# ruff: noqa: E501 — a table reads best with one case per line
from __future__ import annotations

import unicodedata
from typing import Any

import pytest
from pydantic import ValidationError

from grader.checks._examples import called, made, moment, seen, typed
from grader.checks.command import VERBS, Command
from grader.errors import EvidenceMissing
from grader.model.evidence import Call, ContainerRecord, Evidence, Step
from grader.model.result import Verdict

A = made("a", moment("created", 1), moment("start 1", 1), moment("exit 1", 3))
B = made("b", moment("created", 1), image="busybox")
CREATE, START = called(1, "container_create", "a", status=201), called(1, "container_start", "a")


def judge(evidence: Evidence, **fields: Any) -> Verdict:  # noqa: ANN401
    return Command.model_validate(fields).judge(evidence)


def ran(text: str, *routes: str, about: str = "a", **more: Any) -> Evidence:  # noqa: ANN401
    calls = [called(1, route, about) for route in routes]
    return seen(typed(1, text, **more), calls=calls, containers=[A, B])


@pytest.mark.parametrize(
    ("verb", "text", "routes", "credit"),
    [
        ("run", "docker run -it a sh", ("container_create", "container_attach", "container_start"), 1),
        ("run", "docker create --name a x", ("container_create",), 0),
        ("create", "docker create --name a x", ("container_create",), 1),
        ("create", "docker run -it a sh", ("container_create", "container_start"), 0),
        ("create", "docker create --name a x && docker start a", ("container_create", "container_start"), 1),
        ("start", "docker start -i a", ("container_inspect", "container_attach", "container_start"), 1),
        ("start", "docker run a", ("container_create", "container_start"), 0),
        ("attach", "docker attach a", ("container_inspect", "container_attach"), 1),
        ("attach", "docker start -i a", ("container_attach", "container_start"), 0),
        ("exec", "docker exec a ls", ("container_inspect", "exec_create", "exec_start"), 1),
        ("inspect", "docker inspect a", ("container_inspect",), 1),
        ("inspect", "docker exec a ls", ("container_inspect", "exec_create", "exec_start"), 0),
        ("inspect", "docker logs a", ("container_inspect", "container_logs"), 0),
        ("logs", "docker logs a", ("container_inspect", "container_logs"), 1),
        ("wait", "docker wait a", ("container_wait",), 1),
        ("wait", "docker run a", ("container_create", "container_wait", "container_start"), 0),
        ("rm", "sudo docker container rm a", ("container_remove",), 1),
        ("cp", "docker cp a:/x .", ("container_stat_path", "container_copy_out"), 1),
        ("diff", "docker diff a", ("container_diff",), 1),
        ("diff", "docker ps", ("container_list",), 0),
    ],
)  # fmt: skip
def test_verbs(verb: str, text: str, routes: tuple[str, ...], credit: float) -> None:
    assert judge(ran(text, *routes), call=verb).credit == credit


def test_every_route_of_a_verb_is_one_that_evidence_knows() -> None:
    routes = {route for verb in VERBS.values() for route in (*verb.routes, *verb.shared)}
    assert all(route == route.lower() and " " not in route for route in routes)


@pytest.mark.parametrize("more", [{"status": 404}, {"status": 403, "refused": "rule"}])
def test_a_call_that_failed_does_not_count(more: dict[str, Any]) -> None:
    call = called(1, "container_diff", message="No such container: aa", **more)
    evidence = seen(typed(1, "docker diff aa"), calls=[call], containers=[A])
    verdict = judge(evidence, call="diff", container="a")
    assert verdict.credit == 0
    assert verdict.reason.en == "Line 1, 'docker diff aa', failed: 'No such container: aa'"


def test_a_run_whose_start_failed_says_why() -> None:
    calls: list[Call] = [
        CREATE,
        called(1, "container_start", "a", status=400, message="no such file"),
    ]
    evidence = seen(typed(1, "docker run a nonsense"), calls=calls, containers=[A])
    verdict = judge(evidence, call="run")
    assert verdict.credit == 0
    assert verdict.reason.en == "Line 1, 'docker run a nonsense', failed: 'no such file'"


def test_container_means_inside_it_or_about_it() -> None:
    inside = seen(typed(1, "ls", where="a"), containers=[A, B])
    about = ran("docker exec a ls", "exec_start")
    for evidence in (inside, about):
        assert judge(evidence, typed="ls", container="a").credit == 1
        assert judge(evidence, typed="ls", container="b").credit == 0
    verdict = judge(inside, typed="ls", container="b")
    assert verdict.reason.en == "Line 1, 'ls', ran inside container 'a'."
    verdict = judge(about, call="exec", container="b")
    assert verdict.reason.en == "Line 1, 'docker exec a ls', is not about 'b'."


def test_the_call_that_creates_a_container_is_about_it() -> None:
    create = called(1, "container_create", None, status=201)
    evidence = seen(typed(1, "docker run --name a x"), calls=[create, START], containers=[A])
    assert judge(evidence, call="run", container="a").credit == 1


def test_image_means_a_container_made_from_it_or_the_image_itself() -> None:
    assert judge(ran("docker diff a", "container_diff"), call="diff", image="alpine").credit == 1
    assert (
        judge(ran("docker diff b", "container_diff", about="b"), call="diff", image="alpine").credit
        == 0
    )
    history = called(1, "image_history", path="/v1.41/images/alpine:latest/history")
    evidence = seen(typed(1, "docker history alpine"), calls=[history])
    assert judge(evidence, call="history", image="alpine").credit == 1
    assert judge(evidence, call="history", image="busybox").credit == 0


@pytest.mark.parametrize(("where", "credit"), [("host", 1), ("container", 0)])
def test_where(where: str, credit: float) -> None:
    verdict = judge(seen(typed(1, "ls")), typed="ls", where=where)
    assert verdict.credit == credit
    if not credit:
        assert verdict.reason.en == "Line 1, 'ls', ran on the host."


def test_typed_is_compared_in_one_form() -> None:
    evidence = seen(typed(1, unicodedata.normalize("NFD", "echo 데이터")))
    assert judge(evidence, typed="데이터").credit == 1


def test_several_texts_may_come_from_several_lines() -> None:
    evidence = seen(typed(1, "cat 1", "one"), typed(2, "cat 2", "two"), typed(3, "ls", "three"))
    fields: dict[str, Any] = {"typed": "^cat", "output": {"contains": ["one", "two"]}}
    assert judge(evidence, **fields).credit == 1
    assert judge(evidence, **fields).line == 1
    verdict = judge(evidence, **fields, across=False)
    assert verdict.credit == 0.5
    fields["output"] = {"contains": ["one", "two", "three", "four"]}
    assert judge(evidence, **fields).credit == 0.5
    assert "lacks 'three', 'four' (its last output is 'two')" in judge(evidence, **fields).reason.en


def test_lacks_holds_for_one_line_or_for_all_together() -> None:
    clean, dirty = typed(1, "ls /tmp", "x"), typed(2, "ls /tmp", "important.txt")
    fields: dict[str, Any] = {"typed": "^ls", "output": {"lacks": "important.txt"}}
    assert judge(seen(clean, dirty), **fields).credit == 1
    assert judge(seen(clean, dirty), **fields).line == 1
    verdict = judge(seen(dirty), **fields)
    assert verdict.credit == 0
    assert "contains 'important.txt'" in verdict.reason.en
    assert judge(seen(), **fields).credit == 0


def test_status() -> None:
    bad = seen(typed(1, "cat /x", "cat: can't open '/x'\n", status=1))
    verdict = judge(bad, typed="cat", status=0)
    assert verdict.credit == 0
    assert verdict.reason.en == "Line 1, 'cat /x', ended with status 1: 'cat: can't open '/x''"
    hung = seen(typed(1, "cat", status=None, end="timeout"))
    assert "did not finish in time" in judge(hung, typed="cat", status=0).reason.en
    lost = typed(1, "cat /x", status=None)
    with pytest.raises(EvidenceMissing, match="the exit status of line 1 is not known"):
        judge(seen(lost), typed="cat", status=0)
    assert judge(seen(lost, typed(2, "cat /x")), typed="cat", status=0).credit == 1


def test_a_line_that_was_never_typed_does_not_count() -> None:
    verdict = judge(seen(typed(1, "ls", end="untyped", status=None)), typed="ls")
    assert verdict.credit == 0
    assert verdict.reason.en == "Line 1, 'ls', was never typed: the time was up."


def test_output_that_was_cut_is_never_guessed() -> None:
    cut = typed(1, "cat big", "one", truncated=True)
    assert judge(seen(cut), typed="cat", output={"contains": "one"}).credit == 1
    for output in ({"contains": "two"}, {"lacks": "two"}, {"matches": "two"}):
        with pytest.raises(EvidenceMissing):
            judge(seen(cut), typed="cat", output=output)
    assert judge(seen(cut, typed(2, "cat", "")), typed="cat", output={"lacks": "x"}).credit == 1


@pytest.fixture
def timeline() -> tuple[list[Step], list[ContainerRecord]]:
    return [typed(n, "docker diff a") for n in (2, 4)], [A]


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        ({"after": {"container": "a", "moment": "exit 1"}}, 4),
        ({"before": {"container": "a", "moment": "exit 1"}}, 2),
        ({"before": {"container": "a", "moment": "removed"}}, 2),
        ({"after": {"container": "a", "moment": "created"}}, 2),
    ],
)
def test_after_and_before(
    timeline: tuple[list[Step], list[ContainerRecord]], fields: dict[str, Any], line: int
) -> None:
    steps, containers = timeline
    verdict = judge(seen(*steps, containers=containers), typed="diff", **fields)
    assert (verdict.credit, verdict.line) == (1, line)


def test_what_has_to_come_first_never_came() -> None:
    after = {"container": "a", "moment": "removed"}
    assert judge(seen(typed(1, "ls"), containers=[A]), typed="ls", after=after).credit == 0


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"after": "exit 1"}, "ran before exit 1 of container 'a'."),
        ({"before": "start 1"}, "ran after start 1 of container 'a'."),
        ({"after": "exit 1", "before": "removed"}, "did not run between exit 1 of"),
    ],
)
def test_the_right_line_at_the_wrong_time(fields: dict[str, str], says: str) -> None:
    limits = {key: {"container": "a", "moment": label} for key, label in fields.items()}
    verdict = judge(seen(typed(2, "docker diff a"), containers=[A]), typed="diff", **limits)
    assert verdict.credit == 0
    assert says in verdict.reason.en
    assert verdict.line == 2


def test_a_line_that_starts_a_container_shows_what_comes_after_the_start() -> None:
    again = made("a", moment("start 1", 1, at=1.2), moment("exit 1", 1), moment("start 2", 2))
    start = called(2, "container_start", "a", at=2.1)
    evidence = seen(
        typed(1, "docker run --name a alpine cat /x", "x"),
        typed(2, "docker start -a a", "x"),
        containers=[again],
        calls=[called(1, "container_start", "a", at=1.1), start],
    )
    fields: dict[str, Any] = {"container": "a", "output": {"contains": "x"}}
    assert judge(evidence, **fields, after={"container": "a", "moment": "start 2"}).line == 2
    assert judge(evidence, **fields, before={"container": "a", "moment": "start 2"}).line == 1
    created = {"container": "a", "moment": "start 1"}
    assert judge(evidence, **fields, before=created).credit == 0
    both = made("a", moment("start 1", 1, at=1.2), moment("start 2", 1, at=1.6))
    one_line = seen(
        typed(1, "docker run --name a alpine cat /x; docker start a", "x"),
        containers=[both],
        calls=[called(1, "container_start", "a", at=1.1)],
    )
    assert judge(one_line, **fields, after={"container": "a", "moment": "start 2"}).credit == 0


def test_within_one_line_the_calls_tell_the_order() -> None:
    removed = made("a", moment("created", 0), moment("removed", 1, at=1.2))
    new = made("b", moment("created", 1, at=1.3))
    line = typed(1, "docker rm a && docker run --name b alpine ls /tmp", "")
    after = {"container": "a", "moment": "removed"}
    late = seen(line, containers=[removed, new], calls=[called(1, "container_start", "b", at=1.4)])
    assert judge(late, container="b", typed="ls", after=after).credit == 1
    early = seen(line, containers=[removed, new], calls=[called(1, "container_start", "b", at=1.1)])
    assert judge(early, container="b", typed="ls", after=after).credit == 0


@pytest.mark.parametrize(
    ("pattern", "shown"),
    [
        (r"^docker\s+diff\s+a$", "type `docker diff a`"),
        (r"cat /tmp/a\.txt\b", "type `cat /tmp/a.txt`"),
        (r"(ls|dir)", "type the command asked for"),
    ],
)
def test_the_expectation_is_no_riddle(pattern: str, shown: str) -> None:
    expected = judge(seen(), typed=pattern).expected
    assert expected is not None
    assert expected.en == shown


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"container": "a"},
        {"call": "dif"},
        {"typed": "("},
        {"typed": ""},
        {"call": "diff", "output": {}},
        {"call": "diff", "where": "here"},
        {"call": "diff", "output": {"contains": ""}},
    ],
)
def test_what_a_rubric_cannot_ask(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Command.model_validate(fields)
