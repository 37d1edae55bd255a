"""Which networks there may be, and which of them a container may join.

A network of a student is a bridge of ours: internal, of a small leased range, and with nothing of
the host on it. An internal bridge as the engine makes it still leads to the host's services by its
gateway's address [61] and by the IPv6 address that the kernel gives to any interface; so the bridge
gets neither.
"""

from __future__ import annotations

import ipaddress
import re
import secrets
from dataclasses import dataclass, replace
from typing import Any

from grader.gateway.names import NAME, NAME_CAP, Names
from grader.gateway.policy.bodies import (
    ContainerCreate,
    EndpointBody,
    HostConfigBody,
    IpamBody,
    NetworkCreate,
)
from grader.gateway.policy.rules import own_labels, refuse_wishes
from grader.gateway.refusal import Refusal, forbidden, malformed
from grader.model.lab import Lab

BRIDGE = "bridge"
NONE = "none"
PREDEFINED = (BRIDGE, NONE, "host", "default")
_DEFAULTS = ("default", BRIDGE)
_SHARED = "container:"

RANGE = ipaddress.IPv4Network("198.18.0.0/15")
"""Kept for tests of network devices (RFC 2544): no host has an address here, and none is routed."""

BRIDGE_BITS = 10
"""A bridge has room for 1,023 containers."""

DRIVER_OPTIONS = {
    "com.docker.network.bridge.inhibit_ipv4": "true",
    # Below the least that IPv6 needs: the kernel gives such a bridge no IPv6 address.
    "com.docker.network.driver.mtu": "1279",
}

_ALIAS = re.compile(r"[a-zA-Z0-9]([a-zA-Z0-9_.-]{0,126}[a-zA-Z0-9_])?")
_ALIASES_CAP = 50


@dataclass(frozen=True)
class Endpoint:
    """A container's place in a network, as the student wished it."""

    network: str
    """The student's name of the network."""
    aliases: tuple[str, ...] = ()
    address: str = ""
    """The IPv4 address asked for."""

    def body(self, name: str, *, address: str = "") -> dict[str, Any]:
        """Return the engine's form. `name`: what the container is called, for name resolution.

        The engine resolves its own names of containers. Where it resolves none, in the network
        `bridge`, the student's name is not to be found either.
        """
        if self.network == BRIDGE:
            return {}
        body: dict[str, Any] = {"Aliases": list(dict.fromkeys([*self.aliases, name]))}
        if address or self.address:
            body["IPAMConfig"] = {"IPv4Address": address or self.address}
        return body


@dataclass(frozen=True)
class NetworkChoice:
    """The network side of one `docker create`."""

    shown: str
    """The mode that `docker inspect` shows."""
    endpoint: Endpoint | None = None
    namespace_of: str = ""
    """Id of the container whose network this one shares."""

    def engine_mode(self, names: Names) -> str:
        """Return the mode for the engine: a full id, or none."""
        if self.namespace_of:
            return f"{_SHARED}{self.namespace_of}"
        return names.networks[self.endpoint.network] if self.endpoint else NONE

    def engine_endpoints(self, names: Names, name: str) -> dict[str, Any]:
        """Return the engine's EndpointsConfig, by full ids [46]."""
        if self.endpoint is None:
            return {}
        return {names.networks[self.endpoint.network]: self.endpoint.body(name)}

    def questions(self, host: HostConfigBody) -> dict[str, Any]:
        """Return where names are asked for: nowhere but in the container's own networks [62].

        The engine leaves a question for an unknown name without an answer, so clients are to give
        up soon.
        """
        if self.namespace_of:
            return {"Dns": [], "DnsOptions": [], "DnsSearch": []}
        patience = ["timeout:2", "attempts:2"] if self.endpoint else []
        return {"Dns": ["127.0.0.1"], "DnsOptions": host.DnsOptions or patience}


def choose_network(
    wish: ContainerCreate, host: HostConfigBody, lab: Lab, names: Names
) -> NetworkChoice:
    """Decide which network a container joins. Raises Refusal."""
    mode = host.NetworkMode or "default"
    if mode == "host":
        raise forbidden("host-namespace", "the host's network", "호스트 네트워크 (--network host)")
    asked = (wish.NetworkingConfig.EndpointsConfig if wish.NetworkingConfig else None) or {}
    if not lab.network:
        return _without_networks(mode, asked)
    if mode.startswith(_SHARED):
        if asked:
            raise malformed("a container in another's network has no endpoints of its own")
        id_ = own_container(mode, names)
        return NetworkChoice(f"{_SHARED}{id_}", namespace_of=id_)
    # docker-py leaves the mode at its default where only an endpoint is named.
    wanted = next(iter(asked)) if mode in _DEFAULTS and len(asked) == 1 else mode
    network = _network(wanted, names)
    if any(_network(key, names) != network for key in asked):
        raise malformed(
            "Container cannot be connected to several network endpoints at its creation"
        )
    if network == NONE:
        return NetworkChoice(NONE)
    given = next(iter(asked.values()), None) or EndpointBody()
    endpoint = endpoint_of(network, given, names)
    return NetworkChoice(mode if network == BRIDGE else wanted, endpoint)


