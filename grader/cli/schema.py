"""`grade schema lab|rubric|equivalents|course`: the JSON Schema of a file, for editors."""

from __future__ import annotations

import click


@click.command(
    short_help="Print the JSON Schema of a lab, a rubric, equivalents or course.yaml.",
    epilog="Example: grade schema rubric > rubric.schema.json",
)
@click.argument("file", type=click.Choice(["lab", "rubric", "equivalents", "course"]))
def command(file: str) -> int:
    """Print the JSON Schema of lab.yaml, rubrics, equivalents.yaml or course.yaml.

    Editors with a YAML language server complete and check a file that begins with the line
    "# yaml-language-server: $schema=PATH-OR-URL".
    """
    import json

    from grader.cli._screen import say
    from grader.schema import schema_of

    say(json.dumps(schema_of(file), ensure_ascii=False, indent=2) + "\n")
    return 0
