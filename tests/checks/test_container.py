from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from grader.checks._examples import made, moment, seen, typed
from grader.checks.container import Container
from grader.model.result import Verdict

VOLUME = {"type": "volume", "source": "data", "target": "/data", "read_only": True}


def judge(made_with: dict[str, Any], **fields: Any) -> Verdict:  # noqa: ANN401
    record = made("a", moment("created", 1), **made_with)
    evidence = seen(typed(1, "docker run"), containers=[record])
    return Container.model_validate({"container": "a", **fields}).judge(evidence)


@pytest.mark.parametrize(
    ("made_with", "fields", "says"),
    [
        ({}, {}, None),
        ({"image": "docker.io/library/alpine"}, {"image": "alpine"}, None),
        ({}, {"image": "busybox"}, "its image is 'alpine:latest', not 'busybox'"),
        ({"tty": False}, {"options": {"tty": True}}, "option '-t' is missing"),
        ({"auto_remove": True}, {"options": {"auto_remove": True}}, None),
        ({"network": "default"}, {"options": {"network": "bridge"}}, None),
        ({"network": "none"}, {"options": {"network": "bridge"}}, "'--network' is 'none'"),
        ({"user": "1000"}, {"options": {"user": "1000", "workdir": ""}}, None),
        ({"environment": ("A=1",)}, {"environment": ["A=1", "A"]}, None),
        ({"environment": ("AB=1",)}, {"environment": ["A"]}, "environment 'A' is missing"),
        ({"labels": {"a": "1"}}, {"labels": {"a": "2"}}, "label 'a=2' is missing"),
        ({"ports": ("0.0.0.0:8080:80/tcp",)}, {"ports": ["8080:80"]}, None),
        ({"ports": ("8080:80/udp",)}, {"ports": ["8080:80"]}, "port '8080:80' is missing"),
        ({"mounts": [VOLUME]}, {"mounts": [VOLUME]}, None),
        ({"mounts": [VOLUME]}, {"mounts": [{"type": "volume", "target": "/data/"}]}, None),
        ({"mounts": [VOLUME]}, {"mounts": [{**VOLUME, "type": "bind"}]}, "is a volume, not a bind"),
        ({"mounts": [VOLUME]}, {"mounts": [{**VOLUME, "source": "x"}]}, "comes from 'data'"),
        ({"mounts": [VOLUME]}, {"mounts": [{**VOLUME, "read_only": False}]}, "is read-only"),
        ({}, {"mounts": [VOLUME]}, "nothing is mounted on '/data'"),
        ({"command": ("sh", "-c", "ls /")}, {"command": {"contains": "-c ls"}}, None),
        ({"command": ("ls",)}, {"command": {"equals": "ls -l"}}, "its command is 'ls', not"),
        ({}, {"exists_at_end": True}, None),
        ({}, {"exists_at_end": False}, "it was never removed"),
    ],
)  # fmt: skip
def test_conditions(made_with: dict[str, Any], fields: dict[str, Any], says: str | None) -> None:
    verdict = judge(made_with, **fields)
    assert verdict.credit == (0.5 if says else 1)
    assert (says or "was made as asked") in verdict.reason.en
    assert verdict.line == 1


def test_gone_at_the_end_means_that_none_of_the_name_is_left() -> None:
    old = made("a", moment("created", 1), moment("removed", 2), id="1")
    new = made("a", moment("created", 3), id="2")
    renamed = made("a", moment("created", 3), id="2", names=("a", "b"))
    check = Container(container="a", exists_at_end=False)
    assert check.judge(seen(containers=[old])).credit == 1
    assert check.judge(seen(containers=[old, new])).credit == 0.5
    assert check.judge(seen(containers=[old, renamed])).credit == 1
    assert Container(container="a", exists_at_end=True).judge(seen(containers=[old])).credit == 0.5


def test_after_counts_only_what_was_made_later() -> None:
    after = {"container": "b", "moment": "removed"}
    check = Container.model_validate({"container": "a", "after": after})
    other = made("b", moment("created", 1), moment("removed", 2))
    early, late = made("a", moment("created", 1), id="1"), made("a", moment("created", 3), id="2")
    verdict = check.judge(seen(containers=[other, early]))
    assert verdict.credit == 0
    assert verdict.reason.en == "Container 'a' was made before the removal of container 'b'."
    assert check.judge(seen(containers=[other, early, late])).credit == 1
    assert check.judge(seen(containers=[late])).credit == 0


@pytest.mark.parametrize(
    "fields", [{"options": {}}, {"command": {}}, {"ports": [" 80"]}, {"mounts": [{"type": "x"}]}]
)
def test_what_a_rubric_cannot_ask(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Container.model_validate({"container": "a", **fields})


def test_an_image_may_be_named_by_its_id() -> None:
    record = made("a", moment("created", 1), image="c0ffee", image_id="sha256:c0ffee01")
    known = {"reference": "alpine:latest", "id": "sha256:c0ffee01"}
    evidence = seen(containers=[record], images=[known])
    for image, credit in (("alpine", 1), ("busybox", 0.5)):
        check = Container.model_validate({"container": "a", "image": image})
        assert check.judge(evidence).credit == credit
