"""What was looked at: lines whose output showed something that had been typed before."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from grader.checks._verbs import made_by
from grader.drafting.facts import MOST_LINES, Facts
from grader.drafting.files import written
from grader.drafting.proposal import Proposal, id_of, listed
from grader.model.evidence import HOST, Step
from grader.model.record import Text

_LISTING = (
    "diff",
    "volume ls",
    "volume inspect",
    "network ls",
    "network inspect",
    "logs",
    "top",
    "history",
    "images",
    "ps",
    "system df",
)
"""Verbs that show something, the more telling ones first."""
_LOOKERS = re.compile(r"\b(ls|cat|find|stat|df|mount|head|tail|grep|env|id|du|wc|whoami)\b")
_ENTRY = re.compile(r"^[ACD] (/\S*)$", re.MULTILINE)
_PATH = re.compile(r"(?<![\w>])/[\w./-]*\w")


@dataclass(frozen=True)
class _Look:
    """One line that showed something."""

    step: int
    where: str
    """Name of the container, `host`, or the verb."""
    check: dict[str, Any]
    seen: tuple[str, ...]
    """What its output is to contain."""
    what: str
    requires: tuple[str, ...] = ()


def proposals(facts: Facts) -> Iterator[Proposal]:
    """Propose that what the solution saw is to be seen."""
    looks: list[_Look] = []
    for step in facts.steps:
        if step.status in (0, None) and (look := _look(facts, step)):
            _join(looks, look)
    count: dict[str, int] = {}
    for look in looks:
        base = id_of("saw", look.where)
        count[base] = count.get(base, 0) + 1
        name = base if count[base] == 1 else f"{base}-{count[base]}"
        yield _proposed(look, name)


def _join(looks: list[_Look], look: _Look) -> None:
    """Add a look; one right after another at the same place becomes one with it."""
    if any(set(look.seen) <= set(o.seen) and o.check == look.check for o in looks):
        return
    last = looks[-1] if looks else None
    near = last is not None and look.step - last.step == 1
    if last and near and last.check == look.check and last.seen and look.seen:
        seen = last.seen + look.seen
        looks[-1] = replace(last, step=look.step, seen=seen, what=listed(list(seen)))
    else:
        looks.append(look)


def _proposed(look: _Look, name: str) -> Proposal:
    check = dict(look.check)
    if look.seen:
        check["output"] = {"contains": look.seen[0] if len(look.seen) == 1 else list(look.seen)}
    after = check.pop("after", None)
    if after:
        check["after"] = after
    in_container = look.check.get("container") == look.where
    ko = f"`{look.where}` 컨테이너에서" if in_container else "호스트에서"
    en = f"in `{look.where}`" if in_container else "on the host"
    if "image" in look.check:
        ko, en = "다른 컨테이너에서", "in another container"
    if in_container and after:
        ko, en, after = f"다시 시작한 {ko}", f"{en} after its restart", None
    later_ko, later_en = _later(after)
    return Proposal(
        name,
        Text(
            ko=f"{later_ko}{ko} {look.what} 내용을 확인했다",
            en=f"{look.what} was looked at {en}{later_en}",
        ),
        check,
        Text(
            ko="명령을 실행하는 것만으로는 알 수 없습니다. 결과를 출력해 보십시오.",
            en="Doing it shows nothing yet. Print what there is to see.",
        ),
        6 + 2 * max(len(look.seen), 1),
        look.step,
        look.requires,
    )


def _later(after: dict[str, str] | None) -> tuple[str, str]:
    if after is None:
        return "", ""
    name = after["container"]
    return f"`{name}` 컨테이너를 삭제한 뒤 ", f" after the removal of `{name}`"


def _look(facts: Facts, step: Step) -> _Look | None:
    """Return what a step showed; None if that is nothing to ask for."""
    place = facts.place(step)
    name = facts.name_of(place) if place else None
    after = _phase(facts, step, name)
    calls = [call for call in facts.calls(step) if call.succeeded]
    verb = next((v for v in _LISTING if made_by(v, step, calls)), None)
    if verb is not None:
        return _listing(facts, step, verb, name, after)
    seen = _texts(facts, step) or _names(facts, step)
    if place is not None and name is None:
        return _elsewhere(facts, step, place)
    if name is not None:
        return _inside(facts, step, name, seen, after)
    if not seen or "docker" in step.text:
        return None
    check: dict[str, Any] = {"kind": "command", "where": "host", "typed": r"\A(?!.*\bdocker\b)"}
    check |= {"after": after} if after else {}
    return _Look(step.number, HOST, check, seen, listed(list(seen)))


def _inside(
    facts: Facts, step: Step, name: str, seen: tuple[str, ...], after: dict[str, str] | None
) -> _Look | None:
    """Return a look into a named container."""
    own = {path.rpartition("/")[2] for path in written(facts, facts.containers[name])}
    if after is None and seen and set(seen) <= own:
        return None  # that they are there is asked of the files themselves
    check: dict[str, Any] = {"kind": "command", "container": name}
    pattern = None if seen else _asked(facts, step)
    if not seen and pattern is None:
        return None
    what = listed(list(seen))
    if pattern is not None:
        check["ran"], what = pattern
    check |= {"after": after} if after else {}
    return _Look(step.number, name, check, seen, what, (id_of("made", name),))


def _phase(facts: Facts, step: Step, name: str | None) -> dict[str, str] | None:
    """Return the turning point after which a step is meant to come."""
    if name is not None:
        labels = [m.label for m in facts.containers[name].moments if m.step <= step.number]
        starts = [label for label in labels if label.startswith("start ")]
        again = bool(starts) and starts[-1] != "start 1"
        return {"container": name, "moment": starts[-1]} if again else None
    gone = [name for at, name in facts.removals() if at < step.number]
    return {"container": gone[-1], "moment": "removed"} if gone else None


def _listing(
    facts: Facts, step: Step, verb: str, name: str | None, after: dict[str, str] | None
) -> _Look | None:
    check: dict[str, Any] = {"kind": "command", "call": verb}
    requires: tuple[str, ...] = ()
    if name:
        check["container"] = name
        requires = (id_of("made", name),)
    if verb == "diff":
        if name is None:
            return None
        own = written(facts, facts.containers[name])
        seen = tuple(e[0] for e in _ENTRY.finditer(step.output) if e[1] in own)[:MOST_LINES]
    else:
        words = set(re.split(r"[\s\"',]+", step.output))
        meant = (word for word in sorted(words & facts.names) if facts.is_word(word))
        seen = _texts(facts, step) or tuple(meant)[:MOST_LINES]
    if after and after["moment"] == "removed":
        check["after"] = after
    return _Look(step.number, name or verb, check, seen, f"`docker {verb}`", requires)


def _elsewhere(facts: Facts, step: Step, place: str) -> _Look | None:
    """Return a look into a container without a name that anybody chose."""
    container = next(c for c in facts.evidence.containers if c.id == place)
    pattern = _asked(facts, step)
    if pattern is None:
        return None
    check: dict[str, Any] = {"kind": "command", "image": container.image}
    same = [n for n, c in facts.containers.items() if c.image == container.image]
    if same:
        check["other_than"] = same[0]
    check["ran"] = pattern[0]
    return _Look(step.number, container.image, check, (), pattern[1])


def _texts(facts: Facts, step: Step) -> tuple[str, ...]:
    """Return the lines of a step's output that had been typed before, or that stand in a file."""
    written_ = {line for text in _file_texts(facts) for line in text.splitlines()}
    return tuple(
        line
        for line in facts.texts(step.output)
        if facts.was_typed(line, before=step.number) or line in written_
    )


