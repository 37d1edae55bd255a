"""Dockerfiles: how they are read, what is refused, and what is written for the engine."""

from __future__ import annotations

import gzip
import io
import posixpath
import random
import re
import tarfile

import pytest

from grader.gateway.images import archives
from grader.gateway.images.archives import check_archives
from grader.gateway.images.changes import plan_changes
from grader.gateway.images.context import CONTEXT_CAP, HIDDEN_NAME, IGNORE, read_context
from grader.gateway.images.dockerfile import parse_dockerfile
from grader.gateway.images.patterns import fits
from grader.gateway.images.plan import BuildPlan, ImageFacts, plan_build
from grader.gateway.images.words import Unreadable, expand, split_words
from grader.gateway.refusal import Refusal

BASE = "sha256:" + "a" * 64
OTHER = "sha256:" + "b" * 64
LABELS = {"lab-grader.session": "lgs"}


def plan(text: str, **arguments: str) -> BuildPlan:
    images = {"alpine": BASE, "alpine:latest": BASE, "mine": OTHER}
    facts = {
        BASE: ImageFacts(environment=("HOME_DIR=/srv", "P=/proc"), working_dir="/base"),
        OTHER: ImageFacts(triggers=True),
    }
    return plan_build(
        parse_dockerfile(text.encode()),
        images=images.get,
        facts=facts,
        labels=LABELS,
        arguments=arguments,
    )


def sent(text: str, **arguments: str) -> list[str]:
    """Return the new Dockerfile without its head."""
    lines = plan(text, **arguments).text.decode().splitlines()
    return [line for line in lines[1:] if not line.startswith('LABEL "lab-grader')]


def refused(text: str) -> Refusal:
    with pytest.raises(Refusal) as caught:
        plan(text)
    return caught.value


def test_continued_lines_comments_and_empty_lines_make_one_instruction() -> None:
    text = "# about\nfrom alpine\n\n  RUN echo a \\\n# no \\\n\n   # nor this\n  b && \\  \n c\\"
    assert [i.text for i in parse_dockerfile(text.encode()).instructions] == [
        "from alpine",
        "RUN echo a   b &&  c",
    ]


@pytest.mark.parametrize(
    ("head", "escape"),
    [
        ("", "\\"),
        ("# escape=`\n", "`"),
        ("#ESCAPE = `\n", "`"),
        ("# syntax=x\n  # escape=`\n", "`"),
        ("#\n# escape=`\n", "\\"),
        ("FROM alpine\n# escape=`\n", "\\"),
    ],
)
def test_the_escape_character_is_a_directive_at_the_very_top(head: str, escape: str) -> None:
    assert parse_dockerfile(f"{head}FROM alpine\n".encode()).escape == escape


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the Dockerfile (Dockerfile) cannot be empty"),
        ("FROM alpine\nFOO x", "dockerfile parse error line 2: unknown instruction: FOO"),
        ("RUN x\nFROM alpine", "no build stage in current context"),
        ("FROM alpine\nRUN --mount=type=bind x", "the --mount option requires BuildKit"),
        ("FROM alpine\nRUN cat <<EOF\nhi\nEOF", "here-documents"),
        ("FROM alpine\nCOPY --frm=a b c", "Unknown flag: frm"),
        ("# escape=x\nFROM alpine", "invalid ESCAPE 'x'"),
        ("FROM alpine AS Über", "invalid name for build stage"),
        ("FROM scratch", "No image was generated"),
        ("FROM alpine a", "FROM requires either one or three arguments"),
        ("FROM alpine\nCOPY --from=0 a b", "index out of bounds"),
    ],
)
def test_a_dockerfile_that_the_builder_would_not_take_says_why(text: str, message: str) -> None:
    refusal = refused(text)
    assert refusal.status == 400
    assert message in refusal.message


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("a$B/${C}", "aone/two"),
        ("${D:-x$B}${B:+y}${D:+z}", "xoney"),
        ("'$B' \"$B\"", "$B one"),
        (r"\$B \"", '$B "'),
        (r'"\$B\x"', r"$B\x"),
    ],
)
def test_variables_are_filled_in_as_the_builder_does(text: str, word: str) -> None:
    assert expand(text, {"B": "one", "C": "two"}, "\\") == word


