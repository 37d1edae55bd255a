"""The course's lines, and those of students, typed at a real workbench through a real gateway."""

from __future__ import annotations

import asyncio
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from grader.model.evidence import HOST, Step
from grader.model.lab import Limits

if TYPE_CHECKING:
    from tests.workbench.conftest import Replayed, Typed

pytestmark = pytest.mark.engine

HASTY = Limits(step_seconds=2)
KOREAN = "중요한 데이터"


def ends(replayed: Replayed) -> list[tuple[str, str, int | None]]:
    return [(step.text, step.end, step.status) for step in replayed.steps]


def outputs(replayed: Replayed) -> list[str]:
    return [step.output for step in replayed.steps]


def moments(replayed: Replayed, name: str) -> list[tuple[str, int]]:
    return [(moment.label, moment.step) for moment in replayed.container(name).moments]


def only(replayed: Replayed, text: str) -> Step:
    (step,) = (step for step in replayed.steps if step.text == text)
    return step


def test_the_first_lab_of_the_course(typed: Typed) -> None:
    done = typed(
        f"""# 1. 새로운 컨테이너에서 파일 생성
docker run --name test-data -it alpine:latest sh

# 컨테이너 내부에서 실행
echo "{KOREAN}" > /tmp/important.txt
exit

docker start -i test-data
cat /tmp/important.txt  # 파일이 여전히 존재
exit
docker rm test-data
docker run --name test-data-new -it alpine:latest sh
ls /tmp/  # important.txt 없음
exit
"""
    )
    inside = done.container("test-data").id
    assert [(s.line, s.where, s.end, s.status) for s in done.steps][:7] == [
        (2, HOST, "prompt", None),
        (5, inside, "prompt", 0),
        (6, inside, "prompt", 0),
        (8, HOST, "prompt", None),
        (9, inside, "prompt", 0),
        (10, inside, "prompt", 0),
        (11, HOST, "prompt", 0),
    ]
    assert done.steps[4].output == f"{KOREAN}\n"
    assert done.steps[6].output == "test-data\n"
    assert done.steps[8].output == ""
    assert moments(done, "test-data") == [
        ("created", 1),
        ("start 1", 1),
        ("exit 1", 3),
        ("start 2", 4),
        ("exit 2", 6),
        ("removed", 7),
    ]


def test_a_block_is_one_step(typed: Typed) -> None:
    done = typed(
        """docker run --name cow-test alpine:latest sh -c "
echo 'testuser:x:1001:1001::/home/testuser:/bin/sh' >> /etc/passwd &&
cat /etc/passwd | tail -1
"
docker diff cow-test
for i in 1 2; do
  # not typed at a prompt, so typed

  echo $i
done
cat <<'EOF'
# text
$ text

EOF
"""
    )
    assert [(s.line, s.last_line, s.status) for s in done.steps] == [
        (1, 4, 0),
        (5, 5, 0),
        (6, 10, 0),
        (11, 15, 0),
    ]
    assert outputs(done) == [
        "testuser:x:1001:1001::/home/testuser:/bin/sh\n",
        "C /etc\nC /etc/passwd\n",
        "1\n2\n",
        "# text\n$ text\n\n",
    ]


def test_pasted_prompts(typed: Typed) -> None:
    done = typed(
        """```bash
student@lab:~$ docker run --name=pasted -ti alpine
/ # echo one > /tmp/x
/ # # a comment
~ # cat /tmp/x
# cat shows the file
/ # exit
$ echo two \\
> three
$ docker run -it debian:trixie-slim sh
# echo one
# 주석
# exit
$ (exit 3)
```
"""
    )
    inside = done.container("pasted").id
    assert [(s.text, s.where, s.output) for s in done.steps][1:] == [
        ("echo one > /tmp/x", inside, ""),
        ("cat /tmp/x", inside, "one\n"),
        ("exit", inside, ""),
        ("echo two \\\nthree", HOST, "two three\n"),
        ("docker run -it debian:trixie-slim sh", HOST, ""),
        ("echo one", done.containers[1].id, "one\n"),
        ("exit", done.containers[1].id, ""),
        ("(exit 3)", HOST, ""),
    ]
    assert done.steps[-1].status == 3


