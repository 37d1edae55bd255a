from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from grader.checks import _text
from grader.checks._number import Number
from grader.checks._text import found, normal, shorten
from grader.checks._text_rule import TextRule
from grader.errors import EvidenceMissing, PatternTooSlow

HANGUL = "중요한 데이터"
DECOMPOSED = unicodedata.normalize("NFD", HANGUL)


def rule(**fields: object) -> TextRule:
    return TextRule.model_validate(fields)


@pytest.mark.parametrize(
    ("fields", "text", "share"),
    [
        ({"contains": ["a", "b"]}, "a", 0.5),
        ({"contains": "A"}, "a", 0),
        ({"contains": "A", "case": "any"}, "a", 1),
        ({"contains": "a b"}, "a\n  b", 0),
        ({"contains": "a b", "spaces": "any"}, "a\n  b", 1),
        ({"equals": "a b", "spaces": "any"}, "  a\tb\n", 1),
        ({"equals": "a"}, "a\r\n", 1),
        ({"equals": "a"}, " a", 0),
        ({"equals": "STRASSE", "case": "any"}, "straße", 1),
        ({"lacks": "Secret", "case": "any"}, "no secret", 0),
        ({"contains": "x", "lacks": "y"}, "x y", 0),
        ({"matches": "^B$"}, "a\nb", 0),
        ({"matches": "^B$", "case": "any"}, "a\nb", 1),
        ({"contains": HANGUL}, DECOMPOSED, 1),
        ({"contains": DECOMPOSED}, HANGUL, 1),
        ({"matches": f"^{DECOMPOSED}$"}, HANGUL, 1),
        ({"number": 3, "contains": "files"}, "3 folders", 0.5),
    ],
)
def test_the_share_of_a_text_that_is_as_asked(
    fields: dict[str, object], text: str, share: float
) -> None:
    assert rule(**fields).share(text) == share


@pytest.mark.parametrize(
    ("asked", "text", "fits"),
    [
        ({"equals": 3}, "3 files", True),
        ({"equals": 3}, "파일 3개입니다.", True),
        ({"equals": 3}, "total: 3.", True),
        ({"equals": 3}, "33, -3, 3.5, v3, 3.1.2, 2026-11-3, /tmp/3, 10:3", False),
        ({"equals": 3}, "3MB, 3s.", True),
        ({"equals": 3}, "Use 3%", True),
        ({"equals": 3}, "3MBx, 3sh, 3d, 3rd, 3M.5", False),
        ({"most": 20, "label": "SIZE"}, "SIZE 8.32MB", True),
        ({"equals": -3}, "it is -3 °C", True),
        ({"equals": 1234.5}, "1,234.5 won", True),
        ({"equals": 0.3, "within": 0.1}, "0.4", True),
        ({"equals": 0.3, "within": 0.1}, "0.41", False),
        ({"least": 1, "most": 5}, "0 6", False),
        ({"least": 1}, "0 6", True),
        ({"most": 5, "label": "total"}, "7 total 9\nused: 1", False),
        ({"most": 5, "label": "used"}, "7 total 9\nused: 1", True),
        ({"equals": 3}, "", False),
    ],
)
def test_a_number_stands_by_itself(asked: dict[str, object], text: str, fits: bool) -> None:  # noqa: FBT001
    assert Number.model_validate(asked).fits(text) is fits


@given(st.integers(-(10**9), 10**9))
def test_every_whole_number_is_read_back(value: int) -> None:
    assert rule(number=value).share(f"n = {value}\n") == 1
    assert rule(number=value).share(f"n = {value:,}\n") == 1
    assert rule(number=value).share(f"n = {value + 1}\n") == 0


@given(st.text(), st.sampled_from(["exact", "any"]), st.sampled_from(["exact", "any"]))
def test_every_text_is_equal_to_itself_in_every_form(text: str, case: str, spaces: str) -> None:
    asked = rule(equals=text, case=case, spaces=spaces)
    for form in ("NFC", "NFD"):
        assert asked.share(unicodedata.normalize(form, text)) == 1


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"spaces": "any", "matches": "a"}, "'spaces' needs"),
        ({"spaces": "any", "contains": " "}, "a blank text is no text"),
        ({"case": "any", "number": 3}, "'case' needs"),
        ({"number": True}, "number"),
        ({"number": "3"}, "number"),
        ({"number": {}}, "'number' needs 'equals'"),
        ({"number": {"within": 1, "least": 1}}, "'within' goes with 'equals' only"),
        ({"number": {"least": 2, "most": 1}}, "'least' is greater than 'most'"),
        ({"number": {"equals": float("nan")}}, "finite"),
        ({"contains": ""}, "at least 1 character"),
        ({"case": "none", "contains": "a"}, "case"),
    ],
)
def test_a_rule_that_means_nothing_is_refused(fields: dict[str, object], says: str) -> None:
    with pytest.raises(ValidationError) as caught:
        rule(**fields)
    assert says in str(caught.value)


def test_a_pattern_that_never_ends_is_stopped_and_is_no_zero(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(_text, "SECONDS", 0.2)
    with pytest.raises(PatternTooSlow, match="of the rubric was stopped after") as caught:
        found("^(a|aa)+$", "a" * 60 + "b")
    assert isinstance(caught.value, EvidenceMissing)


@given(st.text(alphabet="a\u1112\u1161\u11ab\u0301\u2000 \t\r\n"), st.integers(3, 8))
def test_of_a_long_text_as_much_is_shown_as_if_all_of_it_were_read(text: str, limit: int) -> None:
    flat = " ".join(normal(text).split())
    assert shorten(text, limit) == (flat if len(flat) <= limit else flat[: limit - 1] + "…")
