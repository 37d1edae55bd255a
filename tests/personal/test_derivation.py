from __future__ import annotations

import hashlib
import hmac
import unicodedata
from collections import Counter
from typing import Any

import pytest
from pydantic import ValidationError

from grader.model.lab import Lab
from grader.personal.derivation import fits, folded, values_of
from grader.personal.secret import Secret

SECRET = Secret(b"0123456789abcdef")
VALUES: dict[str, Any] = {
    "token": {"kind": "token"},
    "long": {"kind": "token", "length": 32},
    "fruit": {"kind": "word", "from": ["apple", "pear", "plum"]},
    "box": {"kind": "name"},
    "port": {"kind": "number", "range": [1024, 9999]},
}
VECTOR_ALICE = {
    "token": "tp569smd",
    "long": "cfky3ttrcsawpxyfxrgbca4ctu2u6juw",
    "fruit": "plum",
    "box": "merry-acorn",
    "port": "2637",
}
VECTOR_KOREAN = {
    "token": "ev7r6kq8",
    "long": "dx65ux82jsk8vp7zhwqjxm2aawhh7btr",
    "fruit": "apple",
    "box": "merry-otter",
    "port": "2880",
}


def lab(lab_id: str = "lab1", **values: object) -> Lab:
    title = {"ko": "가", "en": "a"}
    return Lab.model_validate({"id": lab_id, "title": title, "values": values or VALUES})


def test_values_stay_what_they_were_when_they_were_handed_out() -> None:
    assert values_of(lab(), "alice", SECRET) == VECTOR_ALICE
    assert values_of(lab(), "김민수", SECRET) == VECTOR_KOREAN


def test_the_derivation_is_as_documented() -> None:
    parts = [b"lab-grader values 1", b"lab1", b"port", b"alice"]
    message = b"".join(len(part).to_bytes(4, "big") + part for part in parts) + bytes(4)
    draw = int.from_bytes(hmac.new(SECRET.key, message, hashlib.sha256).digest()[:8], "big")
    assert draw < 2**64 - 2**64 % 8976
    assert VECTOR_ALICE["port"] == str(1024 + draw % 8976)


def test_two_spellings_of_a_name_are_one_student() -> None:
    decomposed = unicodedata.normalize("NFD", "김민수")
    assert decomposed != "김민수"
    assert values_of(lab(), decomposed, SECRET) == VECTOR_KOREAN
    assert values_of(lab(), "ALICE", SECRET) == VECTOR_ALICE
    assert folded("Straße") == folded("STRASSE")


def test_labs_names_and_students_never_run_into_each_other() -> None:
    one = {"kind": "token", "length": 32}
    tokens = [
        values_of(lab("ab", c=one), "d", SECRET)["c"],
        values_of(lab("a", bc=one), "d", SECRET)["bc"],
        values_of(lab("ab", cd=one), "", SECRET)["cd"],
        values_of(lab("a", b=one), "cd", SECRET)["b"],
        values_of(lab("ab", c=one), "d", Secret(b"another secret..."))["c"],
    ]
    assert len(set(tokens)) == len(tokens)


def test_each_choice_is_as_likely() -> None:
    small = lab(n={"kind": "number", "range": [0, 2]})
    counts = Counter(values_of(small, f"s{i}", SECRET)["n"] for i in range(3000))
    assert set(counts) == {"0", "1", "2"}
    assert all(abs(count - 1000) < 100 for count in counts.values())


@pytest.mark.parametrize("name", VALUES)
def test_what_is_derived_fits_and_other_things_do_not(name: str) -> None:
    value = lab().values[name]
    assert all(fits(value, values_of(lab(), f"s{i}", SECRET)[name]) for i in range(200))
    for text in ("", "x", "APPLE", "0", "01024", "99999", "٢٠٢٤", "calm", "-", "a/b", "a\nb"):
        assert not fits(value, text)


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ({"kind": "word"}, "two different words"),
        ({"kind": "word", "from": ["a", "a"]}, "two different words"),
        ({"kind": "word", "from": ["a", "b/c"]}, "match pattern"),
        ({"kind": "number"}, "a number needs 'range'"),
        ({"kind": "number", "range": [5]}, "a number needs 'range'"),
        ({"kind": "number", "range": [5, 5]}, "a number needs 'range'"),
        ({"kind": "number", "range": [-5, 5]}, "none below 0"),
        ({"kind": "token", "from": ["a", "b"]}, "'from' goes with 'kind: word' only"),
        ({"kind": "name", "length": 8}, "'length' goes with 'kind: token' only"),
        ({"kind": "token", "length": 3}, "greater than or equal to 4"),
    ],
)
def test_a_value_that_makes_no_sense_is_told(value: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        lab(x=value)
