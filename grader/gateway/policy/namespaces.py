"""Namespaces that containers share: with each other of one session, never with the host [47]."""

from __future__ import annotations

from grader.gateway.names import Names
from grader.gateway.policy.bodies import HostConfigBody
from grader.gateway.refusal import Refusal, forbidden


def shared_namespaces(host: HostConfigBody, names: Names) -> dict[str, str]:
    """Return the modes that go to the engine. Raises Refusal."""
    pid, ipc = host.PidMode or "", host.IpcMode or "private"
    return {
        "PidMode": "" if pid in ("", "private") else _joined("--pid", pid, names),
        "IpcMode": (
            ipc if ipc in ("private", "none", "shareable") else _joined("--ipc", ipc, names)
        ),
    }


def _joined(option: str, mode: str, names: Names) -> str:
    kind, _, ref = mode.partition(":")
    if kind == "container" and ref:
        try:
            return f"container:{names.container(ref)}"
        except Refusal:
            # Not as an object that is missing: the client would pull an image.
            pass
    raise forbidden(
        "host-namespace",
        f"a shared namespace ({option} {mode})",
        f"네임스페이스 공유 ({option} {mode})",
    )
