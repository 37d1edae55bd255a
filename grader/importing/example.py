"""The small lab that `grade new` begins with: it works as it is, and is there to be changed."""

from __future__ import annotations

from pathlib import Path

from grader.errors import UsageError
from grader.importing.writing import both, criterion, header, quoted, schemas
from grader.layout import lab_file, rubric_file
from grader.model.record import Text

TEXT = "안녕하세요"


def example(
    root: Path, lab: str, kind: str, title: Text, images: tuple[str, ...]
) -> dict[str, str]:
    """Return the files of a new lab: path in the course → text.

    Raises UsageError if something of that name is there.
    """
    for there in (lab_file(root, lab).parent, rubric_file(root, lab)):
        if there.exists():
            raise UsageError(
                f"{lab!r} is there already", file=there, fix="choose another name, or remove it"
            )
    folder, files = schemas(root)
    make = _quiz if kind == "quiz" else _terminal
    lab_text, rubric, rest = make(lab, title, images)
    files |= {f"labs/{lab}/{name}": text for name, text in rest.items()}
    files[f"rubrics/{lab}.yaml"] = header(folder, "rubric") + rubric
    files[f"labs/{lab}/lab.yaml"] = header(folder, "lab") + lab_text
    return files


def _terminal(lab: str, title: Text, images: tuple[str, ...]) -> tuple[str, str, dict[str, str]]:
    image = images[0]
    lab_text = f"title: {both(title)}\nkind: terminal\nimages:\n" + "".join(
        f"  - {quoted(name)}\n" for name in images
    )
    made = Text(ko=f"`{image}`로 `hello`를 만들었다", en=f"`hello` was made from `{image}`")
    wrote = Text(ko="`/tmp/hello.txt`에 글을 썼다", en="The text is in `/tmp/hello.txt`")
    name = Text(
        ko="컨테이너의 이름은 `--name`으로 붙입니다.", en="A container gets its name from `--name`."
    )
    inside = Text(
        ko="파일은 컨테이너 안에 만들어야 합니다.", en="The file belongs inside the container."
    )
    rubric = f"lab: {lab}\npass_mark: 60\ncriteria:\n" + "\n".join(
        (
            criterion(
                "made-container",
                made,
                40,
                {"kind": "container", "container": "hello", "image": quoted(image)},
                name,
            ),
            criterion(
                "wrote-file",
                wrote,
                60,
                {
                    "kind": "file",
                    "container": "hello",
                    "paths": f"{{/tmp/hello.txt: {{contains: {quoted(TEXT)}}}}}",
                },
                inside,
            ),
        )
    )
    run = f"docker run --name hello {image}"
    return (
        lab_text,
        rubric,
        {
            "handout.ko.md": f"# {title.ko}\n\n## 할 일\n\n"
            f"`{image}` 이미지로 이름이 `hello`인 컨테이너를 만들고, 그 안의 "
            f"`/tmp/hello.txt`에 `{TEXT}`라고 씁니다.\n\n"
            f"## 제출\n\n입력한 줄을 순서대로 적은 텍스트 파일 `{lab}.sh` 하나를 냅니다.\n\n"
            f"## 채점 (100점, 60점 이상이면 통과)\n\n| 보는 것 | 점수 |\n|---|---:|\n"
            f"| {made.ko} | 40 |\n| {wrote.ko} | 60 |\n",
            "handout.en.md": f"# {title.en}\n\n## What to do\n\n"
            f"Make a container named `hello` from the image `{image}`, "
            f"and write `{TEXT}` into its `/tmp/hello.txt`.\n\n"
            f"## What to hand in\n\nOne text file, `{lab}.sh`, "
            f"with the lines that you typed, in order.\n\n"
            f"## What is graded (100 points, 60 to pass)\n\n| Looked for | Points |\n|---|---:|\n"
            f"| {made.en} | 40 |\n| {wrote.en} | 60 |\n",
            "solution.sh": f"{run} sh -c \"echo '{TEXT}' > /tmp/hello.txt\"\n",
            "samples/0-only-a-comment.sh": "# 아직 하지 않았습니다\n",
            "samples/40-nothing-written.sh": f"{run} true\n",
        },
    )


