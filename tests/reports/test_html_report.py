"""The page of a student, as text. `GOLDEN=write pytest tests/reports` writes its golden files anew.

What a browser makes of it: `test_page_in_browser.py`.
"""

from __future__ import annotations

import json
import os
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from recorded_story import (
    ALPINE,
    BOX,
    HIDDEN,
    NOTE,
    container,
    moment,
    result,
    step,
    story,
    told,
)

from grader.reports import Graded, html
from grader.reports._page import player as players
from grader.reports._page.player import Player
from grader.reports._page.recording import recorded

if TYPE_CHECKING:
    from grader.model.record import Language
    from grader.model.result import Result

GOLDEN = Path(__file__).parent / "golden-pages"
STAND_IN = Player("/* a player */", "/* its looks */", "stand-in")
EVIL = "</script><script>alert(1)</script><img src=x onerror=alert(1)>\x1b[2J\x00\u202e'\""


class Elements(HTMLParser):
    """All elements of a page, and the text of its scripts."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.names: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def values(self, name: str) -> list[str]:
        return [value for key, value in self.attributes if key == name]


@pytest.mark.parametrize("language", ["en", "ko"])
def test_golden(language: Language) -> None:
    page = html.page(told(), language, None)
    text = re.sub(r"(?s)<style>.*?</style>", "<style></style>", page)
    file = GOLDEN / f"story.{language}.report.html"
    if os.environ.get("GOLDEN") == "write":
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8")


def test_links_lead_somewhere_and_back() -> None:
    page = Elements(html.page(told(), "en", None))
    ids = page.values("id")
    assert len(ids) == len(set(ids))
    targets = {link.removeprefix("#") for link in page.values("href")}
    assert targets <= set(ids)
    assert {"step-2", "step-6", "step-3", "criterion-1", "criterion-2", "criterion-3"} <= targets


def test_what_only_a_hidden_criterion_is_about_is_not_told() -> None:
    page = html.page(told(), "en", STAND_IN)
    assert "Hidden criterion" in page
    assert HIDDEN not in page
    assert "top secret" not in page
    assert "nobody-reads-etc" not in page


def test_hostile_text_stays_text() -> None:
    dump = story().model_dump_json()
    for word in ("welcome", "hello", "calm_otter", "note.txt", "no such program", "kept", "touch"):
        dump = dump.replace(word, json.dumps(EVIL)[1:-1])
    scored = result().model_dump_json().replace("why it is", json.dumps(EVIL)[1:-1])
    evidence = type(story()).model_validate_json(dump)
    hostile = Graded(type(result()).model_validate_json(scored), None, evidence)
    page = html.page(hostile, "ko", STAND_IN)
    usual = html.page(told(), "ko", STAND_IN)
    assert page.count("alert(1)") > 8
    names = Elements(page).names
    assert names.count("script") == Elements(usual).names.count("script")
    assert "img" not in names
    assert not {name for name, _ in Elements(page).attributes if name.startswith("on")}
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202e]", page)


def test_every_case_of_a_result_can_be_shown(case: tuple[str, Result]) -> None:
    page = html.render(Graded(case[1]), "ko")
    page.encode()
    assert Elements(page).names.count("h1") == 1
    assert "<script" not in page


def test_a_flood_of_output_stays_a_page() -> None:
    steps = [step(number, "x" * 50_000, "0123456 8\n" * 100_000) for number in range(1, 41)]
    changes = [{"kind": "A", "path": f"/tmp/{n}" + "/a" * 2_000} for n in range(3_000)]
    files = [{**NOTE, "path": f"/tmp/{n}" + "/a" * 2_000, "text": "x" * 60_000} for n in range(50)]
    snapshots = [{"changes": changes[n:], "files": files, "absent": ()} for n in range(20)]
    moments = [moment(f"exit {n}", n, n, snapshot=one) for n, one in enumerate(snapshots)]
    containers = [container(BOX, "box", ALPINE, *moments)]
    page = html.page(told(steps=steps, containers=containers), "en", STAND_IN)
    assert len(page) < 3_000_000
    assert page.count("characters are left out") == 40


def test_a_page_with_its_player_is_small() -> None:
    player = players.player()
    if player is None:
        pytest.skip("needs the player: scripts/setup brings it, where npm is")
    assert len(html.render(told(), "ko").encode()) < 400_000


def test_without_the_player_the_page_says_how_to_get_it() -> None:
    page = html.page(told(), "en", None)
    assert "scripts/setup" in page
    assert "<script" not in page
    assert "script-src 'none'" in page.replace("&#39;", "'")


def test_the_recording_is_an_asciicast() -> None:
    names = {BOX: "box"}
    cast = recorded(story(), lambda where: names.get(where, "host"), frozenset({2}), "A lab")
    header, events = cast.header, cast.events
    assert json.loads(json.dumps(header)) == {
        "version": 3,
        "term": {"cols": 80, "rows": 20, "type": "xterm-256color"},
        "timestamp": 1796115600,
        "title": "A lab",
    }
    assert all(seconds >= 0 and code in {"o", "m"} for seconds, code, _ in events)
    assert sum(seconds for seconds, _, _ in events) == pytest.approx(cast.seconds, abs=0.1)
    shown = "".join(text for _, code, text in events if code == "o")
    assert "\x1b[36mbox #\x1b[0m echo hello >/srv/note.txt\r\n" in shown
    assert "FROM alpine\r\n> RUN touch /n" in shown
    assert "docker ps" not in shown  # it was never typed
    assert [text for _, code, text in events if code == "m"] == ["echo hello >/srv/note.txt"]
    assert list(cast.starts) == [1, 2, 3, 4, 5, 6, 7, 8]
