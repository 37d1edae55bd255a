"""That the browser by which pages are judged sees what is wrong with one."""

from __future__ import annotations

from pathlib import Path

from browser import Show

BAD = """<!doctype html><html><title>page</title>
<p style="color: #ccc; background: #fff">pale</p>
<img src="https://example.org/picture.png">
<script>undefined_name()</script>
</html>"""


def test_it_sees_what_is_wrong(tmp_path: Path, show: Show) -> None:
    file = tmp_path / "bad.html"
    file.write_text(BAD)
    shown = show(file)
    assert {one.partition(":")[0] for one in shown.violations()} >= {
        "color-contrast",
        "html-has-lang",
        "image-alt",
    }
    assert shown.requests == ["https://example.org/picture.png"]
    assert any("undefined_name is not defined" in one for one in shown.complaints)
