from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from grader.model.evidence import Evidence
from grader.model.lab import Lab
from grader.model.record import Text
from grader.proof import quiz
from grader.proof.mutants import OPERATORS, Block, Mutant, Solution, mutants, other
from grader.proof.shell import read

if TYPE_CHECKING:
    from collections.abc import Sequence

TITLE = Text(ko="가", en="a")


def solution(*commands: str, names: Sequence[str] = (), images: Sequence[str] = ()) -> Solution:
    lines: list[str] = []
    blocks = []
    for command in commands:
        lines.append("# a comment")
        own = command.split("\n")
        blocks.append(Block(len(lines) + 1, len(lines) + len(own), command))
        lines += own
    return Solution(tuple(lines), tuple(blocks), tuple(names), tuple(images))


def changed(change: str, *commands: str, **given: list[str]) -> list[str]:
    """Return what became of the only, or last, changed command."""
    made = [m for m in mutants(solution(*commands, **given)) if m.change == change]
    return [m.after for m in made]


def texts(command: str) -> list[str]:
    return [span.of(command) for span in read(command).texts]


def test_a_command_over_several_lines_is_left_out_as_one_and_comments_stay() -> None:
    command = 'docker run alpine sh -c "\necho 가 > /a &&\ncat /a\n"'
    made = [m for m in mutants(solution("ls", command)) if m.change == "left out"]

    assert [m.text for m in made] == [
        f"# a comment\n# a comment\n{command}\n",
        "# a comment\nls\n# a comment\n",
    ]
    assert [m.line for m in made] == [2, 4]
    assert str(made[1]) == 'line 4: docker run alpine sh -c " … → (left out)'


def test_parts_of_nested_commands_are_left_out() -> None:
    command = "docker run a sh -c \"mkdir /x; echo 'a && b' > /x/y && cat /x/y\" && ls"

    assert changed("part left out", command) == [
        "docker run a sh -c \"echo 'a && b' > /x/y && cat /x/y\" && ls",
        'docker run a sh -c "mkdir /x; cat /x/y" && ls',
        "docker run a sh -c \"mkdir /x; echo 'a && b' > /x/y\" && ls",
        "ls",
        command.removesuffix(" && ls"),
    ]


def test_of_a_here_document_each_line_is_a_part_and_a_text() -> None:
    command = "cat > /a <<'EOF'\n첫 줄 && 끝\n\"둘째\nEOF"

    assert texts(command) == ["첫 줄 && 끝", '"둘째']
    assert changed("part left out", command) == ["", ""]
    assert changed("text", command) == ["other", " 줄 && 끝", "other", "둘째"]


@pytest.mark.parametrize(
    ("command", "found"),
    [
        ("echo '중요한 데이터' > /a", ["중요한 데이터"]),
        ("echo hello  world > /a", ["hello  world"]),
        ("echo -n x >> /a; printf y", ["x", "y"]),
        ('echo "it\'s \\"so\\"" > a', ['it\'s \\"so\\"']),
        ("sh -c \"echo '안녕' > /a\"", ["안녕"]),
        ("bash -ec 'echo \"a\"; echo b'", ["a", "b"]),
        ("echo $HOME", []),
        ("echo 'never closed", ["never closed"]),
        ("ls # it's a comment", []),
    ],
)
def test_texts(command: str, found: list[str]) -> None:
    assert texts(command) == found


def test_options_are_dropped_with_their_values_letter_by_letter_or_changed() -> None:
    command = "docker run --name box -it -v data:/d --label=a=b alpine -x"

    assert changed("option", command) == [
        command.replace("box", "xbox"),
        command.replace(" --name box", ""),
        command.replace(" -it", ""),
        command.replace("-it", "-t"),
        command.replace("-it", "-i"),
        command.replace("data:/d", "data:/xd"),
        command.replace(" -v data:/d", ""),
        command.replace("a=b", "xa=b"),
        command.replace(" --label=a=b", ""),
        command.removesuffix(" -x"),
    ]
    assert changed("option", "docker stop -t 0 box")[0] == "docker stop -t 1 box"
    assert changed("option", "docker run -d -t alpine")[:2] == [
        "docker run -t alpine",
        "docker run -d alpine",
    ]


