# ruff: noqa: E501 — a table reads best with one case per line
from __future__ import annotations

import unicodedata
from typing import Any

import pytest
from pydantic import ValidationError

from grader.checks._examples import called, made, moment, seen, typed
from grader.checks._verbs import RUNNING, VERBS
from grader.checks.command import Command
from grader.gateway.routes import ROUTES
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


def test_every_route_of_a_verb_is_one_that_the_gateway_has() -> None:
    routes = {route for verb in VERBS.values() for route in (*verb.routes, *verb.shared, verb.also)}
    assert (routes | RUNNING) - {""} <= {route.name for route in ROUTES}


def test_every_call_that_a_student_makes_has_a_verb() -> None:
    part_of_others = {"ping", "container_resize", "container_stat_path", "exec_create"}
    part_of_others |= {
        "exec_inspect",
        "exec_resize",
        "plugin_inspect",
        "plugin_list",
        "build_prune",
        "swarm_leave",
    }
    routes = {route for verb in VERBS.values() for route in (*verb.routes, verb.also)}
    assert {route.name for route in ROUTES} - routes == part_of_others


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
    assert verdict.reason.en == "Line 1, 'docker exec a ls', is not about container 'b'."


@pytest.mark.parametrize("late", [1, 2, 3])
def test_it_does_not_matter_when_the_client_knows_the_size_of_its_window(late: int) -> None:
    lines = [typed(1, "docker start -i a"), typed(2, "ls", where="a"), typed(3, "ls")]
    resize = called(late, "container_resize", "a")
    evidence = seen(*lines, calls=[START, resize], containers=[A, B])
    assert judge(evidence, container="a", typed="ls").line == 2
    assert judge(evidence, container="a", where="host", typed="ls").credit == 0
    verdict = judge(evidence, container="b", ran="ls")
    assert verdict.reason.en == "Line 2, 'ls', ran inside container 'a'."


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
    by_id = made("c", moment("created", 1), image="c0ffee", image_id="sha256:c0ffee01")
    known = {"reference": "alpine:latest", "id": "sha256:c0ffee01"}
    call = called(1, "container_diff", "c")
    by_id_too = seen(typed(1, "docker diff c"), calls=[call], containers=[by_id], images=[known])
    assert judge(by_id_too, call="diff", image="alpine").credit == 1
    assert judge(by_id_too, call="diff", image="busybox").credit == 0
    history = called(1, "image_history", path="/v1.41/images/c0ffee/history")
    evidence = seen(typed(1, "docker history c0ffee"), calls=[history], images=[known])
    assert judge(evidence, call="history", image="alpine").credit == 1
    for given, credit in (("c0ff", 1), ("f00d", 0), ("mine:v1", 1), ("cafe", 0)):
        history = called(1, "image_history", path=f"/v1.41/images/{given}/history")
        evidence = seen(
            typed(1, f"docker history {given}"),
            calls=[history],
            images=[known, {"reference": "cafe:latest", "id": "sha256:f00d"}],
            built=[
                {
                    "id": known["id"],
                    "how": "tag",
                    "step": 0,
                    "base": "alpine",
                    "references": ["mine:v1"],
                }
            ],
        )
        assert judge(evidence, call="history", image="alpine").credit == credit
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
    closed = seen(typed(1, "exit", status=None, end="closed"))
    assert judge(closed, typed="exit", status=0).reason.en.endswith("ended the shell.")


def test_a_line_that_opened_a_shell_has_not_failed() -> None:
    entered = seen(typed(1, "docker run -it a sh -c 'cat /x; exec sh'", "x", status=None))
    assert judge(entered, typed="cat", status=0, output={"contains": "x"}).credit == 1
    verdict = judge(entered, typed="cat", status=3)
    assert verdict.credit == 0
    assert verdict.reason.en.endswith("opened another shell.")
    unfinished = seen(typed(1, 'cat "', status=None, end="input"))
    assert judge(unfinished, typed="cat", status=0).reason.en.endswith("was left unfinished.")


def test_a_line_that_was_never_typed_does_not_count() -> None:
    verdict = judge(seen(typed(1, "ls", end="untyped", status=None)), typed="ls")
    assert verdict.credit == 0
    assert verdict.reason.en == "Line 1, 'ls', was never typed: the time was up."


def test_a_line_that_nobody_read_does_not_count() -> None:
    deaf = made("a", moment("created", 1), open_stdin=False)
    lines = [typed(1, "docker run -t a sh"), typed(3, "ls", where="a", end="input", status=None)]
    verdict = judge(seen(*lines, containers=[deaf]), typed="ls", container="a")
    assert verdict.credit == 0
    assert verdict.reason.en.endswith("the container was made without `-i`.")
    entered = seen(*lines, containers=[deaf], calls=[called(2, "exec_create", "a")])
    assert judge(entered, typed="ls", container="a").credit == 1


