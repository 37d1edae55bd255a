from __future__ import annotations

import json
import re
from typing import Any

import pytest

from grader.gateway.names import Names
from grader.gateway.policy.bodies import ContainerCreate, ExecCreate, HostConfigBody
from grader.gateway.policy.container import CreatePlan, create_container, without_network
from grader.gateway.policy.execs import create_exec
from grader.gateway.policy.network_files import NetworkFilesPlace
from grader.gateway.refusal import Refusal
from grader.gateway.request import parse_body
from grader.model.lab import Lab, Limits
from grader.model.record import Text

LAB = Lab(
    id="t",
    title=Text(ko="", en=""),
    images=("alpine:latest",),
    limits=Limits(memory_mb=100, cpus=0.5, pids=50),
)
PROMPT = {"PS1": "prompt"}


def plan(body: dict[str, Any]) -> CreatePlan:
    names = Names("lgsession", images={"alpine:latest": "sha256:" + "a" * 64})
    wish = parse_body(ContainerCreate, json.dumps({"Image": "alpine"} | body).encode())
    return create_container(wish, LAB, names, PROMPT, {"lab-grader.session": "lgsession"})


@pytest.mark.parametrize(
    ("host", "rule"),
    [
        ({"Privileged": True}, "privileged"),
        ({"CapAdd": ["SYS_ADMIN"]}, "capability"),
        ({"Devices": [{"PathOnHost": "/dev/sda"}]}, "device"),
        ({"DeviceRequests": [{"Count": -1}]}, "device"),
        ({"DeviceCgroupRules": ["a *:* rwm"]}, "device"),
        ({"PidMode": "host"}, "host-namespace"),
        ({"PidMode": "container:x"}, "host-namespace"),
        ({"IpcMode": "host"}, "host-namespace"),
        ({"IpcMode": "container:x"}, "host-namespace"),
        ({"UTSMode": "host"}, "host-namespace"),
        ({"UsernsMode": "host"}, "host-namespace"),
        ({"NetworkMode": "host"}, "host-namespace"),
        ({"NetworkMode": "container:x"}, "network"),
        ({"NetworkMode": "othernet"}, "network"),
        ({"Binds": ["/etc:/x"]}, "host-mount"),
        ({"Binds": ["../etc:/x"]}, "host-mount"),
        ({"Mounts": [{"Type": "bind", "Source": "/etc", "Target": "/x"}]}, "host-mount"),
        ({"Mounts": [{"Type": "bind", "Source": "etc", "Target": "/x"}]}, "host-mount"),
        (
            {
                "Mounts": [
                    {
                        "Type": "volume",
                        "Target": "/x",
                        "VolumeOptions": {"DriverConfig": {"Options": {"o": "bind"}}},
                    }
                ]
            },
            "option",
        ),
        ({"Mounts": [{"Type": "volume", "Target": "/proc/x"}]}, "mount-target"),
        ({"Tmpfs": {"/x": "exec,suid"}}, "tmpfs-option"),
        ({"VolumeDriver": "nfs"}, "volume-driver"),
        ({"Links": ["other:x"]}, "link"),
        ({"ExtraHosts": ["x:host-gateway"]}, "extra-host"),
        ({"Sysctls": {"kernel.x": "1"}}, "sysctl"),
        ({"MaskedPaths": []}, "unmask"),
        ({"ReadonlyPaths": []}, "unmask"),
        ({"StorageOpt": {"size": "1T"}}, "option"),
        ({"Annotations": {"a": "b"}}, "option"),
    ],
)
def test_a_dangerous_wish_is_refused_and_never_as_missing_image(
    host: dict[str, Any], rule: str
) -> None:
    with pytest.raises(Refusal) as refused:
        plan({"HostConfig": host})
    assert (refused.value.status, refused.value.rule) == (403, rule)
    assert "실습" in refused.value.message


@pytest.mark.parametrize(
    "body",
    [
        {"hostconfig": {"privileged": True}},
        {"HostConfig": {"privileged": True}},
        {"Privileged": True},
        {"Binds": ["/etc:/x"]},
        {"HostConfig": {"Bind\u017f": ["/etc:/x"]}},
        {"HostConfig": {"Networ\u212aMode": "host"}},
        {"HostConfig": {"Memory": "100"}},
        {"Tty": 1},
        {"Nonsense": None},
    ],
)
def test_what_is_no_known_field_of_the_right_type_is_refused(body: dict[str, Any]) -> None:
    with pytest.raises(Refusal) as refused:
        plan(body)
    assert refused.value.status == 400


def test_zero_values_that_the_client_always_sends_are_no_wishes() -> None:
    host = dict.fromkeys(HostConfigBody.fields_of("refuse")) | {
        "Privileged": False,
        "CapAdd": None,
        "Devices": [],
        "UTSMode": "",
        "PidMode": "",
        "IpcMode": "",
        "Binds": None,
        "NetworkMode": "default",
        "PidsLimit": 0,
        "MemorySwappiness": -1,
        "RestartPolicy": {"Name": "no", "MaximumRetryCount": 0},
    }
    body = plan({"HostConfig": host, "NetworkingConfig": {"EndpointsConfig": {"default": {}}}}).body
    assert "NetworkingConfig" not in body
    assert not set(HostConfigBody.fields_of("refuse")) & set(body["HostConfig"])


