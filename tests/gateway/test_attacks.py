"""Attacks by hand that once got through: a few bytes of a student that cost the grader dearly."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import io
import json
import socket as sockets
import tarfile
import time
from collections.abc import AsyncIterator
from typing import cast

import pytest
from opened_gateway import OpenedGateway

from grader.gateway.admission import Admission, Bounds
from grader.gateway.calls._listing import parse_filters
from grader.gateway.calls._rows import check
from grader.gateway.exchange import OwnFlow, Streamed
from grader.gateway.images import archives
from grader.gateway.images.archives import check_archives
from grader.gateway.images.changes import plan_changes
from grader.gateway.images.context import CONTEXT_CAP, read_context
from grader.gateway.images.dockerfile import parse_dockerfile
from grader.gateway.images.plan import BuildPlan, ImageFacts, plan_build
from grader.gateway.names import Names
from grader.gateway.refusal import Refusal
from grader.gateway.session import Session
from grader.gateway.streams import pass_on
from grader.gateway.wire import Wire

BASE = "sha256:" + "a" * 64


def plan(text: str, **arguments: str) -> BuildPlan:
    return plan_build(
        parse_dockerfile(text.encode()),
        images={"alpine": BASE}.get,
        facts={BASE: ImageFacts(environment=("PATH=/bin",))},
        labels={"lab-grader.session": "lgs"},
        arguments=arguments,
    )


def context(size: int, links: int) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as made:
        file = tarfile.TarInfo("large")
        file.size = size
        made.addfile(file, io.BytesIO(bytes(size)))
        for number in range(links):
            link = tarfile.TarInfo(f"link{number}")
            link.type, link.linkname = tarfile.LNKTYPE, "large"
            made.addfile(link)
    return out.getvalue()


def test_hard_links_of_a_context_are_weighed_as_the_files_that_they_become() -> None:
    size = CONTEXT_CAP // 8
    assert len(read_context(context(size, 6), "").members) == 7
    with pytest.raises(Refusal) as refused:
        read_context(context(size, 9), "")
    assert refused.value.status == 413


def test_an_archive_is_unpacked_no_more_often_than_its_weight_allows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(archives, "UNPACKED_CAP", 1024 * 1024)
    small = io.BytesIO()
    with tarfile.open(fileobj=small, mode="w") as made:
        made.addfile(tarfile.TarInfo("empty"))
    padded = gzip.compress(small.getvalue() + bytes(600_000))
    check_archives([padded])
    with pytest.raises(Refusal):
        check_archives([padded] * 2)
    # What is no archive is not unpacked at all.
    monkeypatch.setattr(archives, "UNPACKED_CAP", 64 * 1024 * 1024)
    zeros = gzip.compress(bytes(60 * 1024 * 1024))
    began = time.process_time()
    check_archives([zeros] * 500)
    assert time.process_time() - began < 10


@pytest.mark.parametrize("keyword", ["ENV b=", "ARG b=", "LABEL b=", "WORKDIR ", "ADD x /"])
def test_defaults_within_defaults_are_no_fault_of_ours(keyword: str) -> None:
    line = keyword + "${a:-" * 9000 + "}" * 9000
    with contextlib.suppress(Refusal):
        plan(f"FROM alpine\n{line}")
    with pytest.raises(Refusal):
        plan(f"ARG b=1\nFROM {'${b:+' * 9000}{'}' * 9000}")


@pytest.mark.parametrize("first", ["xxxxxxxxxx", "$1xxxxxxxxx", "${p#y}xxxx"])
@pytest.mark.parametrize("keyword", ["ENV", "ARG"])
def test_values_that_double_from_line_to_line_are_refused(keyword: str, first: str) -> None:
    lines = [f"{keyword} a0={first}", *(f"{keyword} a{n + 1}={f'$a{n}' * 10}" for n in range(12))]
    with pytest.raises(Refusal, match="too long"):
        plan("\n".join(["FROM alpine", *lines]))
    with pytest.raises(Refusal, match="too long"):
        plan("\n".join([*(lines if keyword == "ARG" else []), "FROM alpine", *lines]))
    with pytest.raises(Refusal, match="too long"):
        plan("FROM alpine\nARG given\nLABEL a=" + "$given" * 9000, given="x" * 100)


def test_values_do_not_double_from_commit_to_commit_either() -> None:
    changes = parse_dockerfile(b"ENV b=" + b"$a" * 100)
    assert plan_changes(changes, "/", ["a=short"])
    with pytest.raises(Refusal, match="too long"):
        plan_changes(changes, "/", ["a=" + "x" * 1000])
    with pytest.raises(Refusal, match="too long"):
        plan_changes(
            parse_dockerfile(b"ENV b=" + b"$a" * 99 + b"\nENV c=" + b"$b" * 99), "/", ["a=123456"]
        )


def test_a_path_that_grows_as_paths_do_is_no_growth_to_refuse() -> None:
    lines = [f"ENV PATH=$PATH:/opt/tools{n}/bin A{n}=$PATH" for n in range(100)]
    assert len(plan("\n".join(["FROM alpine", *lines])).lines) == 102


def test_an_image_asks_for_so_many_volumes_and_no_more() -> None:
    most = " ".join(f"/v{number}" for number in range(50))
    plan(f"FROM alpine\nVOLUME {most}")
    with pytest.raises(Refusal, match="volumes"):
        plan(f"FROM alpine AS a\nVOLUME {most}\nFROM a\nVOLUME /more")
    with pytest.raises(Refusal, match="volumes"):
        plan(f"FROM alpine\nVOLUME {json.dumps([*most.split(), '/more'])}")
    with pytest.raises(Refusal, match="volumes"):
        plan_changes(parse_dockerfile(f"VOLUME {most}\nVOLUME /more".encode()), "/")


def test_a_filter_of_all_ports_many_times_takes_no_time() -> None:
    wanted = ",".join(['"1-65535"'] * 5000)
    began = time.process_time()
    check(parse_filters(f'{{"publish":[{wanted}],"expose":[{wanted}]}}'), Names("lg"))
    assert time.process_time() - began < 5


def test_answers_that_nobody_reads_are_bounded() -> None:
    admission = Admission(Bounds(unread_bytes=100), [])
    with admission.unread(60):
        with pytest.raises(ConnectionAbortedError), admission.unread(60):
            pass
        with admission.unread(40):
            pass
    with admission.unread(100):
        pass


def test_a_connection_ends_though_its_client_reads_nothing() -> None:
    async def close_over_unread_bytes() -> tuple[int, bool]:
        ours, theirs = sockets.socketpair()
        with theirs:
            reader, writer = await asyncio.open_connection(sock=ours)
            writer.write(bytes(8 * 1024 * 1024))
            await Wire(reader, writer, Bounds(linger_seconds=0.05)).close()
            await asyncio.sleep(0)
            return writer.transport.get_write_buffer_size(), ours.fileno() == -1

    assert asyncio.run(close_over_unread_bytes()) == (0, True)


@pytest.mark.engine
def test_a_connection_breaks_off_over_more_than_its_session_may_leave_unread() -> None:
    with OpenedGateway(bounds=Bounds(unread_bytes=10)) as opened:
        assert opened.raw(b"GET /_ping HTTP/1.1\r\nHost: x\r\n\r\n").endswith(b"OK")
        assert opened.raw(b"GET /version HTTP/1.1\r\nHost: x\r\n\r\n") == b""
        assert opened.session.fault is None


def test_an_answer_that_is_written_anew_does_not_keep_the_engines_length() -> None:
    async def parts() -> AsyncIterator[bytes]:
        yield b'{"name":"/lg1-web"}'

    async def shorter(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        async for chunk in chunks:
            yield chunk.replace(b"lg1-", b"")

    async def passed_on() -> bytes:
        ours, theirs = sockets.socketpair()
        with theirs:
            reader, writer = await asyncio.open_connection(sock=ours)
            theirs.sendall(b"GET /x HTTP/1.1\r\nHost: x\r\n\r\n")
            wire = Wire(reader, writer, Bounds())
            await wire.head()
            assert await wire.data(asyncio.get_running_loop().time() + 10) is None
            flow = OwnFlow(parts(), headers={"content-length": "19"})
            await pass_on(cast("Session", None), wire, Streamed(flow, {}, rewrite=shorter))
            await wire.close()
            return theirs.recv(65536)

    assert b'{"name":"/web"}' in asyncio.run(passed_on())
