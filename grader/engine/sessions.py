"""Where sessions live on this machine: a folder each, with its socket and a lock.

The lock is the kernel's: it is free as soon as the process that held it has ended, in whatever way.
A session whose lock is free is over, and everything that carries its label on the engine is a
leftover. The same rule serves the normal end, a crash, and `kill -9`.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from grader.errors import OutputError

RUNTIME_VARIABLE = "LAB_GRADER_RUNTIME"
"""Environment variable that chooses the folder; in one for all users, each has one of their own."""

SESSION_LABEL = "lab-grader.session"
RUNTIME_LABEL = "lab-grader.runtime"
ROLE_LABEL = "lab-grader.role"
BOOT_LABEL = "lab-grader.boot"
"""Since which start of the machine: sessions, whose sockets are mounted from here, outlive none."""

CONTAINER_LABEL = "lab-grader.container"
"""The container that the grader ran in, where it did: its sessions do not outlive it."""

BOOT_FILE = Path("/proc/sys/kernel/random/boot_id")

PLACES = "mounts"
"""Folder of a session's own mounts, in the session's folder."""

_TAKEN = b"taken\n"
"""In the file of a lock that was held once."""

_sweepers: list[int] = []
"""Processes that this one started."""

YOUNG_SECONDS = 60
"""A folder whose lock was never held is being made for so long; after that it is a ruin."""


def runtime_folder() -> Path:
    """Return the folder of this machine's (and user's) sessions."""
    chosen = os.environ.get(RUNTIME_VARIABLE)
    if chosen:
        folder = Path(chosen).absolute()  # a sweeper has another working folder
        return folder / f"user-{os.geteuid()}" if _is_everybodys(folder) else folder
    if os.geteuid() == 0:
        return Path("/run/lab-grader")
    base = os.environ.get("XDG_RUNTIME_DIR")
    if base:
        return Path(base) / "lab-grader"
    return Path(tempfile.gettempdir()) / f"lab-grader-{os.geteuid()}"


def _is_everybodys(folder: Path) -> bool:
    try:
        return bool(folder.stat().st_mode & stat.S_ISVTX)  # as /tmp
    except OSError:
        return False


def runtime_id(folder: Path) -> str:
    """Return the name under which sessions of this folder label their objects on the engine.

    It is random and kept in the folder, so that two folders never take each other's for leftovers.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.stat().st_uid != os.geteuid():
        raise OutputError(
            f"{folder} belongs to another user",
            fix=f"set {RUNTIME_VARIABLE} to a folder of your own",
        )
    file = folder / "id"
    with contextlib.suppress(FileExistsError):
        with tempfile.NamedTemporaryFile("w", dir=folder, delete=False) as new:
            new.write(secrets.token_hex(8))
        try:
            os.link(new.name, file)
        finally:
            Path(new.name).unlink()
    return file.read_text().strip()


def boot() -> str:
    """Return what names this start of the machine; nothing where that is not known."""
    with contextlib.suppress(OSError):
        return BOOT_FILE.read_text(encoding="ascii").strip()
    return ""


def workbench_name(token: str) -> str:
    """Return the name of a session's workbench on the engine."""
    return f"lab-grader-workbench-{token}"


class SessionFolder:
    """One session's claim: its token, its lock and its listening socket."""

    def __init__(self) -> None:
        """Make the folder and bind the socket. Raises OutputError if that cannot be done."""
        base = runtime_folder()
        try:
            self.runtime = runtime_id(base)
            self.token = "lg" + secrets.token_hex(5)
            self.path = base / self.token
            self.path.mkdir(mode=0o700)
            self.socket_path = self.path / "docker.sock"
            self._lock = os.open(self.path / "lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
            self.listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        except OSError as error:
            raise no_session(base, error) from error
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX)
            os.write(self._lock, _TAKEN)
            self.listening.bind(str(self.socket_path))
            # The student in the workbench is another user; the folder stays closed to others.
            self.socket_path.chmod(0o666)
            self.listening.listen(128)
        except OSError as error:
            self.release()
            forget(self.path)
            raise no_session(base, error) from error

    def labels(self, role: str, container: str = "") -> dict[str, str]:
        """Return the labels of an object of this session on the engine.

        `container`: the one that this grader itself runs in, if it does.
        """
        labels = {
            RUNTIME_LABEL: self.runtime,
            SESSION_LABEL: self.token,
            ROLE_LABEL: role,
            BOOT_LABEL: boot(),
        }
        return labels | ({CONTAINER_LABEL: container} if container else {})

    def release(self) -> None:
        """Say that the session is over: what it left may be removed by anyone."""
        self.listening.close()
        os.close(self._lock)


def no_session(base: Path, error: OSError) -> OutputError:
    """Return what is to be said where no session can be made in a folder."""
    return OutputError(
        f"cannot make a session under {base}: {error.strerror or error}",
        fix=f"free space there, or set {RUNTIME_VARIABLE} to a folder of yours with a short path",
    )


def over(folder: Path) -> bool:
    """Return whether the session of a folder has ended."""
    try:
        lock = os.open(folder / "lock", os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        # Just being made, or just being removed: only an old folder without a lock is a ruin.
        return _age(folder) > YOUNG_SECONDS
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        taken = os.fstat(lock).st_size > 0
    except OSError:
        return False
    finally:
        os.close(lock)
    # Between open() and flock() a new session has no lock yet; it is written to after that.
    return taken or _age(folder) > YOUNG_SECONDS


def sessions() -> list[Path]:
    """Return the folders of all sessions, running or over."""
    with contextlib.suppress(FileNotFoundError), os.scandir(runtime_folder()) as entries:
        return [
            Path(entry.path)
            for entry in entries
            if entry.is_dir(follow_symlinks=False) and entry.name.startswith("lg")
        ]
    return []


def forget(folder: Path) -> None:
    """Remove the folder of a session that is over."""
    shutil.rmtree(folder, ignore_errors=True)


def sweep_later() -> None:
    """Start a process of its own that removes leftovers, if a session on this machine is over.

    Never raises: what cannot be cleaned up now is found by the next call.
    """
    with contextlib.suppress(OSError):
        if not any(over(path) for path in sessions()):
            return
        sweeper = subprocess.Popen(
            [sys.executable, "-m", "grader.engine.leftovers"],
            cwd="/",
            env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        _sweepers.append(sweeper.pid)
        # It is meant to outlive us; without this, Python would warn that nobody waits for it.
        sweeper.returncode = 0


def wait_for_sweepers() -> None:
    """Wait until the processes that `sweep_later` started have ended.

    For the last moment in a container: with its first process all others are killed.
    """
    for pid in _sweepers:
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, 0)


def _age(folder: Path) -> float:
    try:
        return time.time() - folder.stat().st_mtime
    except OSError:
        return 0.0
