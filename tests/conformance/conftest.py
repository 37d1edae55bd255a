"""Both sides of a comparison."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
from side import Side

from grader.engine.client import API_VERSION, Engine, engine_socket
from grader.model.lab import Lab, Limits
from grader.model.record import Text
from grader.model.wanted import Wanted
from grader.serving import Serving

LAB = Lab(
    id="test",
    title=Text(ko="시험", en="test"),
    images=("alpine:latest",),
    build=True,
    limits=Limits(containers=50),
)


@pytest.fixture(scope="module")
def gateway() -> Iterator[Serving]:
    with Serving(LAB, Wanted()) as serving:
        yield serving


@pytest.fixture(scope="module")
def networked() -> Iterator[Serving]:
    with Serving(LAB.model_copy(update={"network": True}), Wanted()) as serving:
        yield serving


@pytest.fixture(scope="session")
def newer() -> bool:
    """Say whether the engine speaks a newer API with a client than the gateway does."""
    told = asyncio.run(Engine(engine_socket()).call("GET", "/version"))
    return bool(told["ApiVersion"] != API_VERSION)


@pytest.fixture
def sides(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Side, Side]:
    scenario = request.node.callspec.params["scenario"] if hasattr(request.node, "callspec") else ""
    wanted = "networked" if str(scenario).startswith("networks: ") else "gateway"
    gateway: Serving = request.getfixturevalue(wanted)
    for name in ("engine", "gateway"):
        (tmp_path / name).mkdir()
    prefix = f"zq{secrets.token_hex(3)}zq"
    return (
        Side(Path(engine_socket()), prefix, tmp_path / "engine"),
        Side(gateway.socket, "", tmp_path / "gateway"),
    )
