from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from grader.engine.client import Engine, engine_socket
from grader.errors import EngineError, ReplayError, SubmissionError
from grader.model.lab import Limits
from grader.workbench.launch import launch
from grader.workbench.replay import replay

if TYPE_CHECKING:
    from tests.workbench.conftest import Opened, Typed

pytestmark = pytest.mark.engine


def test_a_missing_image_names_the_remedy(tmp_path: Path) -> None:
    async def work() -> None:
        engine, socket = Engine(engine_socket()), tmp_path / "docker.sock"
        socket.touch()
        await launch(engine, image="lab-grader-none:x", session="none", labels={}, socket=socket)

    with pytest.raises(EngineError, match="lab-grader-none:x") as caught:
        asyncio.run(work())
    assert "scripts/setup" in caught.value.fix


def test_nothing_is_left_of_a_start_that_fails(opened: Opened, tmp_path: Path) -> None:
    async def work() -> None:
        async with opened(Limits()) as (workbench, session):
            engine = session.engine
            told = await engine.call("GET", f"/containers/{workbench.id}/json")
            with pytest.raises(EngineError):  # the socket is not there
                await launch(
                    engine,
                    image=told["Config"]["Image"],
                    session=f"{session.token}-2",
                    labels=told["Config"]["Labels"],
                    socket=tmp_path / "missing",
                )
            found = await engine.call(
                "GET",
                "/containers/json",
                query={"all": "1", "filters": f'{{"name": ["{session.token}-2"]}}'},
            )
            assert found == []

    asyncio.run(work())


def test_the_workbench_is_sealed(typed: Typed) -> None:
    done = typed(
        """id -un
ls -A ~
ls /sys/class/net
grep CapEff /proc/self/status
grep NoNewPrivs /proc/self/status
hostname
getent hosts localhost
cat /sys/fs/cgroup/pids/pids.max /sys/fs/cgroup/pids.max 2>/dev/null
echo $LANG $TERM
stty size
sudo id -un
"""
    )
    assert [step.output.split() for step in done.steps] == [
        ["student"],
        [],
        ["lo"],
        ["CapEff:", "0" * 16],
        ["NoNewPrivs:", "1"],
        ["lab"],
        ["::1", "localhost", "ip6-localhost", "ip6-loopback"],
        ["256"],
        ["C.UTF-8", "xterm"],
        ["40", "160"],
        ["student"],
    ]


def test_what_a_workbench_takes_is_bounded(typed: Typed) -> None:
    done = typed(
        """dd if=/dev/zero of=/tmp/x bs=1M
stat -c %s /tmp/x; rm /tmp/x
cd /lab; yes > y
stat -c %s y
sh -c 'kill -QUIT $$'
ls
head -c 600M /dev/zero | tail -c 600M | wc -c
echo after
""",
        limits=Limits(step_seconds=60),
    )
    too_large = 128 + 25
    assert done.steps[0].status == done.steps[2].status == too_large
    assert "File size limit exceeded" in done.steps[0].output
    assert done.steps[1].output == done.steps[3].output == f"{256 * 1024 * 1024}\n"
    assert "core" not in done.steps[4].output
    assert done.steps[5].output == "y\n"
    assert done.steps[6].output.splitlines()[0] == "0"
    assert done.steps[7].output == "after\n"


def test_files_that_cannot_be_handed_in(typed: Typed, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("/etc/shadow")
    with pytest.raises(SubmissionError):
        typed("true", folder=tmp_path)


def test_a_workbench_that_is_removed_is_our_fault(opened: Opened) -> None:
    async def work() -> None:
        async with opened(Limits()) as (workbench, session):
            path = f"/containers/{workbench.id}"

            async def remove() -> None:
                await session.engine.call("DELETE", path, query={"force": "1"})

            def on_step(line: int, _: str) -> None:
                if line == 2:
                    tasks.append(asyncio.create_task(remove()))

            tasks: list[asyncio.Task[None]] = []
            with pytest.raises(ReplayError, match="workbench ended"):
                await replay("true\nsleep 9", workbench, session, Limits(), on_step)
            await asyncio.gather(*tasks)

    asyncio.run(work())
