"""The fields of a create and an update: the table is complete, and each wish stays in bounds."""

from __future__ import annotations

import json
from typing import Any

import pytest

from grader.gateway.names import Names
from grader.gateway.policy.bodies import (
    ContainerCreate,
    ContainerUpdate,
    ExecCreate,
    HealthcheckBody,
    HostConfigBody,
)
from grader.gateway.policy.container import create_container
from grader.gateway.policy.execs import create_exec
from grader.gateway.policy.updates import UpdatePlan, update_container
from grader.gateway.refusal import Refusal
from grader.gateway.request import parse_body
from grader.gateway.view.ports import bindings
from grader.model.lab import Lab, Limits
from grader.model.record import Text

CONFIG = """
ArgsEscaped AttachStderr AttachStdin AttachStdout Cmd Domainname Entrypoint Env ExposedPorts
Healthcheck Hostname Image Labels MacAddress NetworkDisabled OnBuild OpenStdin Shell StdinOnce
StopSignal StopTimeout Tty User Volumes WorkingDir
"""
HOST_CONFIG = """
AutoRemove Binds BlkioDeviceReadBps BlkioDeviceReadIOps BlkioDeviceWriteBps BlkioDeviceWriteIOps
BlkioWeight BlkioWeightDevice CapAdd CapDrop Cgroup CgroupParent CgroupnsMode ConsoleSize
ContainerIDFile CpuCount CpuPercent CpuPeriod CpuQuota CpuRealtimePeriod CpuRealtimeRuntime
CpuShares CpusetCpus CpusetMems DeviceCgroupRules DeviceRequests Devices Dns DnsOptions DnsSearch
ExtraHosts GroupAdd IOMaximumBandwidth IOMaximumIOps Init IpcMode Isolation KernelMemory
KernelMemoryTCP Links LogConfig MaskedPaths Memory MemoryReservation MemorySwap MemorySwappiness
Mounts NanoCpus NetworkMode OomKillDisable OomScoreAdj PidMode PidsLimit PortBindings Privileged
PublishAllPorts ReadonlyPaths ReadonlyRootfs RestartPolicy Runtime SecurityOpt ShmSize StorageOpt
Sysctls Tmpfs UTSMode Ulimits UsernsMode VolumeDriver VolumesFrom
"""
"""All names of the engine's own description of version 1.41."""
NEWER = {"Annotations"}
"""Of versions up to 1.55."""
MISPLACED = {"Runtime"}
"""What docker-py sets beside HostConfig too."""

MIB = 1024 * 1024
LAB = Lab(
    id="t",
    title=Text(ko="", en=""),
    images=("alpine:latest",),
    limits=Limits(memory_mb=100, cpus=0.5, pids=50, file_mb=10),
)
OWN = "c" * 64


def made(body: dict[str, Any]) -> dict[str, Any]:
    names = Names("lgsession", images={"alpine:latest": "sha256:" + "a" * 64})
    names.containers[OWN] = "web"
    wish = parse_body(ContainerCreate, json.dumps({"Image": "alpine"} | body).encode())
    return create_container(wish, LAB, names, {}, {}).body


def updated(body: dict[str, Any], *, auto_remove: bool = False) -> UpdatePlan:
    wish = parse_body(ContainerUpdate, json.dumps(body).encode())
    return update_container(wish, LAB, auto_remove=auto_remove)


def test_the_table_classifies_every_field_that_the_engine_knows() -> None:
    parts = {"HostConfig", "NetworkingConfig"}
    assert set(ContainerCreate.model_fields) == set(CONFIG.split()) | parts | MISPLACED
    assert set(HostConfigBody.model_fields) == set(HOST_CONFIG.split()) | NEWER
    classes = ("allow", "rewrite", "force", "drop", "refuse")
    for model in (ContainerCreate, HostConfigBody, ContainerUpdate, ExecCreate, HealthcheckBody):
        told = [name for kind in classes for name in model.fields_of(kind)]
        assert sorted(told) == sorted(model.model_fields)


