"""A draft: what it asks for, and that it holds for the solution and for nothing else."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from grader import submissions
from grader.checks._examples import called, made, moment, seen, stored, typed
from grader.course import lab_ids, load_lab, load_rubric
from grader.drafting.draft import WHOLE, draft
from grader.drafting.text import render
from grader.errors import UsageError
from grader.lint import findings
from grader.model.evidence import Evidence
from grader.model.lab import Lab, Recorded
from grader.model.record import Text
from grader.model.wanted import Wanted
from grader.recording import Recording
from grader.scoring import score

COURSE = Path(__file__).parents[2]
LAB = Lab(
    id="lab",
    title=Text(ko="실습", en="Lab"),
    images=("alpine:latest",),
    network=True,
    build=True,
    record=Recorded(volumes=True, folder=True),
)


def restarted() -> Evidence:
    """Return what a lab about a restart shows: texts that were typed, and one that was not."""
    files = {
        "/tmp/note.txt": "안녕\n",
        "/tmp/now.txt": "Tue Nov 24\n",
        "/root/.ash_history": "ls\n",
    }
    return seen(
        typed(1, "docker run --name box -it alpine sh", status=None),
        typed(2, "echo 안녕 > /tmp/note.txt; date > /tmp/now.txt", where="box"),
        typed(3, "exit", where="box"),
        typed(4, "docker start -i box"),
        typed(5, "cat /tmp/note.txt", "안녕\n", where="box"),
        typed(6, "exit", where="box"),
        typed(7, "docker rm box", "box\n"),
        typed(8, "docker run --name new alpine ls /tmp"),
        containers=(
            made(
                "box",
                moment("created", 1),
                moment("start 1", 1),
                moment("exit 1", 3, files),
                moment("start 2", 4),
                moment("exit 2", 6, files),
                moment("removed", 7, files),
            ),
            made(
                "new",
                moment("created", 8),
                moment("start 1", 8),
                moment("exit 1", 8),
                moment("end", 9),
            ),
        ),
        calls=(
            called(1, "container_create"),
            called(4, "container_start", "box"),
            called(7, "container_remove", "box"),
            called(8, "container_create"),
        ),
    )


def checks(evidence: Evidence, lab: Lab = LAB) -> dict[str, dict[str, Any]]:
    """Return the checks of a draft, by the ids of their criteria."""
    return {c["id"]: c["check"] for c in draft(evidence, lab)[1]["criteria"]}


def test_what_matters_is_asked_in_the_order_of_the_lab() -> None:
    rubric, _ = draft(restarted(), LAB)
    assert [criterion.id for criterion in rubric.criteria] == [
        "made-box",
        "wrote-box",
        "texts-box",
        "kept-box",
        "saw-box",
        "ended-box",
        "made-new",
        "then-new",
        "clean-new",
        "saw-new",
    ]
    assert sum(criterion.points for criterion in rubric.criteria) == WHOLE
    assert rubric.criteria[3].requires == ("wrote-box",)


def test_what_was_never_typed_is_no_text_to_ask_for() -> None:
    asked = checks(restarted())
    there = {"exists": True}
    assert asked["wrote-box"]["paths"] == {"/tmp/note.txt": there, "/tmp/now.txt": there}
    assert asked["texts-box"]["paths"] == {"/tmp/note.txt": {"contains": "안녕"}}


def test_a_look_after_a_restart_comes_after_it() -> None:
    assert checks(restarted())["saw-box"] == {
        "kind": "command",
        "container": "box",
        "output": {"contains": "안녕"},
        "after": {"container": "box", "moment": "start 2"},
    }


def test_volumes_networks_folders_images_and_refusals() -> None:
    evidence = seen(
        typed(1, "docker volume create data"),
        typed(2, "docker network create back"),
        typed(
            3, "docker run -d --name db --network back -v data:/d alpine sh -c 'echo 하나 > /d/a'"
        ),
        typed(4, "docker rm db", status=1),
        typed(5, "docker commit db copy; docker rmi copy; echo 둘둘 > site/b.txt"),
        containers=(
            made(
                "db",
                moment("created", 3),
                moment("start 1", 3),
                moment("end", 6),
                networks=("back",),
                mounts=({"type": "volume", "source": "data", "target": "/d"},),
            ),
        ),
        calls=(
            called(3, "container_create"),
            called(4, "container_remove", "db", status=409, message="is running"),
        ),
        volumes=({"name": "data", "step": 1, "contents": {"files": (stored("/a", "하나\n"),)}},),
        networks=({"name": "back", "step": 2},),
        folder={"files": (stored("/lab/site/b.txt", "둘둘\n"), stored("/lab/x", "other"))},
        built=(
            {
                "id": "sha256:c",
                "how": "commit",
                "step": 5,
                "base": "db",
                "references": ("copy:latest",),
                "removed_step": 5,
            },
        ),
    )
    asked = checks(evidence)
    assert asked["stored-data"]["paths"] == {"/a": {"contains": "하나"}}
    assert asked["network-back"]["members"] == ["db"]
    assert asked["made-db"]["mounts"] == [{"type": "volume", "source": "data", "target": "/d"}]
    assert asked["image-copy"] == {
        "kind": "image",
        "image": "copy",
        "how": "commit",
        "from_container": "db",
        "exists_at_end": False,
    }
    assert asked["folder-site-b-txt"]["paths"] == {"/lab/site/b.txt": {"contains": "둘둘"}}
    assert asked["refused-rm-db"] == {
        "kind": "refused",
        "call": "rm",
        "by": "engine",
        "container": "db",
    }


def test_what_the_lab_does_not_record_is_not_asked_for() -> None:
    lab = LAB.model_copy(update={"record": Recorded(), "network": False, "build": False})
    assert "made-box" in checks(restarted(), lab)
    with pytest.raises(UsageError, match="nothing that a rubric could ask for"):
        draft(seen(typed(1, "docker network create b"), networks=({"name": "b", "step": 1},)), lab)


def recorded(lab: Lab, path: Path) -> Evidence:
    with Recording() as recording:
        recording.begin(lab, submissions.read(path, "solution", lab))
        return recording.finish(Wanted())


SAMPLES = {
    "lab6-1": (
        "100-one-liners",
        "80-never-removed",
        "34-stopped-after-writing",
        "0-only-a-comment",
    ),
    "lab6-3": ("100-removed-by-rm", "78-no-helper", "12-only-the-volume", "0-only-a-comment"),
}


@pytest.mark.engine
def test_drafts_of_the_course_hold_and_put_samples_in_order(tmp_path: Path) -> None:
    labs = {name: load_lab(COURSE, name) for name in lab_ids(COURSE) if name < "quiz"}
    folders = {name: COURSE / "labs" / name for name in labs}
    paths = [(name, folder / "solution.sh") for name, folder in folders.items()]
    paths += [(n, folders[n] / "samples" / f"{s}.sh") for n, all_ in SAMPLES.items() for s in all_]
    with ThreadPoolExecutor(3) as pool:
        done = pool.map(lambda case: recorded(labs[case[0]], case[1]), paths)
        evidence = dict(zip(paths, done, strict=True))
    (tmp_path / "labs").symlink_to(COURSE / "labs")
    (tmp_path / "rubrics").mkdir()
    for name, folder in folders.items():
        text = render(draft(evidence[name, folder / "solution.sh"], labs[name])[1], labs[name])
        (tmp_path / "rubrics" / f"{name}.yaml").write_text(text)
    assert findings(tmp_path, list(labs)) == []
    for name, samples in SAMPLES.items():
        rubric = load_rubric(tmp_path, labs[name])
        points = [
            score(rubric, labs[name], evidence[name, folders[name] / "samples" / f"{s}.sh"]).points
            for s in samples
        ]
        assert points == sorted(points, reverse=True), (name, points)
        assert points[0] > points[1] > points[2] > points[3] == 0, (name, points)
