"""`grade undo CHANGE --why TEXT`: bring back the scores before a change."""

from __future__ import annotations

import click

from grader.cli import _options as options


@click.command(
    short_help="Bring back the scores before a change.",
    epilog="Example: grade undo 3f9a01c2 --why 'the wrong student'",
)
@click.argument("change", callback=options.utf8)
@options.why
@options.signed_by
@options.course
@options.store
def command(*, change: str, why: str, by: str | None, course: str | None, store: str | None) -> int:
    """Bring back what was before CHANGE, which `grade history` names; for all students it touched.

    Nothing is lost: the change and its undoing both stay in the history.
    """
    from pathlib import Path

    from grader.cli._screen import say
    from grader.cli._store import open_store, signed
    from grader.layout import find_root

    root = find_root(Path(course) if course else None)
    undoing = signed(by, why)
    with open_store(root, store, must_exist=True) as opened, opened.writing() as writing:
        count = writing.undo(change, undoing)
    say(f"undone: {count} {'score' if count == 1 else 'scores'}, as change {undoing.change}\n")
    return 0
