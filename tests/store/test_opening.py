from __future__ import annotations

import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import text

from grader.errors import StoreError, UsageError
from grader.store import Store, opening


def test_tables_and_migrations_agree(place: str) -> None:
    engine = opening.connect(place)
    with engine.connect() as connection:
        command.check(opening.migrations(connection))
        scripts = ScriptDirectory.from_config(opening.migrations(connection))
        assert scripts.get_current_head() == opening.HEAD
    engine.dispose()


def test_an_up_to_date_store_is_opened_without_the_migrations(
    opened: Callable[[], Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    opened()
    monkeypatch.setitem(sys.modules, "alembic.command", None)
    opened()


def test_a_store_of_a_newer_program_is_left_alone(place: str) -> None:
    engine = opening.connect(place)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(StoreError, match=r"version '9999'.*\n.*newer one"):
        opening.connect(place)


def test_a_migration_that_was_cut_off_is_done_again(place: str) -> None:
    engine = opening.connect(place)
    with engine.begin() as connection:
        for table in ("receipts", "history", "results", "evidence", "attempts"):
            connection.execute(text(f"DROP TABLE {table}"))
        connection.execute(text("DELETE FROM alembic_version"))
    engine.dispose()
    engine = opening.connect(place)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM history")).scalar() == 0
    engine.dispose()


def test_another_programs_database_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "other.db"
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE songs (name TEXT)")
    connection.close()
    with pytest.raises(StoreError, match="no store of grades: it has the table 'songs'"):
        opening.connect(str(file))


@pytest.mark.parametrize("content", [b"no database at all, but longer than a header is" * 9])
def test_a_file_that_is_no_database(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "grades.db"
    file.write_bytes(content)
    with pytest.raises(StoreError, match=r"not a database\n  fix: put a copy back"):
        opening.connect(str(file))
    assert file.read_bytes() == content


@pytest.mark.parametrize("url", ["mysql://host/grades", "nonsense://", "://"])
def test_no_such_place(url: str) -> None:
    with pytest.raises(UsageError, match=r"name a file, or postgresql://"):
        opening.connect(url)


def test_a_server_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(StoreError) as caught:
        opening.connect(f"postgresql://kim:secret@/grades?host={tmp_path}")
    assert "see that the server runs" in str(caught.value)
    assert "secret" not in str(caught.value)
