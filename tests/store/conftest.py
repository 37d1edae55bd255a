"""Each test on SQLite and on a PostgreSQL of its own: a real one, started once, on a socket."""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from grader.store import Store

NUMBERS = itertools.count()


def find_postgresql() -> Path | None:
    """Return the folder of the server's programs; Debian keeps them off PATH."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if found:
        return found[-1].parent
    there = shutil.which("initdb")
    return Path(there).parent if there else None


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """Start a server and return the folder of its socket."""
    programs = find_postgresql()
    if programs is None:
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql")
    user = "postgres" if os.geteuid() == 0 else None  # it refuses to be root
    folder = Path(tempfile.mkdtemp(prefix="grades-", dir="/tmp"))

    def run(*command: str | Path) -> None:
        # Into a file: the server would keep a pipe open.
        with (folder / "log").open("a") as log:
            subprocess.run(command, user=user, cwd=folder, stdout=log, stderr=log, check=True)

    data = folder / "data"
    try:
        if user:
            shutil.chown(folder, user)
        run(programs / "initdb", "-D", data, "-U", "grades", "-A", "trust", "--no-sync")
        settings = f"-k {folder} -c listen_addresses= -c fsync=off"
        run(programs / "pg_ctl", "-D", data, "-w", "-o", settings, "start")
        try:
            yield str(folder)
        finally:
            run(programs / "pg_ctl", "-D", data, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder)


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return a place for a store that is not there yet."""
    if request.param == "sqlite":
        return str(tmp_path / "results" / "grades.db")
    socket: str = request.getfixturevalue("postgresql")
    name = f"grades{next(NUMBERS)}"
    with psycopg.connect(host=socket, user="grades", dbname="postgres", autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
    return f"postgresql://grades@/{name}?host={socket}"


@pytest.fixture
def evidence_folder(tmp_path: Path) -> Path:
    return tmp_path / "results" / "evidence"


@pytest.fixture
def opened(place: str, evidence_folder: Path) -> Iterator[Callable[[], Store]]:
    """Return what opens the store, as often as wanted."""
    stores: list[Store] = []

    def open_store() -> Store:
        stores.append(Store(place, evidence_folder))
        return stores[-1]

    yield open_store
    for store in stores:
        store.__exit__()


@pytest.fixture
def store(opened: Callable[[], Store]) -> Store:
    return opened()
