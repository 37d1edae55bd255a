"""`grade prove [LAB …]`: whether a lab's rubric tells right work from what is nearly right."""

from __future__ import annotations

import click

from grader.cli import _options as options


@click.command(
    short_help="Prove labs with their solutions, samples and many small mistakes.",
    epilog="Example: grade prove lab6-2",
)
@click.argument("labs", nargs=-1, metavar="[LAB …]")
@options.course
@click.option(
    "--jobs",
    type=click.IntRange(min=1),
    metavar="N",
    help="How many submissions are typed at once. Default: twice as many as there are processors.",
)
@click.option("--again", is_flag=True, help="Type everything anew, even where evidence is kept.")
@click.option(
    "--json", "json_file", type=options.FILE, metavar="FILE", help="Write all of it here."
)
def command(
    *,
    labs: tuple[str, ...],
    course: str | None,
    jobs: int | None,
    again: bool,
    json_file: str | None,
) -> int:
    """Prove the labs named, or all labs of the course but drafts.

    The solution has to earn everything, an empty submission nothing, each sample the points in its
    name; and every small change to the solution has to cost points, unless the lab's
    equivalents.yaml says why it does the same work. Evidence is kept in results/LAB/.proof, so that
    a changed rubric is proven in seconds.

    Exit status: 0 proven, 1 not proven, 2 wrong use or a broken file, 3 could not be told.
    """
    import json
    import os
    from pathlib import Path

    from grader.cli._proof_text import render
    from grader.cli._results import check_writable, results_folder, shown, write_all
    from grader.cli._screen import Progress, say
    from grader.cli._status import BELOW_PASS_MARK, PASSED, UNKNOWN_GRADE
    from grader.course import lab_ids, load_lab
    from grader.layout import find_root
    from grader.proof.proving import prove

    if json_file:
        check_writable({"--json": Path(json_file)})
    root = shown(find_root(Path(course) if course else None))
    proofs = []
    finished = (lab for lab in lab_ids(root) if not load_lab(root, lab).draft)
    for lab in labs or finished:
        with Progress(0, "en", word=lab) as progress:
            proof = prove(
                root,
                lab,
                results_folder(root, lab, ".proof"),
                jobs=jobs or 2 * (os.cpu_count() or 1),
                again=again,
                on_case=progress.count,
            )
        say(render(proof))
        proofs.append(proof)
    if json_file:
        found = [proof.model_dump(mode="json") for proof in proofs]
        write_all({Path(json_file): json.dumps(found, ensure_ascii=False, indent=1) + "\n"})
    if any(proof.undecided for proof in proofs):
        return UNKNOWN_GRADE
    return PASSED if all(proof.proven for proof in proofs) else BELOW_PASS_MARK
