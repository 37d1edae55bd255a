# ruff: noqa: E501, RUF100 — a table reads best with one case per line
"""Mistakes as teachers in a hurry make them: each is told with its place, the value and the fix."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from grader.lint import findings

LAB = "title: {ko: 가, en: a}\nimages: [alpine:latest]\n"
RUBRIC = """\
lab: lab1
pass_mark: 60
criteria:
  - id: one
    title: {ko: 가, en: a}
    points: 10
    check:
      kind: file
      container: box
      paths:
        /tmp/a.txt: {contains: hello}
  - id: two
    title: {ko: 나, en: b}
    points: 5
    check: {kind: command, typed: ls}
"""
TWO = "    check: {kind: command, typed: ls}\n"
NESTED = """\
    check:
      kind: all_of
      checks:
        - kind: any_of
          checks:
            - kind: none_of
              checks:
                - {kind: command, typd: ls}
                - {kind: file, container: box, paths: {/a: {contains: 3}}}
"""
LATE = "late: {{due: {}, per_day: 10%{}}}\nlab: lab1\n"
BOMB = "".join(
    f"{name}: &{name} [{', '.join([f'*{inner}'] * 9)}]\n"
    for inner, name in zip("abcdef", "bcdefg", strict=True)
)


class Slip(NamedTuple):
    old: str
    new: str
    place: str
    """`LINE:COLUMN` of the first finding."""
    says: tuple[str, ...]


SLIPS = {
    # What adds up to nothing sensible
    "cap below all": Slip("pass_mark: 60", "pass_mark: 60\ncap: 90%", "3:6", ("'cap' is 90%", "write 100% or more")),
    "unknown outcome": Slip("    points: 10", "    hints: {fail: {ko: 가, en: a}}\n    points: 10", "6:13", ("unknown name 'fail'", "'failed'")),
    # The form of the file
    "tab": Slip("    points: 10", "\tpoints: 10", "6:1", ("a tab stands where", "indent with blanks")),
    "duplicate key": Slip("points: 10", "points: 10\n    points: 9", "7:5", ("duplicate key 'points'", "keep one")),
    "forgotten dash": Slip("  - id: two", "    id: two", "12:5", ("duplicate key 'id'", "begin a new entry of the list with '- '")),
    "unclosed quote": Slip("contains: hello", 'contains: "hello', "11:32", ("the quote that opens here is never closed",)),
    "unclosed bracket": Slip("ko: 나, en: b}", "ko: 나, en: b", "13:12", ("the bracket that opens here is never closed by '}'",)),
    "apostrophe": Slip("en: a}", "en: 'it's made'}", "5:28", ("a ',' or a '}' is missing", "in double quotes")),
    "colon in a text": Slip("{ko: 나, en: b}", "\n      ko: 나\n      en: Made: it", "15:15", ("cannot have ': ' in it", "put the whole text in quotes")),
    "no blank after a colon": Slip("points: 10", "points:10", "6:5", ("this line has no ': '", "a blank after it")),
    "Korean colon": Slip("points: 10", "points： 10", "6:5", ("this line has no ': '", "a plain colon")),
    "indented too far": Slip("    points: 10", "     points: 10", "6:6", ("indented unlike the lines",)),
    "backslash in double quotes": Slip("typed: ls", r'typed: "\d+"', "15:37", (r"'\d' means nothing in double quotes", "use single quotes")),
    "star without quotes": Slip("typed: ls", "typed: *.sh", "15:35", ("'*.sh' without quotes", "put it in quotes")),
    "at sign": Slip("typed: ls", "typed: @x", "15:35", ("a text cannot begin with '@'", "put it in quotes")),
    "braces without quotes": Slip("contains: hello", "contains: {{token}}", "11:33", ("put '{{…}}' in quotes",)),
    "text behind quotes": Slip("points: 5", "points: '5' each", "14:17", ("one pair of quotes",)),
    "endless alias": Slip("points: 5", "points: &a [*a]", "14", ("an alias stands inside",)),
    "alias bomb": Slip("lab: lab1", f"a: &a [{'x, ' * 9}]\n{BOMB}lab: lab1", "5", ("stands for more than 20,000 values",)),
    # Criteria
    "unknown field": Slip("points: 10", "point: 10", "4:5", ("'points' is missing", "unknown field 'point'", "did you mean 'points'?", "known: id, title, points")),
    "word of another program": Slip("points: 5", "weight: 5", "12:5", ("unknown field 'weight' (in criteria #2)", "known: id, title, points")),
    "Korean field": Slip("points: 10", "점수: 10", "4:5", ("unknown field '점수'", "known: id, title, points")),
    "points with a unit": Slip("points: 10", "points: 10점", "6:13", ("'points' has to be a number, not '10점' (in criteria #1)",)),
    "negative points": Slip("points: 10", "points: -10", "6:13", ("'points' has to be greater than 0, not -10",)),
    "share as pass mark": Slip("pass_mark: 60", "pass_mark: 0.6", "2:12", ("in percent: write 60 for 0.6",)),
    "title in one language": Slip("{ko: 나, en: b}", "{ko: 나}", "13:5", ("'en' is missing (in criteria #2 → title)",)),
    "title without a language": Slip("{ko: 나, en: b}", "만들었다", "13:12", ("'title' has to be in both languages, {ko: …, en: …}, not '만들었다'",)),
    "country for a language": Slip("{ko: 나, en: b}", "{kr: 나, en: b}", "13:5", ("unknown field 'kr'", "known: ko, en")),
    "unknown requires": Slip("points: 5", "points: 5\n    requires: [onee]", "15:16", ("unknown criterion 'onee', did you mean 'one'?",)),
    "requires as text": Slip("points: 5", "points: 5\n    requires: one", "15:15", ("'requires' has to be a list (lines that begin with '- '", "not 'one'")),
    "circle": Slip("points: 10", "points: 10\n    requires: [one]", "7:15", ("goes in a circle: one → one",)),
    "unknown group": Slip("points: 5", "points: 5\n    group: gg", "15:12", ("unknown group 'gg'; known: none",)),
    "hidden without a date": Slip("points: 5", "points: 5\n    hidden: true", "15:5", ("did you mean 'hidden_until'?",)),
    "criteria by name": Slip("  - id: one\n", "  one:\n", "12:3", ("not proper YAML",)),
    # Checks
    "unknown kind": Slip("kind: file", "kind: fiel", "8:13", ("unknown check kind 'fiel', did you mean 'file'?", "known kinds: all_of, answer")),
    "missing kind": Slip("      kind: file\n", "", "7:5", ("a check needs a 'kind'; known kinds: all_of, answer",)),
    "checks in a list": Slip(TWO, "    check:\n      - {kind: command, typed: ls}\n", "15:5", ("a check is a mapping with a 'kind'; for several, use 'kind: all_of'",)),
    "check for checks": Slip("{kind: command, typed: ls}", "{kind: all_of, check: []}", "15:5", ("did you mean 'checks'?",)),
    "points in a check": Slip("typed: ls", "typed: ls, points: 3", "15:39", ("unknown field 'points' (in criteria #2 → check); known: kind, call",)),
    "unknown moment": Slip("container: box", "container: box\n      at: exit1", "10:11", ("'exit1' is no moment; use 'exit N', 'removed', 'end', 'any' or 'last'",)),
    "verb with docker": Slip("typed: ls", "call: docker run", "15:34", ("unknown call 'docker run', did you mean 'run'?", "known calls: attach")),
    "glob for a regex": Slip("typed: ls", "typed: '*.txt'", "15:35", ("'*.txt' is not a regular expression", "or ask for a plain text with 'contains'")),
    "path from nowhere": Slip("/tmp/a.txt", "tmp/a.txt", "11:9", ("'tmp/a.txt' is not a plain absolute path", "did you mean '/tmp/a.txt'?")),
    "path from home": Slip("/tmp/a.txt", "~/a.txt", "11:9", ("did you mean '/root/a.txt'?",)),
    "paths in a list": Slip("        /tmp/a.txt:", "        - /tmp/a.txt:", "10:7", ("'paths' has to be a mapping (lines 'name: value'), not a list",)),
    "text for a path's conditions": Slip("{contains: hello}", "hello", "11:21", ("'/tmp/a.txt' has to be what is asked of it, such as {contains: hello}",)),
    "image not allowed": Slip("kind: command, typed: ls", "kind: container, container: web, image: nginx", "15:53", ("the lab does not allow the image 'nginx'; known: alpine:latest",)),
    "name with a blank": Slip("container: box", "container: my box", "9:18", ("'container' is 'my box'", "letters, digits, '_', '.' and '-'")),
    "two names": Slip("container: box", "container: [a, b]", "9:18", ("'container' has to be one name",)),
    "port that is none": Slip("kind: command, typed: ls", "kind: image, image: n, made_of: {ports: [80:8080]}", "15:54", ("'80:8080' is no port such as 80 or '53/udp'",)),
    "number in quotes": Slip("points: 5", "points: '5'", "14:13", ("'points' has to be a number, not '5'; write 5, without quotes",)),
    "whole number in quotes": Slip("typed: ls", "call: run, status: '0'", "15:47", ("'status' has to be a whole number, not '0'; write 0, without quotes",)),
    "true for a number": Slip("points: 5", "points: true", "14:13", ("'points' has to be a number, not true",)),
    "number with a sign": Slip("pass_mark: 60", "pass_mark: 60%", "2:12", ("write 60, without '%'",)),
    "octal mode": Slip("contains: hello", "mode: 0644", "11:28", ("""'mode' has to be in quotes, such as "0644\"""",)),
    "a number as text": Slip("contains: hello", "contains: 3", "11:32", ("if 3 is meant, put it in quotes",)),
    "a text as number": Slip("contains: hello", "number: '3'", "11:30", ("a number without quotes", "not '3'")),
    "empty text": Slip("contains: hello", "contains: ''", "11:32", ("'contains' must not be empty",)),
    "three levels deep": Slip(TWO, NESTED, "22:35", ("unknown field 'typd' (in criteria #2 → check → checks #1 → checks #1 → checks #1), did you mean 'typed'?", "'contains' has to be text; if 3 is meant, put it in quotes")),
    # Dates
    "date without a zone": Slip("lab: lab1", LATE.format("2026-12-01 18:00", ""), "1:13", ("'due' has no time zone", "'+09:00'", "'Asia/Seoul'")),
    "date without a time": Slip("lab: lab1", LATE.format("2026-12-01", ""), "1:13", ("'2026-12-01' is no date with a time such as '2026-12-01 18:00'",)),
    "span of the clock": Slip("lab: lab1", LATE.format("2026-12-01 18:00+09:00", ", grace: 1:30"), "1:58", ("'1:30' is no span of time such as '15m', '2h' or '1d'",)),
    "percentage without its sign": Slip("lab: lab1", LATE.format("2026-12-01 18:00+09:00", ", at_most: 50"), "1:60", ("write 50 as a percentage: '50%'",)),
}  # fmt: skip

