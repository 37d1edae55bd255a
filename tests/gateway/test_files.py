from __future__ import annotations

import io
import tarfile

import pytest

from grader.gateway.calls.files import MEMBERS_CAP, rewrite
from grader.gateway.refusal import Refusal


def tar(*members: tuple[tarfile.TarInfo, bytes], form: int = tarfile.PAX_FORMAT) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as archive:
        for member, content in members:
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return out.getvalue()


def member(name: str, kind: bytes = tarfile.REGTYPE, **fields: object) -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.type = kind
    for key, value in fields.items():
        setattr(made, key, value)
    return made


def test_files_folders_and_links_pass() -> None:
    given = tar(
        (member("d", tarfile.DIRTYPE, mode=0o755), b""),
        (member("d/한글.txt", mode=0o4755, uid=7), "내용".encode()),
        (member("l", tarfile.SYMTYPE, linkname="/etc/passwd"), b""),
    )
    with tarfile.open(fileobj=io.BytesIO(rewrite(given)), mode="r:") as clean:
        seen = {m.name: (m.type, m.mode, m.uid, m.linkname) for m in clean}
        file = clean.extractfile("d/한글.txt")
        assert file is not None
        assert file.read().decode() == "내용"
    assert seen["d/한글.txt"] == (tarfile.REGTYPE, 0o4755, 7, "")
    assert seen["l"][3] == "/etc/passwd"


@pytest.mark.parametrize(
    "given",
    [
        tar((member("x", tarfile.LNKTYPE, linkname="y"), b"")),
        tar((member("x", tarfile.CHRTYPE), b"")),
        tar((member("x", tarfile.FIFOTYPE), b"")),
        tar((member("../x"), b"x")),
        tar((member("/etc/x"), b"x")),
        tar((member("a/../../x"), b"x")),
        tar((member("x", pax_headers={"mtime": "inf"}), b"x")),
        tar((member("x", pax_headers={"GNU.sparse.map": "0,1", "GNU.sparse.size": "1e12"}), b"x")),
        tar(
            (
                member(
                    "x",
                    pax_headers={
                        "GNU.sparse.major": "0",
                        "GNU.sparse.minor": "1",
                        "GNU.sparse.map": "0,1",
                        "GNU.sparse.size": str(10**12),
                    },
                ),
                b"x",
            )
        ),
        b"\x1f\x8b" + b"x" * 600,
        b"no tar at all" * 100,
        tar((member("x"), b"x" * 2000))[:1024],
    ],
)
def test_what_is_no_plain_small_tar_is_refused(given: bytes) -> None:
    with pytest.raises(Refusal):
        rewrite(given)


def test_hard_links_become_files() -> None:
    given = tar((member("..a"), b"text"), (member("b", tarfile.LNKTYPE, linkname="..a"), b""))
    with tarfile.open(fileobj=io.BytesIO(rewrite(given)), mode="r:") as clean:
        assert [(m.name, m.type, m.size) for m in clean] == [
            ("..a", tarfile.REGTYPE, 4),
            ("b", tarfile.REGTYPE, 4),
        ]


def test_hard_links_are_counted_like_the_files_that_they_become() -> None:
    many = ((member(f"l{n}", tarfile.LNKTYPE, linkname="f"), b"") for n in range(20))
    with pytest.raises(Refusal) as refused:
        rewrite(tar((member("f"), b"x" * 1024 * 1024), *many))
    assert refused.value.status == 413


def test_the_number_of_members_is_limited() -> None:
    with pytest.raises(Refusal) as refused:
        rewrite(tar(*((member(f"f{n}"), b"") for n in range(MEMBERS_CAP + 1))))
    assert refused.value.status == 413
