"""Reads a Dockerfile in the dialect of the engine's classic builder. No input or output here.

The builder joins continued lines, drops comments and empty lines between them, and takes options
(`--from=…`) off the beginning of an instruction. What we read is written anew, one line for each
instruction, so another reading of the same text cannot slip past [70].
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from grader.gateway.refusal import Refusal

SIZE_CAP = 256 * 1024
LINE_CAP = 60_000
"""Characters of one instruction; the engine's own reader takes 64 KiB."""
INSTRUCTIONS_CAP = 120

KEYWORDS = frozenset(
    (
        *("ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK"),
        *("LABEL", "MAINTAINER", "ONBUILD", "RUN", "SHELL", "STOPSIGNAL", "USER", "VOLUME"),
        "WORKDIR",
    )
)

_FLAGS = {
    "COPY": {"from", "chown"},
    "ADD": {"chown"},
    "HEALTHCHECK": {"interval", "timeout", "start-period", "retries"},
}
_BUILDKIT_FLAGS = frozenset(
    ("mount", "network", "security", "chmod", "link", "parents", "exclude", "checksum")
)
_DIRECTIVE = re.compile(r"#\s*([a-zA-Z][a-zA-Z0-9]*)\s*=\s*(.+?)\s*")
_FLAG = re.compile(r"--([a-z][a-z-]*)(?:=([\w./:@,+${}-]*))?(?:[ \t]+|$)", re.ASCII)
_HEREDOC = re.compile(r"(?<!\S)[0-9]*<<-?[^<\s]")


@dataclass(frozen=True)
class Instruction:
    """One instruction, its lines joined."""

    keyword: str
    """In capitals."""
    flags: dict[str, str]
    rest: str
    """What follows the keyword and its options."""
    text: str
    """All of it, as the engine shows it while it builds."""
    line: int
    """Where it begins, from 1."""


@dataclass(frozen=True)
class Dockerfile:
    """The instructions of a Dockerfile in their order, and its escape character."""

    escape: str
    instructions: tuple[Instruction, ...]


def parse_dockerfile(raw: bytes, name: str = "Dockerfile") -> Dockerfile:
    """Return the instructions of a Dockerfile. Raises Refusal."""
    if len(raw) > SIZE_CAP:
        raise unreadable(f"the Dockerfile is larger than {SIZE_CAP // 1024} KiB")
    try:
        text = raw.removeprefix(b"\xef\xbb\xbf").decode("utf-8")
    except UnicodeDecodeError:
        raise unreadable("the Dockerfile is not UTF-8") from None
    lines = [line.removesuffix("\r") for line in text.split("\n")]
    escape = _escape(lines)
    found = [_instruction(line, joined, escape) for line, joined in _joined(lines, escape)]
    if not found:
        raise unreadable(f"the Dockerfile ({name}) cannot be empty")
    if len(found) > INSTRUCTIONS_CAP:
        raise unreadable(f"the Dockerfile has more than {INSTRUCTIONS_CAP} instructions")
    return Dockerfile(escape, tuple(found))


def unreadable(message: str) -> Refusal:
    """Return a refusal of a Dockerfile that says something the builder does not know."""
    return Refusal(400, "dockerfile", message)


def _escape(lines: list[str]) -> str:
    """Return the escape character: directives stand above everything else, each at most once."""
    told: dict[str, str] = {}
    for line in lines:
        found = _DIRECTIVE.fullmatch(line.strip())
        key = found[1].lower() if found else ""
        if found is None or key not in {"escape", "syntax"}:
            break
        if key in told:
            raise unreadable(f"only one {key} parser directive can be used")
        told[key] = found[2]
    escape = told.get("escape", "\\")
    if escape not in {"\\", "`"}:
        raise unreadable(f"invalid ESCAPE '{escape}'. Must be ` or \\")
    return escape


def _joined(lines: list[str], escape: str) -> list[tuple[int, str]]:
    """Return each instruction as one line, with the number of its first one."""
    found: list[tuple[int, str]] = []
    begun: tuple[int, str] | None = None
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        first, text = begun or (number, "")
        text += line if begun else line.lstrip()
        whole = text.rstrip(" \t")
        if whole.endswith(escape * 2):
            raise unreadable(f"dockerfile parse error line {number}: two {escape} end the line")
        if whole.endswith(escape):
            begun = first, whole.removesuffix(escape)
            continue
        found.append((first, text))
        begun = None
    if begun:
        found.append(begun)
    return found


def _instruction(line: int, joined: str, escape: str) -> Instruction:
    text = joined.strip()
    if len(text) > LINE_CAP:
        raise unreadable(f"dockerfile parse error line {line}: the instruction is too long")
    if text.endswith(escape) or not text.replace("\t", " ").isprintable():
        raise unreadable(f"dockerfile parse error line {line}: unexpected character")
    word, rest = (*re.split(r"[ \t]+", text, maxsplit=1), "")[:2]
    keyword = word.upper()
    if keyword not in KEYWORDS:
        raise unreadable(f"dockerfile parse error line {line}: unknown instruction: {keyword[:80]}")
    if keyword in {"RUN", "COPY", "ADD"} and _HEREDOC.search(rest):
        raise unreadable(
            f"dockerfile parse error line {line}: here-documents (<<) need BuildKit; "
            "this lab has the classic builder"
        )
    flags, rest = _flags(keyword, rest.strip(), line)
    return Instruction(keyword, flags, rest, text, line)


def _flags(keyword: str, rest: str, line: int) -> tuple[dict[str, str], str]:
    flags: dict[str, str] = {}
    while rest.startswith("--"):
        found = _FLAG.match(rest)
        name = found[1] if found else re.split(r"[\s=]", rest[2:], maxsplit=1)[0]
        if name in _BUILDKIT_FLAGS:
            raise unreadable(
                f"the --{name} option requires BuildKit. Refer to "
                "https://docs.docker.com/go/buildkit/ to learn how to build images with BuildKit "
                "enabled"
            )
        if found is None or name not in _FLAGS.get(keyword, ()) or name in flags or not found[2]:
            raise unreadable(f"dockerfile parse error line {line}: Unknown flag: {name[:80]}")
        flags[name] = found[2]
        rest = rest[found.end() :]
    return flags, rest