@pytest.mark.parametrize("text", ["${B", "$1", "'a", '"a', "${B?x}", "$UNKNOWN", "a\\"])
def test_a_word_that_can_mean_two_things_is_not_read(text: str) -> None:
    with pytest.raises(Unreadable):
        expand(text, {"UNKNOWN": None}, "\\")


def test_words_end_at_spaces_outside_quotes() -> None:
    assert split_words(r"""a="b c"  d\ e 'f"g' h""", "\\") == ['a="b c"', r"d\ e", "'f\"g'", "h"]


def test_images_are_named_by_id_and_stages_by_name() -> None:
    text = "ARG V=latest\nFROM alpine:$V AS Make\nFROM make\nCOPY --from=0 /a /\nFROM scratch\n"
    assert sent(text + "COPY --from=alpine /b /") == [
        "ARG V=latest",
        f"FROM {BASE} AS make",
        "FROM make",
        "COPY --from=0 /a /",
        "FROM scratch",
        f"COPY --from={BASE} /b /",
    ]


def test_every_stage_that_begins_with_an_image_gets_our_label_first() -> None:
    lines = plan("FROM alpine AS a\nRUN x\nFROM a\nRUN y\nFROM scratch\nCOPY . /").lines
    ours = [at for at, line in enumerate(lines) if line.shown is None]
    assert [lines[at - 1].sent.split()[1] for at in ours] == [BASE, "scratch"]
    assert all(lines[at].sent == 'LABEL "lab-grader.session"="lgs"' for at in ours)


@pytest.mark.parametrize(
    "text",
    [
        "FROM secret",
        "FROM sha256:cccccccc",
        "ARG X=secret\nFROM $X",
        "FROM alpine\nCOPY --from=secret / /",
        "FROM alpine\nCOPY --from=deadbeef / /",
    ],
)
def test_threat_65_only_the_labs_and_own_images_can_be_meant(text: str) -> None:
    refusal = refused(text)
    assert (refusal.status, refusal.rule) == (403, "image")


def test_threat_65_an_argument_of_the_command_line_counts_too() -> None:
    text = "ARG X=alpine\nFROM $X"
    assert sent(text)[1] == f"FROM {BASE}"
    with pytest.raises(Refusal) as caught:
        plan(text, X="secret")
    assert caught.value.rule == "image"


@pytest.mark.parametrize("text", ["FROM mine", "FROM alpine\nONBUILD RUN x"])
def test_threat_65_triggers_are_refused(text: str) -> None:
    assert refused(text).rule == "onbuild"


@pytest.mark.parametrize(
    "text",
    [
        "ADD http://127.0.0.1/x /",
        'ADD ["h\\u0074tps://a", "/"]',
        "ARG U=http\nADD $U://a /x",
        "ENV U http://a\nADD a ${U} /x",
        "ADD git@a:b.git /x",
    ],
)
def test_threat_66_the_engine_fetches_nothing(text: str) -> None:
    assert refused(f"FROM alpine\n{text}").rule == "fetch"


def test_threat_66_added_words_are_sent_as_they_were_judged() -> None:
    text = "FROM alpine\nARG A=a.txt\nADD $A 'b c' /x/"
    assert sent(text, A="z.txt")[-1] == 'ADD ["z.txt", "b c", "/x/"]'


@pytest.mark.parametrize(
    "text",
    [
        "WORKDIR /proc/self/fd/7",
        "WORKDIR //proc",
        "WORKDIR /a/../sys",
        "WORKDIR /\nWORKDIR dev/fd",
        "WORKDIR $P/1",
        'WORKDIR "/pr"oc',
        "WORKDIR /pr\\oc",
        "ENV A=/pr\nWORKDIR ${A}oc",
        "WORKDIR ${NOPE:-/proc}",
        "WORKDIR ../proc",
        "WORKDIR /proc $NOPE",
        "WORKDIR /proc /",
        'ENV "Q"=/proc\nENV R=$1\nWORKDIR $R',
    ],
)
def test_threat_53_a_working_folder_cannot_reach_the_host(text: str) -> None:
    assert refused(f"FROM alpine\n{text}").rule in {"working-dir", "dockerfile"}


