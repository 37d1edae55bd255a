from __future__ import annotations

from typing import Any

import pytest

from grader.checks._examples import made, moment, seen, stored, typed
from grader.checks.volume import Volume
from grader.errors import EvidenceMissing
from grader.model.evidence import Contents, VolumeRecord
from grader.model.lab import Lab, Recorded
from grader.model.record import Text
from grader.model.result import Verdict

HAS = Contents(files=(stored("/a.txt", "one"),))


def judge(*volumes: VolumeRecord, **fields: Any) -> Verdict:  # noqa: ANN401
    mounts = [{"type": "volume", "source": "data", "target": "/data"}]
    evidence = seen(
        typed(1, "docker run -v data:/data alpine"),
        containers=[made("a", moment("created", 1), mounts=mounts)],
        volumes=volumes,
    )
    return Volume.model_validate({"volume": "data", **fields}).judge(evidence)


def test_of_several_volumes_of_one_name_the_best_counts() -> None:
    old = VolumeRecord(name="data", step=1, removed_step=1, contents=HAS)
    new = VolumeRecord(name="data", step=1, contents=Contents())
    assert judge(old, new, paths={"/a.txt": {"contains": "one"}}).credit == 1
    assert judge(old, exists_at_end=True).credit == 0.5
    assert judge(old, new, exists_at_end=False).credit == 1


def test_users_are_counted_by_what_they_mounted() -> None:
    record = VolumeRecord(name="data", step=1)
    assert judge(record, used_by=1).credit == 1
    verdict = judge(record, used_by=2)
    assert verdict.credit == 0.5
    assert "1 of 2 containers had it ('a')" in verdict.reason.en


def test_a_label_is_asked_for_by_its_value() -> None:
    record = VolumeRecord(name="data", step=1, labels={"tier": "db"})
    assert judge(record, labels={"tier": "db"}).credit == 1
    assert "label 'tier=web' is missing" in judge(record, labels={"tier": "web"}).reason.en


def test_a_volume_without_a_name_is_no_substitute() -> None:
    verdict = judge(VolumeRecord(name="0" * 64, step=1, anonymous=True))
    assert verdict.credit == 0
    assert "without a name" in verdict.reason.en


@pytest.mark.parametrize(
    "contents", [None, Contents(fault="the disk is full"), Contents(truncated=True)]
)
def test_what_was_not_recorded_is_no_zero(contents: Contents | None) -> None:
    record = VolumeRecord(name="data", step=1, contents=contents)
    with pytest.raises(EvidenceMissing):
        judge(record, paths={"/a.txt": {}})


def test_the_lab_has_to_record_what_is_asked_for() -> None:
    check = Volume.model_validate({"volume": "data", "paths": {"/a.txt": {}}})
    lab = Lab(id="t", title=Text(ko="", en=""))
    assert "record: {volumes: true}" in next(iter(check.problems(lab))).text
    assert not list(check.problems(lab.model_copy(update={"record": Recorded(volumes=True)})))
