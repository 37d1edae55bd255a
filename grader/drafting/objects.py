"""Networks, images of one's own, and what was refused."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from grader.checks._verbs import VERBS
from grader.drafting.facts import Facts
from grader.drafting.proposal import Proposal, id_of
from grader.model.evidence import Call
from grader.model.record import Text

_CONFLICT = 409
"""The status of what makes no sense now; others are mostly slips in a name."""


def proposals(facts: Facts) -> Iterator[Proposal]:
    """Propose what is to be said of them."""
    yield from _networks(facts)
    yield from _images(facts)
    yield from _refusals(facts)


def _networks(facts: Facts) -> Iterator[Proposal]:
    for network in facts.evidence.networks:
        if not facts.is_word(network.name):
            continue
        members = [n for n, c in facts.containers.items() if network.name in c.networks]
        check: dict[str, Any] = {"kind": "network", "network": network.name}
        if members:
            check["members"] = members
        if network.internal:
            check["internal"] = True
        if network.removed_step is not None:
            check["exists_at_end"] = False
        yield Proposal(
            id_of("network", network.name),
            Text(
                ko=f"`{network.name}` 네트워크를 만들고 컨테이너를 연결했다",
                en=f"The network `{network.name}` was made, with its containers in it",
            ),
            check,
            Text(
                ko="`docker network create`로 만들고, `--network` 옵션으로 연결합니다.",
                en="`docker network create` makes it; `--network` puts a container into it.",
            ),
            8 + 2 * len(members),
            network.step,
        )


def _images(facts: Facts) -> Iterator[Proposal]:
    for built in facts.evidence.built:
        reference = next(iter(built.references), "").removesuffix(":latest")
        if not reference or not facts.was_typed(reference):
            continue
        check: dict[str, Any] = {"kind": "image", "image": reference, "how": built.how}
        if built.how == "build" and built.base:
            check["base"] = built.base
        elif built.how == "commit" and (name := facts.name_of(built.base)):
            check["from_container"] = name
        if any(container.image_id == built.id for container in facts.evidence.containers):
            check["used"] = True
        if built.removed_step is not None:
            check["exists_at_end"] = False
        yield Proposal(
            id_of("image", reference),
            Text(ko=f"`{reference}` 이미지를 만들었다", en=f"The image `{reference}` was made"),
            check,
            Text(
                ko="이미지의 이름과 만드는 방법을 안내문과 비교해 보십시오.",
                en="Compare the image's name, and how it is made, with the handout.",
            ),
            12,
            built.step,
        )


def _refusals(facts: Facts) -> Iterator[Proposal]:
    seen: set[tuple[str, str | None, str | None]] = set()
    for call in facts.evidence.calls:
        if call.refused is None and call.status != _CONFLICT:
            continue
        step = facts.evidence.step(call.step)
        verb = _verb(call, step.text) if step else None
        name = facts.name_of(call.container) if call.container else None
        if verb is None or (verb, name, call.refused) in seen:
            continue
        seen.add((verb, name, call.refused))
        check: dict[str, Any] = {"kind": "refused", "call": verb}
        if call.refused is not None:
            check["rule"] = call.refused
        else:
            check["by"] = "engine"
        if name:
            check["container"] = name
        yield Proposal(
            id_of("refused", "-".join([verb, *([name] if name else [])])),
            Text(
                ko=f"`docker {verb}` 명령이 거부되는 것을 보았다",
                en=f"You saw that `docker {verb}` was refused",
            ),
            check,
            Text(
                ko="거부되는 경우를 직접 만들어 보고 오류 메시지를 읽어 보십시오.",
                en="Bring about the refusal yourself, and read its message.",
            ),
            6,
            call.step,
        )


def _verb(call: Call, text: str) -> str | None:
    """Return the verb that a call was made for: of several, one that was typed."""
    verbs = [verb for verb, known in VERBS.items() if call.route in (*known.routes, known.also)]
    typed = [verb for verb in verbs if f"{verb} " in text]
    return next(iter(typed), None)
