"""What a client asks about the engine itself: the session's own numbers, nothing of the host."""

from __future__ import annotations

from grader.engine.client import API_VERSION
from grader.gateway.calls.images import session_images
from grader.gateway.exchange import Answer, Exchange
from grader.gateway.refusal import Refusal

_MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}
"""Go's name of an architecture → the kernel's, which `docker info` shows."""


async def ping(exchange: Exchange) -> Answer:
    """Answer `/_ping`, where clients find the API version.

    It promises no BuildKit, so that builds come as plain calls.
    """
    headers = {
        "Api-Version": API_VERSION,
        "Docker-Experimental": "false",
        "Ostype": "linux",
        "Cache-Control": "no-cache, no-store, must-revalidate",
        "Content-Type": "text/plain; charset=utf-8",
    }
    return Answer(200, b"OK" if exchange.request.method == "GET" else b"", headers)


async def version(exchange: Exchange) -> Answer:
    """`docker version`."""
    engine = exchange.session.engine_facts
    told = {
        "Version": engine.version,
        "ApiVersion": API_VERSION,
        "MinAPIVersion": API_VERSION,
        "Os": engine.os,
        "Arch": engine.arch,
        "GitCommit": "",
        "GoVersion": "",
        "KernelVersion": "",
        "BuildTime": "",
        "Platform": {"Name": ""},
        "Components": [
            {
                "Name": "Engine",
                "Version": engine.version,
                "Details": {
                    "ApiVersion": API_VERSION,
                    "MinAPIVersion": API_VERSION,
                    "Os": engine.os,
                    "Arch": engine.arch,
                    "Experimental": "false",
                },
            }
        ],
    }
    return Answer.of(told)


async def info(exchange: Exchange) -> Answer:
    """`docker info`."""
    session = exchange.session
    alive = [life for life in session.recorder.lives.values() if not life.removed]
    paused = sum(life.paused for life in alive)
    running = sum(life.watcher is not None or life.pending is not None for life in alive) - paused
    told = {
        "ID": "",
        "Name": "lab",
        "Containers": len(alive),
        "ContainersRunning": running,
        "ContainersPaused": paused,
        "ContainersStopped": len(alive) - running - paused,
        "Images": len(await session_images(session, with_steps=True)),
        "Driver": "overlay2",
        "DefaultRuntime": "runc",
        "DriverStatus": [],
        "Debug": False,
        "ExperimentalBuild": False,
        "LoggingDriver": "json-file",
        "Plugins": {
            "Volume": ["local"],
            "Network": ["bridge", "none"] if session.lab.network else ["none"],
            "Log": ["json-file"],
        },
        "ServerVersion": session.engine_facts.version,
        "OSType": session.engine_facts.os,
        "OperatingSystem": "lab",
        "Architecture": _MACHINES.get(session.engine_facts.arch, session.engine_facts.arch),
        "NCPU": 1,
        "MemTotal": session.lab.limits.memory_mb * 1024 * 1024,
        "MemoryLimit": True,
        "SwapLimit": True,
        "PidsLimit": True,
        "DockerRootDir": "/var/lib/docker",
        "Swarm": {"LocalNodeState": "inactive"},
        "RegistryConfig": {"IndexConfigs": {}, "InsecureRegistryCIDRs": [], "Mirrors": []},
        "SecurityOptions": ["name=seccomp,profile=default"],
        "Warnings": None,
    }
    return Answer.of(told)


async def plugins(exchange: Exchange) -> Answer:
    """`docker plugin ls`: a lab has none."""
    del exchange
    return Answer.of([])


async def no_swarm(exchange: Exchange) -> Answer:
    """Answer `docker swarm leave`, with which some clients clean up whatever there was."""
    del exchange
    raise Refusal(503, "no-swarm", "This node is not part of a swarm")


async def no_plugin(exchange: Exchange) -> Answer:
    """Answer what `docker inspect` of an unknown name asks for last."""
    raise Refusal(404, "unknown-object", f"plugin {exchange.params['plugin']!r} not found")
