"""Korean that was typed on a Mac arrives decomposed, and looks the same: it is no mistake."""

from __future__ import annotations

import unicodedata
from typing import Any, Literal

import pytest

from grader.checks import load_kind
from grader.checks._examples import made, moment, seen, stored
from grader.model.evidence import Contents, VolumeRecord


def mac(text: str) -> str:
    return unicodedata.normalize("NFD", text)


TYPED_ON_A_MAC = seen(
    containers=[
        made(
            "box",
            moment("created", 1),
            moment("exit 1", 1, {mac("/tmp/메모.txt"): mac("할 일")}),
            labels={mac("과목"): mac("도커")},
            environment=(mac("이름=값"),),
        )
    ],
    volumes=[VolumeRecord(name="v", step=1, contents=Contents(files=(stored(mac("/메모.txt")),)))],
    folder=Contents(files=(stored(mac("/lab/메모.txt")),)),
)
LABEL = {"과목": "도커"}


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("file", {"container": "box", "paths": {"/tmp/메모.txt": {"equals": "할 일"}}}),
        ("file", {"container": {"labels": LABEL}, "paths": {"/tmp/메*.txt": None}}),
        ("diff", {"container": "box", "exactly": ["A /tmp/메모.txt"]}),
        ("container", {"container": "box", "labels": LABEL, "environment": ["이름=값"]}),
        ("count", {"what": "containers", "labels": LABEL, "equals": 1}),
        ("volume", {"volume": "v", "paths": {"/메모.txt": None}}),
        ("folder", {"paths": {"/lab/메모.txt": None}}),
    ],
)
def test_decomposed_korean_is_the_same_in_all_kinds(
    kind: str, fields: dict[str, Any], form: Literal["NFC", "NFD"]
) -> None:
    def written(value: Any) -> Any:  # noqa: ANN401
        if isinstance(value, dict):
            return {written(key): written(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [written(inner) for inner in value]
        return unicodedata.normalize(form, value) if isinstance(value, str) else value

    assert load_kind(kind).model_validate(written(fields)).judge(TYPED_ON_A_MAC).credit == 1
