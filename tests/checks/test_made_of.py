from __future__ import annotations

import pytest

from grader.checks import load_kind
from grader.checks._examples import made, moment, seen, typed
from grader.errors import EvidenceMissing
from grader.model.evidence import BuiltImage, Evidence
from grader.model.image_contents import ImageContents, LayerRecord
from grader.model.result import Verdict


def built() -> Evidence:
    contents = ImageContents(
        size=12_300_000,
        labels={"course": "docker"},
        environment=("MODE=test", "PATH=/bin"),
        ports=("53/udp", "80/tcp"),
        layers=(
            LayerRecord(digest="0", base=True, size=7_300_000),
            LayerRecord(digest="1", size=5_000_000),
            LayerRecord(digest="2"),
        ),
    )
    image = BuiltImage(
        id="sha256:n", how="build", step=1, base="alpine", references=("note:1",), contents=contents
    )
    return seen(typed(1, "docker build -t note:1 ."), built=[image])


def judged(**made_of: object) -> Verdict:
    check = {"kind": "image", "image": "note:1", "made_of": made_of}
    return load_kind("image").model_validate(check).judge(built())


@pytest.mark.parametrize(
    ("asked", "credit", "says"),
    [
        ({"size_mb": {"most": 13}, "adds_mb": {"least": 4, "most": 6}}, 1, "as asked"),
        ({"size_mb": {"most": 8}, "layers": 2}, 2 / 3, "its size is 12.3 MB"),
        ({"adds_mb": {"most": 1}}, 1 / 2, "its own layers hold 5.0 MB"),
        ({"labels": {"course": "docker", "week": "6"}}, 2 / 3, "label 'week=6' is missing"),
        ({"workdir": "/", "ports": ["80", "53/udp"]}, 1, "as asked"),
        ({"workdir": "/app", "ports": [443]}, 1 / 3, "does not expose port 443/tcp"),
        ({"environment": ["MODE=test", "MODE=live"]}, 2 / 3, "variable 'MODE=live' is missing"),
    ],
)
def test_size_labels_and_environment_of_an_image(
    asked: dict[str, object], credit: float, says: str
) -> None:
    verdict = judged(**asked)
    assert verdict.credit == pytest.approx(credit)
    assert says in verdict.reason.en


@pytest.mark.parametrize("asked", [{"layer": "none"}, {"layer": "base", "deleted_in": "writable"}])
def test_a_path_that_nobody_looked_at_is_no_zero(asked: dict[str, str]) -> None:
    check = {"kind": "layers", "container": "box", "paths": {"/etc/motd": asked}}
    rule = load_kind("layers").model_validate(check)
    box = made("box", moment("exit 1", 1, changes=["D /etc"]))
    for watched in ((), ("/etc/motd",)):
        with pytest.raises(EvidenceMissing):
            rule.judge(seen(typed(1, "rm -r /etc"), containers=[box], watched=watched))