def test_threat_54_a_health_check_does_not_storm_the_engine() -> None:
    probe = {"Test": ["CMD", "true"], "Interval": 1_000_000, "Timeout": 1, "Retries": 1_000_000}
    clamped = made({"Healthcheck": probe | {"StartPeriod": 0, "StartInterval": 1}})["Healthcheck"]
    assert clamped == {
        "Test": ["CMD", "true"],
        "Interval": 1_000_000_000,
        "Timeout": 1_000_000_000,
        "Retries": 100,
    }


def test_published_ports_are_kept_as_asked() -> None:
    names = Names("lgsession", images={"alpine:latest": "sha256:" + "a" * 64})
    host = {"PortBindings": {"80/tcp": [{"HostPort": "8080"}], "53/udp": None}}
    wish = {"Image": "alpine", "ExposedPorts": {"90/tcp": {}}, "HostConfig": host}
    for publish_all, expected in ((False, ()), (True, (":90/tcp",))):
        host["PublishAllPorts"] = publish_all  # type: ignore[assignment]
        body = parse_body(ContainerCreate, json.dumps(wish).encode())
        plan = create_container(body, LAB, names, {}, {})
        assert plan.ports == (":53/udp", "8080:80/tcp", *expected)
        assert plan.body["HostConfig"].get("PortBindings") is None


def test_what_an_option_may_ask_for_is_bounded() -> None:
    host = {
        "MemoryReservation": 10**12,
        "GroupAdd": ["100"],
        "ExtraHosts": ["db:10.1.2.3"],
        "Ulimits": [
            {"Name": "nofile", "Soft": 1024, "Hard": 10**9},
            {"Name": "fsize", "Soft": -1, "Hard": -1},
            {"Name": "rtprio", "Soft": 99, "Hard": 99},
        ],
    }
    body = made({"StopTimeout": 3600, "HostConfig": host})
    assert body["StopTimeout"] == 10
    asked = body["HostConfig"]
    assert asked["MemoryReservation"] == 100 * MIB
    assert (asked["GroupAdd"], asked["ExtraHosts"]) == (["100"], ["db:10.1.2.3"])
    limits = {limit["Name"]: (limit["Soft"], limit["Hard"]) for limit in asked["Ulimits"]}
    assert limits == {
        "nofile": (1024, 1_048_576),
        "fsize": (10 * MIB, 10 * MIB),
        "rtprio": (0, 0),
    }


@pytest.mark.parametrize(
    "body",
    [
        {"HostConfig": {"GroupAdd": ["docker"]}},
        {"HostConfig": {"Ulimits": [{"Name": "magic", "Soft": 1, "Hard": 1}]}},
        {"HostConfig": {"Ulimits": [{"Name": "nofile", "Soft": 2, "Hard": 1}]}},
        {"HostConfig": {"AutoRemove": True, "RestartPolicy": {"Name": "always"}}},
        {"Cmd": ["x" * 60_000]},
        {"ExposedPorts": {"web/tcp": {}}},
        {"HostConfig": {"PortBindings": {"80/tcp": [{"HostPort": "0x50"}]}}},
        {"HostConfig": {"LogConfig": ["json-file"]}},
        {"HostConfig": {"LogConfig": {"Type": "unheard-of"}}},
        {"Entrypoint": "x" * 60_000},
        {"Healthcheck": {"Test": ["CMD", "x" * 60_000]}},
    ],
)
def test_what_the_engine_could_not_carry_out_is_refused(body: dict[str, Any]) -> None:
    with pytest.raises(Refusal) as refused:
        made(body)
    assert refused.value.status == 400


def test_a_long_program_of_an_exec_is_refused() -> None:
    wish = parse_body(ExecCreate, json.dumps({"Cmd": ["x" * 60_000]}).encode())
    with pytest.raises(Refusal, match="characters"):
        create_exec(wish, {})


