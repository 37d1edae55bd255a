"""The working folder of a real workbench, mounted by the lines that are typed there."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.workbench.conftest import Typed

pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(os.geteuid() != 0, reason="only root mounts folders of the workbench"),
]


def test_handed_in_files_are_mounted_and_seen_from_both_sides(typed: Typed, tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "index.html").write_text("handed in\n")
    done = typed(
        """docker run --rm -v "$PWD/site:/www:ro" alpine:latest cat /www/index.html
docker run -d --name web -v ./site:/www alpine:latest sleep 300
docker exec web sh -c 'echo changed > /www/index.html; echo new > /www/new'
cat site/index.html site/new
docker cp web:/www/new copied && cat copied
docker inspect -f '{{range .Mounts}}{{.Source}}{{end}}' web
docker run --rm -v /etc:/host alpine:latest ls /host
""",
        folder=tmp_path,
    )
    said = [step.output for step in done.steps]
    assert said[0] == "handed in\n"
    assert said[3] == "changed\nnew\n"
    assert said[4].endswith("new\n")
    assert said[5] == "/lab/site\n"
    assert "not allowed in this lab" in said[6]
    assert done.container("web").mounts[0].source == "/lab/site"
