from __future__ import annotations

from pathlib import Path

import pytest

from grader.errors import CourseError
from grader.personal.filling import Span, fill, unknown
from grader.yaml_file import parse

KNOWN = {"token": "abc", "n_2": "7"}


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("a {{token}}-{{ n_2 }}", "a abc-7"),
        ("{{{token}}}", "{abc}"),
        ("{{.Names}} {{json .}} {{end}} {{ else }} {{- token}} {{Token}} {{2}}", None),
        ("{token} {{ token }", None),
    ],
)
def test_values_are_filled_in_and_templates_stay(text: str, filled: str | None) -> None:
    assert fill(text, KNOWN) == (filled or text)
    assert not list(unknown(text, KNOWN))


def test_a_value_is_not_looked_at_again() -> None:
    assert fill("{{token}}", {"token": "{{n_2}}", "n_2": "7"}) == "{{n_2}}"


YAML = """\
# {{comment}}
"{{token}}/a": &x [one, 'b {{ n_2 }}', 5, null]
again: *x
text: |
  first
  {{token}} {{tokn}}
plain: web-{{boxx}}
"""


def test_a_document_is_filled_keys_and_aliases_too() -> None:
    document = parse(YAML, file=Path("x"), error=CourseError)
    spans = [Span(*span) for span in document.spans()]
    places = [(found.line, found.column) for found in unknown(document.text, KNOWN, spans)]
    assert sorted(places) == [(6, 13), (7, 12)]
    changed = document.changed(lambda text: fill(text, KNOWN | {"tokn": "t", "boxx": "b"}))
    entries = ["one", "b 7", 5, None]
    told = {"abc/a": entries, "again": entries, "text": "first\nabc t\n", "plain": "web-b"}
    assert changed.data == told
    assert changed.data["again"] is changed.data["abc/a"]
    assert changed.place(("abc/a", 1)) == (2, 25)
