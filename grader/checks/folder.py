"""Kind `folder`: what is in the workbench's own folder at the end."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable
from typing import Literal

from pydantic import Field

from grader.checks import Check, CourseProblem, Example
from grader.checks._examples import seen, stored, typed
from grader.checks._matcher import PathMatcher
from grader.checks._objects import path_flaws
from grader.checks._paths import AbsolutePath, fits
from grader.checks._text import joined, listed
from grader.errors import EvidenceMissing
from grader.model.evidence import Contents, Evidence, FileState
from grader.model.lab import Lab
from grader.model.record import Text
from grader.model.result import Verdict

FOLDER = "/lab"
_OTHERS_WRITE = 0o002


class Folder(Check):
    """Files on the student's own side: what is in `/lab`, where lines are typed, at the end.

    `paths` are asked as in `file`, and begin with `/lab/`; the lab needs `record: {folder: true}`.
    Credit is the share of the paths that are right. A file that a container wrote through a bind
    mount is found here.
    """

    kind: Literal["folder"] = "folder"
    paths: dict[AbsolutePath, PathMatcher] = Field(min_length=1)

    def problems(self, lab: Lab) -> Iterable[CourseProblem]:
        """Return what the lab must allow first, and paths that lie elsewhere."""
        if not lab.record.folder:
            yield CourseProblem(
                ("paths",), "the lab does not record /lab; add 'record: {folder: true}' to it"
            )
        for path in self.paths:
            if not path.startswith(f"{FOLDER}/"):
                yield CourseProblem(("paths", path), f"'{path}' does not lie in {FOLDER}")

    def judge(self, evidence: Evidence) -> Verdict:
        """Compare the folder with what was asked."""
        contents = _contents(evidence)
        flaws = path_flaws(contents, self.paths, FOLDER)
        if not flaws:
            paths = listed(self.paths)
            return Verdict(
                credit=1,
                reason=Text(
                    ko=f"호스트의 {paths.ko} 경로가 요구한 상태였습니다.",
                    en=f"On the host, all is as asked: {paths.en}.",
                ),
            )
        told = joined(
            [Text(ko=f"'{p}' 경로가 {f.ko}", en=f"'{p}' {f.en}") for p, f in flaws.items()]
        )
        clue = _clue(
            contents, [p for p in flaws if not any(fits(s.path, p) for s in contents.files)]
        )
        return Verdict(
            credit=1 - len(flaws) / len(self.paths),
            reason=Text(
                ko=f"호스트에서 {told.ko}.{clue.ko}", en=f"On the host, {told.en}.{clue.en}"
            ),
            expected=joined([m.words(p) for p, m in self.paths.items()], most=4, between=", "),
        )


def _contents(evidence: Evidence) -> Contents:
    if evidence.folder is None:
        # Nothing was typed at all, or it was not recorded through our fault.
        if not evidence.steps:
            return Contents()
        raise EvidenceMissing(f"what is in {FOLDER} was not recorded")
    if evidence.folder.fault is not None:
        raise EvidenceMissing(f"the record of {FOLDER} is incomplete: {evidence.folder.fault}")
    return evidence.folder


def _clue(contents: Contents, missing: list[str]) -> Text:
    """Return where a file of the same name is instead, or why it could not be written."""
    for path in missing:
        name = posixpath.basename(path)
        for state in contents.files:
            if posixpath.basename(state.path) == name:
                return Text(
                    ko=f" 대신 '{state.path}' 경로에 있습니다.",
                    en=f" There is '{state.path}' instead.",
                )
    for path in missing:
        parent = contents.file(posixpath.dirname(path))
        if parent is not None and parent.uid == 0 and not parent.mode & _OTHERS_WRITE:
            return Text(
                ko=f" '{parent.path}' 디렉터리는 root의 것이라 호스트에서 쓸 수 없습니다. "
                "엔진이나 컨테이너가 먼저 만들면 그렇게 됩니다.",
                en=f" The folder '{parent.path}' belongs to root, so the host could not write into "
                "it: the engine or a container made it first.",
            )
    return Text(ko="", en="")


_ASKED = {"paths": {"/lab/site/index.html": {"contains": "안녕"}}}


def _left(path: str, text: str) -> Evidence:
    return seen(typed(1, "ls"), folder=Contents(files=(stored(path, text),)))


EXAMPLES = (
    Example(
        shows="a container changed the file on the host",
        check=_ASKED,
        evidence=lambda: _left("/lab/site/index.html", "안녕\n"),
        credit=1,
        says="all is as asked",
    ),
    Example(
        shows="one of two files is there",
        check={"paths": {**_ASKED["paths"], "/lab/site/new.txt": None}},
        evidence=lambda: _left("/lab/site/index.html", "안녕\n"),
        credit=0.5,
        says="'/lab/site/new.txt' does not exist",
    ),
    Example(
        shows="the file lies elsewhere",
        check=_ASKED,
        evidence=lambda: _left("/lab/index.html", "안녕\n"),
        credit=0,
        says="There is '/lab/index.html' instead.",
    ),
    Example(
        shows="the folder was mounted before it was made",
        check=_ASKED,
        evidence=lambda: seen(
            typed(1, "ls"),
            folder=Contents(
                files=(FileState(path="/lab/site", type="dir", mode=0o755, uid=0, gid=0, size=0),)
            ),
        ),
        credit=0,
        says="The folder '/lab/site' belongs to root",
    ),
)
