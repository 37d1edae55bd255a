"""`grade new LAB`: a small lab that works, to be changed into what is wanted."""

from __future__ import annotations

import click

from grader.cli import _options as options


@click.command(
    short_help="Begin a lab with a small example that works.",
    epilog="Example: grade new lab6-7 --title-ko '실습 6-7' --title-en 'Lab 6-7'",
)
@click.argument("lab", callback=options.utf8)
@options.course
@click.option(
    "--kind",
    type=click.Choice(["terminal", "quiz"]),
    default="terminal",
    show_default=True,
    help="Lines that are typed, or questions.",
)
@click.option("--title-ko", metavar="TITLE", callback=options.utf8, help="Title in Korean.")
@click.option("--title-en", metavar="TITLE", callback=options.utf8, help="Title in English.")
@click.option(
    "--image",
    "images",
    multiple=True,
    metavar="IMAGE",
    help="An image that students may use; may be given several times. Default: alpine:latest",
)
def command(
    *,
    lab: str,
    course: str | None,
    kind: str,
    title_ko: str | None,
    title_en: str | None,
    images: tuple[str, ...],
) -> int:
    """Write labs/LAB/ and rubrics/LAB.yaml: lab, handouts, solution, samples and rubric.

    Nothing that exists is overwritten. In an empty folder, this begins a new course.
    """
    from pathlib import Path

    from grader.cli import commands
    from grader.cli._results import shown, write_all
    from grader.cli._screen import say
    from grader.errors import UsageError
    from grader.importing.example import example
    from grader.importing.writing import check_id, check_image, check_title, new_root
    from grader.model.record import Text

    check_id(lab)
    if commands.get_command(click.get_current_context(), lab) is not None:
        fix = "choose another name: `grade LAB` would be the command"
        raise UsageError(f"{lab!r} is a command of this program", fix=fix)
    title = Text(ko=title_ko or title_en or lab, en=title_en or title_ko or lab)
    check_title(title.ko, "--title-ko")
    check_title(title.en, "--title-en")
    for image in images:
        check_image(image)
    if kind == "quiz" and images:
        raise UsageError("a quiz has no images", fix="leave --image out")
    root = shown(new_root(Path(course) if course else None))
    texts = example(root, lab, kind, title, images or ("alpine:latest",))
    write_all({root / name: text for name, text in texts.items()})
    say("written:\n" + "".join(f"  {root / name}\n" for name in sorted(texts)))
    solution = root / next(name for name in texts if "/solution." in name)
    place = f" --course {root}" if course else ""
    say(
        f"next:\n  grade {lab} --student me --submission {solution}{place}\n"
        f"  grade lint {lab}{place}\n"
    )
    return 0
