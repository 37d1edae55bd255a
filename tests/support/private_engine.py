"""A Docker engine of a test's own, on a small disk of its own: to be killed, and filled."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Self

from grader.engine.images import workbench_image

IMAGES = ("alpine:latest", workbench_image())
DISK = 700 * 1024 * 1024
PATIENCE = 60


class PrivateEngine:
    """Runs from a folder; nothing of it is shared with the machine's engine."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.disk = folder / "disk"
        self.socket = folder / "s"
        self.process: subprocess.Popen[bytes] | None = None
        self.disk.mkdir(parents=True)
        mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(self.disk)]
        subprocess.run(mount, check=True)

    def __enter__(self) -> Self:
        """Start it, with the images that a replay needs."""
        try:
            self.start()
            with subprocess.Popen(["docker", "save", *IMAGES], stdout=subprocess.PIPE) as saved:
                self.docker("load", "--quiet", stdin=saved.stdout)
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop it, with all its containers, and give its disk back."""
        if self.process is not None:
            left = self.docker("ps", "-aq").split()
            if left:
                self.docker("rm", "-f", *left)
            self.stop(signal.SIGTERM)
        subprocess.run(["umount", "--recursive", "--lazy", str(self.disk)], check=True)

    def start(self) -> None:
        """Start it, and wait until it answers."""
        # What a killed engine leaves; its number may be another process's by now.
        for stale in (self.folder / "pid", self.folder / "exec/containerd/containerd.pid"):
            stale.unlink(missing_ok=True)
        log = (self.folder / "log").open("ab")
        with log:
            self.process = subprocess.Popen(
                [
                    *("setpriv", "--pdeathsig", "TERM"),
                    # Without a bridge of its own it would remove the machine's.
                    *("unshare", "--net"),
                    *("dockerd", "--data-root", self.disk, "--exec-root", self.folder / "exec"),
                    *("--pidfile", self.folder / "pid", "--host", f"unix://{self.socket}"),
                    *("--bridge", "none", "--iptables=false", "--shutdown-timeout", "1"),
                ],
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        until = time.monotonic() + PATIENCE
        while True:
            with contextlib.suppress(subprocess.CalledProcessError):
                self.docker("version")
                return
            if self.process.poll() is not None or time.monotonic() > until:
                raise RuntimeError((self.folder / "log").read_text()[-2000:])
            time.sleep(0.05)

    def stop(self, how: signal.Signals) -> None:
        """Stop it: with SIGTERM in order, with SIGKILL as a crash does."""
        assert self.process is not None
        self.process.send_signal(how)
        self.process.wait(PATIENCE)
        self.process = None

    def docker(self, *words: str, stdin: object = subprocess.DEVNULL) -> str:
        """Run the client straight at this engine and return what it says."""
        done = subprocess.run(
            ["docker", *words],
            env=os.environ | {"DOCKER_HOST": f"unix://{self.socket}"},
            stdin=stdin,  # type: ignore[call-overload] # a file or a number
            capture_output=True,
            text=True,
            check=True,
        )
        return str(done.stdout)

    @contextlib.contextmanager
    def full(self) -> Iterator[None]:
        """Fill its disk for as long as the block runs."""
        ballast = self.disk / "ballast"
        try:
            # Another writer may be faster with the last bytes.
            with ballast.open("wb") as file, contextlib.suppress(OSError):
                while free := shutil.disk_usage(self.disk).free:
                    os.posix_fallocate(file.fileno(), os.fstat(file.fileno()).st_size, free)
            yield
        finally:
            ballast.unlink(missing_ok=True)
