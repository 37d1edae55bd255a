"""Images that a replay needs: found on the engine, else pulled or built.

The slow path is docker-py's, which knows registries' credentials and build contexts. It is imported
only when an image is missing (docs/decisions/0002).
"""

from __future__ import annotations

import asyncio
import hashlib
import io
import tarfile
from pathlib import Path
from typing import Any
from urllib.parse import quote

from grader.engine.client import Engine
from grader.errors import EngineError

PULL_SECONDS = 300
SETUP = "run scripts/setup; where no registry answers, it makes the base images by itself"


def dockerfile() -> Path:
    """Return the Dockerfile of the workbench: the checkout's, or the one inside the package."""
    package = Path(__file__).parents[1]
    inside = package / "_course" / "Dockerfile"
    return inside if inside.exists() else package.parent / "Dockerfile"


def workbench_image() -> str:
    """Return the reference of the workbench image that belongs to this Dockerfile."""
    return f"lab-grader-workbench:{hashlib.sha256(dockerfile().read_bytes()).hexdigest()[:12]}"


async def inspect(engine: Engine, reference: str) -> dict[str, Any]:
    """Return what the engine knows of an image, pulling it first where it is missing.

    Raises EngineError, naming the image and the remedy.
    """
    path = f"/images/{quote(reference)}/json"
    try:
        return dict(await engine.call("GET", path))
    except EngineError as error:
        if error.status != 404:
            raise
    await asyncio.to_thread(_pull, engine.socket, reference)
    return dict(await engine.call("GET", path))


async def build_workbench(engine: Engine) -> None:
    """Build the workbench image. Raises EngineError."""
    await asyncio.to_thread(_build, engine.socket)


def _pull(socket: Path, reference: str) -> None:
    import docker
    from docker.errors import DockerException

    try:
        client = docker.DockerClient(base_url=f"unix://{socket}", timeout=PULL_SECONDS)
        client.images.pull(reference)
    except (DockerException, OSError) as error:
        raise EngineError(
            f"the image {reference!r} is missing, and pulling it failed: {_words(error)}",
            fix=f"correct the name in the lab's lab.yaml, or bring the image with `docker load`; "
            f"for alpine:latest: {SETUP}",
        ) from error


def _build(socket: Path) -> None:
    import docker
    from docker.errors import DockerException

    tag = workbench_image()
    content = dockerfile().read_bytes()
    context = io.BytesIO()
    with tarfile.open(fileobj=context, mode="w") as archive:
        member = tarfile.TarInfo("Dockerfile")
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
    context.seek(0)
    try:
        client = docker.DockerClient(base_url=f"unix://{socket}", timeout=PULL_SECONDS)
        client.images.build(
            fileobj=context,
            custom_context=True,
            tag=tag,
            target="workbench",
            network_mode="host",
            rm=True,
        )
    except (DockerException, OSError) as error:
        raise EngineError(
            f"the workbench image {tag!r} is missing, and building it failed: {_words(error)}",
            fix=SETUP,
        ) from error


def _words(error: Exception) -> str:
    return str(getattr(error, "explanation", None) or getattr(error, "msg", None) or error)