def test_threat_53_a_working_folder_is_sent_as_it_was_judged() -> None:
    text = "FROM alpine AS a\nWORKDIR sub\nARG X=d\nWORKDIR $X/${HOME_DIR}\nFROM a\nWORKDIR e\\ f"
    assert [line for line in sent(text) if "WORKDIR" in line] == [
        "WORKDIR /base/sub",
        "WORKDIR /base/sub/d/srv",
        "WORKDIR /base/sub/d/srv/e f",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "lab-grader.session=x",
        '"lab-grader.session"=x',
        "a=b lab-gr'ader.session'=x",
        "lab-grader.role x y",
        "lab\\-grader.session=x",
        "$X=y",
    ],
)
def test_threat_36_a_label_cannot_pretend_to_be_ours(text: str) -> None:
    assert refused(f"FROM alpine\nLABEL {text}").rule == "label"


def test_labels_of_their_own_are_sent_as_written() -> None:
    text = "FROM alpine\nLABEL a=\"b $c d\" version='1'"
    assert sent(text)[-1] == "LABEL a=\"b $c d\" version='1'"


@pytest.mark.parametrize("option", ["--interval=1ms", "--timeout=500ms", "--retries=1000000"])
def test_threat_54_health_checks_take_their_time(option: str) -> None:
    assert refused(f"FROM alpine\nHEALTHCHECK {option} CMD true").rule == "healthcheck"
    assert sent("FROM alpine\nHEALTHCHECK --interval=1m30s CMD true")[-1].endswith("CMD true")


def test_changes_of_a_commit_obey_the_same_rules() -> None:
    changes = parse_dockerfile(b'CMD ["sh"]\nENV A=1 B=2\nWORKDIR sub')
    assert plan_changes(changes, "/top") == 'CMD ["sh"]\nENV A=1 B=2\nWORKDIR /top/sub'
    for text in ("RUN x", "WORKDIR /proc/1", "WORKDIR $X", "LABEL lab-grader.x=y", "ONBUILD RUN x"):
        with pytest.raises(Refusal):
            plan_changes(parse_dockerfile(text.encode()), "/")


def test_an_error_of_the_engine_is_told_with_the_students_own_line() -> None:
    made = plan("# one\nFROM alpine\n\nRUN a \\\n  b\nCOPY x\n")
    engine_line = made.text.decode().splitlines().index("COPY x") + 1
    assert made.origin(engine_line) == 6


PIECES = (
    *("FROM ", "RUN ", "COPY ", "ADD ", "WORKDIR ", "ARG X=", "ENV X=", "ENV ", "LABEL ", "USER "),
    *("alpine", "scratch", " AS ", "a", "--from=", "0", "X", "/proc", "/", "..", "sys", "\n", "\n"),
    *(
        "$X",
        "${X}",
        "${X:-",
        "}",
        "'",
        '"',
        "\\",
        "`",
        "# escape=`\n",
        "#",
        '["a",',
        "]",
        " ",
        "\t",
    ),
    *("http", "://", "<<E", "lab-grader.", "=", "\r", "\x00", "é", "\u3000", "--chown="),
)


def test_threat_70_what_is_written_can_be_read_in_one_way_only() -> None:
    chance = random.Random(70)  # noqa: S311 - no secret
    taken = 0
    for _ in range(3000):
        text = "FROM alpine\n" + "".join(chance.choices(PIECES, k=chance.randint(1, 14)))
        try:
            made = plan(text, X=chance.choice(["/proc", "http://a", "b"]))
        except Refusal:
            continue
        taken += 1
        again = parse_dockerfile(made.text).instructions
        assert [i.text for i in again] == [line.sent for line in made.lines], text
        for instruction in again:
            if instruction.keyword == "WORKDIR":
                folder = posixpath.normpath(instruction.rest)
                assert re.match(r"/(?!/|(proc|sys|dev)(/|$))", folder), text
            if instruction.keyword == "ADD":
                assert "://" not in instruction.rest.rpartition(",")[0], text
    assert taken > 150


