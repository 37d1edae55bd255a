"""`docker compose` of the workbench's image, against a session's gateway."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from opened_gateway import IMAGE, OpenedGateway

from grader.engine import images
from grader.model.lab import Lab
from grader.model.record import Text

pytestmark = pytest.mark.engine

PLUGIN = "/usr/libexec/docker/cli-plugins/docker-compose"
PROJECT = """
services:
  web:
    image: alpine
    command: sh -c 'echo kept > /data/file; while true; do nc -l -p 80 -e echo hello; done'
    volumes: [data:/data]
    networks: [front, back]
    ports: ["8080:80"]
    stop_grace_period: 0s
  client:
    image: alpine
    command: sh -c 'until nc -w 5 web 80 </dev/null; do sleep 0.2; done; exec sleep 600'
    depends_on: [web]
    networks: {front: {aliases: [asker]}}
    stop_grace_period: 0s
volumes: {data: {}}
networks: {front: {}, back: {}}
"""


@pytest.fixture(scope="module")
def plugins(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A client's configuration with the plugin that students have in the workbench."""
    folder = tmp_path_factory.mktemp("client")
    (folder / "cli-plugins").mkdir()
    create = ["docker", "create", "--network", "none", images.workbench_image()]
    made = subprocess.run(create, capture_output=True, text=True, check=True).stdout.strip()
    try:
        copy = ["docker", "cp", f"{made}:{PLUGIN}", str(folder / "cli-plugins")]
        subprocess.run(copy, check=True, capture_output=True)
    finally:
        subprocess.run(["docker", "rm", made], check=True, capture_output=True)
    return folder


class Composer:
    """A student who works on a project."""

    def __init__(self, gateway: OpenedGateway, plugins: Path, folder: Path) -> None:
        self.folder = folder
        (folder / "compose.yaml").write_text(PROJECT)
        self.environment = os.environ | {
            "DOCKER_HOST": f"unix://{gateway.socket}",
            "DOCKER_CONFIG": str(plugins),
        }

    def begin(self, *words: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            ["docker", "compose", "--project-name", "shop", *words],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *words: str) -> str:
        with self.begin(*words) as process:
            said, _ = process.communicate(timeout=90)
        assert process.returncode == 0, said
        return said


@pytest.fixture(scope="module")
def gateway() -> Iterator[OpenedGateway]:
    lab = Lab(id="compose", title=Text(ko="시험", en="test"), images=(IMAGE,), network=True)
    with OpenedGateway(lab) as opened:
        yield opened


@pytest.fixture
def compose(gateway: OpenedGateway, plugins: Path, tmp_path: Path) -> Composer:
    return Composer(gateway, plugins, tmp_path)


def test_a_project_from_up_to_down(gateway: OpenedGateway, compose: Composer) -> None:
    compose.run("up", "-d")
    listed = compose.run("ps", "--format", "{{.Name}} {{.State}}").splitlines()
    assert sorted(listed) == ["shop-client-1 running", "shop-web-1 running"]
    assert compose.run("run", "--rm", "-T", "client", "nc", "web", "80").endswith("hello\n")
    assert compose.run("exec", "-T", "web", "cat", "/data/file") == "kept\n"
    assert compose.run("exec", "-T", "web", "ping", "-c", "1", "asker")
    assert "hello" in compose.run("logs", "--no-log-prefix", "client")
    up_again = compose.run("up", "-d")
    assert "Created" not in up_again
    compose.run("stop")
    assert compose.run("ps", "--services", "--filter", "status=running").strip() == ""
    compose.run("start")
    compose.run("down", "-v")
    names = gateway.session.names
    assert (names.containers, names.volumes, names.networks.keys() - {"bridge"}) == ({}, {}, set())
    recorder = gateway.session.recorder
    assert sorted(record.name for record in recorder.past_networks) == ["shop_back", "shop_front"]
    web = next(life for life in recorder.lives.values() if life.names == ["shop-web-1"])
    assert sorted(web.record().networks) == ["shop_back", "shop_front"]
    assert gateway.session.fault is None


def test_up_in_the_foreground_ends_at_ctrl_c(gateway: OpenedGateway, compose: Composer) -> None:
    with compose.begin("up", "--no-color") as process:
        assert process.stdout is not None
        said = ""
        for line in process.stdout:
            said += line
            if "hello" in line:
                process.send_signal(signal.SIGINT)
        process.wait(timeout=60)
    assert "Gracefully stopping" in said
    # Compose 2.26 trips over itself now and then when it is interrupted.
    assert process.returncode == 130 or "close of closed channel" in said
    assert compose.run("ps", "--services", "--filter", "status=running").strip() == ""
    compose.run("down", "-v")
    assert gateway.session.fault is None
