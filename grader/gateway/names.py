"""The two names of everything: the student's own, and the one on the shared engine.

The engine's name of `test-data` is `<session>-test-data`; the session's token is random, so no two
sessions meet, and a student cannot guess the name of another's container. Objects are found by our
own table (exact id, exact name, unique beginning of an id), never by asking the engine [29-34].
"""

from __future__ import annotations

import itertools
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field

from grader.gateway.images.own import OwnImages
from grader.gateway.refusal import Refusal, malformed, not_found
from grader.model.image import reference

NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]+")
"""The engine's own rule for names of containers and volumes."""

NAME_CAP = 200
"""Characters of a name: the engine makes a folder of it, together with the session's token."""

FIXED_NETWORKS = {"bridge": "b" * 64, "none": "0" * 64}
"""Networks that every session has, with the ids that it sees."""

SHORT_ID = 12
"""Digits of the ids that clients show."""

_MOODS = ("bold", "brave", "calm", "clever", "gentle", "happy", "keen", "lively", "quiet", "warm")
_TREES = ("alder", "aspen", "birch", "cedar", "elm", "ginkgo", "linden", "maple", "oak", "rowan")


def _names() -> Iterator[str]:
    """Yield names without end, all different."""
    for number in itertools.count():
        round_, mood = divmod(number, len(_MOODS))
        name = f"{_MOODS[mood]}_{_TREES[(mood + round_) % len(_TREES)]}"
        yield name if round_ < len(_TREES) else f"{name}_{number}"


@dataclass
class Names:
    """Private ↔ real names of one session."""

    session: str
    containers: dict[str, str] = field(default_factory=dict)
    """Id → the student's name."""
    execs: dict[str, str] = field(default_factory=dict)
    """Id of an exec → id of its container."""
    places: str = ""
    """Folder of our own mounts on the engine's machine."""
    mounted: dict[str, str] = field(default_factory=dict)
    """Place of a mount of ours → what the student knows it as."""
    volumes: dict[str, str] = field(default_factory=dict)
    """The student's name → the engine's name."""
    networks: dict[str, str] = field(default_factory=dict)
    """The student's name of a network → the engine's id; `bridge` is there once it was needed."""
    subnets: dict[str, str] = field(default_factory=dict)
    """The student's name of a network → its range of addresses."""
    images: dict[str, str] = field(default_factory=dict)
    """Reference → id of the images that this session may use."""
    prompts: dict[str, str] = field(default_factory=dict)
    """Token in a container's prompt → id of the container."""
    own_images: OwnImages = field(init=False)
    _invented: Iterator[str] = field(default_factory=_names, init=False)

    def __post_init__(self) -> None:
        """Begin without images of the session's own."""
        self.own_images = OwnImages(f"lab-grader-{self.session}", dict(self.images), self.images)

    def real(self, name: str) -> str:
        """Return the engine's name. Raises Refusal for what the engine would not take either."""
        if not NAME.fullmatch(name) or len(name) > NAME_CAP:
            raise malformed(
                f"Invalid container name ({name[:80]}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed"
            )
        return f"{self.session}-{name}"

    def plain(self, text: str) -> str:
        """Return a text of the engine with the session's own names as the student knows them."""
        if self.own_images.tags:
            text = self.own_images.plain(text)
        if self.mounted and self.places in text:
            for place, path in self.mounted.items():
                text = text.replace(place, path)
        return text.replace(f"{self.session}-", "")

    def new_place(self, path: str) -> str:
        """Return a place of its own for a mount of what the student knows as `path`."""
        place = f"{self.places}/{secrets.token_hex(6)}"
        self.mounted[place] = path
        return place

    def invent(self) -> str:
        """Return a free name for a container that the student did not name.

        The same lines get the same names in every session, so that results are the same to the
        letter; no name is given twice, for two containers may be made at once.
        """
        taken = set(self.containers.values())
        return next(name for name in self._invented if name not in taken)

    def container(self, ref: str) -> str:
        """Return the full id of an own container. Raises Refusal (404)."""
        ref = ref.removeprefix("/")
        if ref in self.containers:
            return ref
        for id_, name in self.containers.items():
            if name == ref:
                return id_
        found = [id_ for id_ in self.containers if ref and id_.startswith(ref)]
        if len(found) > 1:
            raise malformed(f"Multiple IDs found with provided prefix: {ref}")
        if not found:
            raise not_found("container", ref)
        return found[0]

    def exec_(self, id_: str) -> str:
        """Return the container of an own exec. Raises Refusal (404)."""
        if id_ not in self.execs:
            raise Refusal(404, "unknown-object", f"No such exec instance: {id_}")
        return self.execs[id_]

    def image(self, ref: str) -> str | None:
        """Return the id of an image that this session may use, by reference, id or short id."""
        by_name = self.images.get(reference(ref))
        if by_name:
            return by_name
        digits = ref.removeprefix("sha256:")
        if not re.fullmatch(r"[0-9a-f]{4,64}", digits):
            return None
        own = self.own_images
        known = {*self.images.values(), *own.shared.values(), *own.made, *own.stages}
        found = {id_ for id_ in known if id_.removeprefix("sha256:").startswith(digits)}
        return found.pop() if len(found) == 1 else None

    def image_references(self, id_: str) -> list[str]:
        """Return all references of an image, sorted."""
        return sorted(ref for ref, known in self.images.items() if known == id_)

    def volume(self, name: str) -> str:
        """Return the engine's name of an own volume. Raises Refusal (404)."""
        if name not in self.volumes:
            raise Refusal(404, "unknown-object", f"get {name}: no such volume")
        return self.volumes[name]

    def network(self, ref: str) -> str:
        """Return the student's name of a network of the session. Raises Refusal (404)."""
        known = self.networks | FIXED_NETWORKS
        if ref in known:
            return ref
        if len(ref) < SHORT_ID:
            # `inspect 0` asks for any kind of object: not for one that is always there.
            known = {name: id_ for name, id_ in known.items() if name not in FIXED_NETWORKS}
        found = [name for name, id_ in known.items() if ref and id_.startswith(ref)]
        if len(found) > 1:
            raise malformed(f"network {ref} is ambiguous ({len(found)} matches found based on id)")
        if not found:
            raise Refusal(404, "unknown-object", f"network {ref} not found")
        return found[0]
