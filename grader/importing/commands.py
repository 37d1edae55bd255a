"""What the commands of a lab ask of it: images, and options."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import NamedTuple

from grader.course import IMAGE

_WORD = re.compile(r"""(?:"[^"]*"?|'[^']*'?|[^\s"'])+""")
_MADE = re.compile(r"\bdocker\s+(?:container\s+)?(?:run|create)\s+(?=(.*))")
_PULLED = re.compile(r"\bdocker\s+(?:image\s+)?pull\s+(?=(.*))")
_BUILT = re.compile(r"\bdocker\s+(?:image\s+|buildx\s+|builder\s+)?build\s+(?=(.*))")
_NAMED = re.compile(r"\bdocker\s+(?:container\s+|image\s+)?(commit|tag|import)\s+(?=(.*))")
_FLAG = re.compile(
    r"-[ditPqa]*[ditPq]|--(?:all-tags|detach|init|interactive|no-healthcheck|no-trunc|oom-kill-disable"
    r"|pause|privileged|publish-all|quiet|read-only|rm|sig-proxy|tty)"
)
_TAKES_NEXT = re.compile(r"-[ditPq]*[A-Za-z]|--[^=]+")
_NETWORK = re.compile(r"\bdocker network |--net(?:work)?[ =](?!none|host|bridge)")
_HERE = re.compile(r"/lab\b|\$PWD\b|\$\{PWD\}|\$\(pwd\)|`pwd`|\.")
_FROM = re.compile(r"^[ \t]*FROM\s+(?:--\S+\s+)*(\S+)(?:\s+[Aa][Ss]\s+(\S+))?", re.MULTILINE)
_COPIED = re.compile(r"^[ \t]*COPY\s.*--from=(\S+)", re.MULTILINE)


class Asked(NamedTuple):
    """What a lab is to have."""

    images: tuple[str, ...]
    network: bool
    build: bool
    volumes: bool
    """Whether containers have volumes or folders in them."""
    folder: bool
    """Whether a folder of the student's is in a container."""


def asked(script: str, dockerfiles: Sequence[str] = ()) -> Asked:
    """Return what a script asks of a lab, and Dockerfiles that its students write."""
    lines = [line for line in script.splitlines() if not line.lstrip().startswith("#")]
    script = re.sub(r"\\\n\s*", " ", "\n".join(lines))
    images: list[str] = []
    mounts: list[str] = []
    for rest in _MADE.findall(script):
        options, (image, *_) = _parsed(rest)
        images.append(image)
        mounts += _values(options, "v", "volume", "mount")
    images += [_parsed(rest)[1][0] for rest in _PULLED.findall(script)]
    own = set()
    for rest in _BUILT.findall(script):
        own |= {_tagged(tag) for tag in _values(_command(rest), "t", "tag")}
    named = _NAMED.findall(script)
    for verb, rest in named:
        source, target, *_ = [*_parsed(rest)[1], ""]
        own |= {_tagged(target)}
        images += [source] * (verb == "tag")
    build = bool(dockerfiles) or bool(_BUILT.search(script)) or bool(named)
    for dockerfile in [*dockerfiles, *([script] if build else [])]:
        images += _bases(dockerfile)
    known = dict.fromkeys(image.strip("\"'") for image in images)
    return Asked(
        tuple(i for i in known if IMAGE.fullmatch(i) and _tagged(i) not in own),
        network=bool(_NETWORK.search(script)),
        build=build,
        volumes=bool(mounts) or "docker volume " in script,
        folder=any(_is_here(mount) for mount in mounts),
    )


def _command(rest: str) -> list[str]:
    """Return the words up to the end of a command."""
    words = []
    for word in _WORD.findall(rest):
        plain = word.rstrip(";)&|")
        if plain:
            words.append(plain)
        if plain != word:
            break
    return words


def _parsed(rest: str) -> tuple[list[str], list[str]]:
    """Return the options before a command's first argument, and at least one argument."""
    options: list[str] = []
    words = _command(rest)
    while words and words[0].startswith("-"):
        options.append(words.pop(0))
        if words and not _FLAG.fullmatch(options[-1]) and _TAKES_NEXT.fullmatch(options[-1]):
            options.append(words.pop(0))
    return options, words or [""]


def _values(words: Sequence[str], short: str, *names: str) -> Iterator[str]:
    """Yield the values of an option, however it is written."""
    long = "|".join(f"--{name}" for name in names)
    form = re.compile(rf"(?:-[ditPq]*{short}|{long})(?:=(.+))?|-{short}(.+)", re.DOTALL)
    for word, following in zip_longest(words, words[1:], fillvalue=""):
        if found := form.fullmatch(word):
            yield (found[1] or found[2] or following).replace('"', "").replace("'", "")


def _is_here(mount: str) -> bool:
    """Tell whether a folder of the student's is mounted, rather than a volume."""
    if source := re.search(r"(?:^|,)(?:source|src)=([^,]+)", mount):
        return "type=bind" in mount and _HERE.match(source[1]) is not None
    return ":" in mount and _HERE.match(mount) is not None


def _tagged(image: str) -> str:
    return image if ":" in image.rpartition("/")[2] else f"{image}:latest"


def _bases(dockerfile: str) -> Iterator[str]:
    stages = {"scratch"}
    for image, stage in _FROM.findall(dockerfile):
        if image not in stages:
            yield image
        stages.add(stage)
    for image in _COPIED.findall(dockerfile):
        if image not in stages and not image.isdigit():
            yield image
