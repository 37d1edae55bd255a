from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

import pytest

from grader.likeness import MOST_PAIRS, alike
from grader.workbench.lines import without_prompt

LABS = Path(__file__).parents[1] / "labs"
HANDOUT = ("docker run --name box -it alpine sh", "echo hi > /tmp/a", "exit", "docker rm box")
OWN = (
    "docker create --name otter -it alpine sh",
    "docker cp notes.txt otter:/tmp/a",
    "docker start -a otter && docker logs --tail 5 otter",
    "docker exec otter sh -c 'cat /tmp/a | wc -l'",
    "docker diff otter",
    "docker rm -f otter",
)


def samples(lab: str) -> dict[str, list[str]]:
    files = sorted((LABS / lab / "samples").glob("*.sh"))
    texts = {file.stem: file.read_text("utf-8", "replace").splitlines() for file in files}
    # As they are typed: the replay takes prompts away.
    return {name: [without_prompt(line)[0] for line in lines] for name, lines in texts.items()}


def handed_out(lab: str) -> list[list[str]]:
    names = ("solution.sh", "handout.ko.md", "handout.en.md")
    return [(LABS / lab / name).read_text().splitlines() for name in names]


def class_with(*others: Sequence[str]) -> dict[str, Sequence[str]]:
    """Return a class in which everybody has lines of their own, and some more students."""
    words = random.Random(1)  # noqa: S311 - not for secrets
    typed: dict[str, Sequence[str]] = {
        f"s{number:02}": [*HANDOUT, *(f"echo {words.random()}" for _ in range(5))]
        for number in range(20)
    }
    return typed | {f"x{number}": lines for number, lines in enumerate(others)}


@pytest.mark.parametrize("lab", ["lab6-1", "lab6-2", "lab6-4"])
def test_independent_ways_through_a_lab_are_not_alike(lab: str) -> None:
    assert alike(samples(lab), handed_out(lab)) == []


def test_the_lines_of_the_handout_make_nobody_alike() -> None:
    assert alike(dict.fromkeys(("ann", "bob"), HANDOUT), [HANDOUT]) == []
    # Also where the program does not know what was handed out, but the class shows it.
    assert alike(class_with(HANDOUT, HANDOUT)) == []


def test_a_copy_is_found_whatever_was_put_in_between() -> None:
    copy = [line for own in reversed(OWN) for line in ("", own.replace(" ", "  "), "ls")]
    pair, *others = alike(class_with(OWN, copy), [HANDOUT])
    assert (pair.first, pair.second, pair.share, pair.renamed) == ("x0", "x1", 1, False)
    assert pair.lines == OWN
    assert others == []


def test_a_copy_is_found_under_other_names() -> None:
    changed = [
        line.replace("otter", "heron").replace("notes.txt", "n").replace("5", "9") for line in OWN
    ]
    copy = [line for own in changed for line in (f"{own}  # {len(own)}", "pwd")]
    for others in class_with(), {"ann": ("ls",), "bob": HANDOUT}:
        found = alike({**others, "x0": OWN, "x1": copy}, [HANDOUT])
        assert [(pair.first, pair.second, pair.renamed) for pair in found] == [("x0", "x1", True)]
        assert found[0].share == 1
        assert found[0].lines == OWN


def test_what_a_good_part_of_the_class_typed_is_no_sign() -> None:
    assert alike(class_with(*[OWN] * 10)) == []
    assert len(alike(class_with(OWN, OWN))) == 1


def test_a_few_rare_lines_in_common_are_no_sign() -> None:
    mine = [*OWN[:3], *(f"touch /{number}" for number in range(9))]
    yours = [*OWN[:3], *(f"mkdir /{number} x" for number in range(9))]
    assert alike(class_with(mine, yours), [HANDOUT]) == []


def test_the_list_ends_and_does_not_depend_on_the_order() -> None:
    rings = {
        f"{ring}-{one}": [f"{line} {ring}" for line in OWN] for ring in range(40) for one in "abc"
    }
    found = alike(rings)
    assert len(found) == MOST_PAIRS
    assert found == alike(dict(reversed(rings.items())))


def test_nothing_is_no_likeness() -> None:
    assert alike({}) == []
    assert alike({"ann": [], "bob": ["", "  ", "#", "|"]}) == []
