"""The bodies that clients send, field by field: this file is the table of what is let through.

Each field has one class, and stands in each body in this order:

* **Allow**: forwarded as it is.
* **Rewrite**: forwarded changed, by the file of its topic beside this one.
* **Force**: whatever the client asks, our value goes to the engine.
* **Drop**: not forwarded, without complaint.
* **Refuse**: anything but an empty value is refused, in the words of `rules`.

An unknown field at any level is refused. Field names are the wire's.
"""

from __future__ import annotations

from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, model_validator

Value = TypeVar("Value")

Allow = Annotated[Value | None, "allow"]
Rewrite = Annotated[Value | None, "rewrite"]
Force = Annotated[Value | None, "force"]
Drop = Annotated[Any, "drop"]
Refuse = Annotated[Any, "refuse"]
RefuseNonNull = Annotated[Any, "refuse", "non-null"]
"""Here an empty list is a wish too: it would unmask what the engine masks."""

Strings = list[str]
LabelMap = dict[str, str]
Command = list[str] | str


class Body(BaseModel):
    """A body, or a part of one: strict types, exact names, nothing unknown."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    @classmethod
    def fields_of(cls, kind: str) -> tuple[str, ...]:
        """Return the fields of one class, such as "refuse"."""
        return tuple(name for name, info in cls.model_fields.items() if kind in info.metadata)


class TmpfsOptionsBody(Body):
    Mode: Allow[int] = None
    SizeBytes: Force[int] = None
    Options: Refuse = None


class VolumeOptionsBody(Body):
    NoCopy: Allow[bool] = None
    Labels: Force[LabelMap] = None
    DriverConfig: Refuse = None
    Subpath: Refuse = None


class BindOptionsBody(Body):
    Propagation: Rewrite[str] = None
    CreateMountpoint: Rewrite[bool] = None
    NonRecursive: Drop = None
    ReadOnlyNonRecursive: Refuse = None
    ReadOnlyForceRecursive: Refuse = None


class MountBody(Body):
    ReadOnly: Allow[bool] = None
    Type: Rewrite[str] = None
    Source: Rewrite[str] = None
    Target: Rewrite[str] = None
    VolumeOptions: Rewrite[VolumeOptionsBody] = None
    TmpfsOptions: Rewrite[TmpfsOptionsBody] = None
    BindOptions: Rewrite[BindOptionsBody] = None
    Consistency: Drop = None
    ClusterOptions: Refuse = None
    ImageOptions: Refuse = None


class RestartPolicyBody(Body):
    Name: Force[str] = None
    MaximumRetryCount: Force[int] = None


class HealthcheckBody(Body):
    Test: Allow[Strings] = None
    Interval: Rewrite[int] = None
    Timeout: Rewrite[int] = None
    StartPeriod: Rewrite[int] = None
    Retries: Rewrite[int] = None
    StartInterval: Drop = None


class UlimitBody(Body):
    Name: Rewrite[str] = None
    Soft: Rewrite[int] = None
    Hard: Rewrite[int] = None


class LogConfigBody(Body):
    Type: Force[str] = None
    Config: Force[dict[str, str]] = None


class PortBindingBody(Body):
    HostIp: Rewrite[str] = None
    HostPort: Force[str] = None


class HostConfigBody(Body):
    ReadonlyRootfs: Allow[bool] = None
    CapDrop: Allow[Strings] = None
    Init: Allow[bool] = None
    ConsoleSize: Allow[list[int]] = None
    DnsSearch: Allow[Strings] = None
    DnsOptions: Allow[Strings] = None

    Binds: Rewrite[Strings] = None
    Mounts: Rewrite[list[MountBody]] = None
    Tmpfs: Rewrite[dict[str, str]] = None
    VolumesFrom: Rewrite[Strings] = None
    NetworkMode: Rewrite[str] = None
    PidMode: Rewrite[str] = None
    IpcMode: Rewrite[str] = None
    GroupAdd: Rewrite[Strings] = None
    ExtraHosts: Rewrite[Strings] = None
    Ulimits: Rewrite[list[UlimitBody]] = None
    MemoryReservation: Rewrite[int] = None

    Memory: Force[int] = None
    MemorySwap: Force[int] = None
    NanoCpus: Force[int] = None
    PidsLimit: Force[int] = None
    ShmSize: Force[int] = None
    AutoRemove: Force[bool] = None
    RestartPolicy: Force[RestartPolicyBody] = None
    LogConfig: Force[LogConfigBody] = None
    CgroupParent: Force[str] = None
    CgroupnsMode: Force[str] = None
    Dns: Force[Strings] = None
    SecurityOpt: Force[Strings] = None
    PortBindings: Force[dict[str, list[PortBindingBody] | None]] = None
    PublishAllPorts: Force[bool] = None
    OomKillDisable: Force[bool] = None
    OomScoreAdj: Force[int] = None
    MemorySwappiness: Force[int] = None
    Runtime: Force[str] = None

    CpuPeriod: Drop = None
    CpuQuota: Drop = None
    CpuShares: Drop = None
    CpusetCpus: Drop = None
    CpusetMems: Drop = None
    BlkioWeight: Drop = None
    ContainerIDFile: Drop = None
    CpuCount: Drop = None
    CpuPercent: Drop = None
    IOMaximumIOps: Drop = None
    IOMaximumBandwidth: Drop = None

    Privileged: Refuse = None
    CapAdd: Refuse = None
    Devices: Refuse = None
    DeviceCgroupRules: Refuse = None
    DeviceRequests: Refuse = None
    UTSMode: Refuse = None
    UsernsMode: Refuse = None
    Cgroup: Refuse = None
    Sysctls: Refuse = None
    StorageOpt: Refuse = None
    VolumeDriver: Refuse = None
    Isolation: Refuse = None
    MaskedPaths: RefuseNonNull = None
    ReadonlyPaths: RefuseNonNull = None
    Links: Refuse = None
    Annotations: Refuse = None
    CpuRealtimePeriod: Refuse = None
    CpuRealtimeRuntime: Refuse = None
    KernelMemory: Refuse = None
    KernelMemoryTCP: Refuse = None
    BlkioWeightDevice: Refuse = None
    BlkioDeviceReadBps: Refuse = None
    BlkioDeviceWriteBps: Refuse = None
    BlkioDeviceReadIOps: Refuse = None
    BlkioDeviceWriteIOps: Refuse = None


class EndpointIpamBody(Body):
    IPv4Address: Rewrite[str] = None
    IPv6Address: Refuse = None
    LinkLocalIPs: Refuse = None


class EndpointBody(Body):
    Aliases: Rewrite[Strings] = None
    IPAMConfig: Rewrite[EndpointIpamBody] = None

    NetworkID: Drop = None
    EndpointID: Drop = None
    Gateway: Drop = None
    GwPriority: Drop = None
    IPAddress: Drop = None
    IPPrefixLen: Drop = None
    IPv6Gateway: Drop = None
    GlobalIPv6Address: Drop = None
    GlobalIPv6PrefixLen: Drop = None
    DNSNames: Drop = None

    Links: Refuse = None
    MacAddress: Refuse = None
    DriverOpts: Refuse = None


class NetworkingConfigBody(Body):
    @model_validator(mode="before")
    @classmethod
    def _without_nothing(cls, told: object) -> object:
        """Leave out keys without a value: docker-py names a network here, and says no more."""
        if not isinstance(told, dict):
            return told
        return {key: value for key, value in told.items() if value is not None}

    EndpointsConfig: Rewrite[dict[str, EndpointBody | None]] = None


class ContainerCreate(Body):
    AttachStdin: Allow[bool] = None
    AttachStdout: Allow[bool] = None
    AttachStderr: Allow[bool] = None
    OpenStdin: Allow[bool] = None
    StdinOnce: Allow[bool] = None
    Tty: Allow[bool] = None
    Cmd: Allow[Command] = None
    Entrypoint: Allow[Command] = None
    User: Allow[str] = None
    Shell: Allow[Strings] = None
    Hostname: Allow[str] = None
    Domainname: Allow[str] = None
    ExposedPorts: Allow[dict[str, dict[str, Any]]] = None
    StopSignal: Allow[str] = None

    Image: Rewrite[str] = None
    Env: Rewrite[Strings] = None
    Labels: Rewrite[LabelMap] = None
    Volumes: Rewrite[dict[str, dict[str, Any]]] = None
    WorkingDir: Rewrite[str] = None
    StopTimeout: Rewrite[int] = None
    Healthcheck: Rewrite[HealthcheckBody] = None
    HostConfig: Rewrite[HostConfigBody] = None
    NetworkingConfig: Rewrite[NetworkingConfigBody] = None

    ArgsEscaped: Drop = None
    NetworkDisabled: Drop = None
    Runtime: Drop = None
    """docker-py sets it here as well, where the engine does not know it."""

    MacAddress: Refuse = None
    OnBuild: Refuse = None


class ContainerUpdate(Body):
    Memory: Rewrite[int] = None
    MemoryReservation: Rewrite[int] = None
    NanoCpus: Rewrite[int] = None
    PidsLimit: Rewrite[int] = None
    RestartPolicy: Rewrite[RestartPolicyBody] = None

    MemorySwap: Force[int] = None

    BlkioWeight: Drop = None
    CgroupParent: Drop = None
    CpuCount: Drop = None
    CpuPercent: Drop = None
    CpuPeriod: Drop = None
    CpuQuota: Drop = None
    CpuShares: Drop = None
    CpusetCpus: Drop = None
    CpusetMems: Drop = None
    IOMaximumBandwidth: Drop = None
    IOMaximumIOps: Drop = None
    MemorySwappiness: Drop = None
    OomKillDisable: Drop = None
    Ulimits: Drop = None

    BlkioDeviceReadBps: Refuse = None
    BlkioDeviceReadIOps: Refuse = None
    BlkioDeviceWriteBps: Refuse = None
    BlkioDeviceWriteIOps: Refuse = None
    BlkioWeightDevice: Refuse = None
    CpuRealtimePeriod: Refuse = None
    CpuRealtimeRuntime: Refuse = None
    DeviceCgroupRules: Refuse = None
    DeviceRequests: Refuse = None
    Devices: Refuse = None
    KernelMemory: Refuse = None
    KernelMemoryTCP: Refuse = None


class ExecCreate(Body):
    @model_validator(mode="before")
    @classmethod
    def _as_the_engine_reads(cls, told: object) -> object:
        """Read `detachKeys`: docker-py writes it so, and the engine does not mind."""
        if not isinstance(told, dict) or "detachKeys" not in told or "DetachKeys" in told:
            return told
        return {"DetachKeys" if key == "detachKeys" else key: told[key] for key in told}

    AttachStdin: Allow[bool] = None
    AttachStdout: Allow[bool] = None
    AttachStderr: Allow[bool] = None
    Tty: Allow[bool] = None
    Cmd: Allow[Strings] = None
    User: Allow[str] = None
    DetachKeys: Allow[str] = None

    Env: Rewrite[Strings] = None
    WorkingDir: Rewrite[str] = None

    Detach: Drop = None
    ConsoleSize: Drop = None
    Container: Drop = None
    """docker-py repeats the path here."""

    Privileged: Refuse = None


class ExecStart(Body):
    Detach: Allow[bool] = None
    Tty: Allow[bool] = None
    ConsoleSize: Drop = None


class VolumeCreate(Body):
    Name: Rewrite[str] = None
    Driver: Rewrite[str] = None
    Labels: Rewrite[LabelMap] = None
    DriverOpts: Refuse = None
    ClusterVolumeSpec: Refuse = None


class IpamBody(Body):
    Driver: Rewrite[str] = None
    Config: Rewrite[list[dict[str, Any]]] = None
    Options: Refuse = None


class NetworkCreate(Body):
    Name: Rewrite[str] = None
    Driver: Rewrite[str] = None
    IPAM: Rewrite[IpamBody] = None
    Labels: Rewrite[LabelMap] = None

    CheckDuplicate: Force[bool] = None
    Internal: Force[bool] = None

    Attachable: Drop = None
    EnableIPv4: Drop = None

    EnableIPv6: Refuse = None
    Options: Refuse = None
    ConfigFrom: Refuse = None
    ConfigOnly: Refuse = None
    Scope: Refuse = None
    Ingress: Refuse = None


class NetworkConnect(Body):
    Container: Rewrite[str] = None
    EndpointConfig: Rewrite[EndpointBody] = None


class NetworkDisconnect(Body):
    Force: Allow[bool] = None
    Container: Rewrite[str] = None
