"""Pages as people see them: opened in a real Chromium that can reach nothing.

A test asks for `show`, and is skipped where there is no Chromium, or no axe-core from npm;
`scripts/setup tests` brings both.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND",
)

Scheme = Literal["light", "dark"]


@dataclass
class Shown:
    """A page in a tab of its own."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    """What the browser complained of on its console, and what went wrong in scripts."""
    requests: list[str] = field(default_factory=list)
    """What it asked the network for, or would have: all but the page itself."""

    def violations(self) -> list[str]:
        """Return what axe-core finds: the rule, and the first elements that break it."""
        # Asked through the debugger, which a page's own policy does not bind.
        self.page.evaluate(AXE.read_text(encoding="utf-8"))
        found = self.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        return [
            f"{one['id']}: {one['help']}: "
            + " | ".join(f"{node['target']} {node['failureSummary']}" for node in one["nodes"][:3])
            for one in found["violations"]
        ]


Show = Callable[..., Shown]
"""`show(file, scheme="dark", width=390)` opens a file."""


# One for each file of tests: as long as it is there, no other event loop can run in this thread.
@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Start a browser."""
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None or not AXE.exists():
        pytest.skip("needs Chromium and axe-core: scripts/setup tests brings them")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def show(chromium: Browser) -> Iterator[Show]:
    """Return what opens a file in a new tab."""
    contexts = []

    def open_file(
        file: Path, *, scheme: Scheme = "light", width: int = 1280, height: int = 900
    ) -> Shown:
        context = chromium.new_context(
            color_scheme=scheme,
            viewport={"width": width, "height": height},
            reduced_motion="reduce",
            offline=True,
        )
        contexts.append(context)
        shown = Shown(context.new_page())
        address = file.resolve().as_uri()

        def asked(url: str) -> None:
            if url.partition("#")[0] != address:
                shown.requests.append(url)

        shown.page.on("request", lambda request: asked(request.url))
        shown.page.on("console", lambda said: shown.complaints.append(f"{said.type}: {said.text}"))
        shown.page.on("pageerror", lambda error: shown.complaints.append(str(error)))
        shown.page.goto(address)
        return shown

    yield open_file
    for context in contexts:
        context.close()
