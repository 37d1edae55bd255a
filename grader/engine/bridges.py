"""What the engine does not do for its bridges itself."""

from __future__ import annotations

import contextlib
from functools import partial
from pathlib import Path

from grader.engine.view import in_network


async def refuse_strangers(socket: Path, network: str) -> None:
    """Let the host's kernel drop what comes over the bridge of an internal network to the host.

    Containers may write frames by hand, since `ping` needs raw sockets. The bridge has no address,
    so no source of theirs is one that the host would answer there, and with `rp_filter` at 1 the
    kernel drops such packets (RFC 3704, strict). Where we may not, the host's own setting counts:
    systemd sets 2, which drops them as well. `network`: the id.
    """
    setting = Path(f"/proc/sys/net/ipv4/conf/br-{network[:12]}/rp_filter")
    with contextlib.suppress(OSError):
        await in_network(socket, partial(setting.write_text, "1"))
