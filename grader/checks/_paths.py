"""Paths in a container's file system, and patterns of them. The only place that knows wcmatch."""

from __future__ import annotations

import posixpath
import re
from typing import Annotated

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

from grader.checks._text import normal

_MAGIC = re.compile(r"[*?]|\[[^/\]]+\]|\{[^/{}]*,[^{}]*\}")
"""What makes a pattern of a path; `/usr/bin/[` is a plain one."""


def is_pattern(path: str) -> bool:
    """Say whether a path has wildcards."""
    return _MAGIC.search(path) is not None


def fits(path: str, pattern: str) -> bool:
    """Say whether a path is the one asked for, or fits its pattern.

    `*` and `?` stop at a `/`, `**` crosses it, `{a,b}` is either; a leading dot is nothing special.
    """
    path, pattern = normal(path), normal(pattern)
    return path == pattern or (is_pattern(pattern) and _globbed(path, pattern))


def _globbed(path: str, pattern: str) -> bool:
    from wcmatch import glob  # most rubrics have plain paths only

    return glob.globmatch(
        path, pattern, flags=glob.GLOBSTAR | glob.DOTGLOB | glob.BRACE | glob.FORCEUNIX
    )


def _absolute(path: str) -> str:
    if not path.startswith("/") or posixpath.normpath(path) != path or path == "/":
        plain = posixpath.normpath("/" + path.replace("~", "/root", 1).lstrip("/"))
        near = f", did you mean '{plain}'?" if plain != "/" else ""
        raise PydanticCustomError(
            "path",
            "{path} is not a plain absolute path such as '/tmp/a.txt'{near}",
            {"path": repr(path), "near": near},
        )
    try:
        fits("/", path)
    except Exception as bad:  # the library's error for too many alternatives has no public name
        raise PydanticCustomError(
            "path_pattern",
            "{path} is no pattern of paths: {why}",
            {"path": repr(path), "why": str(bad).partition("\n")[0]},
        ) from bad
    return path


AbsolutePath = Annotated[str, AfterValidator(_absolute)]
"""A path such as `/tmp/a.txt`, or a pattern such as `/tmp/*.txt` or `/var/**/*.log`."""