def _file_texts(facts: Facts) -> Iterator[str]:
    for container in facts.containers.values():
        for moment in container.moments:
            for file in moment.snapshot.files if moment.snapshot else ():
                yield file.text or ""


def _names(facts: Facts, step: Step) -> tuple[str, ...]:
    """Return the names of files in a step's output that were written by lines before."""
    before = " ".join(s.text for s in facts.steps if s.number < step.number)
    typed = {path.rpartition("/")[2] for path in re.findall(r"[\w./-]+\.\w+", before)}
    shown = set(re.split(r"[\s/]+", step.output))
    return tuple(sorted(name for name in typed & shown if len(name) > 2))[:MOST_LINES]  # noqa: PLR2004


def _asked(facts: Facts, step: Step) -> tuple[str, str] | None:
    """Return a pattern for a line that looks at paths, and the paths in words."""
    text = step.text
    if step.where == HOST:
        text = " ".join(next((c.command for c in facts.calls(step) if c.command), ()))
        text = text or step.text
    if not _LOOKERS.search(text) or ">" in text:
        return None
    paths = [path for path in _PATH.findall(text) if not path.startswith("/bin/")]
    if not paths:
        return None
    words = [re.escape(path.rpartition("/")[2]) for path in paths[:2]]
    return ".*".join(rf"\b{word}\b" for word in words), listed(paths[:2])
