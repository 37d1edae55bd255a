"""What the examples of `count`, `order`, `refused`, `mount` and `network` do not show."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from grader.checks import load_kind
from grader.checks._examples import called, made, moment, seen, typed
from grader.model.evidence import BuiltImage, Evidence, NetworkRecord, VolumeRecord
from grader.model.lab import Lab
from grader.model.record import Text
from grader.model.result import Verdict

LAB = Lab(id="lab", title=Text(ko="실습", en="Lab"))

SEEN = seen(
    typed(1, "docker run --name web alpine true"),
    typed(2, "docker rm web"),
    typed(3, "docker ps", end="untyped", status=None),
    typed(4, "ls", where="db"),
    containers=[
        made("web", moment("created", 1), moment("start 1", 1), moment("removed", 2)),
        made("db", moment("created", 1, at=1.7), image="redis", image_id="sha256:b"),
    ],
    calls=[
        called(1, "container_create", "web"),
        called(1, "container_start", "web"),
        called(2, "container_remove", "web"),
        called(2, "container_remove", "db", status=500, message="broken"),
        called(2, "container_stop", "gone", status=404, refused="unknown-object", message="No x"),
    ],
    volumes=[
        VolumeRecord(name="data", step=1, removed_step=2),
        VolumeRecord(name="0a1b", step=1, anonymous=True),
    ],
    networks=[NetworkRecord(name="bridge", step=1), NetworkRecord(name="back", step=1)],
    built=[BuiltImage(id="sha256:c", how="build", step=1, base="alpine", references=("mine:1",))],
)


def judge(kind: str, evidence: Evidence = SEEN, **fields: Any) -> Verdict:  # noqa: ANN401
    return load_kind(kind).model_validate({"kind": kind, **fields}).judge(evidence)


@pytest.mark.parametrize(
    ("fields", "count"),
    [
        ({"what": "containers"}, 2),
        ({"what": "containers", "at_end": True}, 1),
        ({"what": "containers", "image": "redis"}, 1),
        ({"what": "containers", "name": "^w"}, 1),
        ({"what": "volumes"}, 1),
        ({"what": "volumes", "at_end": True}, 0),
        ({"what": "networks"}, 1),
        ({"what": "images", "name": "^mine:"}, 1),
        ({"what": "images", "name": "other"}, 0),
        ({"what": "lines"}, 3),
        ({"what": "lines", "call": "rm"}, 1),
        ({"what": "lines", "typed": "^docker"}, 2),
    ],
)
def test_what_is_counted(fields: dict[str, Any], count: int) -> None:
    assert judge("count", equals=count, **fields).credit == 1
    assert judge("count", equals=count + 1, **fields).credit == pytest.approx(count / (count + 1))


def test_none_is_not_up_to_two() -> None:
    assert judge("count", seen(), what="volumes", most=2).credit == 0
    assert judge("count", what="volumes", least=1, most=2).credit == 1


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"what": "lines", "image": "x", "equals": 1}, "'image' has no meaning for 'what: lines'"),
        ({"what": "volumes", "typed": "x", "equals": 1}, "'typed' has no meaning"),
        ({"what": "volumes"}, "use 'equals' alone, or 'least' and 'most'"),
        ({"what": "volumes", "equals": 1, "most": 2}, "use 'equals' alone"),
        ({"what": "volumes", "least": 3, "most": 2}, "'least' is greater than 'most'"),
        ({"what": "cats", "equals": 1}, "what"),
    ],
)
def test_a_count_that_means_nothing_is_refused(fields: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError) as caught:
        judge("count", **fields)
    assert says in str(caught.value)


def created(name: str) -> dict[str, str]:
    return {"container": name, "moment": "created"}


def test_the_order_goes_by_the_clock_and_may_pass_over_earlier_happenings() -> None:
    assert judge("order", events=[created("web"), created("db")]).credit == 1
    assert judge("order", events=[created("db"), created("web")]).credit == 0
    back = [created("db"), {"call": "rm", "container": "web"}, {"typed": "^ls$", "container": "db"}]
    assert judge("order", events=back).credit == 1
    twice = seen(*(typed(n, text) for n, text in enumerate("bab", start=1)))
    assert judge("order", twice, events=[{"typed": "a"}, {"typed": "b"}]).credit == 1


def test_what_was_refused_or_never_typed_is_no_event() -> None:
    missing = judge("order", events=[created("web"), {"call": "rm", "container": "db"}])
    assert missing.reason.en == "This never happened: `docker rm` (container 'db')."
    assert judge("order", events=[created("web"), {"typed": "docker ps"}]).credit == 0


@pytest.mark.parametrize(
    "event",
    [{}, {"moment": "created"}, {"call": "rm", "typed": "x"}, created("a") | {"moment": "soon"}],
)
def test_an_event_is_one_thing(event: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        judge("order", events=[created("web"), event])


def test_a_failure_of_the_engine_is_no_refusal() -> None:
    assert judge("refused", call="rm", container="db").credit == 0
    unknown: dict[str, Any] = {"call": "stop", "message": {"contains": "no X", "case": "any"}}
    assert judge("refused", **unknown, by="engine").credit == 1
    assert judge("refused", **unknown, by="gateway").credit == 0
    assert judge("refused", call="stop", message={"contains": "yes"}).credit == 0.5
    assert judge("refused", message={"contains": "yes"}).credit == 0


@pytest.mark.parametrize(
    "fields",
    [{}, {"by": "engine"}, {"call": "rm", "rule": "x", "by": "engine"}, {"message": {}}],
)
def test_a_refusal_that_means_nothing_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        judge("refused", **fields)


def test_the_best_mount_of_a_container_counts() -> None:
    mounts = [
        {"type": "tmpfs", "source": "", "target": "/run/"},
        {"type": "bind", "source": "/lab/site", "target": "/srv/www", "read_only": True},
    ]
    evidence = seen(containers=[made("web", moment("created", 1), mounts=mounts)])
    asked = {"container": "web", "type": "bind", "target": "/srv/*", "source": "/lab/site/"}
    assert judge("mount", evidence, **asked, read_only=True).credit == 1
    assert judge("mount", evidence, **asked, read_only=False).credit == 0.75
    assert judge("mount", evidence, container="web", type="tmpfs", target="/run").credit == 1
    half = judge("mount", evidence, container="web", type="tmpfs", target="/tmp")
    assert half.credit == 0.5
    assert "it is on '/run/', not on '/tmp' (seen: 'tmpfs /run/'" in half.reason.en


def test_a_network_needs_a_lab_that_has_some() -> None:
    check = load_kind("network").model_validate({"kind": "network", "network": "back"})
    (problem,) = check.problems(LAB)
    assert "add 'network: true'" in problem.text
    assert list(check.problems(LAB.model_copy(update={"network": True}))) == []


def test_an_image_that_was_committed_from_a_container() -> None:
    record = BuiltImage(
        id="sha256:d", how="commit", step=2, base="web", references=("kept:latest",)
    )
    evidence = seen(typed(2, "docker commit web kept"), containers=SEEN.containers, built=[record])
    assert judge("image", evidence, image="kept", from_container="web", used=False).credit == 1
    assert judge("image", evidence, image="kept", from_container="db").credit == 0.5
    wrong = judge("image", evidence, image="kept", how="build", base="alpine", exists_at_end=False)
    assert wrong.credit == 0.25
    assert "it was committed; it does not begin with 'alpine'; it was never" in wrong.reason.en
    assert "You made 'mine:1'" in judge("image", image="kept").reason.en
    assert list(load_kind("image").model_validate({"kind": "image", "image": "a"}).problems(LAB))


@pytest.mark.parametrize(
    "fields",
    [
        {"how": "tag", "base": "alpine"},
        {"base": "alpine", "from_container": "web"},
        {"how": "build", "from_container": "web"},
        {"dockerfile": {}},
    ],
)
def test_an_image_that_means_nothing_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        judge("image", image="kept", **fields)


def test_a_network_and_what_became_of_it() -> None:
    assert judge("network", network="back", exists_at_end=True).credit == 1
    wrong = judge("network", network="back", internal=True, labels={"a": "b"}, members=["nobody"])
    assert wrong.credit == 0.25
    assert judge("network", network="back", strangers=["nobody"]).credit == 0.5