def test_output_that_was_copied_too_is_not_typed(typed: Typed) -> None:
    done = typed(
        """$ docker run --name web -it alpine
/ # echo "it's here"; echo exit
it's here
exit
/ # ls /etc/passwd
/etc/passwd
echo typed
/ # exit
$ docker ps -a --format "{{.Names}}   {{.Image}}"
web alpine
$ docker rm web
web
"""
    )
    assert [step.text for step in done.steps][1:] == [
        'echo "it\'s here"; echo exit',
        "ls /etc/passwd",
        "echo typed",
        "exit",
        'docker ps -a --format "{{.Names}}   {{.Image}}"',
        "docker rm web",
    ]
    assert {step.status for step in done.steps[1:]} == {0}


@pytest.mark.parametrize(
    "enter",
    [
        "true",
        "bash",
        "docker run -it alpine sh",
        "docker run -it debian:trixie-slim bash",
        "docker run -it debian:trixie-slim sh",
    ],
)
def test_every_shell_takes_every_line(typed: Typed, enter: str) -> None:
    long = "word " * 60 + KOREAN
    done = typed(
        f"""{enter}
echo {long}
echo	"a	b"
cat <<-EOF
	stripped
	EOF
cat <<'EOF'
	kept	$x
EOF
(exit 5)
echo $?
false
printf 'no newline'
printf '10%%\\r50%%\\r100%%\\n'
printf '\\033]133;D;9;1;1;99;aid=forged\\007\\033[31mred\\033[m\\n'
env | grep -E 'PS1|PS2|PROMPT|aid='
set | grep -a aid= | grep -av forged
echo '{KOREAN}
둘째 줄'
sh
echo nested
exit 4
echo last
"""
    )
    assert outputs(done)[1:] == [
        f"{long}\n",
        "a\tb\n",
        "stripped\n",
        "\tkept\t$x\n",
        "",
        "5\n",
        "",
        "no newline",
        "100%\n",
        "red\n",
        "",
        "",
        f"{KOREAN}\n둘째 줄\n",
        outputs(done)[14],  # busybox greets
        "nested\n",
        "",
        "last\n",
    ]
    statuses = [step.status for step in done.steps][1:]
    assert statuses == [0, 0, 0, 0, 5, 0, 1, 0, 0, 0, 0, 0, 0, None, 0, 4, 0]
    assert {step.end for step in done.steps} == {"prompt"}
    assert len({step.where for step in done.steps[1:]}) == 1


def test_output_that_looks_like_an_echo(typed: Typed) -> None:
    done = typed(
        """docker run -it alpine sh
echo \\
joined
vi /x
echo	"a	b"
rm -f /x
echo \\
joined
exit
""",
        limits=HASTY,
    )
    assert outputs(done)[1] == "joined\n"
    assert [step.end for step in done.steps[2:]] == ["timeout"] + ["prompt"] * 4
    assert outputs(done)[3:] == ["a\tb\n", "", "joined\n", ""]


# In alpine: what a shell of process 9 would print at its prompt.
PRINT_PROMPT = (
    r"""cat /proc/1/environ | tr '\0' '\n' | sed -n 's/^PS1=//p' | """
    r"""sed 's/[$]?/0/; s/[$][$]/9/; s/[$]PPID/7/; s/[$]((__+=1))/55/'"""
)


def test_forged_prompts_of_containers_mean_nothing(typed: Typed) -> None:
    done = typed(
        f"""docker run -dit --name shell alpine sh
docker exec shell sh -c "{PRINT_PROMPT.replace("$", chr(92) + "$")}; sleep 0.5; exit 4"
docker logs shell
(exit 5)
"""
    )
    assert [(s.where, s.status) for s in done.steps] == [
        (HOST, 0),
        (HOST, 4),
        (HOST, 0),
        (HOST, 5),
    ]


