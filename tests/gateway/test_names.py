from __future__ import annotations

import pytest

from grader.gateway.names import Names
from grader.gateway.refusal import Refusal

ONE, TWO = "ab" * 32, "ac" * 32


def names() -> Names:
    return Names(
        "lgs",
        containers={ONE: "web", TWO: ONE[:12]},
        images={"alpine:latest": "sha256:" + "d" * 64},
    )


def test_a_container_is_found_by_id_name_and_unique_beginning() -> None:
    known = names()
    assert known.container(ONE) == known.container("web") == known.container("/web") == ONE
    assert known.container("abab") == ONE


def test_a_name_wins_over_the_beginning_of_an_id_as_in_the_engine() -> None:
    assert names().container(ONE[:12]) == TWO


@pytest.mark.parametrize(("ref", "status"), [("a", 400), ("nope", 404), ("", 404), ("f" * 64, 404)])
def test_what_is_unknown_or_ambiguous_is_refused(ref: str, status: int) -> None:
    with pytest.raises(Refusal) as refused:
        names().container(ref)
    assert refused.value.status == status


@pytest.mark.parametrize("name", ["", "a", "container:x", "a/b", "../x", "-x", "한글", "a b"])
def test_the_engines_rule_for_names_holds(name: str) -> None:
    with pytest.raises(Refusal):
        names().real(name)


def test_texts_lose_the_sessions_prefix() -> None:
    assert names().plain('name "/lgs-web" is already in use') == 'name "/web" is already in use'


def test_images_are_found_by_reference_and_short_id() -> None:
    known = names()
    assert known.image("alpine") == known.image("d" * 12) == "sha256:" + "d" * 64
    assert known.image("ddd") is None
    assert known.image("nginx") is None


def test_the_same_lines_get_the_same_names_and_two_at_once_different_ones() -> None:
    one, other = names(), names()
    assert [one.invent() for _ in range(400)] == [other.invent() for _ in range(400)]
    assert len({names().invent(), one.invent()}) == 2
    taken = names()
    taken.containers["a" * 64] = names().invent()
    assert taken.invent() != names().invent()


def test_invented_names_are_free() -> None:
    known = names()
    for number in range(400):
        known.containers[f"{number:064x}"] = known.invent()
    assert len(set(known.containers.values())) == len(known.containers)