def test_threat_47_namespaces_are_shared_with_ones_own_containers_only() -> None:
    host = made({"HostConfig": {"PidMode": "container:web", "IpcMode": "shareable"}})["HostConfig"]
    assert (host["PidMode"], host["IpcMode"]) == (f"container:{OWN}", "shareable")
    for mode in ("host", "container:foreign", f"container:{'d' * 64}", "container:"):
        for field in ("PidMode", "IpcMode"):
            with pytest.raises(Refusal) as refused:
                made({"HostConfig": {field: mode}})
            assert refused.value.status == 403


def test_threat_51_an_update_stays_within_what_the_lab_gives() -> None:
    more = updated({"Memory": 10**12, "MemorySwap": -1, "NanoCpus": 10**12, "PidsLimit": -1})
    assert more.body == {
        "Memory": 100 * MIB,
        "MemorySwap": 100 * MIB,
        "NanoCpus": 500_000_000,
        "PidsLimit": 50,
    }
    assert updated({"PidsLimit": 0}).body == {"PidsLimit": 50}
    less = updated({"Memory": 20 * MIB, "PidsLimit": 10, "CpuShares": 512})
    assert less.body == {"Memory": 20 * MIB, "MemorySwap": 20 * MIB, "PidsLimit": 10}
    assert less.shown == {"Memory": 20 * MIB, "PidsLimit": 10, "CpuShares": 512}
    assert updated({"RestartPolicy": {"Name": "always", "MaximumRetryCount": 0}}).body == {}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"Devices": [{"PathOnHost": "/dev/sda"}]}, 403),
        ({"BlkioDeviceReadBps": [{"Path": "/dev/sda", "Rate": 1}]}, 403),
        ({"Memory": 1}, 400),
        ({"memory": 1}, 400),
        ({"Privileged": True}, 400),
        ({"RestartPolicy": {"Name": "sometimes"}}, 400),
        ({"RestartPolicy": {"Name": "always"}}, 409),
    ],
)
def test_an_update_cannot_do_what_a_create_cannot(body: dict[str, Any], status: int) -> None:
    with pytest.raises(Refusal) as refused:
        updated(body, auto_remove=True)
    assert refused.value.status == status


@pytest.mark.parametrize("place", ["/etc", "/etc/passwd", "/x/../etc/group"])
def test_nothing_is_mounted_over_the_files_of_users(place: str) -> None:
    with pytest.raises(Refusal, match="not allowed in this lab"):
        made({"HostConfig": {"Binds": [f"data:{place}"]}})


def test_what_docker_py_writes_in_its_own_way_is_read_as_the_engine_reads_it() -> None:
    body = made(
        {"Runtime": "other", "HostConfig": {"Isolation": "default", "VolumeDriver": "local"}}
    )
    assert "Runtime" not in body
    assert not {"Isolation", "VolumeDriver"} & set(body["HostConfig"])
    with pytest.raises(Refusal):
        made({"HostConfig": {"Isolation": "hyperv"}})
    wish = parse_body(ExecCreate, b'{"Cmd":["x"],"detachKeys":"ctrl-a"}')
    assert create_exec(wish, {})["DetachKeys"] == "ctrl-a"
    with pytest.raises(Refusal):
        parse_body(ExecCreate, b'{"DetachKeys":"ctrl-b","detachKeys":"ctrl-a"}')


def test_a_published_port_shows_the_address_that_was_asked_for() -> None:
    names = Names("lgsession", images={"alpine:latest": "sha256:" + "a" * 64})
    places = [{"HostIp": "127.0.0.1", "HostPort": "80"}, {"HostIp": "x", "HostPort": "81"}]
    wish = {"Image": "alpine", "HostConfig": {"PortBindings": {"80/tcp": places, "9/udp": None}}}
    plan = create_container(
        parse_body(ContainerCreate, json.dumps(wish).encode()), LAB, names, {}, {}
    )
    assert bindings(plan) == {
        "80/tcp": [
            {"HostIp": "127.0.0.1", "HostPort": "80"},
            {"HostIp": "0.0.0.0", "HostPort": "81"},  # noqa: S104 - shown, never bound
        ],
        "9/udp": [{"HostIp": "0.0.0.0", "HostPort": "49153"}],  # noqa: S104
    }
