"""`grade labs`: which labs the course has."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from grader.cli import _options as options

if TYPE_CHECKING:
    from grader.model.record import Language


@click.command(short_help="List the labs of the course.", epilog="Example: grade labs --lang ko")
@options.course
@options.language
def command(course: str | None, language: Language) -> int:
    """List the labs of the course with their titles."""
    from pathlib import Path

    from grader.cli._screen import say
    from grader.course import lab_ids, load_lab
    from grader.layout import find_root
    from grader.reports._text import one_line

    root = find_root(Path(course) if course else None)
    draft = {"ko": " (초안)", "en": " (draft)"}[language]
    labs = [load_lab(root, lab) for lab in lab_ids(root)]
    titles = {
        lab.id: one_line(lab.title.in_(language)) + (draft if lab.draft else "") for lab in labs
    }
    width = max(map(len, titles), default=0)
    say("".join(f"{name:{width}}  {title}\n" for name, title in titles.items()))
    return 0