def test_of_an_output_that_was_cut_the_beginning_is_judged() -> None:
    cut = typed(1, "yes", "y\n" * 32768, truncated=True)
    assert judge(seen(cut), typed="yes", output={"contains": "y"}).credit == 1
    assert judge(seen(cut), typed="yes", output={"lacks": "x"}).credit == 1
    for output in ({"contains": "x"}, {"matches": "x"}):
        verdict = judge(seen(cut), typed="yes", output=output)
        assert verdict.credit == 0
        assert "so long that only its first 64 KiB were kept" in verdict.reason.en
        assert "64 KiB" in verdict.reason.ko
    both = judge(seen(cut, typed(2, "yes x", "x")), typed="yes", output={"contains": ["x", "z"]})
    assert both.credit == 0.5
    assert "its last output is 'x'" in both.reason.en


def test_a_line_that_could_not_run_does_not_count() -> None:
    asked: dict[str, Any] = {"container": "a", "typed": r"\btmp\b"}
    look = called(1, "container_inspect", "a")
    stopped = called(1, "exec_create", "a", status=409, message="Container a is not running")
    lines = typed(1, "docker exec a ls /tmp", "Error", status=1)
    failed = seen(lines, calls=[look, stopped], containers=[A])
    verdict = judge(failed, **asked)
    assert verdict.credit == 0
    assert verdict.reason.en.endswith("failed: 'Container a is not running'")
    worked = called(1, "exec_create", "a", status=201)
    again = seen(lines, calls=[look, stopped, START, worked], containers=[A])
    assert judge(again, **asked).credit == 1
    assert judge(failed, **asked, status=1).credit == 1
    elsewhere = called(1, "container_remove", "a", status=409)
    assert judge(seen(lines, calls=[worked, elsewhere], containers=[A]), **asked).credit == 1
    refused = called(1, "container_create", status=403, refused="privileged", message="no")
    evidence = seen(typed(1, "docker run --privileged x"), calls=[refused])
    assert judge(evidence, typed="docker run").credit == 0


def test_what_was_copied_out_may_be_looked_at_later() -> None:
    asked: dict[str, Any] = {
        "where": "host",
        "output": {"contains": "x"},
        "follows": {"call": "cp", "container": "a"},
    }
    cat, copy = typed(1, "cat b", "x"), typed(2, "docker cp a:/b .", "x")
    calls = [called(2, "container_copy_out", "a")]
    early = judge(seen(cat, copy, calls=calls, containers=[A]), typed="cat", **asked)
    assert early.credit == 0
    assert early.reason.en == "Line 1, 'cat b', does not come after line 2."
    assert judge(seen(copy, calls=calls, containers=[A]), **asked).credit == 0
    late = seen(copy, typed(3, "cat b", "x"), calls=calls, containers=[A])
    assert (judge(late, **asked).credit, judge(late, **asked).line) == (1, 3)
    never = judge(seen(cat, containers=[A]), **asked)
    assert never.credit == 0
    assert never.reason.en == "No line runs `docker cp` as asked."
    assert never.expected is not None
    assert never.expected.en.endswith("output with 'x', first: run `docker cp`, container 'a'")


ONE_LINE = (
    called(1, "exec_create", "a", at=1.1, command=("sh", "-c", "echo x > /f")),
    called(1, "container_start", "a", at=1.2),
    called(1, "exec_create", "a", at=1.3, command=("cat", "/f")),
    called(1, "exec_create", "b", at=1.4, command=("ls", "/")),
)


@pytest.mark.parametrize(
    ("fields", "credit"),
    [
        ({"container": "a", "ran": "^cat /f$"}, 1),
        ({"container": "a", "ran": "> /f"}, 1),
        ({"container": "a", "ran": "ls"}, 0),
        ({"container": "b", "ran": "^ls /$"}, 1),
        ({"image": "alpine", "other_than": "b", "ran": "ls"}, 0),
        ({"other_than": "a", "ran": "^ls /$"}, 1),
        ({"container": "a", "ran": "cat", "after": {"container": "a", "moment": "start 2"}}, 1),
        ({"container": "a", "ran": ">", "after": {"container": "a", "moment": "start 2"}}, 0),
    ],
)
def test_what_one_line_does_to_several_containers_is_told_apart(
    fields: dict[str, Any], credit: float
) -> None:
    again = made("a", moment("start 1", 1, at=1.0), moment("start 2", 1, at=1.2))
    line = typed(1, "try a && look b > ls", "x")
    evidence = seen(line, containers=[again, made("b", moment("created", 0))], calls=ONE_LINE)
    assert judge(evidence, **fields).credit == credit


@pytest.mark.parametrize(
    ("line", "calls", "credit"),
    [
        (typed(1, "cat /f", where="a"), (), 1),
        (typed(1, "docker exec -i a sh <<E\ncat /f\nE"), (called(1, "exec_start", "a"),), 1),
        (typed(1, "cat /f"), (), 0),
        (typed(1, "docker start -a a"), (called(1, "container_attach", "a"),), 1),
        (typed(1, "docker logs a"), (called(1, "container_logs", "a"),), 1),
        (typed(1, "docker start a"), (called(1, "container_start", "a"),), 0),
    ],
)
def test_what_a_container_was_made_to_do(
    line: Step, calls: tuple[Call, ...], credit: float
) -> None:
    a = made("a", moment("created", 0), command=("sh", "-c", "cat /f"))
    assert judge(seen(line, containers=[a], calls=calls), container="a", ran="cat /f").credit == (
        credit
    )


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
