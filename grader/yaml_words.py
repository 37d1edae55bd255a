"""What a YAML parser complains about, in the words of somebody who writes rubrics in a hurry."""

from __future__ import annotations

import re
from typing import NamedTuple

LINT = "compare the indentation, the quotes and the colons here with the lines around it"
QUOTES = "put the whole text in quotes"


class Wording(NamedTuple):
    """One complaint, told better than the parser does."""

    pattern: str
    """What the parser says: its context, a semicolon, its problem."""
    problem: str
    fix: str
    at_context: bool = False
    """The mistake is where the parser began, not where it noticed."""


_WORDINGS = (
    Wording(r'; found duplicate key "(.*?)" with', "duplicate key '{0}'",
            "keep one of the two, or begin a new entry of the list with '- '"),
    Wording(r"; .*'\\t'", "a tab stands where YAML allows only blanks", "indent with blanks"),
    Wording(r"; .*another document", "a second document begins here", "remove the line '---'"),
    Wording(r"special characters", "a control character that YAML does not allow", "remove it"),
    Wording(r"could not determine a constructor", "tags such as '!name' are not known here",
            "put the value in quotes"),
    Wording(r"quoted scalar; found unexpected end", "the quote that opens here is never closed",
            "close it, or remove it", at_context=True),
    Wording(r"double-quoted scalar; found unknown escape character '(.+)'",
            "'\\{0}' means nothing in double quotes",
            "use single quotes: between them a backslash stands for itself"),
    Wording(r"simple key; could not find expected ':'", "this line has no ': '",
            "write 'name: value', with a plain colon and a blank after it", at_context=True),
    Wording(r"; found undefined alias '(.*)'", "'*{0}' without quotes refers to an '&{0}'",
            "put it in quotes"),
    Wording(r"found character '(.)' that cannot start", "a text cannot begin with '{0}'",
            "put it in quotes"),
    Wording(r"; found unhashable key|; found unacceptable key",
            "two brackets '{{{{' are YAML's own", "put '{{{{…}}}}' in quotes"),
    Wording(r"flow .*expected ',' or '([\]}])', but got '(?:<stream end>|:)'",
            "the bracket that opens here is never closed by '{0}'", "close it", at_context=True),
    Wording(r"flow .*expected ',' or '([\]}])'", "a ',' or a '{0}' is missing before this",
            "put texts with quotes, commas, colons or brackets in double quotes"),
    Wording(r"expected <block end>, but found '<scalar>'",
            "something follows behind the end of the value",
            "put the whole value in one pair of quotes"),
    Wording(r"expected <block end>", "this line is indented unlike the lines that it belongs to",
            "give lines that belong together the same number of blanks"),
    Wording(r"sequence entries are not allowed here", "a list cannot begin behind a ': '",
            "begin each '- ' on a line of its own, or write the list in brackets"),
    Wording(r"for merging", "'<<' takes in another mapping, and this is none",
            "put '<<' in quotes, or refer to a mapping"),
)  # fmt: skip


def explained(problem: str, context: str, line: str, column: int) -> Wording:
    """Return a complaint in better words; `line` is that of the problem."""
    if "mapping values are not allowed" in problem:
        return _second_colon(line[:column])
    for known in _WORDINGS:
        if found := re.search(known.pattern, f"{context}; {problem}"):
            parts = found.groups()
            return known._replace(
                problem=known.problem.format(*parts), fix=known.fix.format(*parts)
            )
    return Wording("", problem, LINT)


def _second_colon(before: str) -> Wording:
    """Return the words for a colon behind which YAML expects no value."""
    if re.search(r":\s", before):
        return Wording("", "a text without quotes cannot have ': ' in it", QUOTES)
    problem = "a value cannot stand here: the line above is not one that has lines below it"
    fix = "end the line above with ':' alone, or give this one the same number of blanks"
    return Wording("", problem, fix)
