from __future__ import annotations

from typing import Any

import pytest

from grader.model.evidence import Evidence
from grader.model.lab import Lab
from grader.personal.foreign import foreign_tokens, texts_in

TITLE = {"ko": "가", "en": "a"}
LAB = Lab.model_validate(
    {
        "id": "lab1",
        "title": TITLE,
        "values": {
            "token": {"kind": "token"},
            "short": {"kind": "token", "length": 5},
            "fruit": {"kind": "word", "from": ["apple", "pear"]},
        },
    }
)
VALUES = {
    "alice": {"token": "aaaa2222", "short": "aa222", "fruit": "apple"},
    "bob": {"token": "bbbb3333", "short": "bb333", "fruit": "pear"},
}
FILE = {"type": "file", "mode": 0o644, "size": 9}


def container(**changes: object) -> dict[str, Any]:
    lists = ("command", "entrypoint", "environment", "mounts", "ports", "moments")
    texts = ("image", "image_id", "working_dir", "user", "hostname", "network")
    switches = ("tty", "open_stdin", "auto_remove")
    empty = dict.fromkeys(lists, ()) | dict.fromkeys(texts, "") | dict.fromkeys(switches, False)
    return {"id": "1", "names": ("box",), "labels": {}, **empty, **changes}


def evidence(**changes: object) -> Evidence:
    who = dict.fromkeys(("grader", "lab", "submission", "submission_digest", "recorded_at"), "")
    return Evidence.model_validate({**who, "student": "alice", **changes})


def snapshot(path: str, text: str) -> list[dict[str, Any]]:
    files = [{**FILE, "path": path, "text": text}]
    return [
        {
            "label": "end",
            "at": 1,
            "step": 1,
            "snapshot": {"changes": (), "files": files, "absent": ()},
        }
    ]


STEP = {"number": 1, "line": 4, "last_line": 4, "where": "host", "at": 0, "seconds": 0}
CASES: dict[str, dict[str, Any]] = {
    "line 4": {"steps": [{**STEP, "text": "echo BBBB3333", "output": ""}]},
    "output of line 4": {"steps": [{**STEP, "text": "ls", "output": "x\nbbbb3333\n"}]},
    "name of a container": {"containers": [container(names=("web", "web-bbbb3333"))]},
    "settings of container box": {"containers": [container(environment=("A=bbbb3333",))]},
    "/a.txt in container box": {
        "containers": [container(moments=snapshot("/a.txt", "<bbbb3333>"))]
    },
    "/bbbb3333 in container box": {"containers": [container(moments=snapshot("/bbbb3333", ""))]},
    "name of a volume": {"volumes": [{"name": "bbbb3333", "step": 1}]},
    "/n in volume v": {
        "volumes": [
            {
                "name": "v",
                "step": 1,
                "contents": {"files": [{**FILE, "path": "/n", "text": "bbbb3333"}]},
            }
        ]
    },
    "labels of network n": {"networks": [{"name": "n", "step": 1, "labels": {"a": "bbbb3333"}}]},
    "/n in /lab": {"folder": {"files": [{**FILE, "path": "/n", "text": "bbbb3333"}]}},
    "Dockerfile": {
        "built": [
            {"id": "1", "how": "build", "step": 1, "base": "", "dockerfile": "ENV A=bbbb3333"}
        ]
    },
}


@pytest.mark.parametrize("place", CASES)
def test_a_token_is_found_wherever_it_shows(place: str) -> None:
    (found,) = foreign_tokens(LAB, "alice", VALUES, texts_in(evidence(**CASES[place])))
    assert (found.of, found.value, found.own_too) == ("bob", "token", False)
    assert found.places == (place,)


@pytest.mark.parametrize(
    "text", ["", "aaaa2222", "pear", "bb333", "xbbbb3333", "bbbb33334", "bbbb 3333"]
)
def test_what_may_stand_there_by_chance_is_no_finding(text: str) -> None:
    assert foreign_tokens(LAB, "alice", VALUES, [("line 1", text)]) == ()


def test_two_spellings_of_a_name_are_not_two_students() -> None:
    values = {**VALUES, "Alice": VALUES["alice"] | {"token": "cccc4444"}}
    assert foreign_tokens(LAB, "alice", values, [("line 1", "cccc4444")]) == ()
