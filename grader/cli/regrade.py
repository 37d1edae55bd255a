"""`grade regrade LAB`: score a whole class from its record; shown first, and written when asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from grader.cli import _options as options

if TYPE_CHECKING:
    from grader.model.record import Language


@click.command(
    short_help="Score a class again from its record, with the rubric as it is.",
    epilog="Example: grade regrade lab6-1 --apply --why 'the hint was misleading'",
)
@click.argument("lab")
@click.option("--apply", is_flag=True, help="Make it so. Without this, nothing is changed.")
@click.option(
    "--json", "as_json", is_flag=True, help="Tell it as JSON, with up to a thousand who change."
)
@click.option(
    "--jobs",
    type=click.IntRange(min=1),
    metavar="N",
    help="How many processes score. Default: one for each core, where there is enough to do.",
)
@click.option(
    "--why",
    callback=options.utf8,
    default="regraded",
    metavar="TEXT",
    help="The reason, for the history.",
)
@options.signed_by
@options.course
@options.store
@options.language
def command(  # noqa: PLR0913 - an argument for each option
    *,
    lab: str,
    apply: bool,
    as_json: bool,
    jobs: int | None,
    why: str,
    by: str | None,
    course: str | None,
    store: str | None,
    language: Language,
) -> int:
    """Score all that is on record for LAB with the rubric as it is now, without an engine.

    Shows who would gain and who would lose, by which criteria, and changes nothing unless told to;
    what was changed, `grade undo` brings back as a whole. Points given by hand are kept.

    Exit status: 0, or 3 where a record cannot be read or cannot answer the rubric.
    """
    from pathlib import Path

    from grader.cli._regrade import Regrade
    from grader.cli._results import shown
    from grader.cli._store import open_store, signed
    from grader.course import load_lab
    from grader.layout import find_root

    root = shown(find_root(Path(course) if course else None))
    wanted = load_lab(root, lab)
    change = signed(by, why) if apply else None
    with open_store(root, store, must_exist=True) as opened:
        regrade = Regrade(root, wanted, opened, jobs)
        return regrade.run(change, "json" if as_json else language)