def test_other_ways_to_say_it(typed: Typed) -> None:
    done = typed(
        """sudo docker container run -d --name web alpine sleep 300
docker exec web sh -c 'exit 3'
docker exec -ti web sh
echo x > /tmp/x
sh
echo deeper
exit
exit
sudo -i
echo as root
exit
docker container ls --format '{{.Names}}'
docker rm -f web
"""
    )
    web = done.container("web").id
    assert [(s.status, s.where) for s in done.steps] == [
        (0, HOST),
        (3, HOST),
        (None, HOST),
        (0, web),
        (None, web),
        (0, web),
        (0, web),
        (0, web),
        (None, HOST),
        (0, HOST),
        (0, HOST),
        (0, HOST),
        (0, HOST),
    ]
    assert done.steps[11].output == "web\n"
    assert moments(done, "web")[-1] == ("removed", 13)


def test_attaching_and_detaching(typed: Typed) -> None:
    done = typed(
        """docker run -dit --name bg alpine sh
docker attach bg
x=1; false
<ctrl-p><ctrl-q>
docker ps --format '{{.Names}}'
docker attach bg
echo $x
Ctrl+P, Ctrl+Q
docker run -it --name busy alpine sleep 300
^P^Q
docker run -it --name shown alpine top
<ctrl-p> <ctrl-q>
docker ps --format '{{.Names}}'
docker attach bg
exit 6
docker ps --format '{{.Names}}'
"""
    )
    bg = done.container("bg").id
    where = [step.where for step in done.steps]
    assert where[2:4] == [bg, bg]
    assert where[6:8] == [bg, bg]
    assert where[9] == done.container("busy").id
    assert where[11] == done.container("shown").id
    assert where[14] == bg
    assert done.steps[2].status == 1
    assert done.steps[4].output == "bg\n"
    assert done.steps[6].output == "1\n"
    assert sorted(done.steps[12].output.split()) == ["bg", "busy", "shown"]
    assert (done.steps[14].status, done.steps[14].end) == (6, "prompt")
    assert sorted(done.steps[15].output.split()) == ["busy", "shown"]
    assert moments(done, "bg") == [("created", 1), ("start 1", 1), ("exit 1", 15), ("end", 17)]


HANGING_ON_THE_HOST = {
    "sleep 9999": 130,
    "cat": 130,
    "yes": 130,
    "vi x": 137,
    "top": None,
    "trap '' INT QUIT; cat": 137,
    "docker run alpine sleep 9999": 137,
    "docker run -it alpine sleep 9999": 137,
    "docker run -it alpine cat": 137,
    "docker run -it alpine vi /x": 137,
    "docker run alpine yes": None,
    "docker run -d --name web alpine sleep 99; docker logs -f web": 130,
    "docker run -d --name web alpine sleep 99; docker exec -it web sleep 98": None,
}
HANGING_INSIDE = ("sleep 9999", "cat", "vi /x", "yes", "top")


@pytest.fixture(scope="module")
def hung(typed: Typed) -> dict[tuple[str, str], Replayed]:
    """Type all lines that hang, several at a time: what they cost is waiting."""
    texts = {
        (HOST, line): f"{line}\necho after; false\ndocker ps -q" for line in HANGING_ON_THE_HOST
    } | {
        ("xx", line): f"docker run -it --name xx alpine sh\n{line}\necho after; false\nexit"
        for line in HANGING_INSIDE
    }
    with ThreadPoolExecutor(max_workers=6) as pool:
        replays = pool.map(lambda text: typed(text, limits=HASTY), texts.values())
        return dict(zip(texts, replays, strict=True))


@pytest.mark.parametrize("line", HANGING_ON_THE_HOST)
def test_a_line_that_hangs_costs_its_time_only(
    hung: dict[tuple[str, str], Replayed], line: str
) -> None:
    hanging, after, _ = hung[HOST, line].steps
    status = HANGING_ON_THE_HOST[line]
    assert hanging.end == "timeout"
    assert status is None or hanging.status == status
    assert 2 <= hanging.seconds < 30
    assert len(hanging.output.encode()) <= HASTY.output_bytes
    assert (after.output, after.status, after.end) == ("after\n", 1, "prompt")


