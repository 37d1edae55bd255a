"""Which containers have no network as far as the engine knows, and what they are given instead.

For a container whose network is `none` the engine makes a namespace, an endpoint in a network, and
`/etc/hosts` and `/etc/resolv.conf`. In 20.10 that is half of the time of a start. Told
`NetworkDisabled` it makes none of it, the runtime makes a namespace with nothing but a loopback,
and the two files are ours (docs/decisions/0003).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from grader.gateway.policy.bodies import HostConfigBody

HOSTS = "/etc/hosts"
RESOLV_CONF = "/etc/resolv.conf"
FILES = (HOSTS, RESOLV_CONF)
"""What we write; `/etc/hostname` the engine writes in any case."""
_TAKEN_BY_MOUNTS = ("/etc", "/etc/hostname", *FILES)


@dataclass(frozen=True)
class NetworkFilesPlace:
    """A folder on the engine's machine for the files of one container."""

    path: str
    loopback6: bool
    """Whether this engine's containers have `::1`: those of engines since 26 do."""

    def of(self, file: str) -> str:
        """Return where one of the files lies."""
        return f"{self.path}/{file.rpartition('/')[2]}"

    def bodies(self, *, read_only: bool) -> list[dict[str, Any]]:
        """Return the mounts of the files in the engine's form."""
        return [
            {
                "Type": "bind",
                "Source": self.of(file),
                "Target": file,
                "ReadOnly": read_only,
                "BindOptions": {
                    "Propagation": "rslave"
                },  # as of folders: `places` may lie on a volume
            }
            for file in FILES
        ]

    @property
    def sysctls(self) -> dict[str, str]:
        """Settings of the kernel that engines make in a namespace of their own."""
        return {} if self.loopback6 else {"net.ipv6.conf.all.disable_ipv6": "1"}


def suit(host: HostConfigBody, targets: Iterable[str]) -> bool:
    """Return whether files of ours are what the engine's would be.

    `targets`: where the container mounts something. What else can be in the files is left to the
    engine: lines of `--add-host`, `--dns-search` and `--dns-option`.
    """
    wishes = (host.ExtraHosts, host.DnsSearch, host.DnsOptions)
    return not any(wishes) and not set(targets) & set(_TAKEN_BY_MOUNTS)
