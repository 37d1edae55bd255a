"""How the texts of a new lab are written: YAML by hand, and the line that tells editors its schema.

A JSON string is a YAML string too, so every text stands in double quotes and needs no library.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

from grader.course import IMAGE
from grader.errors import UsageError
from grader.layout import find_root
from grader.model.record import Text
from grader.schema import FILES, schema_of

LAB_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*", re.ASCII)
MOST_ID = 60
MOST_TITLE = 200


def new_root(given: Path | None) -> Path:
    """Return the folder of a course that may still be empty. Raises UsageError if it is a file."""
    if given is None:
        try:
            root = find_root()
        except UsageError:
            return Path.cwd()
        return Path.cwd() if root.name == "_course" else root  # that came with the program
    if given.exists() and not given.is_dir():
        fix = "name a folder with --course; it is made if it is missing"
        raise UsageError("this is no folder", file=given, fix=fix)
    return given


def check_id(lab: str) -> None:
    """Raise UsageError unless a lab can be named like this."""
    if not LAB_ID.fullmatch(lab) or len(lab) > MOST_ID:
        fix = f"use at most {MOST_ID} letters, digits, '-' and '_', such as 'lab6-7'"
        raise UsageError(f"{lab!r} cannot be the name of a lab", fix=fix)


def check_title(title: str, option: str) -> None:
    """Raise UsageError unless a title is one line with something in it."""
    if not title.strip() or not title.isprintable() or len(title) > MOST_TITLE:
        fix = f"use one line with 1 to {MOST_TITLE} characters"
        raise UsageError(f"{title!r} cannot be a title ({option})", fix=fix)


def check_image(image: str) -> None:
    """Raise UsageError unless an image can be named like this."""
    if not IMAGE.fullmatch(image):
        problem = f"{image!r} cannot be the name of an image (--image)"
        raise UsageError(problem, fix="use a name such as 'alpine:latest'")


def schemas(root: Path) -> tuple[str, dict[str, str]]:
    """Return the folder with the schemas, seen from the course, and the files to be written there.

    This project keeps them in `docs/`; any other course gets them in `.schemas/`, so that editors
    find them wherever the program is installed.
    """
    if all((root / "docs" / f"{name}.schema.json").exists() for name in FILES):
        return "docs", {}
    texts = {
        f".schemas/{name}.schema.json": json.dumps(schema_of(name), ensure_ascii=False, indent=2)
        + "\n"
        for name in FILES
    }
    return ".schemas", {name: text for name, text in texts.items() if not (root / name).exists()}


def header(folder: str, name: str) -> str:
    """Return the first line of a lab or a rubric, for editors."""
    up = {"lab": "../../", "rubric": "../"}[name]
    return f"# yaml-language-server: $schema={up}{folder}/{name}.schema.json\n"


def quoted(text: str) -> str:
    """Return a text as YAML, on one line."""
    return json.dumps(text, ensure_ascii=False)


def both(text: Text) -> str:
    """Return a text in both languages as YAML, on one line."""
    return f"{{ko: {quoted(text.ko)}, en: {quoted(text.en)}}}"


def criterion(name: str, title: Text, points: int, check: Mapping[str, str], hint: Text) -> str:
    """Return a criterion as YAML; `check` maps its fields to YAML."""
    fields = ", ".join(f"{field}: {value}" for field, value in check.items())
    return (
        f"  - id: {name}\n"
        f"    title: {both(title)}\n"
        f"    points: {points}\n"
        f"    check: {{{fields}}}\n"
        f"    hint: {both(hint)}\n"
    )