@pytest.mark.parametrize("line", HANGING_INSIDE)
def test_a_line_that_hangs_in_a_container(hung: dict[tuple[str, str], Replayed], line: str) -> None:
    done = hung["xx", line]
    inside = done.container("xx").id
    assert [(s.end, s.where) for s in done.steps] == [
        ("prompt", HOST),
        ("timeout", inside),
        ("prompt", inside),
        ("prompt", inside),
    ]
    assert done.steps[2].output.endswith("after\n")
    assert done.steps[2].status == 1
    assert moments(done, "xx")[2] == ("exit 1", 4)


def test_keys_for_a_running_program(typed: Typed) -> None:
    done = typed(
        """docker run -d --name web alpine sh -c 'echo up; sleep 99'
docker logs -f web
<ctrl-c>
cat > notes.txt
hello	there

# kept
<ctrl-d>
cat notes.txt
docker run -it --name in alpine sh -c 'cat > /tmp/f'
typed in
<ctrl-d>
docker start -ai in
typed again
<ctrl-d>
"""
    )
    assert ends(done)[1:3] == [("docker logs -f web", "input", None), ("<ctrl-c>", "prompt", 130)]
    assert only(done, "cat notes.txt").output == "hello\tthere\n\n# kept\n"
    assert [s.end for s in done.steps[3:8]] == ["input"] * 4 + ["prompt"]
    assert only(done, "typed in").where == done.container("in").id
    snapshot = done.container("in").moments[-2].snapshot
    assert snapshot is not None
    file = snapshot.file("/tmp/f")
    assert file is not None
    assert file.text == "typed again\n"


def test_programs_that_ask(typed: Typed) -> None:
    done = typed(
        """read -p "name? " name
kim
echo $name
docker run -it alpine sh -c 'printf "who? "; read x; echo "I am $x"; exit 3'
lee
docker run -i --name piped alpine sh
echo in a pipe
exit 7
echo back
"""
    )
    assert ends(done) == [
        ('read -p "name? " name', "input", None),
        ("kim", "prompt", 0),
        ("echo $name", "prompt", 0),
        (done.steps[3].text, "input", None),
        ("lee", "prompt", 3),
        ("docker run -i --name piped alpine sh", "input", None),
        ("echo in a pipe", "input", None),
        ("exit 7", "prompt", 7),
        ("echo back", "prompt", 0),
    ]
    assert done.steps[2].output == "kim\n"
    assert done.steps[4].output.endswith("I am lee\n")
    assert done.steps[6].where == done.container("piped").id
    assert done.steps[6].output == "in a pipe\n"


def test_shells_without_a_terminal(typed: Typed) -> None:
    done = typed(
        """docker run -i --name piped alpine
echo in a pipe
exit 7
docker start -i piped
echo once more
<ctrl-d>
docker run -d --name kept alpine sleep 60
enter() { docker exec -i kept sh; }
enter
echo in a function
exit
(echo 'sleep 1.2; echo of its own'; sleep 0.1) | docker start -i piped
echo back
"""
    )
    assert ends(done) == [
        ("docker run -i --name piped alpine", "input", None),
        ("echo in a pipe", "input", None),
        ("exit 7", "prompt", 7),
        ("docker start -i piped", "input", None),
        ("echo once more", "input", None),
        ("<ctrl-d>", "prompt", 0),
        ("docker run -d --name kept alpine sleep 60", "prompt", 0),
        ("enter() { docker exec -i kept sh; }", "prompt", 0),
        ("enter", "input", None),
        ("echo in a function", "input", None),
        ("exit", "prompt", 0),
        (done.steps[11].text, "prompt", 0),
        ("echo back", "prompt", 0),
    ]
    outputs = [step.output for step in done.steps]
    assert [outputs[1], outputs[4], outputs[9]] == ["in a pipe\n", "once more\n", "in a function\n"]
    assert outputs[11:] == ["of its own\n", "back\n"]


