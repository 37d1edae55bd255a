"""`grade import PAGE.md …`: the labs and the quiz of a page of the course."""

from __future__ import annotations

import click

from grader.cli import _options as options


@click.command(
    short_help="Make labs of a page of the course.", epilog="Example: grade import 6.1-page.md"
)
@click.argument("pages", nargs=-1, required=True, metavar="PAGE.md …")
@options.course
@click.option("--dry-run", is_flag=True, help="Say what would become of each file; write nothing.")
def command(*, pages: tuple[str, ...], course: str | None, dry_run: bool) -> int:
    """Make drafts of labs, and of a quiz with its rubric, of pages in Markdown.

    With `updateMode: upsert` in its front matter, a page that has changed updates what came from
    it. Your edits stay; where both changed the same, the page's text is put beside yours.
    """
    from pathlib import Path

    from grader.cli._results import shown, write_all
    from grader.cli._screen import say
    from grader.errors import CourseError
    from grader.importing.labs import lab_files, quiz_files
    from grader.importing.page import read_page
    from grader.importing.upsert import upsert
    from grader.importing.writing import new_root, schemas

    root = shown(new_root(Path(course) if course else None))
    folder, extra = schemas(root)
    wanted: dict[str, tuple[Path, bool, dict[str, str]]] = {}
    for name in pages:
        page = read_page(Path(name))
        made = [(section.lab, lab_files(section, folder)) for section in page.labs]
        made += [(page.quiz, quiz_files(page, folder))] if page.questions else []
        if not made:
            say(f"{page.file}: no labs and no quiz\n")
        for lab, (files, told) in made:
            if lab in wanted:
                problem = f"{lab!r} is also on the page {wanted[lab][0]}"
                raise CourseError(problem, file=page.file, fix="number one of them differently")
            wanted[lab] = (page.file, page.mode == "upsert", files)
            say("".join(f"{page.file}: {text}\n" for text in told))
    for lab, (file, update, files) in wanted.items():
        changes, texts = upsert(root, lab, file.name, files, update=update)
        say("".join(f"{root / change.file}: {change.what}\n" for change in changes))
        if texts and not dry_run:
            (root / "rubrics").mkdir(parents=True, exist_ok=True)
            write_all({root / name: text for name, text in {**extra, **texts}.items()})
    return 0
