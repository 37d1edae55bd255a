from __future__ import annotations

from pathlib import Path

import pytest

from grader.engine.client import Engine
from grader.gateway.folder import LabFolder
from grader.gateway.record.contents import ContentsReader
from grader.gateway.record.snapshot import file_state
from grader.model.evidence import Contents
from grader.model.lab import Recorded


def test_a_session_keeps_so_much_content_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Engine(Path("/nowhere"))
    reader = ContentsReader(engine, Recorded(volumes=True), LabFolder(engine, "none"), {})
    monkeypatch.setattr(reader, "files_left", 5)
    monkeypatch.setattr(reader, "text_left", 9)
    files = tuple(file_state(f"/{name}", 0o644, 0, 0, 4, b"text") for name in "abc")
    first, second = (reader._within_caps(Contents(files=files)) for _ in range(2))
    assert [file.text for file in first.files] == ["text", "text", None]
    assert [file.truncated for file in first.files] == [False, False, True]
    assert first.files[2].digest == files[2].digest
    assert not first.truncated
    assert [file.path for file in second.files] == ["/a", "/b"]
    assert second.truncated