def needs_bridge(wish: ContainerCreate, lab: Lab) -> bool:
    """Return whether a container may join the session's network `bridge`."""
    mode = (wish.HostConfig.NetworkMode if wish.HostConfig else None) or "default"
    return lab.network and mode in _DEFAULTS


def endpoint_of(network: str, wish: EndpointBody, names: Names) -> Endpoint:
    """Return an endpoint in an own network. Raises Refusal."""
    refuse_wishes(wish)
    aliases = tuple(wish.Aliases or ())
    if len(aliases) > _ALIASES_CAP or not all(_ALIAS.fullmatch(alias) for alias in aliases):
        raise malformed("a network alias is made of letters, digits, '_', '.' and '-'")
    address = ""
    if wish.IPAMConfig is not None:
        refuse_wishes(wish.IPAMConfig)
        address = wish.IPAMConfig.IPv4Address or ""
    if network == BRIDGE and address:
        raise malformed("user specified IP address is supported on user defined networks only")
    if network == BRIDGE and aliases:
        raise malformed(
            "network-scoped alias is supported only for containers in user defined networks"
        )
    if address:
        _refuse_foreign_address(address, ipaddress.IPv4Network(names.subnets[network]))
    return Endpoint(network, aliases, address)


def create_network(wish: NetworkCreate, name: str, lab: Lab, names: Names) -> dict[str, Any]:
    """Return the engine's body for one `docker network create`, but for its range. Raises Refusal.

    [34, 60]
    """
    if not lab.network:
        raise forbidden("network", "networks", "네트워크")
    refuse_wishes(wish)
    if name in PREDEFINED:
        raise Refusal(
            403, "network-name", f"operation is not permitted on predefined {name} network"
        )
    if not NAME.fullmatch(name) or len(name) > NAME_CAP:
        raise malformed(f"invalid network name: {name[:80]!r}")
    if wish.Driver not in (None, "", "bridge"):
        raise forbidden(
            "network-driver", f"the driver {wish.Driver!r}", f"드라이버 {wish.Driver!r}"
        )
    _refuse_ranges(wish.IPAM)
    if name in names.networks:
        raise Refusal(409, "conflict", f"network with name {name} already exists")
    return network_body(names.real(name), own_labels(wish.Labels))


def network_body(real: str, labels: dict[str, str]) -> dict[str, Any]:
    """Return the engine's body for a network, but for its range."""
    return {
        "Name": real,
        "CheckDuplicate": True,
        "Driver": "bridge",
        "Internal": True,
        "Options": dict(DRIVER_OPTIONS),
        "Labels": labels,
    }


def any_subnet(containers: int) -> ipaddress.IPv4Network:
    """Return a random range with room for so many containers, a gateway and the two ends."""
    bits = min(max(4, (containers + 3).bit_length()), BRIDGE_BITS)
    number = secrets.randbelow(2 ** (32 - RANGE.prefixlen - bits))
    return ipaddress.IPv4Network((int(RANGE.network_address) + (number << bits), 32 - bits))


def own_container(mode: str, names: Names) -> str:
    """Return the id of the container whose network is shared. Raises Refusal, never 404 [47]."""
    try:
        return names.container(mode.removeprefix(_SHARED))
    except Refusal:
        raise forbidden("network", f"the network {mode!r}", f"네트워크 {mode!r}") from None


def renamed(endpoint: Endpoint, address: str) -> Endpoint:
    """Return an endpoint that keeps its address."""
    return replace(endpoint, address=address)


def _without_networks(mode: str, asked: dict[str, EndpointBody | None]) -> NetworkChoice:
    known = {*_DEFAULTS, NONE}
    for name in (mode, *sorted(asked)):
        if name not in known:
            raise forbidden("network", f"the network {name!r}", f"네트워크 {name!r}")
    return NetworkChoice(mode)


def _network(ref: str, names: Names) -> str:
    if ref in _DEFAULTS:
        return BRIDGE
    try:
        return names.network(ref)
    except Refusal as unknown:
        # Not 404: the client would take that for a missing image.
        raise Refusal(400, "unknown-object", unknown.message) from None


def _refuse_foreign_address(text: str, subnet: ipaddress.IPv4Network) -> None:
    try:
        inside = ipaddress.IPv4Address(text) in subnet
    except ValueError:
        raise malformed(f"invalid IPv4 address: {text[:80]}") from None
    if not inside:
        raise malformed(
            f"Invalid address {text}: It does not belong to any of this network's subnets"
        )


def _refuse_ranges(ipam: IpamBody | None) -> None:
    if ipam is None:
        return
    refuse_wishes(ipam)
    if ipam.Driver not in (None, "", "default"):
        raise forbidden("network-range", "IPAM drivers", "IPAM 드라이버 (--ipam-driver)")
    if any(part for part in ipam.Config or ()):
        raise forbidden(
            "network-range",
            "address ranges of one's own (--subnet, --gateway, --ip-range); the lab gives one",
            "주소 범위 지정 (--subnet, --gateway, --ip-range); 실습이 정해 줍니다",
        )
