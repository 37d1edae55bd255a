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
@click.option(
    "--adopt",
    is_flag=True,
    help="Take in labs that are there and did not come from these pages: what is there counts as"
    " your edits.",
)
def command(*, pages: tuple[str, ...], course: str | None, dry_run: bool, adopt: bool) -> int:
    """Make drafts of labs, and of a quiz with its rubric, of pages in Markdown.

    With `updateMode: upsert` in its front matter, a page that has changed updates what came from
    it. Your edits stay; where both changed the same, the page's text is put beside yours.
    """
    from pathlib import Path

    from grader.cli._results import shown, write_all
    from grader.cli._screen import say
    from grader.importing.plan import plan
    from grader.importing.writing import new_root

    root = shown(new_root(Path(course) if course else None))
    made = plan(root, [Path(name) for name in pages], adopt=adopt)
    say("".join(f"{line}\n" for line in made.told))
    if not dry_run and (made.texts or made.states):
        (root / "rubrics").mkdir(parents=True, exist_ok=True)
        for texts in (made.texts, made.states):
            write_all({root / name: text for name, text in texts.items()})
        place = f" --course {root}" if course else ""
        say(f"next, for what each draft still needs:\n  grade lint{place}\n")
    return 0
