from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from grader.checks import load_kind
from grader.checks._chosen import Chosen
from grader.checks._examples import called, made, moment, seen, typed
from grader.model.evidence import BuiltImage, NetworkRecord, VolumeRecord
from grader.model.result import Verdict

WANTED = {"name": "test-data", "image": "alpine", "nth": 1, "costs": "20%"}
OTHER = seen(
    typed(1, "docker run --name mine alpine:latest touch /x"),
    typed(2, "docker diff mine", "A /x\n"),
    containers=[
        made("box", moment("exit 1", 1), image="busybox:latest", image_id="sha256:b"),
        made("mine", moment("created", 1), moment("start 1", 1), moment("exit 1", 1, {"/x": ""})),
        made("late", moment("exit 1", 3), labels={"lab": "6"}),
    ],
    calls=[called(2, "container_diff", "mine")],
)


def judge(kind: str, **fields: Any) -> Verdict:  # noqa: ANN401
    return load_kind(kind).model_validate({"kind": kind, **fields}).judge(OTHER)


@pytest.mark.parametrize(
    ("chosen", "names"),
    [
        ({"name": "mine"}, ["mine"]),
        ({"name": "nobody"}, []),
        ({"image": "alpine:latest"}, ["mine", "late"]),
        ({"image": "alpine:latest", "nth": 2}, ["late"]),
        ({"image": "alpine:latest", "nth": 3}, []),
        ({"nth": "last"}, ["late"]),
        ({"nth": 1}, ["box"]),
        ({"labels": {"lab": "6"}}, ["late"]),
        ({"labels": {"lab": "7"}}, []),
        (WANTED, ["mine"]),
        (WANTED | {"name": "late"}, ["late"]),
    ],
)
def test_which_containers_are_meant(chosen: dict[str, Any], names: list[str]) -> None:
    found = Chosen.model_validate(chosen).find(OTHER)
    assert [container.name for container in found] == names


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("file", {"paths": {"/x": None}}),
        ("diff", {"exactly": ["A /x"]}),
        ("lifecycle", {"sequence": ["created", "exit"]}),
        ("container", {"image": "alpine"}),
        ("command", {"call": "diff"}),
    ],
)
def test_another_name_costs_what_the_rubric_says_and_is_told(
    kind: str, fields: dict[str, Any]
) -> None:
    verdict = judge(kind, container=WANTED, **fields)
    assert verdict.credit == pytest.approx(0.8)
    assert verdict.reason.en.endswith("is named 'mine'; the lab asks for 'test-data' (-20%).")
    assert "'mine'" in verdict.reason.ko
    assert verdict.expected is not None
    assert "'test-data'" in verdict.expected.en
    assert judge(kind, container="test-data", **fields).credit == 0
    assert judge(kind, container=WANTED | {"costs": "0%"}, **fields).credit == 1
    assert judge(kind, container={"image": "alpine", "nth": 1}, **fields).credit == 1


WORKED = seen(
    typed(1, "docker run --name mine -v notes:/n --network back alpine:latest sh"),
    typed(2, "ls /n", where="mine"),
    typed(3, "docker rm mine"),
    typed(4, "docker commit mine copy"),
    containers=[
        made("box", moment("created", 0), image="busybox:latest", image_id="sha256:b"),
        made(
            "mine",
            moment("created", 1),
            moment("start 1", 1),
            moment("exit 1", 3),
            networks=("back",),
            mounts=[{"type": "volume", "source": "notes", "target": "/n"}],
        ),
    ],
    calls=[called(3, "container_remove", "mine", status=409, message="You cannot remove it")],
    volumes=[VolumeRecord(name="notes", step=1)],
    networks=[NetworkRecord(name="back", step=1)],
    built=[BuiltImage(id="c", how="commit", step=4, base="mine", references=("copy:latest",))],
)


