"""A course whose quiz is graded by the command line, and uploaded to a fake platform."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from loopback import Faults

PROJECT = Path(__file__).parents[2]
PAGE = PROJECT / "docs" / "lms.md"
LAB = "quiz6-1"


def blocks(section: str, language: str) -> list[str]:
    """Return the blocks of a section of the page."""
    text = PAGE.read_text("utf-8").split(f"\n## {section}\n")[1].split("\n## ")[0]
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


@dataclass
class Course:
    """A course in a folder, where Alice and Bob have answered the quiz."""

    root: Path
    target: str
    """What its `course.yaml` calls the platform."""
    faults: Faults
    secrets: Mapping[str, str]
    """Variables of the environment that hold them."""

    def fill(self, settings: str) -> None:
        """Make the course, with these words in its `course.yaml`."""
        shutil.copytree(PROJECT / "labs" / LAB, self.root / "labs" / LAB)
        (self.root / "rubrics").mkdir()
        shutil.copy(PROJECT / "rubrics" / f"{LAB}.yaml", self.root / "rubrics")
        answers = (PROJECT / "labs" / LAB / "solution.yaml").read_text("utf-8")
        for student, text in (("alice", answers), ("bob", "1: A\n")):
            (self.root / "submissions" / student).mkdir(parents=True)
            (self.root / "submissions" / student / f"{LAB}.yaml").write_text(text, "utf-8")
        (self.root / "roster.csv").write_text(
            "student,email\nalice,alice@example.org\nbob,bob@example.org\n", "utf-8"
        )
        (self.root / "course.yaml").write_text(settings, "utf-8")

    def start(self, *words: str) -> subprocess.Popen[str]:
        environment = {**os.environ, "PYTHONPATH": str(PROJECT), **self.secrets}
        return subprocess.Popen(
            [sys.executable, "-m", "grader", *words, "--lang", "en"],
            cwd=self.root,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def grade(self, *words: str) -> tuple[int, str]:
        process = self.start(*words)
        said, _ = process.communicate()
        assert not any(secret in said for secret in self.secrets.values())
        return process.returncode, said

    def prepare(self) -> None:
        """Put grades into the store, and find out who is who."""
        assert self.grade("class", LAB)[0] == 0
        assert self.grade("roster", "--from", self.target)[0] == 0

    def upload(self, *more: str) -> tuple[int, str]:
        return self.grade("upload", LAB, "--to", self.target, "--apply", *more)

    def killed(self) -> None:
        """Begin an upload that is killed by something in the faults."""
        process = self.start("upload", LAB, "--to", self.target, "--apply")
        self._kill = process.kill
        process.communicate()
        assert process.returncode == -9

    def kill(self) -> None:
        self._kill()

    def follow(self, example: str) -> None:
        """Run the commands of an example of the page, the first of which exports the secret."""
        first, *commands = [line.split("#")[0].split() for line in example.splitlines()]
        assert first[0] == "export"
        for program, *words in commands:
            assert program == "grade"
            status, said = self.grade(*words)
            assert status == 0, said
            if words[0] == "upload":
                assert ("nothing was written" in said) == ("--apply" not in words)
