"""Networks of a session: private, with names, and without a way out."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from opened_gateway import IMAGE, OpenedGateway

from grader.model.lab import Lab, Limits
from grader.model.record import Text

pytestmark = pytest.mark.engine

LAB = Lab(
    id="nets",
    title=Text(ko="시험", en="test"),
    images=(IMAGE,),
    network=True,
    limits=Limits(networks=5, containers=40),
)
SERVE = "while :; do nc -l -p 80 -e echo hello; done"


@pytest.fixture(scope="module")
def gateway() -> Iterator[OpenedGateway]:
    with OpenedGateway(LAB) as opened:
        opened.docker("network", "create", "--label", "course=os", "net")
        opened.docker("run", "-d", "--name", "web", "--network", "net", "alpine", "sh", "-c", SERVE)
        opened.docker("create", "alpine")
        yield opened


def inspected(gateway: OpenedGateway, *words: str) -> Any:  # noqa: ANN401
    return json.loads(gateway.docker(*words).stdout)[0]


def run(gateway: OpenedGateway, network: str, script: str) -> str:
    answer = gateway.docker(
        "run", "--rm", "--network", network, "alpine", "sh", "-c", f"exec 2>&1; {script}"
    )
    return answer.stdout + answer.stderr


def fetch(name: str) -> str:
    """Words that ask until the server listens, for it may have just been started."""
    return (
        f'for n in 1 2 3 4 5 6 7 8 9; do [ "$(nc -w 5 {name} 80 </dev/null)" ] && break; sleep 0.3;'
        f" done 2>/dev/null; [ $n = 9 ] || echo hello"
    )


def unknown(name: str) -> str:
    return f"nslookup -timeout=1 -retry=1 {name} >/dev/null || echo unknown"


def test_containers_of_a_network_find_each_other_by_name(gateway: OpenedGateway) -> None:
    assert run(gateway, "net", fetch("web")) == "hello\n"
    told = inspected(gateway, "network", "inspect", "net")
    assert [place["Name"] for place in told["Containers"].values()] == ["web"]
    assert (told["Driver"], told["Internal"], told["Labels"]) == ("bridge", False, {"course": "os"})
    assert gateway.session.token not in json.dumps(told)
    networks = inspected(gateway, "inspect", "web")["NetworkSettings"]["Networks"]
    assert list(networks) == ["net"]
    assert "web" not in (networks["net"]["Aliases"] or [])
    listed = gateway.docker("network", "ls", "--format", "{{.Name}} {{.Driver}}").stdout
    assert {"bridge bridge", "none null", "net bridge"} <= set(listed.splitlines())


def test_the_bridge_that_nobody_named_resolves_no_names(gateway: OpenedGateway) -> None:
    gateway.docker("run", "-d", "--name", "plain", "alpine", "sh", "-c", SERVE)
    told = inspected(gateway, "inspect", "plain")
    address = told["NetworkSettings"]["IPAddress"]
    assert told["NetworkSettings"]["Networks"]["bridge"]["IPAddress"] == address
    assert told["HostConfig"]["NetworkMode"] in ("default", "bridge")
    assert run(gateway, "bridge", fetch(address)) == "hello\n"
    assert "unknown" in run(gateway, "bridge", unknown("plain"))
    bridge = inspected(gateway, "network", "inspect", "bridge")
    assert "plain" in [place["Name"] for place in bridge["Containers"].values()]


def test_a_renamed_container_is_found_by_its_new_name(gateway: OpenedGateway) -> None:
    gateway.docker("network", "create", "other")
    words = ("--network", "other", "--network-alias", "site")
    gateway.docker("run", "-d", "--name", "first", *words, "alpine", "sh", "-c", SERVE)
    before = inspected(gateway, "inspect", "first")["NetworkSettings"]["Networks"]["other"]
    assert gateway.docker("rename", "first", "second").returncode == 0
    after = inspected(gateway, "inspect", "second")["NetworkSettings"]["Networks"]["other"]
    assert after["IPAddress"] == before["IPAddress"]
    assert after["IPAMConfig"] is None
    assert run(gateway, "other", fetch("second")) == "hello\n"
    assert run(gateway, "other", fetch("site")) == "hello\n"
    assert "unknown" in run(gateway, "other", unknown("first"))


def test_connect_and_disconnect(gateway: OpenedGateway) -> None:
    gateway.docker("network", "create", "extra")
    gateway.docker("run", "-d", "--name", "both", "alpine", "sh", "-c", SERVE)
    assert gateway.docker("network", "connect", "--alias", "db", "extra", "both").returncode == 0
    assert run(gateway, "extra", f"{fetch('both')}; {fetch('db')}") == "hello\nhello\n"
    listed = gateway.docker("ps", "--filter", "network=extra", "--format", "{{.Names}}").stdout
    assert listed == "both\n"
    refused = gateway.docker("network", "rm", "extra")
    assert "has active endpoints" in refused.stderr
    assert gateway.session.token not in refused.stderr
    assert gateway.docker("network", "disconnect", "extra", "both").returncode == 0
    assert gateway.docker("network", "rm", "extra").returncode == 0
    assert "network extra not found" in gateway.docker("network", "inspect", "extra").stderr
    record = gateway.session.recorder
    assert [(r.name, r.removed_step) for r in record.past_networks if r.name == "extra"] == [
        ("extra", 0)
    ]
    id_ = gateway.session.names.container("both")
    assert record.lives[id_].record().networks == ("bridge", "extra")


def test_an_address_may_be_asked_for_within_the_network_only(gateway: OpenedGateway) -> None:
    subnet = inspected(gateway, "network", "inspect", "net")["IPAM"]["Config"][0]["Subnet"]
    wanted = f"{subnet.rpartition('.')[0]}.{int(subnet.split('/')[0].rpartition('.')[2]) + 9}"
    make = ("create", "--network", "net", "--ip")
    name = gateway.docker(*make, wanted, "alpine").stdout.strip()
    told = inspected(gateway, "inspect", name)["NetworkSettings"]["Networks"]["net"]
    assert told["IPAMConfig"] == {"IPv4Address": wanted}
    assert "does not belong" in gateway.docker(*make, "198.18.255.255", "alpine").stderr
    assert "does not belong" in gateway.docker(*make, "192.168.0.7", "alpine").stderr


def test_prune_takes_own_networks_without_containers(gateway: OpenedGateway) -> None:
    gateway.docker("network", "create", "--label", "old", "idle")
    kept = gateway.docker("network", "prune", "-f", "--filter", "label=new").stdout
    assert "idle" not in kept
    with OpenedGateway(LAB) as bob:
        bob.docker("network", "create", "idle")
        assert gateway.docker("network", "prune", "-f", "--filter", "label=old").stdout == (
            "Deleted Networks:\nidle\n\n"
        )
        assert bob.docker("network", "inspect", "idle").returncode == 0
    assert gateway.docker("network", "inspect", "net").returncode == 0


def test_a_network_of_ones_own_is_of_no_use_where_the_lab_has_none() -> None:
    lab = LAB.model_copy(update={"network": False})
    with OpenedGateway(lab) as gateway:
        assert "not allowed in this lab" in gateway.docker("network", "create", "net").stderr
        seen = gateway.docker("run", "--rm", "alpine", "cat", "/proc/net/dev").stdout
        assert "eth" not in seen
        assert gateway.docker("network", "prune", "-f").returncode == 0
        assert gateway.session.names.networks == {}


def test_many_sessions_make_networks_at_the_same_time() -> None:
    with OpenedGateway(LAB) as one, OpenedGateway(LAB) as two, ThreadPoolExecutor() as pool:
        made = pool.map(
            lambda n: (one, two)[n % 2].docker("network", "create", f"n{n // 2}").returncode,
            range(8),
        )
        assert list(made) == [0] * 8
        ranges = [*one.session.names.subnets.values(), *two.session.names.subnets.values()]
        assert len(set(ranges)) == 8
        refused = [one.docker("network", "create", f"m{n}").stderr for n in range(2)][1]
        assert "more than 5 networks" in refused


@pytest.mark.parametrize("name", ["container:x", "a/b", "x y", "../up", "bridge", "host", "none"])
def test_threat_34_names_that_could_mean_something_else(gateway: OpenedGateway, name: str) -> None:
    status, _ = gateway.post("/networks/create", {"Name": name})
    assert status in (400, 403)


def test_threat_34_no_two_networks_of_one_name(gateway: OpenedGateway) -> None:
    answer = gateway.docker("network", "create", "net")
    assert "network with name net already exists" in answer.stderr
    id_ = gateway.session.names.networks["net"]
    # A network named as another's id does not come before it.
    assert gateway.docker("network", "create", id_[:12]).returncode == 0
    assert inspected(gateway, "network", "inspect", id_)["Name"] == "net"
    gateway.docker("network", "rm", id_[:12])


def test_threat_39_another_sessions_network_does_not_exist(gateway: OpenedGateway) -> None:
    id_ = gateway.session.names.networks["net"]
    real = f"{gateway.session.token}-net"
    with OpenedGateway(LAB) as bob:
        bob.docker("create", "--name", "mine", "alpine")
        for ref in ("net", id_, id_[:12], real):
            for words in (["inspect"], ["rm"], ["connect"], ["disconnect"]):
                more = ["mine"] if "connect" in words[0] else []
                answer = bob.docker("network", *words, ref, *more)
                assert "not found" in answer.stderr, answer.stderr
            refused = bob.docker("run", "--network", ref, "alpine", "true")
            assert refused.returncode == 125
            assert "Pulling" not in refused.stderr
            assert "Unable to find image" not in refused.stderr
        assert bob.docker("ps", "-q", "--filter", f"network={id_}").stdout == ""
        told = bob.docker("network", "inspect", "bridge", "none").stdout
        assert "web" not in told
        assert "net\n" not in bob.docker("network", "ls", "--format", "{{.Name}}").stdout


def test_threat_46_none_is_none_whatever_the_endpoints_say(gateway: OpenedGateway) -> None:
    for mode, endpoints in (
        ("none", {"net": {}}),
        ("none", {"bridge": {}}),
        ("net", {"net": {}, "bridge": {}}),
        ("none", {gateway.session.names.networks["net"]: None}),
    ):
        body = {
            "Image": "alpine",
            "HostConfig": {"NetworkMode": mode},
            "NetworkingConfig": {"EndpointsConfig": endpoints},
        }
        status, _ = gateway.post("/containers/create", body)
        assert status == 400
    seen = run(gateway, "none", "cat /proc/net/dev")
    assert "eth" not in seen


def test_threat_47_namespaces_of_own_containers_only(gateway: OpenedGateway) -> None:
    with OpenedGateway(LAB) as bob:
        id_ = gateway.session.names.container("web")
        for option in ("--network", "--pid", "--ipc"):
            for ref in (id_, "web", f"{gateway.session.token}-web"):
                refused = bob.docker("create", option, f"container:{ref}", "alpine")
                assert "not allowed in this lab" in refused.stderr
            assert (
                "not allowed in this lab" in bob.docker("create", option, "host", "alpine").stderr
            )
    assert run(gateway, "container:web", fetch("127.0.0.1")) == "hello\n"
    shared = gateway.docker("run", "--rm", "--pid", "container:web", "alpine", "ps")
    assert "nc -l" in shared.stdout


def test_threat_59_a_published_port_is_on_record_and_not_open(gateway: OpenedGateway) -> None:
    with socket.socket() as taken:
        taken.bind(("0.0.0.0", 0))  # noqa: S104 - the port must be taken everywhere
        port = taken.getsockname()[1]
        words = ("--name", "published", "-p", f"{port}:80", "alpine", "sleep", "300")
        assert gateway.docker("run", "-d", *words).returncode == 0
    with socket.socket() as client:
        assert client.connect_ex(("127.0.0.1", port)) != 0
    id_ = gateway.session.names.container("published")
    assert gateway.session.recorder.lives[id_].record().ports == (f"{port}:80/tcp",)


@pytest.mark.parametrize(
    "wish",
    [
        {"Driver": "macvlan", "Options": {"parent": "eth0"}},
        {"Driver": "host"},
        {"Options": {"com.docker.network.bridge.name": "docker0"}},
        {"Options": {"com.docker.network.bridge.host_binding_ipv4": "0.0.0.0"}},  # noqa: S104
        {"IPAM": {"Config": [{"Subnet": "8.8.8.0/24"}]}},
        {"IPAM": {"Driver": "other"}},
        {"EnableIPv6": True},
        {"Scope": "swarm"},
        {"Ingress": True},
        {"ConfigOnly": True},
        {"ConfigFrom": {"Network": "host"}},
    ],
)
def test_threat_60_networks_that_reach_the_host(
    gateway: OpenedGateway, wish: dict[str, Any]
) -> None:
    status, text = gateway.post("/networks/create", {"Name": "bad"} | wish)
    assert status == 403
    assert "실습" in text
    assert "bad" not in gateway.session.names.networks


@pytest.mark.parametrize("network", ["net", "bridge"])
def test_threat_60_every_network_is_internal_at_the_engine(
    gateway: OpenedGateway, network: str
) -> None:
    id_ = gateway.session.names.networks[network]
    told = gateway.run(gateway.engine.call("GET", f"/networks/{id_}"))
    assert (told["Driver"], told["Internal"], told["EnableIPv6"]) == ("bridge", True, False)


@contextmanager
def listening_host() -> Iterator[tuple[int, list[str]]]:
    """Listen on all addresses of the machine, TCP and UDP, and note who comes."""
    came: list[str] = []
    with socket.socket(socket.AF_INET6) as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp:
        tcp.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        tcp.bind(("::", 0))
        tcp.listen()
        port = tcp.getsockname()[1]
        udp.bind(("0.0.0.0", port))  # noqa: S104

        def accept() -> None:
            while True:
                try:
                    connection, who = tcp.accept()
                except OSError:
                    return
                connection.close()
                came.append(f"tcp {who}")

        def receive() -> None:
            while text := udp.recv(100):
                if text == b"end":
                    return
                came.append(f"udp {text!r}")

        threads = [threading.Thread(target=work) for work in (accept, receive)]
        for thread in threads:
            thread.start()
        try:
            yield port, came
        finally:
            with socket.socket(type=socket.SOCK_DGRAM) as last:
                last.sendto(b"end", ("127.0.0.1", port))
            tcp.shutdown(socket.SHUT_RDWR)
            for thread in threads:
                thread.join()


def host_addresses() -> set[str]:
    told = {info[4][0] for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)}
    with socket.socket(type=socket.SOCK_DGRAM) as towards:
        towards.connect(("192.0.2.1", 9))
        told.add(towards.getsockname()[0])
    return {address for address in map(str, told) if not address.startswith("127.")}


@pytest.mark.parametrize("network", ["net", "bridge"])
def test_threat_61_no_service_of_the_host_can_be_reached(
    gateway: OpenedGateway, network: str
) -> None:
    subnet = inspected(gateway, "network", "inspect", network)["IPAM"]["Config"][0]
    base, _, last = subnet["Subnet"].partition("/")[0].rpartition(".")
    addresses = {f"{base}.{int(last) + 1}", *host_addresses(), "172.17.0.1"}
    with listening_host() as (port, came):
        with socket.create_connection(("127.0.0.1", port)):
            pass
        tries = [
            f"echo x | nc -w 1 {a} {port} & traceroute -m 1 -q 1 -w 1 -p {port} {a} & "
            for a in sorted(addresses)
        ]
        run(gateway, network, "".join(tries) + "wait")
        # Only our own knock, which shows that somebody listens.
        assert len(came) == 1, came
    # Nor has the bridge an IPv6 address, while there is a container to reach it.
    gateway.docker("run", "-d", "--name", "stays", "--network", network, IMAGE, "sleep", "600")
    id_ = gateway.session.names.networks[network]
    with open("/proc/net/if_inet6", encoding="ascii") as interfaces:  # noqa: PTH123
        assert f"br-{id_[:12]}" not in interfaces.read()
    gateway.docker("rm", "-f", "stays")


FRAME = """
import socket, struct, sys
to, address, own, port = sys.argv[1:]
def checksum(head):
    total = sum(struct.unpack("!10H", head))
    return ~(total % 65535 or 65535) & 0xffff
