"""A lab: what students are asked to do, and within which limits."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from grader.model.personal import Value, ValueName
from grader.model.record import Record, Source, Text
from grader.model.units import TimeZone


class Question(Record):
    """One quiz question as the student sees it; the right answers stand in the rubric."""

    title: Text
    choices: dict[str, Text] = Field(min_length=2)
    """Letter of the choice → its text."""


class Limits(Record):
    """How long and how much a replay may take."""

    step_seconds: float = Field(strict=True, default=20, gt=0, le=3600)
    """Time for one typed line before it is interrupted; the engine's work is not counted, within
    bounds."""
    lab_seconds: float = Field(strict=True, default=600, gt=0, le=86400)
    """Time for all lines together; what is not typed by then stays untyped, and is noted."""
    output_bytes: int = Field(strict=True, default=64 * 1024, ge=1024, le=16 * 1024 * 1024)
    """Terminal output kept per step."""
    memory_mb: int = Field(strict=True, default=256, ge=16, le=65536)
    """Memory of each container that the student starts."""
    file_mb: int = Field(strict=True, default=256, ge=1, le=1024 * 1024)
    """The largest file that a container may write."""
    disk_mb: int = Field(strict=True, default=2048, ge=16, le=1024 * 1024)
    """What containers, volumes and mounted folders may hold together; looked at every second."""
    files: int = Field(strict=True, default=200_000, ge=100, le=100_000_000)
    """How many files they may hold together."""
    cpus: float = Field(strict=True, default=1.0, gt=0, le=64)
    pids: int = Field(strict=True, default=128, ge=8, le=32768)
    containers: int = Field(strict=True, default=20, ge=1, le=10000)
    """How many containers may exist at the same time in one session."""
    networks: int = Field(strict=True, default=10, ge=1, le=100)
    """How many networks of the student's own may exist at the same time in one session."""
    images: int = Field(strict=True, default=20, ge=1, le=1000)
    """How many images of the student's own making may exist at the same time in one session."""


class Recorded(Record):
    """What goes on record beside the containers' own layers; it costs time and room."""

    volumes: bool = False
    """What is in volumes and mounted folders: in each snapshot of a container that has them, and
    when a volume is removed or the replay ends."""
    folder: bool = False
    """What is in the workbench's `/lab` at the end."""


class Lab(Source):
    """What `labs/<id>/lab.yaml` says."""

    id: str
    """Name of the folder."""
    title: Text
    kind: Literal["terminal", "quiz"] = "terminal"
    """`terminal`: shell lines in `<id>.sh`, replayed. `quiz`: answers in `<id>.yaml`."""
    images: tuple[str, ...] = ()
    """Base images that the student's containers may use."""
    volumes: bool = True
    """Whether students may make volumes; folders of `/lab` can be mounted in any case."""
    network: bool = False
    """Whether containers get private networks, with names and without a way out."""
    build: bool = False
    """Whether students may build, commit and tag images."""
    record: Recorded = Recorded()
    time_zone: TimeZone | None = None
    """Where the clock hangs by which dates in the rubric are read, such as `Asia/Seoul`."""
    limits: Limits = Limits()
    questions: dict[str, Question] = Field(default_factory=dict)
    """Number of the question → question; only for quizzes."""
    values: dict[ValueName, Value] = Field(default_factory=dict)
    """Values of each student's own, which rubric, handouts, solution and samples write as
    `{{name}}`."""
    draft: bool = False
    """Whether it is still being written: it may lack a rubric, and `grade lint` reminds of it."""
