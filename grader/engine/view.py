"""File work where the engine sees the file system: in its own mount namespace and root.

Paths that the engine tells mean something there, and what is mounted there can be mounted into a
container. Only root on the engine's own machine can do this; for anybody else it is an OSError.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import socket as sockets
import struct
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

Made = TypeVar("Made")

_LIBC = ctypes.CDLL(None, use_errno=True)
_CLONE_FS, _CLONE_NEWNS = 0x200, 0x20000


async def in_view(socket: Path, work: Callable[[], Made]) -> Made:
    """Return what `work` returns where the engine behind `socket` sees the file system.

    Raises OSError where that view cannot be had from here.
    """
    # A thread of its own: where it looked at the file system from elsewhere, it must end then.
    thread = ThreadPoolExecutor(1)
    try:
        return await asyncio.get_running_loop().run_in_executor(thread, _seen, socket, work)
    finally:
        thread.shutdown(wait=False)


def _seen(socket: Path, work: Callable[[], Made]) -> Made:
    if os.geteuid() != 0:
        raise PermissionError("only root sees what the engine sees")
    with sockets.socket(sockets.AF_UNIX, sockets.SOCK_STREAM) as asked:
        asked.connect(str(socket))
        told = asked.getsockopt(sockets.SOL_SOCKET, sockets.SO_PEERCRED, struct.calcsize("3i"))
    # Of an engine in another pid namespace the kernel tells 0, and there is no such folder.
    engine = Path(f"/proc/{struct.unpack('3i', told)[0]}")
    if not all((engine / name).samefile(f"/proc/self/{name}") for name in ("ns/mnt", "root")):
        _enter(engine)
    return work()


def _enter(engine: Path) -> None:
    """Move this thread into the engine's mount namespace and root."""
    space = os.open(engine / "ns/mnt", os.O_RDONLY | os.O_CLOEXEC)
    root = os.open(engine / "root", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        # A thread may only move by itself once it shares root and working folder with no other.
        if _LIBC.unshare(_CLONE_FS) < 0 or _LIBC.setns(space, _CLONE_NEWNS) < 0:
            raise OSError(ctypes.get_errno(), "the engine's mount namespace is closed to us")
        os.fchdir(root)
        os.chroot(".")
    finally:
        os.close(space)
        os.close(root)
