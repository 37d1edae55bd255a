"""Evidence: everything that happened in one replay. Facts only, complete enough to score from.

Times are seconds since the first line was typed. Container references are full ids; names are the
student's own (private) ones. `moments` of a container carry the labels that rubrics use:
`created`, `start 1`, `exit 1`, `start 2`, `exit 2`, …, `removed`, `end`; others tell the
story only: `failed start 1`, `paused`, `unpaused`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Final, Literal

from pydantic import AwareDatetime, Field

from grader.model.image_contents import ImageContents
from grader.model.probe import ProbeRecord
from grader.model.record import Record, Text

FORMAT: Final = 1
"""Version of the evidence file; raised when an old reader would misread a new file."""

HOST = "host"
"""The place of a step that was typed at the workbench's own shell."""

FAILED = 400
"""From this HTTP status on, a call did not do what was asked."""

FileType = Literal["file", "dir", "link", "device", "fifo", "socket"]
ChangeKind = Literal["A", "C", "D"]
StepEnd = Literal["prompt", "input", "timeout", "closed", "untyped"]


class Change(Record):
    """One line of `docker diff`."""

    kind: ChangeKind
    """A added, C changed, D deleted."""
    path: str


class FileState(Record):
    """One path in a container's file system at one moment."""

    path: str
    type: FileType
    mode: int
    """Permission bits, such as 0o644."""
    uid: int | None = None
    gid: int | None = None
    size: int
    digest: str | None = None
    """`sha256:…` of the content; regular files only, None where not all of it was read."""
    text: str | None = None
    """Content as UTF-8 up to the recorder's cap; None for binary, unread or non-regular files."""
    truncated: bool = False
    """The content is longer than the recorder's cap: `text` is its beginning."""
    target: str | None = None
    """Where a symbolic link points."""


class Snapshot(Record):
    """A container's writable layer at one moment."""

    changes: tuple[Change, ...]
    """What `docker diff` says, sorted by path."""
    files: tuple[FileState, ...]
    """Added and changed paths, and the rubric's paths wherever they exist; where the lab wants it,
    also all that is in the container's volumes and mounted folders."""
    absent: tuple[str, ...]
    """The rubric's paths that do not exist."""
    truncated: bool = False
    """There were more changes than the recorder keeps; `changes` has the first of them."""
    fault: str | None = None
    """Why the snapshot is incomplete through no fault of the student; None when complete."""

    def file(self, path: str) -> FileState | None:
        """Return the state of `path`, or None if it is absent or was not recorded."""
        return next((file for file in self.files if file.path == path), None)


class Contents(Record):
    """What is in a volume, or in the workbench's working folder, at one moment."""

    files: tuple[FileState, ...] = ()
    """All of it, sorted by path; paths of a volume count from its own root."""
    truncated: bool = False
    """There was more than the recorder keeps."""
    fault: str | None = None
    """Why it could not be read, through no fault of the student."""

    def file(self, path: str) -> FileState | None:
        """Return the state of `path`, or None if it is absent or was not recorded."""
        return next((file for file in self.files if file.path == path), None)


class Moment(Record):
    """A turning point in the life of a container."""

    label: str
    at: float
    step: int
    """Number of the step during which it happened; 0 before the first, last + 1 after the last."""
    exit_code: int | None = None
    oom_killed: bool = False
    message: str | None = None
    """At `failed start n`: what the engine said."""
    snapshot: Snapshot | None = None
    """Present at `exit n`, `removed` and `end`."""


class MountRecord(Record):
    """One mount of a container, with the student's names."""

    type: Literal["bind", "volume", "tmpfs"]
    source: str
    """Volume name or directory; empty for tmpfs."""
    target: str
    read_only: bool = False


class ContainerRecord(Record):
    """A container that the student made, from creation to the end of the replay."""

    id: str
    names: tuple[str, ...]
    """All its names, the newest last."""
    image: str
    """The reference that the student typed."""
    image_id: str
    command: tuple[str, ...]
    entrypoint: tuple[str, ...]
    environment: tuple[str, ...]
    working_dir: str
    user: str
    hostname: str
    tty: bool
    open_stdin: bool
    auto_remove: bool
    network: str
    networks: tuple[str, ...] = ()
    """All networks that it was ever in, where the lab has networks."""
    labels: dict[str, str]
    mounts: tuple[MountRecord, ...]
    ports: tuple[str, ...]
    """Published ports as asked, such as `8080:80/tcp`."""
    moments: tuple[Moment, ...]

    @property
    def name(self) -> str:
        """The newest name."""
        return self.names[-1]

    def moment(self, label: str) -> Moment | None:
        """Return the moment with this label, or None if it never came."""
        return next((moment for moment in self.moments if moment.label == label), None)


class Call(Record):
    """One request of the student's client to the Docker API."""

    step: int
    at: float
    seconds: float
    route: str
    """Name of the route, such as `container_create`; empty if no route matched."""
    method: str
    path: str
    """Path as asked, without query."""
    container: str | None = None
    """Id of the container that it was about."""
    status: int
    refused: str | None = None
    """Which rule refused it; None if it was let through."""
    message: str | None = None
    """The error text that the client saw."""
    command: tuple[str, ...] = ()
    """The command of an `exec`."""
    target: str | None = None
    """The path in the container that a copy was about."""

    @property
    def succeeded(self) -> bool:
        """Whether it did what it was for; a build that failed tells it behind its status."""
        return self.refused is None and self.status < FAILED and self.message is None