def tar(*members: tuple[str, bytes | None, bytes], mode: str = "w") -> bytes:
    """Return a tar of members: name, content or None, type."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as made:  # type: ignore[call-overload]
        for name, content, kind in members:
            member = tarfile.TarInfo(name)
            member.type, member.size = kind, len(content or b"")
            member.linkname = "real" if kind in (tarfile.SYMTYPE, tarfile.LNKTYPE) else ""
            made.addfile(member, io.BytesIO(content or b""))
    return out.getvalue()


FILE, LINK = tarfile.REGTYPE, tarfile.SYMTYPE


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (tar(("Dockerfile", b"FROM a", FILE), ("Dockerfile", b"FROM b", FILE)), 400),
        (tar(("Dockerfile", b"FROM a", FILE), ("./Dockerfile", b"FROM b", FILE)), 400),
        (tar(("real", b"FROM a", FILE), ("Dockerfile", None, LINK)), 400),
        (tar(("../Dockerfile", b"FROM a", FILE)), 400),
        (tar(("dev", None, tarfile.CHRTYPE), ("Dockerfile", b"FROM a", FILE)), 400),
        (tar(("Dockerfile", b"FROM a", FILE), mode="w:xz"), 400),
        (tar(("big", bytes(CONTEXT_CAP), FILE), mode="w:gz"), 413),
        (tar(("other", b"FROM a", FILE)), 400),
    ],
)
def test_threat_69_there_is_one_plain_dockerfile(raw: bytes, status: int) -> None:
    with pytest.raises(Refusal) as caught:
        read_context(raw, "").dockerfile("")
    assert caught.value.status == status


@pytest.mark.parametrize("mode", ["w", "w:gz"])
def test_threat_69_the_tar_is_written_anew(mode: str) -> None:
    raw = tar(("./dockerfile", b"FROM a", FILE), ("d/", None, tarfile.DIRTYPE), mode=mode)
    context = read_context(raw, "Dockerfile")
    name, text = context.dockerfile("Dockerfile")
    assert (name, text) == ("dockerfile", b"FROM a")
    with tarfile.open(fileobj=io.BytesIO(context.rewritten(name, b"NEW"))) as clean:
        assert clean.getnames() == ["dockerfile", "d", IGNORE, HIDDEN_NAME]
        ignored = clean.extractfile(IGNORE)
        assert ignored is not None
        assert ignored.read().split() == [IGNORE.encode(), HIDDEN_NAME.encode()]


def test_a_dockerfile_that_is_ignored_is_not_there_to_be_copied() -> None:
    raw = tar(("Dockerfile", b"FROM a", FILE), (IGNORE, b"*.md\n/Docker*\n", FILE))
    context = read_context(raw, "")
    with tarfile.open(fileobj=io.BytesIO(context.rewritten("Dockerfile", b"NEW"))) as clean:
        assert "Dockerfile" not in clean.getnames()


@pytest.mark.parametrize(
    ("pattern", "name", "found"),
    [
        ("*.md", "a.md", True),
        ("*.md", "d/a.md", False),
        ("**/*.md", "d/e/a.md", True),
        ("**/*.md", "a.md", True),
        ("d", "d/a.md", True),
        ("a?c", "abc", True),
        ("a" + "**a" * 300, "a" * 255, False),
    ],
)
def test_patterns_are_matched_in_bounded_time(pattern: str, name: str, *, found: bool) -> None:
    assert fits(pattern, name, below=True) is found


def test_threat_77_archives_are_weighed_before_they_are_unpacked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cap = 1024 * 1024
    monkeypatch.setattr(archives, "UNPACKED_CAP", cap)
    check_archives([tar(("a", b"x", FILE)), tar(("a", b"x", FILE), mode="w:gz"), b"text", b""])
    bomb = tar(("a", bytes(cap), FILE), mode="w:gz")
    half = tar(("a", bytes(cap * 2 // 3), FILE), mode="w:xz")
    member = tarfile.TarInfo("sparse")
    member.pax_headers = {"GNU.sparse.realsize": str(2**40), "GNU.sparse.major": "1"}
    member.pax_headers |= {"GNU.sparse.minor": "0", "GNU.sparse.name": "sparse"}
    member.size = 512
    sparse = member.tobuf(tarfile.PAX_FORMAT) + b"1\n0\n0\n".ljust(512, b"\0") + bytes(1024)
    gzipped_twice = gzip.compress(sparse[:512]) + gzip.compress(sparse[512:])
    for contents in ([bomb], [half, half], [sparse], [gzipped_twice], [b"\x28\xb5\x2f\xfd" + bomb]):
        with pytest.raises(Refusal):
            check_archives(contents)
    check_archives([half, gzip.compress(bytes(cap + 1))])
