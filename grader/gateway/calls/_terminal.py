"""What calls about terminals share."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import dropwhile

from grader.gateway.exchange import Exchange
from grader.gateway.refusal import malformed
from grader.gateway.request import number

_SHELL = re.compile(r"(?:(?:/usr)?/bin/)?(?:a|ba|da)?sh")
# What images and people put in front of a command, which is what runs in the end.
_STARTER = re.compile(r"(?:.*/)?(?:[\w.-]+\.sh|busybox|dumb-init|env|sudo|tini)")
_NO_COMMAND = re.compile(r"-[^c]*|--\w+")


def is_shell(command: Sequence[str]) -> bool:
    """Return whether a command is a shell that reads what to do from its input."""
    program, *arguments = command or ("",)
    if _STARTER.fullmatch(program):
        from_shell = dropwhile(lambda word: not _SHELL.fullmatch(word), arguments)
        program, *arguments = tuple(from_shell) or ("",)
    return bool(_SHELL.fullmatch(program)) and all(map(_NO_COMMAND.fullmatch, arguments))


def window(exchange: Exchange) -> dict[str, str]:
    """Return the size of a terminal from the query. Raises Refusal."""
    size = exchange.pick("h", "w")
    if set(size) != {"h", "w"} or not all(number(value) is not None for value in size.values()):
        raise malformed("a window has a height 'h' and a width 'w'")
    return size


def detach_keys(exchange: Exchange) -> dict[str, str]:
    """Return the keys that detach, from the query. Raises Refusal."""
    keys = exchange.pick("detachKeys")
    if keys and not re.fullmatch(r"[a-zA-Z0-9@^\[\],_\\-]{0,64}", keys["detachKeys"]):
        raise malformed("invalid detach keys")
    return {key: value for key, value in keys.items() if value}