def test_what_looks_like_an_option_in_a_text_is_none() -> None:
    assert changed("option", "echo 'a -b c'") == []


def test_redirections_are_dropped_and_write_anew() -> None:
    assert changed("redirection", "sh -c \"echo '>> 가' >> /a\"") == [
        "sh -c \"echo '>> 가'\"",
        "sh -c \"echo '>> 가' > /a\"",
    ]
    assert changed("redirection", "ls 2>&1") == []


def test_a_name_a_path_and_an_image_are_changed_at_one_place_and_everywhere() -> None:
    commands = ("docker run --name db -v db-data:/d alpine cat /d/a", "docker rm db")
    given = {"names": ["db", "db-data"], "images": ["alpine"]}
    made = {m.change: m for m in mutants(solution(*commands, **given))}

    assert changed("name", *commands, **given)[-1] == "docker rm xdb"
    assert made["name everywhere"].text.count("xdb") == 2
    assert "xdb-data" not in made["name everywhere"].text
    assert "db-data:/xd alpine cat /xd/a" in made["path everywhere"].text
    assert "xalpine" in made["image"].text
    assert changed("path", "cat /d/a b/c") == ["cat /d/xa b/c", "cat /d/a b/xc"]
    assert changed("image", *commands, images=["alpine", "nginx"])[0].count("nginx") == 1


@pytest.mark.parametrize(
    ("word", "expected"),
    [("/tmp/a.txt", "/tmp/xa.txt"), ("/tmp/", "/xtmp/"), ("600", "601"), ("web", "xweb")],
)
def test_other_words(word: str, expected: str) -> None:
    assert other(word) == expected


def test_equal_changes_are_numbered_and_no_text_comes_twice() -> None:
    made = mutants(solution("exit", "docker start a", "exit"))

    assert [(m.before, m.nth, m.line) for m in made if m.change == "left out"] == [
        ("exit", 1, 2),
        ("docker start a", 0, 4),
        ("exit", 2, 6),
    ]
    assert len({m.text for m in made}) == len(made)
    assert made == mutants(solution("exit", "docker start a", "exit"))


def test_every_operator_is_of_use() -> None:
    whole = (
        "docker run --name a -it alpine sh -c 'echo \"x y\" >> /tmp/f && cat /tmp/f'",
        "docker rm a",
        "cat /tmp/f",
    )
    made = {m.change for m in mutants(solution(*whole, names=["a"], images=["alpine"]))}
    assert made == {*OPERATORS}


def test_a_quiz_is_changed_by_one_choice() -> None:
    choices = dict.fromkeys("ABC", TITLE)
    lab = Lab.model_validate(
        {
            "id": "q",
            "title": TITLE,
            "kind": "quiz",
            "questions": {n: {"title": TITLE, "choices": choices} for n in ("1", "2")},
        }
    )
    evidence = Evidence(
        grader="0",
        lab="q",
        student="s",
        submission="s",
        submission_digest="d",
        recorded_at="t",
        answers={"1": ("B",), "2": ("A", "B")},
        answer_lines={"1": 1, "2": 2},
    )
    made = quiz.mutants(lab, evidence)

    def of(line: int) -> list[tuple[str, str]]:
        return [(m.change, m.after) for m in made if m.line == line]

    assert of(1) == [
        ("left out", ""),
        ("another", "1: A"),
        ("another", "1: C"),
        ("one more", "1: B, A"),
        ("one more", "1: B, C"),
    ]
    assert of(2) == [
        ("left out", ""),
        ("one less", "2: B"),
        ("another", "2: C, B"),
        ("one less", "2: A"),
        ("another", "2: A, C"),
        ("one more", "2: A, B, C"),
    ]
    assert made[0].text == '"2": [A, B]\n'
    assert isinstance(made[0], Mutant)
