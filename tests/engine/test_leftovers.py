from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import docker
import pytest
from opened_gateway import OpenedGateway

from grader.engine import leftovers, sessions
from grader.engine.client import Engine, engine_socket
from grader.engine.leftovers import remove_leftovers
from grader.engine.sessions import RUNTIME_VARIABLE, SESSION_LABEL, SessionFolder

pytestmark = pytest.mark.engine


@pytest.fixture(autouse=True)
def runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give each test a runtime folder of its own: nobody else sweeps there."""
    monkeypatch.setenv(RUNTIME_VARIABLE, str(tmp_path / "run"))


@pytest.fixture
def client() -> Iterator[docker.DockerClient]:
    made = docker.DockerClient(base_url=f"unix://{engine_socket()}")
    yield made
    made.close()


def of_session(client: docker.DockerClient, token: str) -> int:
    label: dict[str, str | list[str] | bool] = {"label": f"{SESSION_LABEL}={token}"}
    return len(client.containers.list(all=True, ignore_removed=True, filters=label)) + len(
        client.volumes.list(filters=label)
    )


def sweep() -> list[str]:
    return asyncio.run(remove_leftovers(Engine(engine_socket()))).removed


def test_only_what_ended_sessions_left_is_removed(client: docker.DockerClient) -> None:
    foreign = client.containers.create("alpine:latest", labels={SESSION_LABEL: "lgforeign"})
    try:
        with OpenedGateway() as running:
            ended = OpenedGateway()
            for gateway in (running, ended):
                gateway.docker(
                    "run",
                    "-d",
                    "--name",
                    "bg",
                    "-v",
                    "data:/d",
                    "-v",
                    "/anonymous",
                    "alpine",
                    "sleep",
                    "300",
                )
                gateway.docker("pause", "bg")
                gateway.docker("volume", "create", "spare")
            token = ended.session.token
            assert of_session(client, token) == 5  # one volume is for files of the network
            ended.close()
            assert of_session(client, token) == 0
            assert not ended.folder.path.exists()
            assert of_session(client, running.session.token) == 5
            assert running.folder.path.exists()
        foreign.reload()
    finally:
        foreign.remove()


def test_another_runtime_folder_leaves_ours_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, client: docker.DockerClient
) -> None:
    with OpenedGateway() as gateway:
        gateway.docker("run", "-d", "alpine", "sleep", "300")
        with monkeypatch.context() as elsewhere:
            elsewhere.setenv(RUNTIME_VARIABLE, str(tmp_path))
            assert sweep() == []
        assert of_session(client, gateway.session.token) == 2  # one is a volume of ours


def test_containers_of_a_session_whose_folder_is_gone_are_removed(
    client: docker.DockerClient,
) -> None:
    session = SessionFolder()
    client.containers.create("alpine:latest", labels=session.labels("student"))
    session.release()
    for file in session.path.iterdir():
        file.unlink()
    session.path.rmdir()
    assert any("container" in said for said in sweep())
    assert of_session(client, session.token) == 0


def test_a_restart_of_the_machine_takes_the_folder_and_leaves_the_containers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, client: docker.DockerClient
) -> None:
    with monkeypatch.context() as before:
        before.setenv(RUNTIME_VARIABLE, str(tmp_path / "gone"))
        before.setattr(sessions, "BOOT_FILE", tmp_path / "boot")
        (tmp_path / "boot").write_text("earlier\n")
        session = SessionFolder()
        client.containers.create("alpine:latest", labels=session.labels("student"))
    try:
        assert of_session(client, session.token) == 1
        sweep()
        assert of_session(client, session.token) == 0
    finally:
        session.release()


class Stubborn(Engine):
    """The real engine, but for one container that it never removes."""

    stuck = ""

    async def call(self, method: str, path: str, **options: Any) -> Any:  # noqa: ANN401
        if method == "DELETE" and path.endswith(self.stuck):
            await asyncio.sleep(3600)
        return await super().call(method, path, **options)


def test_a_container_that_is_stuck_holds_up_nothing_else(
    client: docker.DockerClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leftovers, "PATIENCE", 1.0)
    stuck, other = SessionFolder(), SessionFolder()
    held = client.containers.create("alpine:latest", labels=stuck.labels("student"))
    client.containers.create("alpine:latest", labels=stuck.labels("student"))
    client.containers.create("alpine:latest", labels=other.labels("student"))
    stuck.release()
    other.release()
    engine = Stubborn(engine_socket())
    engine.stuck = str(held.id)
    swept = asyncio.run(remove_leftovers(engine))
    assert swept.stayed == [f"container {held.name}"]
    assert (of_session(client, stuck.token), of_session(client, other.token)) == (1, 0)
    assert stuck.path.exists()
    assert not other.path.exists()
    sweep()
    assert of_session(client, stuck.token) == 0
    assert not stuck.path.exists()


def test_one_sweeper_at_a_time_does_the_work_of_all(client: docker.DockerClient) -> None:
    ended = [SessionFolder() for _ in range(5)]
    for session in ended:
        client.containers.create("alpine:latest", labels=session.labels("student"))
        session.release()
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda _: leftovers.sweep(), range(5)))
    assert sum(of_session(client, session.token) for session in ended) == 0
    assert not any(session.path.exists() for session in ended)


def test_what_a_container_left_that_no_longer_runs_is_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, client: docker.DockerClient
) -> None:
    grader = client.containers.run("alpine:latest", ["sleep", "300"], detach=True)
    session = SessionFolder()
    try:
        labels = session.labels("student", str(grader.id))
        client.containers.create("alpine:latest", labels=labels)
        monkeypatch.setenv(RUNTIME_VARIABLE, str(tmp_path / "of another grader"))
        sweep()
        assert of_session(client, session.token) == 1
        grader.kill()
        sweep()
        assert of_session(client, session.token) == 0
        client.containers.create("alpine:latest", labels=labels)
    finally:
        grader.remove(force=True)
        session.release()
    sweep()
    assert of_session(client, session.token) == 0