LABS = {
    "one image as text": ("images: [alpine:latest]", "images: alpine", "2:9", "'images' has to be a list"),
    "unknown option": ("images:", "networks: true\nimages:", "2:1", "did you mean 'network'?"),
    "record in a list": ("images:", "record: [volumes]\nimages:", "2:9", "known: volumes, folder"),
    "seconds with a unit": ("images:", "limits: {step_seconds: 20s}\nimages:", "2:24", "'step_seconds' has to be a number, not '20s'; write 20, without 's' (in limits)"),
    "limit in quotes": ("images:", "limits: {pids: '20'}\nimages:", "2:16", "write 20, without quotes (in limits)"),
    "unknown kind": ("images:", "kind: termnal\nimages:", "2:7", "'kind' is 'termnal'; it has to be 'terminal' or 'quiz'"),
    "questions in a list": ("images: [alpine:latest]", "kind: quiz\nquestions: [{title: x}]", "3:12", "'questions' has to be a mapping"),
}  # fmt: skip

FINE = {
    "Windows line ends": RUBRIC.replace("\n", "\r\n").encode(),
    "byte order mark": b"\xef\xbb\xbf" + RUBRIC.encode(),
    "yes for true": RUBRIC.replace("contains: hello", "exists: yes").encode(),
    "no and on are words": RUBRIC.replace("contains: hello", "contains: [no, on, off, y]").encode(),
    "an anchor": RUBRIC.replace("{ko: 가, en: a}", "&t {ko: 가, en: a}").replace("{ko: 나, en: b}", "*t").encode(),
}  # fmt: skip

