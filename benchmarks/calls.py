"""What the gateway costs per class of calls, and whether open sessions make it dearer."""

from __future__ import annotations

import contextlib
import statistics
from collections import defaultdict
from dataclasses import dataclass

from benchmarks.opened import IMAGE, Client, Opened, straight
from benchmarks.results import Section, Table, milliseconds, ratio

SESSIONS = (1, 8, 32)
COMPARED = """\
The same docker command at the gateway and at the engine's own socket, in turn; and one cheap call
while other sessions are open, over the engine's `version`."""
LIMIT = """\
each call is read whole, decided and written anew; a client's own start is in both sides."""

NONE = ("--network", "none")


@dataclass(frozen=True)
class Class:
    """One class of calls: what is measured, and what comes before and after it."""

    name: str
    aim: float | None
    words: tuple[str, ...]
    before: tuple[tuple[str, ...], ...] = ()
    after: tuple[tuple[str, ...], ...] = ()


BG, ONE = "lgb-bg", "lgb-one"
RUN = ("run", *NONE, "--name", ONE, IMAGE, "true")
MADE = ("create", *NONE, "--name", ONE, IMAGE, "true")
GONE = ("rm", "-f", ONE)
CLASSES = (
    Class("version", 1.5, ("version",)),
    Class("ps", 1.5, ("ps", "-a", "--filter", f"name={BG}")),
    Class("inspect", 1.5, ("inspect", "--type", "container", BG)),
    Class("logs", 1.5, ("logs", BG)),
    Class("cp", 1.5, ("cp", f"{ONE}:/etc/passwd", "-"), before=(RUN,), after=(GONE,)),
    # The container is held still for the copy, so that no link moves under it: that is the price.
    Class("cp, running", None, ("cp", f"{BG}:/etc/passwd", "-")),
    Class("create", 1.5, MADE, after=(GONE,)),
    Class("rm", 1.5, ("rm", ONE), before=(RUN,)),
    # Its last snapshot is still to be taken: after an exit it is there already.
    Class("rm, never run", None, ("rm", ONE), before=(MADE,)),
    Class("volume create", 1.5, ("volume", "create", ONE), after=(("volume", "rm", ONE),)),
    Class("network create", 1.5, ("network", "create", ONE), after=(("network", "rm", ONE),)),
    Class("exec", 1.05, ("exec", BG, "true")),
    Class("start", 1.05, ("start", "-a", ONE), before=(MADE,), after=(GONE,)),
    Class("run --rm", 1.05, ("run", "--rm", *NONE, IMAGE, "true")),
)


def run(rounds: int) -> Section:
    """Measure each class at both sockets in turn."""
    rows = []
    with Opened() as opened:
        sides = {"engine": straight(), "gateway": opened.docker}
        with contextlib.ExitStack() as undo:
            for docker in sides.values():
                docker("run", "-d", *NONE, "--name", BG, IMAGE, "sh", "-c", "echo x; sleep 3600")
                undo.callback(docker, "rm", "-f", BG)
            for kind in CLASSES:
                middle = _measured(kind, sides, rounds)
                share = ratio(middle["gateway"] / middle["engine"], kind.aim)
                rows.append((kind.name, *map(milliseconds, middle.values()), share))
    calls = Table(("call", "engine", "gateway", "ratio (aim)"), rows)
    growth = Table(("sessions open", "`ps` / the engine's `version`"), _growth(rounds))
    return Section(COMPARED, (calls, growth), LIMIT)


def _measured(kind: Class, sides: dict[str, Client], rounds: int) -> dict[str, float]:
    taken: dict[str, list[float]] = defaultdict(list)
    for number in range(rounds + 1):
        for side, docker in sides.items():
            for words in kind.before:
                docker(*words)
            took = docker(*kind.words)
            for words in kind.after:
                docker(*words)
            if number:  # the first round warms the caches
                taken[side].append(took)
    return {side: statistics.median(values) for side, values in taken.items()}


def _growth(rounds: int) -> list[tuple[str, str]]:
    """Return what a cheap call costs while other sessions, with a container each, are open."""
    engine = straight()
    rows = []
    with contextlib.ExitStack() as stack:
        opened: list[Opened] = []
        for count in SESSIONS:
            while len(opened) < count:
                opened.append(stack.enter_context(Opened()))
                opened[-1].docker(*MADE)
            pairs = [(opened[0].docker("ps"), engine("version")) for _ in range(rounds * 2)]
            ours, theirs = (statistics.median(side) for side in zip(*pairs, strict=True))
            rows.append((str(count), ratio(ours / theirs)))
    return rows
