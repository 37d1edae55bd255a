"""What the options of a `--tmpfs` become: always with a size, never with more rights [55]."""

from __future__ import annotations

import re

from grader.gateway.policy.limits import MIB, TMPFS_BYTES
from grader.gateway.refusal import forbidden

_SAFE = re.compile(
    r"(size=[0-9]{1,15}[kKmMgG]?|mode=0?[0-7]{3,4}|[ug]id=[0-9]{1,9}|nosuid|nodev|noexec|rw|ro)"
)


def tmpfs_options(options: str) -> str:
    """Return the options that go to the engine. Raises Refusal for what is not on the list."""
    asked = [part for part in options.split(",") if part]
    for part in asked:
        if not _SAFE.fullmatch(part):
            raise forbidden("tmpfs-option", f"the tmpfs option {part!r}", f"tmpfs 옵션 {part!r}")
    kept = [part for part in asked if not part.startswith("size=")]
    # To the kernel a size of 0 is no limit at all.
    sizes = [_bytes(part.removeprefix("size=")) for part in asked if part.startswith("size=")]
    size = min([size for size in sizes if size > 0] + [TMPFS_BYTES])
    return ",".join([*kept, f"size={size}"])


def _bytes(text: str) -> int:
    scale = {"k": 1024, "m": MIB, "g": 1024 * MIB}.get(text[-1].lower(), 0)
    return int(text[:-1]) * scale if scale else int(text)
