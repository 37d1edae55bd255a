"""The context of a build: the tar that a client sends, read in memory and written anew.

The builder would take the last of two Dockerfiles, follow a link to one, and unpack whatever
compression it knows [69]. Here there is one plain Dockerfile, and its new text goes beside it under
a name that nobody can guess; the client's own stays what it is, a file that can be copied.
"""

from __future__ import annotations

import io
import posixpath
import re
import secrets
import tarfile
import zlib
from dataclasses import dataclass, field

from grader.gateway.images.dockerfile import SIZE_CAP, unreadable
from grader.gateway.images.patterns import fits
from grader.gateway.refusal import Refusal, malformed

CONTEXT_CAP = 32 * 1024 * 1024
"""Bytes of a context, compressed and not."""
MEMBERS_CAP = 10_000
IGNORE = ".dockerignore"
IGNORE_CAP = 16 * 1024
HIDDEN_NAME = f".dockerfile.{secrets.token_hex(10)}"
"""Name of the new Dockerfile; the same for all builds, for the sake of their cache."""


@dataclass
class Context:
    """The members of a context by their clean names, the last of each name."""

    members: dict[str, tuple[tarfile.TarInfo, bytes]] = field(default_factory=dict)

    def content(
        self, given: tarfile.TarFile, member: tarfile.TarInfo, fresh: tarfile.TarInfo
    ) -> bytes:
        """Return a member's content; a hard link has that of an earlier member. Raises Refusal."""
        if member.islnk():
            _, content = self.members.get(posixpath.normpath(member.linkname), (None, None))
            if content is None:
                raise malformed(f"{member.name!r} is a link to nothing in the build context")
            fresh.size = len(content)
            return content
        source = given.extractfile(member) if member.isreg() else None
        return source.read() if source else b""

    def dockerfile(self, wanted: str) -> tuple[str, bytes]:
        """Return name and text of the Dockerfile. Raises Refusal."""
        name = posixpath.normpath(wanted or "Dockerfile")
        if name not in self.members and name == "Dockerfile":
            name = "dockerfile"
        if name not in self.members:
            raise unreadable(f"Cannot locate specified Dockerfile: {wanted or 'Dockerfile'}")
        member, content = self.members[name]
        if not member.isreg() or len(content) > SIZE_CAP:
            raise unreadable(f"the Dockerfile {name} is no plain file, or too large")
        return name, content

    def rewritten(self, name: str, text: bytes) -> bytes:
        """Return the tar for the engine: all members, and the new Dockerfile hidden among them."""
        members = dict(self.members)
        ignored = self.members[IGNORE][1] if IGNORE in self.members else b""
        if len(ignored) > IGNORE_CAP:
            raise malformed(f"{IGNORE} is larger than {IGNORE_CAP // 1024} KiB")
        patterns = ignored.decode("utf-8", "replace").split("\n")
        if _matches(patterns, name):
            del members[name]
        if IGNORE not in members or _matches(patterns, IGNORE):
            # The builder takes away what this names, itself included, before it copies anything.
            ignored = IGNORE.encode()
        ignored += b"\n" + HIDDEN_NAME.encode() + b"\n"
        members[IGNORE] = _file(IGNORE, ignored)
        members[HIDDEN_NAME] = _file(HIDDEN_NAME, text)
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as clean:
            for member, content in members.values():
                clean.addfile(member, io.BytesIO(content) if member.isreg() else None)
        return out.getvalue()


def read_context(raw: bytes, dockerfile: str) -> Context:
    """Return the members of a context. Raises Refusal."""
    context = Context()
    wanted = posixpath.normpath(dockerfile or "Dockerfile")
    size = 0
    try:
        with tarfile.open(fileobj=io.BytesIO(_plain(raw)), mode="r:") as given:
            for count, member in enumerate(given):
                size += member.size
                if count >= MEMBERS_CAP or size > CONTEXT_CAP:
                    raise _too_large()
                if member.size < 0:
                    raise malformed(f"{member.name!r} has no size")
                fresh = _fresh(member)
                if fresh is None:
                    continue
                if fresh.name in context.members and fresh.name.lower() == wanted.lower():
                    raise malformed(f"the build context has {fresh.name!r} twice")
                content = context.content(given, member, fresh)
                if member.islnk():
                    # Each is written out whole, however short its entry is.
                    size += len(content)
                    if size > CONTEXT_CAP:
                        raise _too_large()
                context.members[fresh.name] = fresh, content
    except (tarfile.TarError, EOFError, ValueError, OverflowError) as error:
        raise malformed(f"the build context is not a plain tar: {error}") from None
    return context


def _plain(raw: bytes) -> bytes:
    """Return an uncompressed tar; of compressions, gzip is known."""
    if not raw.startswith(b"\x1f\x8b"):
        return raw
    unpack = zlib.decompressobj(wbits=31)
    try:
        plain = unpack.decompress(raw, CONTEXT_CAP + 1)
    except zlib.error as error:
        raise malformed(f"the build context is not a gzipped tar: {error}") from None
    if len(plain) > CONTEXT_CAP:
        raise _too_large()
    return plain


def _fresh(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    """Return a clean copy of a member's head; None for the context's own folder."""
    name = posixpath.normpath(member.name)
    if name == ".":
        return None
    plain = member.isreg() or member.isdir() or member.issym() or member.islnk()
    if not plain or member.sparse is not None or re.match(r"/|\.\.(/|$)", name):
        raise malformed(f"{member.name!r} is no file that a build can use")
    fresh = tarfile.TarInfo(name)
    fresh.mode, fresh.mtime = member.mode & 0o7777, int(member.mtime)
    fresh.uid, fresh.gid = member.uid, member.gid
    fresh.size = member.size
    if member.isdir() or member.issym():
        fresh.type, fresh.linkname = member.type, member.linkname
    return fresh


def _file(name: str, content: bytes) -> tuple[tarfile.TarInfo, bytes]:
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(content), 0o644
    return member, content


def _too_large() -> Refusal:
    return Refusal(
        413,
        "too-large",
        f"a build context of more than {CONTEXT_CAP // 1024**2} MiB, or {MEMBERS_CAP} files, is "
        "not accepted",
    )


def _matches(patterns: list[str], name: str) -> bool:
    """Return whether `.dockerignore` excludes a file; the last pattern that fits decides."""
    excluded = False
    for line in patterns:
        pattern = line.strip()
        if not pattern or pattern.startswith("#"):
            continue
        wanted = posixpath.normpath(pattern.removeprefix("!").strip()).lstrip("/")
        if fits(wanted, name, below=True):
            excluded = not pattern.startswith("!")
    return excluded
