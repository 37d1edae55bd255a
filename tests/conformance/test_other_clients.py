"""Another client through a session's socket: docker-py, as programs use it."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import docker
import pytest

if TYPE_CHECKING:
    from grader.serving import Serving

pytestmark = pytest.mark.engine


@pytest.fixture
def client(networked: Serving) -> Iterator[docker.DockerClient]:
    opened = docker.DockerClient(base_url=f"unix://{networked.socket}")
    yield opened
    for container in opened.containers.list(all=True, ignore_removed=True):
        container.remove(force=True, v=True)
    opened.close()


def test_containers(client: docker.DockerClient) -> None:
    said = client.containers.run("alpine:latest", ["echo", "hi"], remove=True)
    assert said == b"hi\n"
    with pytest.raises(docker.errors.ContainerError) as failed:
        client.containers.run("alpine:latest", "sh -c 'exit 3'", remove=True)
    assert failed.value.exit_status == 3

    box = client.containers.run("alpine:latest", "sleep 300", name="box", detach=True, tty=True)
    assert [c.name for c in client.containers.list(ignore_removed=True)] == ["box"]
    assert tuple(box.exec_run("sh -c 'echo made > /made; exit 4'")) == (4, b"")
    assert {"Path": "/made", "Kind": 1} in (box.diff() or [])
    parts, stat = box.get_archive("/made")
    with tarfile.open(fileobj=io.BytesIO(b"".join(parts))) as archive:
        assert archive.extractfile("made").read() == b"made\n"  # type: ignore[union-attr]
    assert stat is not None
    assert stat["name"] == "made"
    box.rename("other")
    box.stop(timeout=0)
    assert box.wait()["StatusCode"] == 137
    box.reload()
    assert (box.status, box.name) == ("exited", "other")
    with pytest.raises(docker.errors.NotFound):
        client.containers.get("box")


def test_volumes_and_networks(client: docker.DockerClient) -> None:
    volume = client.volumes.create("data", labels={"a": "b"})
    assert [v.name for v in client.volumes.list()] == ["data"]
    mounts = {"data": {"bind": "/data", "mode": "rw"}}
    client.containers.run("alpine:latest", "touch /data/f", volumes=mounts, remove=True)
    assert client.containers.run("alpine:latest", "ls /data", volumes=mounts, remove=True) == b"f\n"
    volume.remove()
    assert client.volumes.list() == []

    network = client.networks.create("net")
    client.containers.run(
        "alpine:latest", "sleep 300", name="server", network="net", detach=True, init=True
    )
    said = client.containers.run(
        "alpine:latest", "ping -c 1 -W 9 server", network="net", remove=True
    )
    assert b"1 packets received" in said
    network.reload()
    assert [c.name for c in network.containers] == ["server"]
    client.containers.get("server").remove(force=True)
    network.remove()
    with pytest.raises(docker.errors.NotFound):
        client.networks.get("net")


def test_images(client: docker.DockerClient) -> None:
    dockerfile = io.BytesIO(b"FROM alpine:latest\nRUN echo built > /built\nCMD cat /built\n")
    image, log = client.images.build(fileobj=dockerfile, tag="mine:1", rm=True)
    assert any("Successfully built" in str(line) for line in log)
    assert image.tags == ["mine:1"]
    assert client.containers.run("mine:1", remove=True) == b"built\n"
    assert image.tag("mine", "2")
    assert {"alpine:latest", "mine:1", "mine:2"} <= {
        t for i in client.images.list() for t in i.tags
    }
    client.images.remove("mine:2")
    client.images.remove("mine:1")
    with pytest.raises(docker.errors.ImageNotFound):
        client.images.get("mine:1")


def test_what_is_refused(client: docker.DockerClient) -> None:
    with pytest.raises(docker.errors.APIError) as refused:
        client.containers.run("alpine:latest", "true", privileged=True)
    assert refused.value.status_code == 403
    assert "not allowed in this lab" in str(refused.value)


def test_a_dockerfile_from_outside_the_context(client: docker.DockerClient, tmp_path: Path) -> None:
    """The client names it twice: by the name in the context, and by its text."""
    (tmp_path / "context").mkdir()
    (tmp_path / "context" / "file").write_text("here\n")
    (tmp_path / "Dockerfile").write_text("FROM alpine:latest\nCOPY . /src\nCMD cat /src/file\n")
    client.images.build(
        path=str(tmp_path / "context"), dockerfile=str(tmp_path / "Dockerfile"), tag="outside"
    )
    assert client.containers.run("outside", remove=True) == b"here\n"
    client.images.remove("outside")


def test_what_a_commit_is_from(client: docker.DockerClient) -> None:
    box = client.containers.create("alpine:latest", "true")
    image = box.commit("committed")
    assert image.attrs["Container"] == box.id
    assert image.attrs["ContainerConfig"]["Image"] == "alpine:latest"
    assert client.info()["Images"] == len(client.images.list(all=True))
    client.images.remove("committed")


def test_a_client_leaves_a_cluster_that_there_is_not(client: docker.DockerClient) -> None:
    assert client.api.leave_swarm(force=True)