def test_limits_hold_whatever_is_asked() -> None:
    host = {
        "Memory": 10**12,
        "NanoCpus": 10**11,
        "PidsLimit": -1,
        "ShmSize": 10**12,
        "RestartPolicy": {"Name": "always"},
        "SecurityOpt": ["seccomp=unconfined"],
        "LogConfig": {"Type": "syslog", "Config": {"syslog-address": "udp://127.0.0.1"}},
        "CgroupParent": "/",
    }
    made = plan({"HostConfig": host}).body["HostConfig"]
    assert made["Memory"] == made["MemorySwap"] == 100 * 1024 * 1024
    assert made["NanoCpus"] == 500_000_000
    assert made["PidsLimit"] == 50
    assert made["ShmSize"] <= 64 * 1024 * 1024
    assert made["AutoRemove"] is False
    assert made["RestartPolicy"] == {"Name": "no"}
    assert made["SecurityOpt"] == ["no-new-privileges"]
    assert made["LogConfig"]["Type"] == "json-file"
    assert made["NetworkMode"] == "none"
    assert "CgroupParent" not in made


def test_less_than_the_limit_may_be_asked_for() -> None:
    made = plan({"HostConfig": {"Memory": 20 * 1024 * 1024, "PidsLimit": 10}}).body["HostConfig"]
    assert (made["Memory"], made["PidsLimit"]) == (20 * 1024 * 1024, 10)


def test_only_a_terminal_with_open_input_gets_prompts() -> None:
    assert plan({"Tty": True, "OpenStdin": True}).body["Env"] == ["PS1=prompt"]
    assert plan({"Tty": True, "Env": ["A=b"]}).body["Env"] == ["A=b"]


def test_an_image_outside_the_lab_is_forbidden_not_missing() -> None:
    with pytest.raises(Refusal) as refused:
        plan({"Image": "nginx"})
    assert refused.value.status == 403
    assert "alpine:latest" in refused.value.message


def test_our_labels_cannot_be_forged() -> None:
    with pytest.raises(Refusal):
        plan({"Labels": {"lab-grader.session": "other"}})
    assert plan({"Labels": {"a": "b"}}).body["Labels"] == {
        "a": "b",
        "lab-grader.session": "lgsession",
    }


def test_volumes_get_the_sessions_name_and_labels() -> None:
    made = plan({"HostConfig": {"Binds": ["data:/data:ro"]}, "Volumes": {"/cache": {}}})
    named, anonymous = made.body["HostConfig"]["Mounts"]
    assert (named["Source"], named["Target"], named["ReadOnly"]) == (
        "lgsession-data",
        "/data",
        True,
    )
    assert anonymous["Target"] == "/cache"
    assert re.fullmatch(r"lgsession-[0-9a-f]{64}", anonymous["Source"])
    assert all(m["VolumeOptions"]["Labels"] for m in (named, anonymous))
    assert [(m.volume, m.anonymous) for m in made.mounted] == [
        ("data", False),
        (anonymous["Source"].removeprefix("lgsession-"), True),
    ]


@pytest.mark.parametrize("read_only", [True, False])
@pytest.mark.parametrize("loopback6", [True, False])
def test_without_a_network_the_files_are_ours(*, read_only: bool, loopback6: bool) -> None:
    asked = plan({"HostConfig": {"Binds": ["kept:/kept"], "ReadonlyRootfs": read_only}})
    place = NetworkFilesPlace("/place", loopback6=loopback6)
    made = without_network(asked, place)
    host = made.body["HostConfig"]
    assert made.network_files == place
    assert made.body["NetworkDisabled"] is True
    assert [(m["Source"], m["Target"], m["ReadOnly"]) for m in host["Mounts"]] == [
        ("lgsession-kept", "/kept", False),
        ("/place/hosts", "/etc/hosts", read_only),
        ("/place/resolv.conf", "/etc/resolv.conf", read_only),
    ]
    assert ("net.ipv6.conf.all.disable_ipv6" in host["Sysctls"]) is not loopback6
    assert made.mounts == asked.mounts


@pytest.mark.parametrize(
    "host",
    [
        {"ExtraHosts": ["db:10.0.0.9"]},
        {"DnsSearch": ["course.example"]},
        {"DnsOptions": ["attempts:1"]},
        {"Binds": ["kept:/etc/hosts"]},
        {"Binds": ["kept:/etc/resolv.conf"]},
        {"Binds": ["kept:/etc/hostname"]},
    ],
)
def test_what_else_may_be_in_its_files_leaves_them_to_the_engine(host: dict[str, Any]) -> None:
    asked = plan({"HostConfig": host})
    assert without_network(asked, NetworkFilesPlace("/place", loopback6=True)) is asked


def test_tmpfs_is_limited() -> None:
    made = plan({"HostConfig": {"Tmpfs": {"/a": "", "/b": "size=1g,mode=1770"}}}).body["HostConfig"]
    assert made["Tmpfs"] == {"/a": "size=67108864", "/b": "mode=1770,size=67108864"}


@pytest.mark.parametrize("folder", ["/proc/self/fd/7", "proc/self", "/sys", "/x/../dev"])
def test_a_working_folder_that_reaches_the_host_is_refused(folder: str) -> None:
    with pytest.raises(Refusal):
        plan({"WorkingDir": folder})
    with pytest.raises(Refusal):
        create_exec(ExecCreate(WorkingDir=folder), {})


def test_a_privileged_exec_is_refused() -> None:
    with pytest.raises(Refusal):
        create_exec(ExecCreate(Privileged=True), {})
