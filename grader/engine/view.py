"""Work where the engine is: in its own mount namespace and root, or in its network namespace.

Paths that the engine tells mean something there, what is mounted there can be mounted into a
container, and its bridges are there. Only root on the engine's own machine can do this; for anybody
else it is an OSError.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import socket as sockets
import struct
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TypeVar

Made = TypeVar("Made")

_LIBC = ctypes.CDLL(None, use_errno=True)
_CLONE_FS, _CLONE_NEWNS, _CLONE_NEWNET = 0x200, 0x20000, 0x40000000


async def in_view(socket: Path, work: Callable[[], Made]) -> Made:
    """Return what `work` returns where the engine behind `socket` sees the file system.

    Raises OSError where that view cannot be had from here.
    """
    return await _in_thread(partial(_seen, socket, work))


async def in_network(socket: Path, work: Callable[[], Made]) -> Made:
    """Return what `work` returns in the network namespace of the engine behind `socket`.

    Raises OSError where it cannot be had from here.
    """
    return await _in_thread(partial(_connected, socket, work))


async def _in_thread(work: Callable[[], Made]) -> Made:
    # A thread of its own: where it went to another namespace, it must end then.
    thread = ThreadPoolExecutor(1)
    try:
        return await asyncio.get_running_loop().run_in_executor(thread, work)
    finally:
        thread.shutdown(wait=False)


def _seen(socket: Path, work: Callable[[], Made]) -> Made:
    engine = _process(socket)
    if not all((engine / name).samefile(f"/proc/self/{name}") for name in ("ns/mnt", "root")):
        _enter(engine)
    return work()


def _connected(socket: Path, work: Callable[[], Made]) -> Made:
    space = os.open(_process(socket) / "ns/net", os.O_RDONLY | os.O_CLOEXEC)
    try:
        if _LIBC.setns(space, _CLONE_NEWNET) < 0:
            raise OSError(ctypes.get_errno(), "the engine's network namespace is closed to us")
    finally:
        os.close(space)
    return work()


def _process(socket: Path) -> Path:
    """Return the engine's folder in /proc."""
    if os.geteuid() != 0:
        raise PermissionError("only root sees what the engine sees")
    with sockets.socket(sockets.AF_UNIX, sockets.SOCK_STREAM) as asked:
        asked.connect(str(socket))
        told = asked.getsockopt(sockets.SOL_SOCKET, sockets.SO_PEERCRED, struct.calcsize("3i"))
    # Of an engine in another pid namespace the kernel tells 0, and there is no such folder.
    return Path(f"/proc/{struct.unpack('3i', told)[0]}")


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
