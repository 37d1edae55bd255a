"""Strange bodies of `docker create`, as they are sent: one line each.

`VICTIM` is the id of another's container. Each is sent to the engine itself, and to a gateway.
"""

from __future__ import annotations

BODIES = r"""
{"hostconfig":{"privileged":true}}
{"HostConfig":{"privileged":true}}
{"HOSTCONFIG":{"PRIVILEGED":true}}
{"HostConfig":{"Privileged":true}}
{"HostConfig":{"\u0050rivileged":true}}
{"\u0048ostConfig":{"Privileged":true}}
{"HostConfig":{"Privileged":true},"HostConfig":{"Memory":8388608}}
{"HostConfig":{"Memory":8388608},"hostConfig":{"Privileged":true}}
{"HostConfig":{"Privileged":false,"privileged":true}}
{"HostConfig":{"privileged":true,"Privileged":false}}
{"HostConfig":{"Privileged":true,"Privileged":false}}
{"HostConfig":{"Bindſ":["/etc:/e"]}}
{"HostConfig":{"Networ\u212aMode":"host"}}
{"HostConfig":{"\u0062inds":["/etc:/e:ro"]}}
{"HoſtConfig":{"Privileged":true}}
{"Privileged":true}
{"privileged":true,"HostConfig":null}
{"Binds":["/etc:/e"]}
{"Binds":["/etc:/e"],"HostConfig":null}
{"NetworkMode":"host"}
{"PidMode":"host"}
{"IpcMode":"host"}
{"CapAdd":["SYS_ADMIN"]}
{"Devices":[{"PathOnHost":"/dev/null","PathInContainer":"/dev/x","CgroupPermissions":"rwm"}]}
{"HostConfig":{"Binds":["/etc:/e"]}}
{"HostConfig":{"Binds":["/:/host:ro,rslave"]}}
{"HostConfig":{"Binds":["/var/run/docker.sock:/s"]}}
{"HostConfig":{"Binds":["/lab/../etc:/e"]}}
{"HostConfig":{"Mounts":[{"Type":"bind","Source":"/etc","Target":"/e"}]}}
{"HostConfig":{"Mounts":[{"type":"bind","source":"/etc","target":"/e"}]}}
{"HostConfig":{"Mounts":[{"Type":"bind","Source":"/etc","Target":"/e","BindOptions":{"Propagation":"rshared"}}]}}
{"HostConfig":{"Mounts":[{"Type":"volume","Target":"/e","VolumeOptions":{"DriverConfig":{"Name":"local","Options":{"type":"none","o":"bind","device":"/etc"}}}}]}}
{"HostConfig":{"NetworkMode":"host"}}
{"HostConfig":{"NetworkMode":"container:VICTIM"}}
{"HostConfig":{"NetworkMode":"bridge","NetworkMode":"host"}}
{"HostConfig":{"PidMode":"host"}}
{"HostConfig":{"PidMode":"container:VICTIM"}}
{"HostConfig":{"IpcMode":"host"}}
{"HostConfig":{"IpcMode":"shareable"}}
{"HostConfig":{"IpcMode":"container:VICTIM"}}
{"HostConfig":{"UTSMode":"host"}}
{"HostConfig":{"UsernsMode":"host"}}
{"HostConfig":{"CgroupnsMode":"host"}}
{"HostConfig":{"CapAdd":["ALL"]}}
{"HostConfig":{"capadd":["sys_admin"]}}
{"HostConfig":{"Devices":[{"PathOnHost":"/dev/mem","PathInContainer":"/dev/mem","CgroupPermissions":"rwm"}]}}
{"HostConfig":{"DeviceCgroupRules":["a *:* rwm"]}}
{"HostConfig":{"DeviceRequests":[{"Count":-1,"Capabilities":[["gpu"]]}]}}
{"HostConfig":{"SecurityOpt":["seccomp=unconfined"]}}
{"HostConfig":{"SecurityOpt":["apparmor=unconfined","label=disable"]}}
{"HostConfig":{"MaskedPaths":[]}}
{"HostConfig":{"MaskedPaths":[],"ReadonlyPaths":[]}}
{"HostConfig":{"ReadonlyPaths":["/x"]}}
{"HostConfig":{"Sysctls":{"net.ipv4.ip_forward":"1"}}}
{"HostConfig":{"VolumesFrom":["VICTIM"]}}
{"HostConfig":{"Links":["VICTIM:db"]}}
{"HostConfig":{"CgroupParent":"/"}}
{"HostConfig":{"Runtime":"runc"}}
{"HostConfig":{"LogConfig":{"Type":"syslog","Config":{"syslog-address":"udp://127.0.0.1:5140"}}}}
{"HostConfig":{"LogConfig":{"Type":"none"}}}
{"HostConfig":{"RestartPolicy":{"Name":"always"}}}
{"HostConfig":{"OomScoreAdj":-1000}}
{"HostConfig":{"OomKillDisable":true,"Memory":8388608}}
{"HostConfig":{"PublishAllPorts":true}}
{"HostConfig":{"PortBindings":{"80/tcp":[{"HostIp":"0.0.0.0","HostPort":"18080"}]}}}
{"HostConfig":{"ExtraHosts":["x:host-gateway"]}}
{"HostConfig":{"ExtraHosts":["engine:127.0.0.1"]}}
{"HostConfig":{"Tmpfs":{"/x":"exec,dev,suid"}}}
{"HostConfig":{"ShmSize":1000000000000}}
{"HostConfig":{"Memory":0,"MemorySwap":-1,"PidsLimit":-1}}
{"HostConfig":{"GroupAdd":["0"]}}
{"HostConfig":{"NetworkMode":"none"},"NetworkingConfig":{"EndpointsConfig":{"bridge":{}}}}
{"NetworkingConfig":{"EndpointsConfig":{"host":{}}}}
{"NetworkingConfig":{"endpointsConfig":{"host":{}}}}
{"HostConfig":{"Ulimits":[{"Name":"nofile","Soft":1000000,"Hard":1000000}]}}
{"WorkingDir":"/proc/self/fd/8"}
{"WorkingDir":"/x/../proc/self/fd/8"}
{"Healthcheck":{"Test":["CMD","true"],"Interval":1000000,"Retries":1000000}}
{"Volumes":{"/proc/x":{}}}
{"OnBuild":["RUN x"]}
{"MacAddress":"02:42:ac:11:00:02"}
{"Unknown":{"Privileged":true}}
{"HostConfig":{"Unknown":[[[[]]]]}}
{"HostConfig":"Privileged"}
{"HostConfig":[]}
{"HostConfig":{}}
{"Cmd":"true"}
{"Cmd":["true"],"Tty":true,"OpenStdin":true}
{}
""".strip().splitlines()
