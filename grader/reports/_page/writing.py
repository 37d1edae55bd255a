"""From templates to one HTML file that shows anywhere and loads nothing."""

from __future__ import annotations

import json
from base64 import b64encode
from functools import cache
from hashlib import sha256
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from grader.reports._text import printable

TEMPLATES = Path(__file__).with_name("templates")


def fill(template: str, parts: dict[str, object], folder: Path = TEMPLATES) -> str:
    """Return a template with its parts in it, each escaped, each character such that it shows."""
    return _environment(folder).get_template(template).render(parts)


def own_text(name: str, folder: Path = TEMPLATES) -> str:
    """Return a script or a style sheet of ours."""
    return (folder / name).read_text(encoding="utf-8")


def policy(*scripts: str) -> str:
    """Return a content security policy by which these scripts run and nothing is loaded.

    WebAssembly is what the player's terminal is written in. A style can be set, not fetched.
    """
    runs = ["'wasm-unsafe-eval'"] if scripts else ["'none'"]
    runs += [f"'sha256-{_digest(script)}'" for script in scripts]
    return (
        f"default-src 'none'; script-src {' '.join(runs)}; "
        "style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
    )


def for_script(value: object) -> Markup:
    """Return JSON that nothing in it can end the script element around it."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return Markup(text.replace("<", "\\u003c"))  # noqa: S704 - no `<` is left


def worded(text: str) -> Markup:
    """Return a text of the course with what stands between back quotes as code."""
    parts = printable(text).split("`")
    if len(parts) % 2 == 0:  # one of them is alone
        return escape(printable(text))
    forms = (Markup("{}"), Markup("<code>{}</code>"))
    return Markup().join(forms[odd % 2].format(part) for odd, part in enumerate(parts))


def trusted(text: str) -> Markup:
    """Return a script or style sheet of ours, or of the player, as it is."""
    return Markup(text)  # noqa: S704 - nobody else's words are in it


def _digest(script: str) -> str:
    return b64encode(sha256(script.encode()).digest()).decode()


@cache
def _environment(folder: Path) -> Environment:
    return Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
    )


def _shown(value: object) -> object:
    return printable(value) if isinstance(value, str) and not isinstance(value, Markup) else value