text = b"by hand"
udp = struct.pack("!4H", 40000, int(port), 8 + len(text), 0) + text
head = [0x45, 0, 20 + len(udp), 1, 0, 64, 17, 0, socket.inet_aton(own), socket.inet_aton(address)]
head[7] = checksum(struct.pack("!BBHHHBBH4s4s", *head))
ip = struct.pack("!BBHHHBBH4s4s", *head)
link = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
link.bind(("eth0", 0))
mac = bytes.fromhex(to.replace(":", ""))
link.send(mac + link.getsockname()[4] + b"\\x08\\x00" + ip + udp)
"""
"""Sends one UDP packet as a frame made by hand: MAC and address of the host, own address, port."""


def test_threat_61_no_frame_made_by_hand_reaches_the_host(gateway: OpenedGateway) -> None:
    bridge = Path(f"/sys/class/net/br-{gateway.session.names.networks['net'][:12]}/address")
    if not bridge.exists():
        pytest.skip("this engine's bridges are in a network namespace of its own")
    gateway.docker("run", "-d", "--name", "hand", "--network", "net", IMAGE, "sleep", "600")
    id_ = gateway.session.names.container("hand")
    told = gateway.run(gateway.engine.call("GET", f"/containers/{id_}/json"))
    own = next(iter(told["NetworkSettings"]["Networks"].values()))["IPAddress"]
    with listening_host() as (port, came):
        for address in sorted(host_addresses()):
            inside = ["nsenter", f"--net=/proc/{told['State']['Pid']}/ns/net"]
            frame = [sys.executable, "-c", FRAME, bridge.read_text().strip(), address, own]
            subprocess.run([*inside, *frame, str(port)], check=True)
        with socket.socket(type=socket.SOCK_DGRAM) as knock:
            knock.sendto(b"knock", ("127.0.0.1", port))
        # Sent after the frames, on the same machine: what they carried would have come by now.
        until = time.monotonic() + 60
        while not any("knock" in text for text in came) and time.monotonic() < until:
            time.sleep(0.05)
        assert len(came) == 1, came
    gateway.docker("rm", "-f", "hand")


def test_threat_62_no_name_outside_is_asked_for(gateway: OpenedGateway) -> None:
    assert "1 packets received" in run(gateway, "net", "ping -c 1 -W 5 web")
    assert "unknown" in run(gateway, "net", unknown("example.com"))
    assert "nameserver 127.0.0.11" in run(gateway, "net", "cat /etc/resolv.conf")
    real = gateway.session.names.container("web")
    told = gateway.run(gateway.engine.call("GET", f"/containers/{real}/json"))
    assert told["HostConfig"]["Dns"] == ["127.0.0.1"]


def test_added_hosts_are_addresses(gateway: OpenedGateway) -> None:
    made = gateway.docker(
        "run", "--rm", "--add-host", "db:10.0.0.9", "alpine", "cat", "/etc/hosts"
    ).stdout
    assert "10.0.0.9\tdb" in made
    refused = gateway.docker("run", "--add-host", "up:host-gateway", "alpine", "true")
    assert "not allowed in this lab" in refused.stderr


def test_a_network_that_has_gone_under_a_stopped_container(gateway: OpenedGateway) -> None:
    gateway.docker("network", "create", "brief")
    gateway.docker("create", "--name", "stays", "--network", "brief", "alpine", "true")
    assert gateway.docker("network", "rm", "brief").returncode == 0
    assert gateway.docker("rename", "stays", "stayed").returncode == 0
    answer = gateway.docker("start", "stayed")
    assert answer.returncode == 1
    assert "not found" in answer.stderr
    assert gateway.session.token not in answer.stderr
    assert gateway.session.fault is None
