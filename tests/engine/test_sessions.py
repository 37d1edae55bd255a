from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from grader.engine.sessions import (
    RUNTIME_VARIABLE,
    SessionFolder,
    over,
    runtime_folder,
    runtime_id,
    sessions,
)
from grader.errors import OutputError


@pytest.fixture(autouse=True)
def runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(RUNTIME_VARIABLE, str(tmp_path))
    return tmp_path


def test_a_session_is_over_when_it_is_released() -> None:
    session = SessionFolder()
    assert list(sessions()) == [session.path]
    assert not over(session.path)
    session.release()
    assert over(session.path)


def test_a_session_is_over_when_its_process_is_killed() -> None:
    script = (
        "from grader.engine.sessions import SessionFolder\n"
        "print(SessionFolder().path, flush=True)\n"
        "import signal; signal.pause()\n"
    )
    child = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    path = Path(child.stdout.readline().strip())
    assert not over(path)
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()
    assert over(path)


def test_a_folder_that_is_just_being_made_is_not_over(runtime: Path) -> None:
    young = runtime / "lgyoung"
    young.mkdir()
    assert not over(young)
    os.utime(young, (0, 0))
    assert over(young)


def test_the_folder_is_closed_and_the_socket_open_to_the_student() -> None:
    session = SessionFolder()
    assert stat.S_IMODE(session.path.stat().st_mode) == 0o700
    assert stat.S_IMODE(session.socket_path.stat().st_mode) == 0o666
    session.release()


def test_the_id_of_a_folder_stays_and_differs_from_others(runtime: Path, tmp_path: Path) -> None:
    assert runtime_id(runtime) == runtime_id(runtime)
    assert runtime_id(runtime) != runtime_id(tmp_path / "other")


def test_a_path_too_long_for_a_socket_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(RUNTIME_VARIABLE, str(tmp_path / ("x" * 120)))
    with pytest.raises(OutputError, match=RUNTIME_VARIABLE):
        SessionFolder()


def test_without_a_choice_the_folder_depends_on_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(RUNTIME_VARIABLE)
    monkeypatch.setattr(os, "geteuid", lambda: 1234)
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/run/user/1234")
    assert runtime_folder() == Path("/run/user/1234/lab-grader")
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    assert runtime_folder().name == "lab-grader-1234"


def test_a_relative_runtime_folder_is_the_same_from_everywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(RUNTIME_VARIABLE, "run")
    assert runtime_folder() == tmp_path / "run"


def test_in_a_folder_for_all_users_each_has_one_of_their_own(runtime: Path) -> None:
    assert runtime_folder() == runtime
    runtime.chmod(0o1777)
    mine = runtime / f"user-{os.geteuid()}"
    assert runtime_folder() == mine
    session = SessionFolder()
    assert session.path.parent == mine
    assert stat.S_IMODE(mine.stat().st_mode) == 0o700
    session.release()
