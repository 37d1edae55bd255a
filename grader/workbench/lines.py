"""What a line of a submission means to the one who types it: keys, pasted prompts, comments."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

Quoting = Literal["terminal", "paste", "busybox"]
"""How control characters (and, for readline without a locale, letters beyond ASCII) can be typed:

`terminal`: announced by ctrl-v, as the kernel and readline know it; `paste`: between the marks of
a paste, as a terminal does it; `busybox`: not at all, a tab becomes a space.
"""

_PASTE = b"\x1b[200~%b\x1b[201~"

CTRL_C, CTRL_D, CTRL_BACKSLASH = b"\x03", b"\x04", b"\x1c"
DETACH = b"\x10\x11"

_ONE_KEY = r"[a-z\\](?![a-z])"
_KEY = (
    r"(?:[<\[(]\s*)?"
    rf"(?:(?:ctrl|control)\s*[-+]\s*{_ONE_KEY}(?:\s*[-+]\s*{_ONE_KEY})*|\^[a-z\\])"
    r"(?:\s*[>\])])?"
)
_KEYS = re.compile(rf"\s*{_KEY}(?:[\s,;+]*{_KEY})*\s*", re.IGNORECASE)
_PRESSED = re.compile(rf"(?:(?:ctrl|control)\s*[-+]\s*|\^|[-+]\s*)({_ONE_KEY})", re.IGNORECASE)

# Prompts that nothing else looks like. A bare `# ` is a comment to any shell: see `hash_is_prompt`.
_PROMPT = re.compile(
    r"""\s*(?:\([\w.-]+\)\s)?(?:
      \$                                    # sh
    | [\w.-]+@[\w.-]+:[^\s$\#]*[$\#]        # student@lab:~$   root@4f0c:/#
    | \[[\w.-]+@[\w.-]+\s[^\]]*\][$\#]      # [root@4f0c /]#
    | (?!\S*bin/)(?:~[\w./-]*|/[\w/-]*)\s[$\#]  # / #   ~ $   but not `/bin/ls # comment`
    | (?:ba|da|a|z|k)?sh-[\d.]+[$\#]        # bash-5.2$
    | [\w.-]+@[\w.-]+\s\S+\s%               # student@Mac ~ %
    | (?:PS\s)?[A-Za-z]:\\[^>]*>            # PS C:\Users\student>
    )(?:[ \t]+|$)""",
    re.VERBOSE,
)
_FENCE = re.compile(r"\s*(?:```+|~~~+)\s*\w*\s*")
_QUOTED_OR_COMMENT = re.compile(r"""'[^']*'|"[^"]*"|\s#.*""")
_HASH = re.compile(r"\s*\#\s+(?P<word>[\w./-]+)(?P<rest>.*)")
_COMMANDS_LIST = """
    apk apt apt-get cat cd chmod chown cp curl date df docker echo env exit find free grep head
    hostname id ip ls mkdir more mount mv ping printf ps pwd rm rmdir sed sh sort stat sudo tail
    tee touch top uname vi wc wget whoami
"""
_COMMANDS = frozenset(_COMMANDS_LIST.split())
_CONTROL = re.compile("[\x01-\x1f\x7f]")
_READERS_LIST = """
    awk bc cat cut grep head read sed sort tail tee tr uniq wc
"""
_READERS = frozenset(_READERS_LIST.split())
_STRANGERS = re.compile(r"\s*(?:sudo|docker|exit)\b")
_LOOKS_LIKE_PROMPT = re.compile(
    r".*(?:[$#>%:?]|[\[(]y(?:es)?/n(?:o)?[\])]) ?", re.DOTALL | re.IGNORECASE
)


def keys(line: str) -> bytes | None:
    r"""Return the keys that a line asks for, or None if it is a line to type.

    A line of nothing but `<ctrl-p><ctrl-q>`, `Ctrl+P, Ctrl+Q`, `Ctrl+P+Q`, `^P^Q`, `[Ctrl+D]`, …
    stands for these keys; they are pressed without enter.
    """
    if not _KEYS.fullmatch(line):
        return None
    return bytes(ord(letter.upper()) & 0x1F for letter in _PRESSED.findall(line))


def without_prompt(line: str, *, hash_too: bool = False) -> tuple[str, bool]:
    """Return a line without the prompt that was pasted with it, and whether there was one."""
    if found := _PROMPT.match(line):
        return line[found.end() :], True
    if hash_too and (found := _HASH.fullmatch(line)):
        return line[found.start("word") :], True
    return line, False


def hash_is_prompt(lines: Sequence[str]) -> bool:
    """Return whether a leading `# ` is root's prompt all over a submission, and not a comment.

    That is so if everything stands behind such a prompt: else nothing would be left to type.
    """
    written = [line for line in lines if line.strip()]
    return any(looks_like_command(line) for line in written) and all(
        _HASH.fullmatch(line) or ((found := _PROMPT.match(line)) and "#" in found[0])
        for line in written
    )


def looks_like_command(line: str) -> bool:
    """Return whether what follows a leading `# ` could be a command that everybody knows."""
    found = _HASH.fullmatch(line)
    if not found or found["word"] not in _COMMANDS:
        return False
    # Korean in quotes or behind the command's own comment is data; elsewhere it makes a sentence,
    # and only `echo` takes sentences.
    plain = _QUOTED_OR_COMMENT.sub("", found["rest"])
    if not plain.isascii() and found["word"] not in {"echo", "printf"}:
        return False
    return found["word"] != "exit" or not found["rest"].strip()


def needs_no_typing(line: str) -> bool:
    """Return whether a line says nothing to a shell: blank, a comment, a code block's fence."""
    text = line.strip()
    return not text or text.startswith("#") or _FENCE.fullmatch(line) is not None


def without_continuation(line: str) -> str:
    """Return a line without the `> ` that a shell shows in an unfinished command."""
    return "" if line == ">" else line.removeprefix("> ")


def has_controls(lines: Sequence[str]) -> bool:
    """Return whether a line holds a character that a line editor would act upon, such as a tab."""
    return any(_CONTROL.search(line) for line in lines)


def keystrokes(line: str, quoting: Quoting) -> bytes:
    """Return what to type for a line and its enter, so that it arrives as it stands."""
    line = line.replace("\0", "")
    if quoting == "paste":
        return _PASTE % line.replace("\x1b", "").encode() + b"\n"
    if quoting == "busybox":
        line = _CONTROL.sub("", line.replace("\t", " "))
    else:
        line = _CONTROL.sub(lambda found: "\x16" + found[0], line)
    return line.encode() + b"\n"


def looks_like_prompt(tail: str) -> bool:
    """Return whether an unfinished line of output asks for something."""
    return _LOOKS_LIKE_PROMPT.fullmatch(tail) is not None


def reads_terminal(command: str) -> bool:
    """Return whether a command's last part is a program that reads its input until ctrl-d."""
    last = re.split(r"[|;&]", command)[-1].split()
    return bool(last) and last[0].removeprefix("/bin/") in _READERS


def text_before_key(following: Sequence[str]) -> bool:
    """Return whether lines lead to ctrl-d or ctrl-c as if they were text for a program."""
    for line in following:
        pressed = keys(line)
        if pressed is not None:
            return pressed[:1] in (CTRL_C, CTRL_D)
        if _STRANGERS.match(line):
            return False
    return False
