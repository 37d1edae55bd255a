"""A page of the course, read into its labs and its quiz questions, each with its line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from markdown_it import MarkdownIt

from grader.errors import CourseError
from grader.yaml_file import decode, parse

_LAB = re.compile(r"(?:실습|lab)\s*(\d+)[-.](\d+)\s*[:：.]?\s*(.*)", re.IGNORECASE)
_QUESTION = re.compile(r"\*\*Q(\d+)\s*[:：.]?\*\*\s*[:：.]?\s*(.*)", re.IGNORECASE)
_CHOICE = re.compile(r"([A-H])[).]\s+(.*)", re.DOTALL)
_ANSWER = re.compile(r"(?:정답|correct answer|answer)\s*[:：]\s*(.*)", re.IGNORECASE)
_LETTERS = re.compile(
    r"([A-Z](?:\s*(?:[,/·&+]|와|과|및|그리고|and\b)\s*[A-Z](?![A-Za-z]))*)(?![A-Za-z])"
)
_WITH_TEXT = re.compile(r"[\s,/·]([A-Z])\)")
_COMMENT = re.compile(
    r"^[ \t>]*(?P<fence>```+|~~~+).*?(?:^[ \t>]*(?P=fence)|\Z)|`[^`\n]*`"
    r"|(?P<comment><!--.*?(?:-->|\Z))",
    re.DOTALL | re.MULTILINE,
)
_CHAPTER = re.compile(r"(\d+)[.-](\d+)\s*(.*)")
_TAG = re.compile(r"</?[a-zA-Z][^>]*>")
_LANGUAGE = re.compile(r"[\w+-]+")
_SUMMARY = re.compile(r"<summary>.*?</summary>", re.DOTALL)
MODES = ("create", "upsert")


class Block(NamedTuple):
    """A block of code: its language, its text, its line."""

    language: str
    text: str
    line: int


class Section(NamedTuple):
    """A lab of a page."""

    lab: str
    heading: str
    text: str
    blocks: tuple[Block, ...]
    line: int


class Asked(NamedTuple):
    """A question of a page; `right` is empty where the page has no key."""

    number: str
    title: str
    choices: dict[str, str]
    right: tuple[str, ...]
    why: str
    line: int
    key: str = ""
    """What the page gives as the answer."""
    key_line: int = 0


class Page(NamedTuple):
    """What a page holds."""

    file: Path
    mode: str
    title: str
    quiz: str
    labs: tuple[Section, ...]
    questions: tuple[Asked, ...]


def read_page(file: Path) -> Page:
    """Return what a page holds. Raises CourseError if it cannot be read."""
    try:
        text = decode(file.read_bytes(), file=file, error=CourseError)
    except OSError as bad:
        fix = "name a readable page"
        raise CourseError(f"cannot be read: {bad.strerror}", file=file, fix=fix) from bad
    lines = re.sub(r"\r+\n?", "\n", text).split("\n")
    front = _front(lines, file)
    lines = _COMMENT.sub(_without_comment, "\n".join(lines)).split("\n")
    mode = str(front.get("updateMode", "create"))
    if mode not in MODES:
        problem = f"'updateMode' is {mode!r}; it has to be one of: {', '.join(MODES)}"
        raise CourseError(problem, file=file, fix="put the front matter right")
    title = str(front.get("title", file.stem))
    questions = tuple(_questions(lines))
    _require_once([(f"question Q{q.number}", q.line) for q in questions], file)
    for question in questions:
        if len(question.choices) < 2:  # noqa: PLR2004 - as a lab's question asks for
            problem = f"Q{question.number} has {len(question.choices)} choices ('- A) …')"
            fix = "give it two or more"
            raise CourseError(problem, file=file, line=question.line, fix=fix)
    labs = tuple(_sections(lines))
    _require_once([(lab.lab, lab.line) for lab in labs], file)
    chapter = _CHAPTER.match(title) or _CHAPTER.match(file.stem)
    if questions and chapter is None:
        fix = "begin the title in the front matter with it"
        raise CourseError("the page has a quiz, but no chapter such as 6.1", file=file, fix=fix)
    quiz = f"quiz{chapter[1]}-{chapter[2]}" if chapter else ""
    return Page(file, mode, (chapter[3] if chapter else title) or title, quiz, labs, questions)


def _front(lines: list[str], file: Path) -> dict[object, object]:
    """Return the front matter, and blank its lines, so that all others keep their numbers."""
    if lines[0].rstrip() != "---" or "---" not in (rest := [line.rstrip() for line in lines[1:]]):
        return {}
    end = rest.index("---") + 1
    found = parse("\n" + "\n".join(lines[1:end]), file=file, error=CourseError).data
    lines[: end + 1] = [""] * (end + 1)
    return found if isinstance(found, dict) else {}


def _without_comment(found: re.Match[str]) -> str:
    """Return what takes the place of a comment of HTML: nothing, in as many lines; code stays."""
    return found[0] if found["comment"] is None else "\n" * found[0].count("\n")


def _require_once(named: list[tuple[str, int]], file: Path) -> None:
    first: dict[str, int] = {}
    for name, line in named:
        if name in first:
            problem = f"a second {name}; the first is on line {first[name]}"
            raise CourseError(problem, file=file, line=line, fix="number them differently")
        first[name] = line


def _parser() -> MarkdownIt:
    # Without blocks of HTML, code and keys inside <details> are read like all others.
    return MarkdownIt().disable("html_block")


def _sections(lines: list[str]) -> Iterator[Section]:
    tokens = _parser().parse("\n".join(lines))
    heads = [
        (int(token.tag[1:]), token.map[0], tokens[index + 1].content)
        for index, token in enumerate(tokens)
        if token.type == "heading_open" and token.map
    ]
    fences = [
        Block(_language(token.info), token.content, at[0] + 1)
        for token in tokens
        if token.type == "fence" and (at := token.map)
    ]
    for level, begin, heading in heads:
        if not (found := _LAB.fullmatch(heading.strip())):
            continue
        ends = [
            at for depth, at, text in heads if at > begin and (depth <= level or _LAB.match(text))
        ]
        end = min(ends, default=len(lines))
        blocks = tuple(block for block in fences if begin < block.line <= end)
        text = re.sub(r"\n-{3,}\s*$", "", "\n".join(lines[begin + 1 : end]).rstrip()).strip()
        yield Section(f"lab{found[1]}-{found[2]}", heading.strip(), text, blocks, begin + 1)


def _language(words: str) -> str:
    """Return the language of a block: of `bash`, `bash title="a"` and `{.bash}` alike."""
    found = _LANGUAGE.search(words.partition(" ")[0])
    return found[0].lower() if found else ""


def _questions(lines: list[str]) -> Iterator[Asked]:
    """Yield the questions: each reaches to the next question or heading."""
    open_: tuple[str, str, int] | None = None
    texts: list[tuple[str, int]] = []
    in_heading = False
    for token in _parser().parse("\n".join(lines)):
        if token.type == "heading_open":
            in_heading = True
        if token.type != "inline" or token.map is None:
            continue
        line = token.map[0] + 1
        found = _QUESTION.match(token.content)
        if (found or in_heading) and open_:
            yield _asked(open_, texts)
            open_ = None
        in_heading = False
        if found:
            title, _, rest = token.content[found.start(2) :].partition("\n")
            open_ = (found[1], title.strip(), line)
            texts = [(text, line + at) for at, text in enumerate(rest.splitlines(), 1)]
        elif open_:
            texts.append((token.content, line))
    if open_:
        yield _asked(open_, texts)


def _asked(head: tuple[str, str, int], texts: list[tuple[str, int]]) -> Asked:
    choices: dict[str, str] = {}
    key, key_line = "", 0
    why: list[str] = []
    for text, begin in texts:
        if not key_line and (choice := _CHOICE.fullmatch(text.strip())):
            choices[choice[1]] = " ".join(choice[2].split())
            continue
        plain = _TAG.sub(_blank, _SUMMARY.sub(_blank, text)).replace("**", "")
        for at, line in enumerate(plain.split("\n")):
            if not key_line and (answer := _ANSWER.match(line.strip())):
                key, key_line = answer[1].strip(), begin + at
            elif key_line and line.strip():
                why.append(line.strip())
    letters = _LETTERS.match(key)
    found = re.findall("[A-Z]", letters[1]) + _WITH_TEXT.findall(key) if letters else []
    named = tuple(dict.fromkeys(found))
    right = named if set(named) <= choices.keys() else ()
    return Asked(head[0], head[1], choices, right, " ".join(why), head[2], key, key_line)


def _blank(found: re.Match[str]) -> str:
    return "\n" * found[0].count("\n")
