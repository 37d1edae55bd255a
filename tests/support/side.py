"""The two sides of a comparison: the engine itself, and a gateway to it."""

from __future__ import annotations

import http.client
import json
import os
import re
import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from plain import plain, readable
from scenario import Line, Scenario

SHARED = re.compile(
    r"^alpine +latest|^\S+ +(bridge|host|none) +|^alpine:latest$|^(bridge|host|none)$"
)
"""What everybody has in lists."""
STARTS = {"run", "create", "build"}
SECONDS = 60


class _Connection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=SECONDS)
        self.path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(SECONDS)
        self.sock.connect(str(self.path))


@dataclass
class Side:
    """Where calls are made, in a folder of its own."""

    socket: Path
    prefix: str
    """In front of all names; empty where we are alone."""
    folder: Path

    def run(self, scenario: Scenario) -> list[str]:
        """Carry out a scenario and return what each call showed, made comparable."""
        try:
            return [self._one(line) for line in scenario.lines]
        finally:
            self._tidy()

    def _one(self, line: Line) -> str:
        words = [self._filled(word) for word in line.words]
        if words[0] == "file":
            file = self.folder / words[1]
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(words[2].replace("\\n", "\n"), encoding="utf-8")
            return ""
        if words[0] == "show":
            file = self.folder / words[1]
            return file.read_text(encoding="utf-8") if file.is_file() else "nothing"
        typed = ""
        if "<" in words:
            typed = words[words.index("<") + 1].replace("\\n", "\n")
            words = words[: words.index("<")]
        if self.prefix and line.command in STARTS and "--network" not in words:
            words[2:2] = ["--network", "none"]  # as it is for students, unless the lab has networks
        done = subprocess.run(
            words,
            env=os.environ | {"DOCKER_HOST": f"unix://{self.socket}", "DOCKER_BUILDKIT": "0"},
            cwd=self.folder,
            input=typed.encode(),
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
        out = readable(done.stdout)
        if self.prefix and line.lists_all:
            out = self._own(out)
        shown = f"{out}--- stderr\n{readable(done.stderr)}--- exit {done.returncode}"
        return plain(shown.replace(str(self.folder), "<folder>"), self.prefix, line.command)

    def _filled(self, word: str) -> str:
        word = re.sub(r"\{(id|short):(\w+)\}", self._id, word)
        return re.sub(r"\^(?=[a-z]|$)", self.prefix, word)

    def _id(self, wanted: re.Match[str]) -> str:
        told = self.json("GET", f"/containers/{self.prefix}{wanted[2]}/json")
        return str(told["Id"])[: 64 if wanted[1] == "id" else 12]

    def _own(self, table: str) -> str:
        """Leave out of a list what is not ours."""
        head, *rest = table.splitlines() or [""]
        headings = head.split("  ")[0].isupper() and self.prefix not in head
        lines = rest if headings else [head, *rest]
        kept = [line for line in lines if self.prefix in line or SHARED.match(line)]
        return "".join(f"{line}\n" for line in ([head] if headings else []) + kept)

    def json(self, method: str, path: str) -> Any:  # noqa: ANN401 - whatever the engine says
        """Make one call without a client."""
        status, text = self.ask(method, path)
        assert status < 300, (method, path, status, text)
        return json.loads(text or "null")

    def ask(self, method: str, path: str, body: bytes | None = None) -> tuple[int, str]:
        """Make one call without a client and return status and text."""
        connection = _Connection(self.socket)
        headers = {"Content-Type": "application/json"} if body is not None else {}
        connection.request(method, f"/v1.41{path}", body, headers)
        answer = connection.getresponse()
        text = answer.read().decode("utf-8", "replace")
        connection.close()
        return answer.status, text

    def _tidy(self) -> None:
        """Remove what the scenario made, and nothing else."""
        for made in self.json("GET", "/containers/json?all=1"):
            if made["Names"] and made["Names"][0].startswith(f"/{self.prefix}"):
                self.ask("DELETE", f"/containers/{made['Id']}?force=1&v=1")
        for made in self.json("GET", "/volumes")["Volumes"] or ():
            if made["Name"].startswith(self.prefix):
                self.ask("DELETE", f"/volumes/{quote(made['Name'])}?force=1")
        for made in self.json("GET", "/networks"):
            default = made["Name"] in {"bridge", "host", "none"}
            if made["Name"].startswith(self.prefix) and not default:
                self.ask("DELETE", f"/networks/{made['Id']}")
        for made in self.json("GET", "/images/json"):
            for name in made["RepoTags"] or ():
                ours = name.startswith(self.prefix) and name != "alpine:latest"
                if ours and not name.startswith("<none>"):
                    self.ask("DELETE", f"/images/{name}?force=1")
