from __future__ import annotations

import pytest

from grader.workbench import lines


@pytest.mark.parametrize(
    ("line", "pressed"),
    [
        ("<ctrl-p><ctrl-q>", b"\x10\x11"),
        ("  <Ctrl-P> <CTRL-Q>  ", b"\x10\x11"),
        ("Ctrl+P, Ctrl+Q", b"\x10\x11"),
        ("ctrl-p ctrl-q", b"\x10\x11"),
        ("[Ctrl+P] [Ctrl+Q]", b"\x10\x11"),
        ("ctrl-p + ctrl-q", b"\x10\x11"),
        ("Ctrl+P+Q", b"\x10\x11"),
        ("Control + P + Q", b"\x10\x11"),
        ("^P^Q", b"\x10\x11"),
        ("^p ctrl-q", b"\x10\x11"),
        ("<ctrl-d>", b"\x04"),
        ("^C", b"\x03"),
        (r"<ctrl-\>", b"\x1c"),
        ("ctrl-c # stop it", None),
        ("# Ctrl+P, Ctrl+Q", None),
        ("echo ctrl-c", None),
        ("ctrl", None),
        ("ctrl-alt", None),
        ("^foo^bar", None),
        ("", None),
    ],
)
def test_keys(line: str, pressed: bytes | None) -> None:
    assert lines.keys(line) == pressed


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("$ docker ps", "docker ps"),
        ("  $ docker ps", "docker ps"),
        ("student@lab:~$ docker ps", "docker ps"),
        ("root@4f0c1d2e3f4a:/# cat /x  # why", "cat /x  # why"),
        ("[root@4f0c /]# ls", "ls"),
        ("/ # cat x", "cat x"),
        ("~ # ls", "ls"),
        ("/var/log $ ls", "ls"),
        ("bash-5.2$ ls", "ls"),
        ("sh-5.1# ls", "ls"),
        ("student@Mac ~ % docker ps", "docker ps"),
        (r"PS C:\Users\student> docker ps", "docker ps"),
        (r"C:\Users\student>docker ps", None),
        ("(venv) student@lab:~$ ls", "ls"),
        ("$", ""),
        ("/ #", ""),
        ("/bin/ls # list", None),
        ("/usr/local/bin/run $ x", None),
        ("# a comment", None),
        ("#!/bin/sh", None),
        ("echo $ x", None),
        ("$HOME/run", None),
        ("$(date)", None),
        ("docker run -it alpine sh", None),
    ],
)
def test_a_pasted_prompt_goes(line: str, command: str | None) -> None:
    assert lines.without_prompt(line) == ((line, False) if command is None else (command, True))


def test_a_hash_is_a_prompt_only_if_nothing_else_would_be_left() -> None:
    pasted = ["# docker run -it debian bash", "root@abc:/# ls", "", "# docker ps"]
    assert lines.hash_is_prompt(pasted)
    assert not lines.hash_is_prompt([*pasted, "docker ps"])
    assert not lines.hash_is_prompt(["# a comment", "$ docker ps"])
    assert not lines.hash_is_prompt(["# docker ps shows all", "$ docker ps"])
    assert not lines.hash_is_prompt(["# docker diff 사용"])
    assert not lines.hash_is_prompt(["", ""])
    assert lines.without_prompt("# docker ps", hash_too=True) == ("docker ps", True)


@pytest.mark.parametrize(
    ("line", "silent"),
    [
        ("", True),
        ("   ", True),
        ("# 컨테이너 안에서", True),
        ("```bash", True),
        ("```", True),
        ("echo # x", False),
        ("`date`", False),
    ],
)
def test_lines_that_need_no_typing(line: str, *, silent: bool) -> None:
    assert lines.needs_no_typing(line) == silent


def test_control_characters_are_announced() -> None:
    assert lines.keystrokes("a\tb\x03\0", "terminal") == b"a\x16\tb\x16\x03\n"
    assert lines.keystrokes("a\tb\x03", "busybox") == b"a b\n"
    assert lines.keystrokes("a\tb\x1b", "paste") == b"\x1b[200~a\tb\x1b[201~\n"
    assert lines.keystrokes("데이터", "terminal").decode() == "데이터\n"


@pytest.mark.parametrize(
    ("line", "rest"), [("> b", "b"), (">", ""), (">> x", ">> x"), ("b > c", "b > c")]
)
def test_a_pasted_continuation_prompt_goes(line: str, rest: str) -> None:
    assert lines.without_continuation(line) == rest


@pytest.mark.parametrize(
    ("tail", "asks"),
    [
        ("name? ", True),
        (">>> ", True),
        ("Password:", True),
        ("host# ", True),
        ("50%", True),
        ("Do you want to continue? [Y/n] ", True),
        ("Are you sure you want to continue (yes/no)", True),
        ("", False),
        ("done.", False),
        ("a: b", False),
    ],
)
def test_what_looks_like_a_prompt(tail: str, *, asks: bool) -> None:
    assert lines.looks_like_prompt(tail) == asks


def test_text_for_a_program() -> None:
    assert lines.reads_terminal("cat > notes.txt")
    assert lines.reads_terminal("echo x; sudo true && tee f")
    assert not lines.reads_terminal("sleep 5")
    assert lines.text_before_key(["one", "two", "<ctrl-d>", "docker ps"])
    assert not lines.text_before_key(["docker ps", "<ctrl-d>"])
    assert not lines.text_before_key(["one", "<ctrl-p><ctrl-q>"])
    assert not lines.text_before_key(["one"])


@pytest.mark.parametrize(
    ("line", "could_be"),
    [
        ("# ls -la", True),
        ('# echo "중요한 데이터" > /tmp/important.txt', True),
        ("# echo 안녕", True),
        ("# cat /tmp/important.txt  # 파일이 여전히 존재", True),
        ("# docker 이미지를 받는다", False),
        ("# cat 명령으로 '내용'을 확인", False),
        ("# exit", True),
        ("# exit the shell", False),
        ("# 컨테이너 안", False),
        ("ls", False),
    ],
)
def test_what_stands_behind_a_hash_may_be_a_command(line: str, *, could_be: bool) -> None:
    assert lines.looks_like_command(line) == could_be
