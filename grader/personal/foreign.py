"""Other students' tokens in what one student handed in: facts for the teacher. Pure.

A token of somebody else says that two students looked at one page, nothing more: whether they
worked together, as they may have been asked to, only the teacher knows.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from grader.model.evidence import ContainerRecord, Contents, Evidence, FileState
from grader.model.lab import Lab
from grader.model.record import Record
from grader.personal.derivation import folded

LEAST = 6
"""Characters of a token that stands nowhere by chance."""
MOST_PLACES = 20
"""How many places are told for each token."""

WORD = re.compile(r"[a-z0-9]+")


class Found(Record):
    """A token of somebody else, and where it stands."""

    value: str
    """Name of the value."""
    of: str
    """Whose it is."""
    own_too: bool
    """The student's own token was found as well."""
    places: tuple[str, ...]


def foreign_tokens(
    lab: Lab,
    student: str,
    values: Mapping[str, Mapping[str, str]],
    texts: Iterable[tuple[str, str]],
) -> tuple[Found, ...]:
    """Return the tokens of others that stand in texts, each of which comes with its place.

    `values` are those of all students who are known, and of the student.
    """
    names = [
        name
        for name, value in lab.values.items()
        if value.kind == "token" and value.length >= LEAST
    ]
    if not names:
        return ()
    places = _places(texts)
    own = {values[student][name] for name in names}
    return tuple(
        Found(
            value=name,
            of=other,
            own_too=values[student][name] in places,
            places=tuple(dict.fromkeys(places[token]))[:MOST_PLACES],
        )
        for other in sorted(values)
        if folded(other) != folded(student)
        for name in names
        if (token := values[other][name]) in places and token not in own
    )


def _places(texts: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Return where each word stands."""
    places: dict[str, list[str]] = {}
    for place, text in texts:
        for word in set(WORD.findall(text.lower())):
            places.setdefault(word, []).append(place)
    return places


def texts_in(evidence: Evidence) -> Iterator[tuple[str, str]]:
    """Yield the texts of a record, each behind the place where it stands."""
    for step in evidence.steps:
        yield f"line {step.line}", step.text
        yield f"output of line {step.line}", step.output
    for call in evidence.calls:
        yield f"command of step {call.step}", " ".join(call.command)
    for container in evidence.containers:
        yield from _container(container)
    for volume in evidence.volumes:
        yield "name of a volume", volume.name
        yield f"labels of volume {volume.name}", _labels(volume.labels)
        yield from _contents(volume.contents, f"volume {volume.name}")
    for network in evidence.networks:
        yield "name of a network", network.name
        yield f"labels of network {network.name}", _labels(network.labels)
    yield from _contents(evidence.folder, "/lab")
    for image in evidence.built:
        yield "name of an image", " ".join(image.references)
        yield "Dockerfile", image.dockerfile or ""


def _container(container: ContainerRecord) -> Iterator[tuple[str, str]]:
    yield "name of a container", " ".join(container.names)
    told = (*container.command, *container.entrypoint, *container.environment, container.hostname)
    yield f"settings of container {container.name}", " ".join((*told, _labels(container.labels)))
    for moment in container.moments:
        if moment.snapshot is not None:
            yield from _files(moment.snapshot.files, f"container {container.name}")


def _contents(contents: Contents | None, where: str) -> Iterator[tuple[str, str]]:
    if contents is not None:
        yield from _files(contents.files, where)


def _files(files: Iterable[FileState], where: str) -> Iterator[tuple[str, str]]:
    for file in files:
        yield f"{file.path} in {where}", f"{file.path} {file.target or ''} {file.text or ''}"


def _labels(labels: Mapping[str, str]) -> str:
    return " ".join(f"{name} {value}" for name, value in labels.items())
