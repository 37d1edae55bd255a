"""One instruction of a Dockerfile: whether it is let through, and how it is written anew."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass

from grader.gateway.images.dockerfile import Instruction, unreadable
from grader.gateway.images.words import Unreadable, expand, split_words, string_list
from grader.gateway.policy.options import RETRIES_CAP
from grader.gateway.policy.rules import LABEL, working_dir
from grader.gateway.refusal import Refusal, forbidden

EXPANDED_CAP = 64 * 1024
"""Characters of an instruction with its variables filled in."""
_NOT_EXPANDED = frozenset(("CMD", "ENTRYPOINT", "HEALTHCHECK", "RUN", "SHELL"))

IMAGE_VOLUMES_CAP = 50
"""Volumes that an image may ask for."""

_LITERAL = re.compile(r"[\w./ +@%=,:~-]*")
_DURATION = re.compile(r"(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,6})s)?")


@dataclass(frozen=True)
class Line:
    """One line of the new Dockerfile."""

    sent: str
    shown: str | None
    """As the student wrote it; None for a step of ours."""
    origin: int
    """Line of the student's file."""
    runs: bool = False


def written(
    given: Instruction, flags: Mapping[str, str] | None = None, rest: str | None = None
) -> Line:
    """Return the instruction as it goes to the engine, with other options or another rest."""
    chosen = given.flags if flags is None else flags
    words = [given.keyword, *(f"--{key}={value}" for key, value in sorted(chosen.items()))]
    sent = " ".join([*words, given.rest if rest is None else rest]).strip()
    return Line(sent, given.text, given.line, runs=given.keyword == "RUN")


def bounded(given: Instruction, longest: int) -> int:
    """Return how long an instruction can get, where no variable's value is longer than `longest`.

    The builder fills values in as we do, and such as double would fill all memory [77]. Raises
    Refusal.
    """
    if given.keyword in _NOT_EXPANDED:
        return 0
    most = len(given.text) + given.text.count("$") * longest
    if most > EXPANDED_CAP:
        raise unreadable(
            f"dockerfile parse error line {given.line}: the instruction is too long with its "
            "variables"
        )
    return most


def check_volumes(given: Instruction, escape: str, before: int) -> int:
    """Return how many volumes an image wants with this instruction, of `before` without it.

    Each container of a build gets them all, and the engine has no other bound. Raises Refusal.
    """
    listed = string_list(given.rest)
    words = split_words(given.rest, escape) if listed is None else listed
    if before + len(words) > IMAGE_VOLUMES_CAP:
        raise forbidden(
            "volume-count",
            f"more than {IMAGE_VOLUMES_CAP} volumes in an image",
            f"이미지의 볼륨 {IMAGE_VOLUMES_CAP}개 초과",
        )
    return before + len(words)


def plain_path(given: Instruction, known: Mapping[str, str | None], escape: str) -> str:
    """Return a path whose variables are filled in, as long as it can mean one thing only."""
    try:
        told = expand(given.rest, known, escape)
    except Unreadable:
        raise cannot_read(given) from None
    if not _LITERAL.fullmatch(told):
        raise cannot_read(given)
    return told


def clean_folder(given: Instruction, path: str) -> str:
    """Return a clean absolute folder. Raises Refusal for one that could reach the host [53]."""
    folder = "/" + posixpath.normpath(working_dir(path)).lstrip("/")
    # Written anew, it would lose a space at its end: `/proc ` is not `/proc`.
    if folder != folder.strip():
        raise cannot_read(given)
    return folder


def check_labels(given: Instruction, escape: str) -> None:
    """Raise Refusal if a label could be one of ours [36]."""
    words = split_words(given.rest, escape)
    old_form = bool(words) and "=" not in words[0]
    keys = [word.partition("=")[0] for word in (words[:1] if old_form else words)]
    bare = [key.translate({ord(char): None for char in "'\"\\`"}) for key in keys]
    if any("$" in key or key.startswith(LABEL) for key in bare):
        raise forbidden("label", f"labels that begin with {LABEL!r}", f"{LABEL!r} 레이블")


def check_health(given: Instruction) -> None:
    """Raise Refusal for checks that run all the time [54]."""
    for name, value in given.flags.items():
        if name == "retries":
            if not value.isdecimal() or int(value[:6]) > RETRIES_CAP:
                raise _too_often(f"--{name}={value}")
        elif not _seconds(value):
            raise _too_often(f"--{name}={value}")


def _seconds(text: str) -> int:
    """Return the whole seconds of a duration such as `1m30s`; 0 if it is none, or shorter."""
    found = _DURATION.fullmatch(text)
    hours, minutes, seconds = (int(part or 0) for part in found.groups()) if found else (0, 0, 0)
    return hours * 3600 + minutes * 60 + seconds


def _too_often(option: str) -> Refusal:
    return forbidden(
        "healthcheck",
        f"HEALTHCHECK {option}; whole seconds, at least 1s, and at most {RETRIES_CAP} retries",
        f"HEALTHCHECK {option}; 1초 이상의 정수 초, 재시도는 {RETRIES_CAP}회까지",
    )


def no_triggers() -> Refusal:
    """Return the refusal of what would run in the builds of others."""
    return forbidden("onbuild", "ONBUILD", "ONBUILD")


def cannot_read(given: Instruction) -> Refusal:
    """Return the refusal of an instruction that could mean more than one thing."""
    return unreadable(
        f"dockerfile parse error line {given.line}: this lab's builder cannot read {given.text!r}; "
        "write it without quotes, escapes or variables"
    )
