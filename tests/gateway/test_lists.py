"""`docker ps` and its filters: as the engine picks, and among one's own only."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from opened_gateway import OpenedGateway

from grader.gateway.calls._listing import name_matches

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
def busy() -> Iterator[OpenedGateway]:
    with OpenedGateway() as opened:
        ports = ("-p", "8080:80", "--expose", "9000")
        opened.docker("volume", "create", "data")
        opened.docker(
            "run", "-d", "--name", "web", "-l", "tier=1", *ports, "alpine", "sleep", "300"
        )
        opened.docker("run", "--name", "job", "-v", "data:/d", "alpine", "sh", "-c", "exit 3")
        opened.docker("create", "--name", "later", "alpine")
        yield opened


def names(gateway: OpenedGateway, *words: str) -> list[str]:
    answer = gateway.docker("ps", "--format", "{{.Names}}", *words)
    assert answer.returncode == 0, answer.stderr
    return answer.stdout.split()


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("", "web"),
        ("-a", "later job web"),
        ("-l", "later"),
        ("-n 2", "later job"),
        ("-s", "web"),
        ("-f status=exited", "job"),
        ("-f status=exited -f status=created", "later job"),
        ("-a -f exited=3", "job"),
        ("-a -f exited=0", ""),
        ("-f exited=3", ""),
        ("-a -f label=tier", "web"),
        ("-a -f label=tier=2", ""),
        ("-a -f label=tier -f label=x", ""),
        ("-a -f name=^/?[jw].b", "job web"),
        ("-a -f name=o", "job"),
        ("-a -f before=job", "web"),
        ("-a -f since=job", "later"),
        ("-a -f volume=data", "job"),
        ("-a -f volume=/d", "job"),
        ("-a -f ancestor=alpine", "later job web"),
        ("-a -f ancestor=alpine:latest -f status=running", "web"),
        ("-a -f publish=8080", "web"),
        ("-a -f publish=8000-8090/tcp", "web"),
        ("-a -f publish=80", ""),
        ("-a -f expose=80", "web"),
        ("-a -f expose=9000/tcp", "web"),
        ("-a -f health=none -f status=running", "web"),
        ("-a -f is-task=false -f status=running", "web"),
    ],
)
def test_a_filter_picks_what_the_engine_would_pick(
    busy: OpenedGateway, words: str, expected: str
) -> None:
    assert names(busy, *words.split()) == expected.split()


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("status=lost", "Invalid filter 'status=lost'"),
        ("health=x", "Unrecognised filter value for health: x"),
        ("exited=x", 'strconv.Atoi: parsing "x": invalid syntax'),
        ("publish=x", "error while looking up for publish x"),
        ("nonsense=1", "Invalid filter 'nonsense'"),
    ],
)
def test_a_wrong_filter_is_refused_in_the_engines_words(
    busy: OpenedGateway, word: str, message: str
) -> None:
    assert message in busy.docker("ps", "-f", word).stderr


def test_threat_37_a_filter_tells_nothing_of_other_peoples_objects(busy: OpenedGateway) -> None:
    with OpenedGateway() as other:
        id_ = other.docker("create", "--name", "secret", "-v", "hidden:/x", "alpine").stdout.strip()
        token = other.session.token
        for key, foreign, absent in (
            ("since", id_, "0" * 64),
            ("before", f"{token}-secret", "nobody"),
            ("network", f"{token}-net", "nothing"),
            ("volume", f"{token}-hidden", "nothing"),
            ("ancestor", "lab-grader-workbench", "nothing"),
            ("id", id_, "0" * 64),
        ):
            answers = [busy.docker("ps", "-a", "-f", f"{key}={v}") for v in (foreign, absent)]
            told = [
                (a.returncode, a.stdout, a.stderr.replace(v, ""))
                for a, v in zip(answers, (foreign, absent), strict=True)
            ]
            assert told[0] == told[1], key


def test_threat_38_no_pattern_runs_away() -> None:
    began = time.process_time()
    for pattern in (
        "(a+)+$",
        "a*a*a*a*a*$",
        "(a|aa)+$",
        "((((",
        "a{1,200}{1,200}",
        "\\1",
        "[[a]",
        "[a--b]",
    ):
        assert not name_matches(pattern, "a" * 200 + "b")
    assert time.process_time() - began < 5
    assert name_matches("^web$", "web")
    assert name_matches("^/web$", "web")
    assert not name_matches("^web$", "web2")
    assert name_matches("w.*-1", "web-1")
    assert name_matches("a\\.b", "a.b")
    assert not name_matches("a\\.b", "axb")
