"""Which networks a container may join."""

from __future__ import annotations

from grader.gateway.policy.bodies import ContainerCreate
from grader.gateway.refusal import forbidden


def network_mode(mode: str | None, wish: ContainerCreate) -> str:
    """Return the mode that `docker inspect` shows. Raises Refusal."""
    mode = mode or "default"
    if mode == "host":
        raise forbidden("host-namespace", "the host's network", "호스트 네트워크 (--network host)")
    if mode not in {"default", "bridge", "none"}:
        raise forbidden("network", f"the network {mode!r}", f"네트워크 {mode!r}")
    endpoints = (wish.NetworkingConfig.EndpointsConfig if wish.NetworkingConfig else None) or {}
    if set(endpoints) - {"default", "bridge", "none"}:
        other = min(set(endpoints) - {"default", "bridge", "none"})
        raise forbidden("network", f"the network {other!r}", f"네트워크 {other!r}")
    return mode
