"""Plain text as HTML, and back: Moodle keeps what students are told as HTML."""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser

_BREAKS = frozenset({"br", "p", "div", "li", "ul", "ol", "tr", "pre", "blockquote", "hr"})
_EMPTY = frozenset({"br", "hr"})
_UNSEEN = frozenset({"script", "style"})
_BLANK_LINES = re.compile(r"\n\s*\n\s*")


def to_html(text: str) -> str:
    r"""Return HTML that shows a text as it is, its lines too.

    There is no quote, backslash or line break in it: PHP's reader of CSV takes `\"` for no end.
    """
    escaped = html.escape(text.strip(), quote=True).replace("\\", "&#92;")
    return "<br>".join(escaped.splitlines())


def to_text(markup: str) -> str:
    """Return what a reader of some HTML sees, a line for each line."""
    seen = _Seen()
    seen.feed(
        markup.replace("<![", "&lt;![")
    )  # the parser raises AssertionError over some of these
    seen.close()
    return _BLANK_LINES.sub("\n\n", "".join(seen.parts)).strip()


class _Seen(HTMLParser):
    """Collects what is shown."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 - the parser hands them over
        self._hidden += tag in _UNSEEN
        if tag in _BREAKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSEEN and self._hidden:
            self._hidden -= 1
        if tag in _BREAKS - _EMPTY:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.parts.append(data)
