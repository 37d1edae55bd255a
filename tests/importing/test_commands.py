from __future__ import annotations

import pytest

from grader.importing.commands import asked
from grader.importing.labs import lab_files
from grader.importing.page import Block, Section

BOTH = "record: {volumes: true, folder: true}"


@pytest.mark.parametrize(
    ("script", "images"),
    [
        (
            "docker run -it --name a \\\n  -e X=1 -p80:80 --rm nginx:1 sh\ndocker pull redis",
            "nginx:1 redis",
        ),
        ("docker run -e \"A=b c\" 'alpine' ls && docker run -ditv a:/b busybox", "alpine busybox"),
        ("# docker run debian\nID=$(docker run -d alpine:3)", "alpine:3"),
        ("docker run $IMAGE; docker run ${A}:1; docker run --privileged a", "a"),
        ("docker build -t mine .; docker run mine; docker run mine:latest", ""),
        ("docker run base\ndocker commit -m 'a b' c me/mine:2\ndocker run me/mine:2", "base"),
        ("docker tag alpine:3 mine:1 && docker run mine:1", "alpine:3"),
        ("cat > Dockerfile <<E\nFROM alpine:3 AS a\nE\ndocker build --tag=m .", "alpine:3"),
        ('docker run db psql -c "\nFROM users"', "db"),
    ],
)
def test_images_are_those_that_the_student_does_not_make(script: str, images: str) -> None:
    assert " ".join(asked(script).images) == images


def test_images_of_dockerfiles_are_needed() -> None:
    dockerfile = (
        "FROM --platform=linux/amd64 golang:1 AS made\nFROM scratch\n"
        "FROM made\nCOPY --from=nginx:1 /a /b\n"
    )
    asks = asked("docker run mine", [dockerfile])
    assert asks.images == ("mine", "golang:1", "nginx:1")
    assert asks.build


@pytest.mark.parametrize(
    ("script", "volumes", "folder"),
    [
        ("docker run -v box:/data alpine", True, False),
        ("docker volume create box", True, False),
        ('docker run -v "$PWD/site":/site alpine', True, True),
        ("docker run --volume=$(pwd):/site alpine", True, True),
        ("docker run --mount type=bind,source=/lab/site,target=/site alpine", True, True),
        ("docker run --mount type=volume,source=site,target=/site alpine", True, False),
        ("docker run -v /data alpine", True, False),
        ("docker run alpine grep -v /lab:/x", False, False),
    ],
)
def test_what_is_mounted_is_recorded(script: str, volumes: bool, folder: bool) -> None:  # noqa: FBT001 - a table
    asks = asked(script)
    assert (asks.volumes, asks.folder) == (volumes, folder)


def section(*blocks: tuple[str, str]) -> Section:
    made = tuple(Block(language, text, 10 * n) for n, (language, text) in enumerate(blocks, 1))
    return Section("lab9-1", "Lab 9-1", "", made, 1)


def test_of_a_transcript_only_what_was_typed_is_the_solution() -> None:
    shown = (
        "$ docker run -it \\\n    alpine sh\n/ # echo 'a\n> b'\na\nb\n> c\n"
        "# 1. nothing\nroot@4f0c:/# exit\n$ docker ps\nCONTAINER ID\n"
    )
    typed = "docker run -it \\\n    alpine sh\necho 'a\nb'\nexit\ndocker ps\n"
    for language in ("console", "bash"):
        files, told = lab_files(section((language, shown)), "docs")
        assert files["labs/lab9-1/solution.sh"] == typed
        assert told == []


def test_blocks_that_nobody_types_are_told() -> None:
    files, told = lab_files(
        section(("console", "no prompt"), ("dockerfile", "FROM alpine:3"), ("python", "1")), "docs"
    )
    assert "labs/lab9-1/solution.sh" not in files
    assert '- "alpine:3"\nbuild: true\n' in files["labs/lab9-1/lab.yaml"]
    assert [line.partition(":")[0] for line in told] == ["line 10", "line 20", "line 30", "line 1"]
    assert "Dockerfile" in told[1]


@pytest.mark.parametrize(
    ("language", "shown", "typed", "is_told"),
    [
        ("bash", "# docker ps\n# exit\n", "docker ps\nexit\n", False),
        ("console", "# docker ps\nCONTAINER ID\n", "docker ps\n", False),
        ("bash", "# docker ps\nCONTAINER ID\n", "# docker ps\nCONTAINER ID\n", True),
        ("bash", "# docker ps\ndocker ps -a\n", "# docker ps\ndocker ps -a\n", False),
    ],
)
def test_a_prompt_of_root_is_read_or_told(
    language: str,
    shown: str,
    typed: str,
    is_told: bool,  # noqa: FBT001 - a table
) -> None:
    files, told = lab_files(section((language, shown)), "docs")
    assert files["labs/lab9-1/solution.sh"] == typed
    assert [line.partition(":")[0] for line in told] == ["line 10"] * is_told
