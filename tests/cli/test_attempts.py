"""Attempts: kept where a rubric says so, counted by its rule, never lost."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Course, Here

ALICE = ("quiz", "--student", "alice")
HOME = "results/quiz/alice"
GOOD, HALF, WRONG = "1: B\n2: A\n", "1: B\n2: B\n", "1: A\n2: B\n"


def rule(course: Course, text: str) -> None:
    file = course.root / "rubrics" / "quiz.yaml"
    file.write_text(text + file.read_text())


def hand_in(course: Course, grade: Here, text: str, *more: str) -> subprocess.CompletedProcess[str]:
    course.write("submissions/alice/quiz.yaml", text)
    return grade(*ALICE, *more)


def last_line(done: subprocess.CompletedProcess[str]) -> str:
    return done.stdout.splitlines()[-1]


def counted(course: Course) -> dict[str, Any]:
    counts: dict[str, Any] = json.loads((course.root / HOME / "counted.json").read_text())
    return counts | {"points": counts.pop("result")["points"]}


def test_without_a_rule_nothing_is_kept(course: Course, grade_here: Here) -> None:
    assert hand_in(course, grade_here, GOOD).returncode == 0
    assert not (course.root / HOME / "attempts").exists()
    refused = grade_here("attempts", *ALICE)
    assert refused.returncode == 2
    assert "rubrics/quiz.yaml: no attempts are kept" in refused.stderr
    rule(course, "attempts: best\n")
    shutil.rmtree(course.root / "results")
    assert "there is no attempt yet" in grade_here("attempts", *ALICE).stderr


def test_the_best_attempt_counts(course: Course, grade_here: Here) -> None:
    rule(course, "attempts: best\n")
    first = hand_in(course, grade_here, HALF)
    assert last_line(first) == "attempt 1 of 1; it counts: 6 of 10 (best)"
    second = hand_in(course, grade_here, WRONG, "--lang", "ko")
    assert second.returncode == 1  # the status is that of this grading
    assert last_line(second) == (
        "제출 2건 가운데 2번 제출입니다. 1번 제출이 반영됩니다: 10점 만점에 6점 (최고점)"
    )
    assert counted(course) == {"attempt": 1, "attempts": 2, "take": "best", "points": 6}
    usual = json.loads((course.root / HOME / "result.json").read_text())
    assert usual["points"] == 0
    again = hand_in(course, grade_here, HALF)
    assert last_line(again) == "attempt 1 of 2; it counts: 6 of 10 (best)"
    listed = grade_here("attempts", *ALICE)
    assert listed.returncode == 0
    lines = [" ".join(line.split()) for line in listed.stdout.splitlines()]
    assert lines[0].startswith("1 6/10 graded 20")
    assert lines[0].endswith("+0000 counts (best)")
    assert lines[1].startswith("2 0/10 graded 20")


def test_a_rescore_scores_all_attempts_anew(course: Course, grade_here: Here) -> None:
    hand_in(course, grade_here, HALF)  # graded before the rubric kept attempts
    rule(course, "attempts: last\n")
    adopted = grade_here("rescore", *ALICE)
    assert last_line(adopted) == "attempt 1 of 1; it counts: 6 of 10 (last)"
    assert last_line(hand_in(course, grade_here, WRONG)) == (
        "attempt 2 of 2; it counts: 0 of 10 (last)"
    )
    file = course.root / "rubrics" / "quiz.yaml"
    file.write_text(file.read_text().replace("correct: [B]", "correct: [A]"))
    before = course.files()
    assert last_line(grade_here("rescore", *ALICE)) == "attempt 2 of 2; it counts: 6 of 10 (last)"
    after = course.files()
    changed = sorted(path for path in after if after[path] != before.get(path))
    assert changed == [
        f"{HOME}/{name}"
        for name in (
            "attempts/001/result.json",
            "attempts/002/result.json",
            "counted.json",
            "junit.xml",
            "result.json",
        )
    ]


def test_the_late_policy_holds_for_each_attempt(course: Course, grade_here: Here) -> None:
    rule(course, "attempts: best\nlate: {due: 2026-12-01 18:00+09:00, per_day: 50%}\n")
    hand_in(course, grade_here, HALF, "--submitted-at", "2026-12-01 17:00+09:00")
    late = hand_in(course, grade_here, GOOD, "--submitted-at", "2026-12-01 19:00+09:00")
    assert last_line(late) == "attempt 2 of 2; attempt 1 counts: 6 of 10 (best)"
    # The same once more, later still: its own time stands.
    later = hand_in(course, grade_here, HALF, "--submitted-at", "2026-12-05 19:00+09:00")
    assert last_line(later) == "attempt 1 of 2; it counts: 6 of 10 (best)"
    grade_here("rescore", *ALICE, "--submitted-at", "2026-12-05 19:00+09:00")
    assert counted(course)["attempt"] == 2


def test_who_hands_in_an_earlier_version_last_means_it(course: Course, grade_here: Here) -> None:
    rule(course, "attempts: last\n")
    for day, text in enumerate((GOOD, WRONG, GOOD), start=1):
        done = hand_in(course, grade_here, text, "--submitted-at", f"2026-12-0{day} 10:00Z")
    assert last_line(done) == "attempt 1 of 2; it counts: 10 of 10 (last)"


def test_a_damaged_attempt_is_told_after_the_reports(course: Course, grade_here: Here) -> None:
    rule(course, "attempts: best\n")
    hand_in(course, grade_here, GOOD)
    course.write(f"{HOME}/attempts/001/evidence.json", "{")
    done = hand_in(course, grade_here, WRONG)
    assert (done.returncode, "0/10" in done.stdout) == (2, True)
    assert f"{HOME}/attempts/001/evidence.json:1: the evidence is damaged" in done.stderr
    assert f"move {HOME}/attempts/001 away" in done.stderr


def test_a_fault_of_ours_is_no_attempt(fake_engine: Course) -> None:
    file = fake_engine.root / "rubrics" / "typed.yaml"
    file.write_text("attempts: last\n" + file.read_text())
    assert fake_engine.grade("typed", "--student", "alice").returncode == 1
    kept = fake_engine.files()
    assert fake_engine.grade("typed", "--student", "alice", FAKE="fault").returncode == 3
    after = fake_engine.files()
    assert [path for path in after if after[path] != kept.get(path)] == [
        "results/typed/alice/junit.xml"
    ]


@pytest.mark.parametrize("count", [6])
def test_gradings_at_the_same_time_lose_no_attempt(course: Course, count: int) -> None:
    rule(course, "attempts: best\n")
    running = []
    for number in range(count):
        text = f"# {number}\n" + (GOOD if number == 3 else WRONG)
        path = course.write(f"handed-in/{number}.yaml", text)
        command = [sys.executable, "-m", "grader", *ALICE, "--submission", str(path)]
        running.append(
            subprocess.Popen(
                command, cwd=course.root, env=course.environment, stdout=subprocess.DEVNULL
            )
        )
    assert sorted(process.wait(60) for process in running) == [0, *[1] * (count - 1)]
    kept = sorted(path.name for path in (course.root / HOME / "attempts").glob("0*"))
    assert kept == [f"{number:03}" for number in range(1, count + 1)]
    counts = counted(course)
    assert (counts["attempts"], counts["points"]) == (count, 10)
