"""A handout as one HTML file that shows anywhere, without the network."""

from __future__ import annotations

import html
import re

from grader.model.record import Language

CSP = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
"""A page that is handed out loads nothing and runs nothing, whatever the handout says."""

STYLE = """\
:root { color-scheme: light dark; --line: #d4d7dc; --soft: #f3f4f6; --link: #0b57b7; }
@media (prefers-color-scheme: dark) {
  :root { --line: #42464d; --soft: #23262b; --link: #8ab4f8; }
  body { background: #17191c; color: #e4e6ea; }
}
body {
  max-width: 46rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; line-height: 1.65;
  font-family: system-ui, "Apple SD Gothic Neo", "Noto Sans KR", "Malgun Gothic", sans-serif;
  word-break: keep-all; overflow-wrap: break-word;
}
h1 { font-size: 1.6rem; line-height: 1.3; }
h2 { font-size: 1.25rem; margin-top: 2.2em; border-bottom: 1px solid var(--line); }
a { color: var(--link); }
code { font-family: ui-monospace, "D2Coding", Consolas, monospace; font-size: .92em; }
:not(pre) > code { background: var(--soft); padding: .1em .3em; border-radius: 4px; }
pre { background: var(--soft); padding: .8em 1em; border-radius: 6px; overflow-x: auto; }
table { border-collapse: collapse; margin: 1em 0; }
th, td { border: 1px solid var(--line); padding: .35em .7em; text-align: left; }
blockquote { margin-left: 0; padding-left: 1em; border-left: 3px solid var(--line); }
.student { color: GrayText; text-align: right; margin: 0; }
@media print { body { max-width: none; } pre { white-space: pre-wrap; } }
"""


def page(markdown: str, student: str, title: str, language: Language) -> str:
    """Return the HTML of a student's own handout; HTML in the handout shows as it is written.

    A first heading gives the page its title, in place of that of the lab.
    """
    from markdown_it import MarkdownIt

    body = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    heading = re.search(r"(?m)^# +(.+?) *#*$", markdown)
    name = html.escape(f"{heading[1] if heading else title} · {student}")
    return (
        f'<!doctype html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{CSP}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{name}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n"
        f'<p class="student">{html.escape(student)}</p>\n<main>\n{body.render(markdown)}'
        "</main>\n</body>\n</html>\n"
    )
