"""The files of the labs and of the quiz that a page describes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from grader.importing.commands import Asked, asked
from grader.importing.page import Block, Page, Section
from grader.importing.writing import both, criterion, header, quoted
from grader.model.record import Text
from grader.workbench.lines import (
    hash_is_prompt,
    looks_like_command,
    without_continuation,
    without_prompt,
)

SHELLS = {"bash", "sh", "shell", "zsh", ""}
TRANSCRIPTS = {"console", "shell-session", "shellsession", "sh-session", "terminal"}
DOCKERFILES = {"dockerfile", "docker", "containerfile"}
_HANGUL = re.compile("[가-힣]")
DRAFT = (
    "<!-- draft: the page has no text in this language; translate it, then remove this line -->\n"
)


def lab_files(section: Section, folder: str) -> tuple[dict[str, str], list[str]]:
    """Return a lab's files, path in the course → text, and what the teacher should know."""
    typed = {block.line: _typed(block) for block in section.blocks}
    solution = "\n".join(text.strip("\n") + "\n" for text in typed.values() if text)
    told = [
        f"line {block.line}: {_only_shown(block)}, so it is only in the handout"
        for block in section.blocks
        if not typed[block.line] and block.language not in {"text", ""}
    ]
    told += [
        f"line {block.line}: '# docker …' is a comment in a block of this language; if '# ' is the "
        "prompt of root, begin the block with ```console"
        for block in section.blocks
        if _perhaps_at_root(typed[block.line])
    ]
    if not solution:
        told.append(f"line {section.line}: {section.lab} has no commands, so no solution")
    lab = (
        f"title: {both(Text(ko=section.heading, en=section.heading))}  # one language: translate\n"
    )
    lab += "draft: true  # remove it when translated and with a rubric\nkind: terminal\nimages:"
    dockerfiles = [block.text for block in section.blocks if block.language in DOCKERFILES]
    asks = asked(solution, dockerfiles)
    lab += "".join(f"\n  - {quoted(image)}" for image in asks.images) if asks.images else " []"
    lab += "\n" + _options(asks)
    handout = f"# {section.heading}\n\n{section.text}\n"
    files = {f"labs/{section.lab}/lab.yaml": header(folder, "lab") + lab}
    files |= _handouts(section.lab, handout, handout, korean=bool(_HANGUL.search(section.heading)))
    if solution:
        files[f"labs/{section.lab}/solution.sh"] = solution
    return files, told


def _typed(block: Block) -> str:
    """Return what a block has people type; empty if that is nothing."""
    lines = [line for line in block.text.splitlines() if line.strip()]
    shell = block.language in SHELLS
    shown = bool(lines) and (without_prompt(lines[0])[1] or hash_is_prompt(lines))
    if block.language in TRANSCRIPTS or (shell and shown):
        return "".join(f"{line}\n" for line in _prompted(block.text))
    return block.text if shell and (block.language or "docker " in block.text) else ""


def _perhaps_at_root(text: str) -> bool:
    """Return whether all that has Docker do something stands behind a `# `."""
    lines = [line.strip() for line in text.splitlines()]
    behind = any(line.startswith("# docker ") and looks_like_command(line) for line in lines)
    return behind and not any(line.startswith("docker ") for line in lines)


def _prompted(text: str) -> Iterator[str]:
    """Yield the lines that were typed at a prompt, without it, and leave out what was answered."""
    command = ""
    for line in text.splitlines():
        typed, prompted = without_prompt(line, hash_too=looks_like_command(line))
        if not prompted:
            if not command or not (command.endswith("\\") or re.match(">( |$)", line)):
                command = ""
                continue
            typed = without_continuation(line)
        command = typed
        yield typed


def _only_shown(block: Block) -> str:
    if block.language in DOCKERFILES:
        return "the solution does not write this Dockerfile"
    if block.language in TRANSCRIPTS:
        return "no line of this block begins with a prompt such as '$ '"
    return f"this is code of language {block.language!r}"


def _options(asks: Asked) -> str:
    text = "network: true\n" if asks.network else ""
    text += "build: true\n" if asks.build else ""
    record = "volumes: true" * asks.volumes + ", folder: true" * asks.folder
    return text + (f"record: {{{record}}}\n" if record else "")


def _handouts(lab: str, ko: str, en: str, *, korean: bool) -> dict[str, str]:
    return {
        f"labs/{lab}/handout.ko.md": ko if korean else DRAFT + ko,
        f"labs/{lab}/handout.en.md": DRAFT + en if korean else en,
    }


def quiz_files(page: Page, folder: str) -> tuple[dict[str, str], list[str]]:
    """Return the files of a page's quiz, path in the course → text, and what to know."""
    number = page.quiz.removeprefix("quiz")
    title = Text(ko=f"퀴즈 {number}: {page.title}", en=f"Quiz {number}: {page.title}")
    keyed = [question for question in page.questions if question.right]
    lab = f"title: {both(title)}  # one language: translate\n"
    lab += "draft: true  # remove it when translated and with all answers\nkind: quiz\nquestions:\n"
    sheet, rubric, solution = "", "", ""
    for question in page.questions:
        lab += f"  {quoted(question.number)}:\n    title: {_same(question.title)}\n    choices:\n"
        lab += "".join(f"      {a}: {_same(text)}\n" for a, text in question.choices.items())
        sheet += f"**{question.number}.** {question.title}\n\n"
        sheet += "".join(f"- {a}. {text}\n" for a, text in question.choices.items()) + "\n"
    for index, question in enumerate(keyed):
        n = question.number
        points = 100 // len(keyed) + (index < 100 % len(keyed))
        right = f"[{', '.join(question.right)}]"
        name = Text(ko=f"문제 {n}의 답", en=f"Answer to question {n}")
        why = question.why or question.title
        check = {"kind": "answer", "question": quoted(n), "correct": right}
        rubric += criterion(f"question-{n}", name, points, check, Text(ko=why, en=why))
        solution += f"{n}: {right}\n"
    ko = f"# {title.ko}\n\n{sheet}## 제출\n\n번호와 고른 글자를 `{page.quiz}.yaml`에 적어 냅니다.\n"
    en = f"# {title.en}\n\n{sheet}## What to hand in\n\nThe letters, in `{page.quiz}.yaml`.\n"
    files = {f"labs/{page.quiz}/lab.yaml": header(folder, "lab") + lab}
    files |= _handouts(page.quiz, ko, en, korean=bool(_HANGUL.search(page.title + sheet)))
    if keyed:
        files[f"labs/{page.quiz}/solution.yaml"] = solution
        files[str(Path("rubrics", f"{page.quiz}.yaml"))] = (
            f"{header(folder, 'rubric')}lab: {page.quiz}\npass_mark: 60\ncriteria:\n{rubric}"
        )
    told = [
        f"line {q.key_line}: the key of Q{q.number} names no choice: {q.key!r}"
        if q.key
        else f"line {q.line}: Q{q.number} has no answer"
        for q in page.questions
        if not q.right
    ]
    return files, told


def _same(text: str) -> str:
    return both(Text(ko=text, en=text))
