"""What the evidence of a solution tells about its author's intentions.

A name or a text is meant if it was typed: dates, numbers of processes and the like come out of a
command, and are never typed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import PurePosixPath

from grader.checks._select import UNASKED
from grader.model.evidence import HOST, Call, ContainerRecord, Contents, Evidence, FileState, Step
from grader.model.lab import Lab

LONGEST = 80
"""Letters of a text that a rubric may repeat."""
MOST_LINES = 3
"""Lines of one text that a rubric asks for."""


class Facts:
    """Evidence, with what was typed at hand."""

    def __init__(self, evidence: Evidence, lab: Lab) -> None:
        self.evidence = evidence
        self.lab = lab
        self.steps = [step for step in evidence.steps if step.end != "untyped"]

    @cached_property
    def containers(self) -> dict[str, ContainerRecord]:
        """Containers whose name was typed, by that name; of several the first."""
        found: dict[str, ContainerRecord] = {}
        for container in self.evidence.containers:
            if self.is_word(container.name):
                found.setdefault(container.name, container)
        return found

    @cached_property
    def names(self) -> frozenset[str]:
        """What Docker answers with when it has done something."""
        objects = (
            (container.name for container in self.evidence.containers),
            (volume.name for volume in self.evidence.volumes),
            (network.name for network in self.evidence.networks),
            (image.reference for image in self.evidence.images),
            (name for built in self.evidence.built for name in built.references),
        )
        return frozenset(name for names in objects for name in names)

    def name_of(self, container_id: str) -> str | None:
        """Return the typed name of a container; None if nobody gave it one."""
        return next((n for n, c in self.containers.items() if c.id == container_id), None)

    def is_word(self, name: str) -> bool:
        """Return whether a name was typed by itself."""
        return self.first_step(name) is not None

    def first_step(self, *words: str, since: int = 0) -> int | None:
        """Return the number of the first step in which one of some words was typed by itself."""
        wanted = "|".join(re.escape(word) for word in words)
        pattern = re.compile(rf"(?<![\w.-])(?:{wanted})(?![\w-])")
        later = (step for step in self.steps if step.number >= since)
        return next((step.number for step in later if pattern.search(step.text)), None)

    def was_typed(self, text: str, *, before: int | None = None) -> bool:
        """Return whether a text stands in a typed line, or in one before that step."""
        return any(
            text in step.text for step in self.steps if before is None or step.number < before
        )

    def texts(self, content: str) -> list[str]:
        """Return the lines of a text that were typed, as far as a rubric should repeat them."""
        lines = dict.fromkeys(line.strip() for line in content.splitlines())
        meant = [line for line in lines if 1 < len(line) <= LONGEST and self.was_typed(line)]
        return [line for line in meant if line not in self.names][:MOST_LINES]

    def rule(self, file: FileState) -> dict[str, object] | None:
        """Return what a rubric asks of a file; None for one that nobody meant to write."""
        texts = self.texts(file.text or "") if file.type == "file" else []
        if texts:
            return {"contains": texts[0] if len(texts) == 1 else texts}
        if self.mentions(file.path) and file.type in ("file", "dir", "link"):
            return {"type": file.type} if file.type != "file" else {"exists": True}
        return None

    def mentions(self, path: str) -> bool:
        """Return whether a path, or its last part, was typed."""
        return self.first_step(path, PurePosixPath(path).name) is not None

    def rules(self, contents: Contents, root: str = "") -> dict[str, dict[str, object]]:
        """Return what a rubric asks of the files of a volume or a folder."""
        wanted = {root + file.path: self.rule(file) for file in contents.files}
        return {path: rule for path, rule in wanted.items() if rule and "type" not in rule}

    def calls(self, step: Step) -> list[Call]:
        """Return the calls of a step."""
        return [call for call in self.evidence.calls if call.step == step.number]

    def place(self, step: Step) -> str | None:
        """Return the id of the one container that a step was about; None if there is no one."""
        if step.where != HOST:
            return step.where
        calls = (call for call in self.calls(step) if call.route not in UNASKED)
        about = {call.container for call in calls if call.container}
        about |= {
            container.id
            for container in self.evidence.containers
            if (created := container.moment("created")) and created.step == step.number
        }
        return about.pop() if len(about) == 1 else None

    def removals(self) -> Iterator[tuple[int, str]]:
        """Yield step and name of each container that was removed, the first one first."""
        found: Iterable[tuple[int, str]] = (
            (moment.step, name)
            for name, container in self.containers.items()
            if not container.auto_remove and (moment := container.moment("removed"))
        )
        yield from sorted(found)