class Step(Record):
    """One typed line, or one block of lines that the shell took as one command."""

    number: int
    """Counts from 1."""
    line: int
    """First line in the submission's file, from 1."""
    last_line: int
    text: str
    where: str
    """`host`, or the id of the container whose shell read the line."""
    output: str
    """What the terminal showed, without the echo of the line and without control sequences."""
    truncated: bool = False
    status: int | None = None
    """Exit status as the shell reported it; None if it could not be known."""
    end: StepEnd = "prompt"
    """How we knew that it was over: the shell's prompt came back; another program waits for input;
    time-out (the line was interrupted); the shell was closed; the line was never typed."""
    at: float
    seconds: float


class VolumeRecord(Record):
    """A volume that the student made."""

    name: str
    step: int
    labels: dict[str, str] = Field(default_factory=dict)
    anonymous: bool = False
    """The student gave it no name; a container or the engine did."""
    removed_step: int | None = None
    contents: Contents | None = None
    """When it was removed, or at the end; None where the lab does not want it on record."""


class NetworkRecord(Record):
    """A network that the student made, or the one that containers join who name none."""

    name: str
    step: int
    labels: dict[str, str] = Field(default_factory=dict)
    internal: bool = False
    """What was asked for; none has a way out."""
    removed_step: int | None = None


class ImageRecord(Record):
    """An image that the lab allows, as it was on the engine."""

    reference: str
    id: str
    layers: tuple[str, ...] = ()
    volumes: tuple[str, ...] = ()
    """Where it wants volumes."""
    stand_in: bool = False
    """Made locally because no registry could be reached."""
    contents: ImageContents | None = None
    """Its configuration, without layers and history; where the lab has `build: true`."""


class BuiltImage(Record):
    """An image that the student made, or a name that the student gave to an image of the lab."""

    id: str
    how: Literal["build", "commit", "tag"]
    step: int
    base: str
    """What the last stage of a build began with; of a commit, the id of the container."""
    dockerfile: str | None = None
    """The beginning of the Dockerfile as the student wrote it; builds only."""
    references: tuple[str, ...] = ()
    """All its names ever, in the order in which they were given."""
    removed_step: int | None = None
    contents: ImageContents | None = None
    """What it is made of; None for a name that was given to an image of the lab."""


class EngineRecord(Record):
    """The engine that ran the replay."""

    version: str
    api_version: str
    os: str
    arch: str


class Evidence(Record):
    """Everything that one replay (or one quiz sheet) showed."""

    format: Literal[1] = FORMAT
    grader: str
    """Version of the program that recorded it."""
    lab: str
    student: str
    submission: str
    """Path of the graded file as given."""
    submission_digest: str
    recorded_at: str
    """UTC, ISO 8601."""
    submitted_at: AwareDatetime | None = None
    """When it was handed in, as whoever took it in says."""
    notes: tuple[Text, ...] = ()
    watched: tuple[str, ...] = ()
    """Paths that were looked at in every snapshot because the rubric names them."""
    steps: tuple[Step, ...] = ()
    calls: tuple[Call, ...] = ()
    containers: tuple[ContainerRecord, ...] = ()
    """In order of creation."""
    volumes: tuple[VolumeRecord, ...] = ()
    networks: tuple[NetworkRecord, ...] = ()
    folder: Contents | None = None
    """The workbench's `/lab` at the end; None where the lab does not want it on record."""
    images: tuple[ImageRecord, ...] = ()
    built: tuple[BuiltImage, ...] = ()
    """Images of the student's own making."""
    probes: tuple[ProbeRecord, ...] = ()
    """What the grader ran by itself at the end, as the rubric asked."""
    engine: EngineRecord | None = None
    again: Evidence | None = None
    """A second replay of the same submission, where one was asked for."""
    answers: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Quiz: number of the question → chosen letters, as answered."""
    answer_lines: dict[str, int] = Field(default_factory=dict)
    """Quiz: number of the question → line of the answer in the file."""

    def named(self, name: str) -> tuple[ContainerRecord, ...]:
        """Return the containers that had this name at any time, oldest first."""
        return tuple(c for c in self.containers if name in c.names)

    def step(self, number: int) -> Step | None:
        """Return a step by its number."""
        return self._steps.get(number)

    def calls_in(self, step: int) -> Sequence[Call]:
        """Return the calls that a step caused."""
        return self._calls.get(step, ())

    def good_calls(self) -> Sequence[Call]:
        """Return the calls that succeeded."""
        return self._good_calls

    def good_calls_in(self, step: int) -> Sequence[Call]:
        """Return the calls of a step that succeeded."""
        return self._good_calls_by_step.get(step, ())

    @cached_property
    def _steps(self) -> Mapping[int, Step]:
        return {step.number: step for step in reversed(self.steps)}

    @cached_property
    def _calls(self) -> Mapping[int, Sequence[Call]]:
        return by_step(self.calls)

    @cached_property
    def _good_calls(self) -> Sequence[Call]:
        return [call for call in self.calls if call.succeeded]

    @cached_property
    def _good_calls_by_step(self) -> Mapping[int, Sequence[Call]]:
        return by_step(self._good_calls)


def by_step(calls: Iterable[Call]) -> Mapping[int, Sequence[Call]]:
    """Return calls by the number of the step that caused them."""
    found: dict[int, list[Call]] = defaultdict(list)
    for call in calls:
        found[call.step].append(call)
    return found
