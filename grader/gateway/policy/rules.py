"""Rules that every body obeys: what is refused, and in which words."""

from __future__ import annotations

import posixpath
import re

from grader.gateway.policy.bodies import Body
from grader.gateway.refusal import forbidden
from grader.model.refusals import Rule

LABEL = "lab-grader."
"""Prefix of our own labels; a student may not set them, and does not see them."""

_REASONS: dict[str, tuple[Rule, str, str]] = {
    "Privileged": ("privileged", "--privileged", "--privileged (호스트 전체 권한)"),
    "CapAdd": ("capability", "added capabilities (--cap-add)", "권한 추가 (--cap-add)"),
    "Devices": ("device", "devices of the host (--device)", "호스트 장치 (--device)"),
    "DeviceRequests": ("device", "devices of the host (--gpus)", "호스트 장치 (--gpus)"),
    "DeviceCgroupRules": ("device", "device rules", "장치 규칙 (--device-cgroup-rule)"),
    "UTSMode": ("host-namespace", "the host's namespace (--uts)", "호스트 네임스페이스 (--uts)"),
    "UsernsMode": ("host-namespace", "the host's users (--userns)", "호스트 사용자 (--userns)"),
    "Cgroup": ("host-namespace", "another control group", "다른 컨트롤 그룹"),
    "Sysctls": ("sysctl", "kernel settings (--sysctl)", "커널 설정 (--sysctl)"),
    "VolumeDriver": ("volume-driver", "volume drivers", "볼륨 드라이버 (--volume-driver)"),
    "Links": ("link", "--link", "--link"),
    "MaskedPaths": ("unmask", "unmasked system paths", "시스템 경로 보호 해제"),
    "ReadonlyPaths": ("unmask", "writable system paths", "시스템 경로 보호 해제"),
    "MacAddress": ("mac-address", "an own MAC address", "MAC 주소 지정 (--mac-address)"),
}

_DEFAULTS = {"Isolation": "default", "VolumeDriver": "local"}
"""Words by which a client says that it has no wish."""

SYSTEM_FOLDER = re.compile(r"/(proc|sys|dev)(/|$)")


def refuse_wishes(body: Body) -> None:
    """Raise Refusal if a field of the class "refuse" holds a wish."""
    for name in body.fields_of("refuse"):
        value = getattr(body, name)
        strict = "non-null" in type(body).model_fields[name].metadata
        if value is None or (not strict and value in (False, 0, "", [], {}, _DEFAULTS.get(name))):
            continue
        rule, english, korean = _REASONS.get(name, ("option", f"the option {name}", f"옵션 {name}"))
        raise forbidden(rule, english, korean)


def own_labels(labels: dict[str, str] | None) -> dict[str, str]:
    """Return the student's labels. Raises Refusal if one pretends to be ours."""
    for key in labels or {}:
        if key.startswith(LABEL):
            raise forbidden("label", f"labels that begin with {LABEL!r}", f"{LABEL!r} 레이블")
    return dict(labels or {})


def working_dir(path: str | None) -> str:
    """Return a working folder. Raises Refusal for one that could reach the host [53]."""
    if path and SYSTEM_FOLDER.match(posixpath.normpath("/" + path.lstrip("/"))):
        raise forbidden("working-dir", f"the working folder {path}", f"작업 디렉터리 {path}")
    return path or ""