def test_a_wrong_guess_does_not_shift_the_lines(typed: Typed) -> None:
    done = typed(
        """printf 'wait: '; sleep 1; false
(exit 3)
(exit 4)
docker run -it alpine sh
printf 'wait: '; sleep 1; false
(exit 5)
(exit 6)
"""
    )
    assert done.steps[0].end == "input"
    assert [s.status for s in done.steps][1:4] == [3, 4, None]
    assert [s.status for s in done.steps][5:] == [5, 6]


def test_the_workbenchs_own_shell_can_end(typed: Typed) -> None:
    done = typed(
        """exit 7
echo one
kill -9 $$
echo two
exec sleep 1
echo three
<ctrl-d>
x=$(yes)
echo four
tail /dev/zero
exec </dev/null
echo five
(exit 3)
"""
    )
    *closed, last = [step.text for step in done.steps if step.end == "closed"]
    assert closed == ["exit 7", "kill -9 $$", "exec sleep 1", "<ctrl-d>", "x=$(yes)"]
    assert last in ("exec </dev/null", "echo five")  # the shell prompts, and then finds no input
    assert {step.end for step in done.steps} == {"prompt", "closed"}
    assert only(done, "echo four").output == "four\n"
    assert done.steps[-1].status == 3


def test_what_is_open_at_the_end_is_left(typed: Typed) -> None:
    done = typed(
        """docker run -it --name one alpine sh
<ctrl-p><ctrl-q>
docker run -it --name two alpine sh
sh
echo x > /tmp/x
cat > /tmp/y
""",
        limits=HASTY,
    )
    last = len(done.steps) + 1
    assert moments(done, "one") == [("created", 1), ("start 1", 1), ("end", last)]
    assert moments(done, "two") == [
        ("created", 3),
        ("start 1", 3),
        ("exit 1", last),
        ("end", last),
    ]


def test_an_unfinished_command_at_the_end(typed: Typed) -> None:
    done = typed('docker run -it --name xx alpine sh\necho "one\ntwo')
    assert ends(done)[-1] == ('echo "one\ntwo', "input", None)
    assert (done.steps[-1].line, done.steps[-1].last_line) == (2, 3)
    assert moments(done, "xx")[2] == ("exit 1", 3)


def test_an_unfinished_quote_takes_what_follows(typed: Typed) -> None:
    done = typed("echo 'one\ndocker ps\n<ctrl-c>\necho two")
    assert [(s.text, s.status) for s in done.steps] == [
        ("echo 'one\ndocker ps\n<ctrl-c>", 130),
        ("echo two", 0),
    ]


def test_files_of_the_submission_lie_in_the_working_folder(typed: Typed, tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "index.html").write_text(KOREAN)
    done = typed(
        "pwd\nls -ln site | tail -1\ncat site/index.html\ntouch site/new && id -u", folder=tmp_path
    )
    assert done.steps[0].output == "/lab\n"
    assert re.search(r" 1000 1000 .*index\.html", done.steps[1].output)
    assert outputs(done)[2:] == [KOREAN, "1000\n"]


def test_lines_that_refuse_each_other_end_in_time(typed: Typed) -> None:
    """A fork bomb is the student's doing: whatever becomes of the workbench, there is a record."""
    done = typed(":(){ :|:& };:\nsleep 1\nls\nexit\nls\n", limits=HASTY)
    assert len(done.steps) == 5


def test_typing_adds_nearly_nothing(typed: Typed) -> None:
    lines = [f"echo {number}" for number in range(100)]
    done = typed("docker run -it alpine sh\n" + "\n".join(lines) + "\nexit")
    fast = sorted(step.seconds for step in done.steps[1:-1])
    assert fast[50] < 0.02  # without an answer to its query, busybox takes 20 ms for each line


def test_two_replays_at_the_same_time(typed: Typed) -> None:
    async def both() -> list[Replayed]:
        text = "docker run -it --name same alpine sh\nhostname\nexit 3\ndocker rm same"
        return await asyncio.gather(
            *(asyncio.to_thread(typed, text, limits=Limits()) for _ in range(2))
        )

    for done in asyncio.run(both()):
        assert [step.status for step in done.steps] == [None, 0, 3, 0]
        assert done.steps[1].output.strip() == done.container("same").id[:12]
