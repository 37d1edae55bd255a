"""Addresses of a platform's services: their queries, their pages, and whose they are."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

from grader.errors import LmsError

NEXT = re.compile(r"<([^>]*)>[^<]*?\brel\s*=[^,;<]*?(?<![A-Za-z])next(?![A-Za-z])", re.IGNORECASE)
"""Moodle writes rel=“next” with typographic quotes."""


def with_path(url: str, more: str) -> str:
    """Return an address with more path, before the query that some line items have."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path=parts.path.rstrip("/") + more))


def with_query(url: str, more: Mapping[str, str]) -> str:
    """Return an address with more in its query."""
    parts = urlsplit(url)
    query = urlencode([*parse_qsl(parts.query, keep_blank_values=True), *more.items()])
    return urlunsplit(parts._replace(query=query))


def next_page(url: str, link: str) -> str | None:
    """Return the address of the page after this one, by the header `Link`.

    Raises LmsError for one on another host.
    """
    match = NEXT.search(link)
    return None if match is None else same_host(urljoin(url, match[1]), like=url)


def same_host(url: str, *, like: str) -> str:
    """Return an address that the token may be sent to. Raises LmsError for another host's."""
    ours, theirs = urlsplit(like), urlsplit(url)
    if (ours.scheme, ours.netloc) != (theirs.scheme, theirs.netloc):
        problem = f"{ours.netloc} leads on to {theirs.scheme}://{theirs.netloc}"
        fix = "write the addresses into course.yaml as the platform itself has them"
        raise LmsError(problem, fix=fix)
    return url


def shown(url: str) -> str:
    """Return host and path: a query may hold what nobody is to read."""
    parts = urlsplit(url)
    return f"{parts.netloc}{parts.path}"