def _quiz(lab: str, title: Text, images: tuple[str, ...]) -> tuple[str, str, dict[str, str]]:
    del images  # a quiz has none
    lab_text = (
        f"title: {both(title)}\nkind: quiz\nquestions:\n"
        '  "1":\n'
        "    title: {ko: 실행 중인 컨테이너의 목록을 보여 주는 명령은 무엇입니까?,"
        " en: Which command lists the running containers?}\n"
        "    choices:\n"
        "      A: {ko: '`docker images`', en: '`docker images`'}\n"
        "      B: {ko: '`docker ps`', en: '`docker ps`'}\n"
        '  "2":\n'
        "    title: {ko: 멈춘 컨테이너도 볼 수 있는 명령을 모두 고르십시오.,"
        " en: Which commands show stopped containers too? Choose all that apply.}\n"
        "    choices:\n"
        "      A: {ko: '`docker ps -a`', en: '`docker ps -a`'}\n"
        "      B: {ko: '`docker ps`', en: '`docker ps`'}\n"
        "      C: {ko: '`docker container ls --all`', en: '`docker container ls --all`'}\n"
    )
    hint = Text(ko="`docker ps --help`를 읽어 보십시오.", en="Read `docker ps --help`.")
    rubric = f"lab: {lab}\npass_mark: 60\ncriteria:\n" + "\n".join(
        criterion(
            f"question-{number}",
            Text(ko=f"문제 {number}의 답", en=f"Answer to question {number}"),
            points,
            {"kind": "answer", "question": f'"{number}"', "correct": right},
            hint,
        )
        for number, points, right in ((1, 40, "[B]"), (2, 60, "[A, C]"))
    )
    return (
        lab_text,
        rubric,
        {
            "handout.ko.md": f"# {title.ko}\n\n"
            "**1.** 실행 중인 컨테이너의 목록을 보여 주는 명령은 무엇입니까?\n\n"
            "- A. `docker images`\n- B. `docker ps`\n\n"
            "**2.** 멈춘 컨테이너도 볼 수 있는 명령을 **모두** 고르십시오.\n\n"
            "- A. `docker ps -a`\n- B. `docker ps`\n- C. `docker container ls --all`\n\n"
            f"## 제출\n\n문제 번호와 고른 글자를 `{lab}.yaml`에 적어 냅니다. "
            f"예: `1: A`, `2: [A, B]`\n\n"
            "## 채점 (100점, 60점 이상이면 통과)\n\n| 보는 것 | 점수 |\n|---|---:|\n"
            "| 문제 1의 답 | 40 |\n| 문제 2의 답 | 60 |\n",
            "handout.en.md": f"# {title.en}\n\n"
            "**1.** Which command lists the running containers?\n\n"
            "- A. `docker images`\n- B. `docker ps`\n\n"
            "**2.** Which commands show stopped containers too? Choose **all** that apply.\n\n"
            "- A. `docker ps -a`\n- B. `docker ps`\n- C. `docker container ls --all`\n\n"
            f"## What to hand in\n\nThe numbers and the letters that you chose, in `{lab}.yaml`,"
            " such as `1: A` and `2: [A, B]`.\n\n"
            "## What is graded (100 points, 60 to pass)\n\n| Looked for | Points |\n|---|---:|\n"
            "| Answer to question 1 | 40 |\n| Answer to question 2 | 60 |\n",
            "solution.yaml": "1: B\n2: [A, C]\n",
            "samples/0-only-a-comment.yaml": "# 아직 하지 않았습니다\n",
            "samples/40-second-question-missing.yaml": "1: B\n",
        },
    )
