"""The files of the labs and of the quiz that a page describes."""

from __future__ import annotations

import re
from pathlib import Path

from grader.course import IMAGE
from grader.importing.page import Block, Page, Section
from grader.importing.writing import both, criterion, header, quoted
from grader.model.record import Text

SHELLS = {"bash", "sh", "shell", "zsh", "console", "shell-session", "terminal", ""}
_HANGUL = re.compile("[가-힣]")
_MADE = re.compile(r"\bdocker\s+(?:container\s+)?(?:run|create)\s+(.*)|\bdocker\s+pull\s+(.*)")
_FLAG = re.compile(r"-[ditPq]+|--(?:detach|interactive|tty|rm|init|read-only|publish-all|quiet)")
_NETWORK = re.compile(r"docker network |--net(?:work)?[ =](?!none|host|bridge)")
_BUILD = re.compile(r"docker (?:image |container |buildx )?(?:build|commit|tag)\b")
_VOLUMES = re.compile(r"docker volume |\s(?:-v|--volume|--mount)[ =]")
DRAFT = (
    "<!-- draft: the page has no text in this language; translate it, then remove this line -->\n"
)


def lab_files(section: Section, folder: str) -> tuple[dict[str, str], list[str]]:
    """Return a lab's files, path in the course → text, and what the teacher should know."""
    blocks = [block for block in section.blocks if _typed(block)]
    solution = "\n".join(block.text.strip("\n") + "\n" for block in blocks)
    told = [
        f"line {block.line}: code of language {block.language!r} is only in the handout"
        for block in section.blocks
        if block not in blocks and block.language not in {"text", ""}
    ]
    if not solution:
        told.append(f"line {section.line}: {section.lab} has no commands, so no solution")
    lab = (
        f"title: {both(Text(ko=section.heading, en=section.heading))}  # one language: translate\n"
    )
    lab += "draft: true  # remove it when translated and with a rubric\nkind: terminal\nimages:"
    images = images_in(solution)
    lab += "".join(f"\n  - {quoted(image)}" for image in images) if images else " []"
    lab += "\n" + _options(solution)
    handout = f"# {section.heading}\n\n{section.text}\n"
    files = {f"labs/{section.lab}/lab.yaml": header(folder, "lab") + lab}
    files |= _handouts(section.lab, handout, handout, korean=bool(_HANGUL.search(section.heading)))
    if solution:
        files[f"labs/{section.lab}/solution.sh"] = solution
    return files, told


def _typed(block: Block) -> bool:
    return block.language in SHELLS and (block.language != "" or "docker " in block.text)


def images_in(script: str) -> list[str]:
    """Return the images that a script makes containers from, each once."""
    found = []
    for run, pull in _MADE.findall(re.sub(r"\\\n\s*", " ", script)):
        words = iter((run or pull).split())
        for word in words:
            if not word.startswith("-"):
                found.append(word)
                break
            if "=" not in word and not _FLAG.fullmatch(word):
                next(words, None)
    return [image for image in dict.fromkeys(found) if IMAGE.fullmatch(image)]


def _options(script: str) -> str:
    text = "network: true\n" if _NETWORK.search(script) else ""
    text += "build: true\n" if _BUILD.search(script) else ""
    return text + ("record: {volumes: true}\n" if _VOLUMES.search(script) else "")


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
    asked, rubric, solution = "", "", ""
    for question in page.questions:
        lab += f"  {quoted(question.number)}:\n    title: {_same(question.title)}\n    choices:\n"
        lab += "".join(f"      {a}: {_same(text)}\n" for a, text in question.choices.items())
        asked += f"**{question.number}.** {question.title}\n\n"
        asked += "".join(f"- {a}. {text}\n" for a, text in question.choices.items()) + "\n"
    for index, question in enumerate(keyed):
        n = question.number
        points = 100 // len(keyed) + (index < 100 % len(keyed))
        right = f"[{', '.join(question.right)}]"
        name = Text(ko=f"문제 {n}의 답", en=f"Answer to question {n}")
        why = question.why or question.title
        check = {"kind": "answer", "question": quoted(n), "correct": right}
        rubric += criterion(f"question-{n}", name, points, check, Text(ko=why, en=why))
        solution += f"{n}: {right}\n"
    ko = f"# {title.ko}\n\n{asked}## 제출\n\n번호와 고른 글자를 `{page.quiz}.yaml`에 적어 냅니다.\n"
    en = f"# {title.en}\n\n{asked}## What to hand in\n\nThe letters, in `{page.quiz}.yaml`.\n"
    files = {f"labs/{page.quiz}/lab.yaml": header(folder, "lab") + lab}
    files |= _handouts(page.quiz, ko, en, korean=bool(_HANGUL.search(page.title + asked)))
    if keyed:
        files[f"labs/{page.quiz}/solution.yaml"] = solution
        files[str(Path("rubrics", f"{page.quiz}.yaml"))] = (
            f"{header(folder, 'rubric')}lab: {page.quiz}\npass_mark: 60\ncriteria:\n{rubric}"
        )
    told = [f"line {q.line}: Q{q.number} has no answer" for q in page.questions if not q.right]
    return files, told


def _same(text: str) -> str:
    return both(Text(ko=text, en=text))