OTHER_FILES = {
    "UTF-16": (RUBRIC.encode("utf-16"), "1", "the file is UTF-16"),
    "UTF-16 without its mark": (RUBRIC.encode("utf-16-le"), "1", "the file is UTF-16"),
    "EUC-KR": (RUBRIC.encode("euc-kr"), "5:17", "it seems to be CP949 (EUC-KR); save the file as UTF-8"),
    "empty": (b"", "", "the file is empty; fill it"),
    "only a list": (b"- id: one\n", "1", "the file holds a list, not a mapping"),
}  # fmt: skip


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for file, text in (("labs/lab1/lab.yaml", LAB), ("rubrics/lab1.yaml", RUBRIC)):
        (tmp_path / file).parent.mkdir(parents=True)
        (tmp_path / file).write_text(text, encoding="utf-8")
    return tmp_path


def told(root: Path, file: str, content: bytes) -> list[str]:
    (root / file).write_bytes(content)
    return [str(finding).removeprefix(f"{root}/") for finding in findings(root)]


@pytest.mark.parametrize("name", SLIPS)
def test_a_slip_in_a_rubric(root: Path, name: str) -> None:
    slip = SLIPS[name]
    assert RUBRIC.count(slip.old) == 1
    found = told(root, "rubrics/lab1.yaml", RUBRIC.replace(slip.old, slip.new).encode())
    assert found[0].startswith(f"rubrics/lab1.yaml:{slip.place}: ")
    for part in slip.says:
        assert any(part in finding for finding in found), found


@pytest.mark.parametrize("name", LABS)
def test_a_slip_in_a_lab(root: Path, name: str) -> None:
    old, new, place, says = LABS[name]
    found = told(root, "labs/lab1/lab.yaml", LAB.replace(old, new).encode())
    assert found[0].startswith(f"labs/lab1/lab.yaml:{place}: ")
    assert says in found[0]


@pytest.mark.parametrize("name", FINE)
def test_what_does_no_harm(root: Path, name: str) -> None:
    assert told(root, "rubrics/lab1.yaml", FINE[name]) == []


@pytest.mark.parametrize("name", OTHER_FILES)
def test_a_file_of_another_form(root: Path, name: str) -> None:
    content, place, says = OTHER_FILES[name]
    (found,) = told(root, "rubrics/lab1.yaml", content)
    assert found.startswith(f"rubrics/lab1.yaml:{place}: ".replace(":: ", ": "))
    assert says in found