@pytest.mark.parametrize(
    ("kind", "fields", "place", "absent"),
    [
        ("order", {}, "events", 0),
        ("refused", {"call": "rm"}, "container", 0),
        ("count", {"what": "lines", "typed": "^ls", "equals": 1}, "container", 0),
        ("count", {"what": "volumes", "equals": 1}, "container", 0),
        ("count", {"what": "networks", "equals": 1}, "container", 0),
        ("volume", {"volume": "notes"}, "mounted_in", 0.5),
        ("network", {"network": "back"}, "members", 0.5),
        ("image", {"image": "copy"}, "from_container", 0.5),
    ],
)
def test_it_is_so_wherever_a_container_is_named(
    kind: str, fields: dict[str, Any], place: str, absent: float
) -> None:
    def judged(chosen: object) -> Verdict:
        asked = {
            "events": [
                {"container": chosen, "moment": "start 1"},
                {"container": chosen, "typed": "ls"},
            ],
            "mounted_in": [chosen],
            "members": [chosen],
        }.get(place, chosen)
        return load_kind(kind).model_validate({**fields, place: asked}).judge(WORKED)

    verdict = judged(WANTED)
    assert verdict.credit == pytest.approx(0.8)
    assert verdict.reason.en.count("is named 'mine'; the lab asks for 'test-data' (-20%).") == 1
    assert verdict.expected is not None
    assert "'test-data'" in verdict.expected.en
    for found in ("mine", {"image": "alpine", "nth": 1}, WANTED | {"costs": "0%"}):
        assert judged(found).credit == 1
    for missing in ("mime", {"image": "redis"}):
        verdict = judged(missing)
        assert verdict.credit == absent
        assert "here is no" in verdict.reason.en or "You made 'mine'" in verdict.reason.en
    assert "ou made 'mine'" in judged("mime").reason.en


def test_a_stranger_by_what_it_is_must_be_there_and_stay_outside() -> None:
    def credit(*strangers: object) -> float:
        fields = {"network": "back", "strangers": strangers}
        return load_kind("network").model_validate(fields).judge(WORKED).credit

    assert credit({"image": "busybox"}) == 1
    assert credit({"image": "alpine"}) == 0.5
    assert credit({"image": "redis"}) == 0.5
    assert credit({"name": "guest", "image": "busybox", "costs": "50%"}) == 0.5


def test_other_containers_than_one_by_what_it_is() -> None:
    other_than = {"image": "alpine", "nth": 1}
    verdict = judge("command", call="diff", other_than=other_than)
    assert verdict.credit == 0
    assert judge("command", call="diff", other_than={"image": "busybox"}).credit == 1


def test_a_moment_may_belong_to_a_container_by_what_it_is() -> None:
    after = {"container": {"image": "alpine", "nth": 1}, "moment": "exit 1"}
    assert judge("command", call="diff", after=after).credit == 1
    missing = judge("command", call="diff", after=after | {"moment": "exit 2"})
    assert "exit 2 of the first container from 'alpine'" in missing.reason.en


def test_a_container_that_nobody_made_is_described() -> None:
    verdict = judge("file", container={"image": "redis", "nth": "last"}, paths={"/x": None})
    assert "There is no last container from 'redis'; you made" in verdict.reason.en
    assert verdict.reason.ko.startswith("이미지 'redis'의 마지막 컨테이너가 없습니다.")


def test_a_line_that_follows_is_found_whatever_the_name_costs() -> None:
    follows = {"container": WANTED, "call": "diff"}
    verdict = judge("command", typed="diff", follows=follows)
    assert verdict.reason.en.startswith("Line 2, 'docker diff mine', does not come after line 2")


@pytest.mark.parametrize(
    ("chosen", "says"),
    [
        ({}, "needs 'name', 'image', 'labels' or 'nth'"),
        ({"name": "a", "costs": "20%"}, "give both or neither"),
        ({"name": "a", "image": "alpine"}, "give both or neither"),
        ({"image": "alpine", "costs": "20%"}, "add 'name'"),
        (WANTED | {"costs": "120%"}, "120% is more than the whole"),
        (WANTED | {"costs": 20}, "write 20 as a percentage: '20%'"),
        (WANTED | {"nth": 0}, "nth"),
        ({"name": "-a"}, "pattern"),
    ],
)
def test_a_choice_that_means_nothing_is_refused(chosen: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Chosen.model_validate(chosen)
    assert says in str(caught.value)
