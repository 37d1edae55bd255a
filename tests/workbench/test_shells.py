from __future__ import annotations

from grader.model.evidence import HOST
from grader.workbench.shells import Arrival, Shells
from grader.workbench.terminal import Prompt

BASE = Prompt(0, 7, 1, 1, "host")
INSIDE = Prompt(0, 1, 0, 1, "inside")


def test_entering_has_no_status_and_leaving_has_one() -> None:
    shells = Shells()
    shells.arrive(BASE, HOST, None)
    assert shells.arrive(INSIDE, "c1", None) == Arrival(None)
    assert shells.current.place == "c1"
    assert shells.arrive(Prompt(1, 1, 0, 2, "inside"), "c1", None) == Arrival(1)
    assert shells.arrive(Prompt(0, 9, 1, 1, "inside"), "c1", None) == Arrival(None)
    assert shells.arrive(Prompt(3, 7, 1, 2, "host"), HOST, None) == Arrival(3)
    assert shells.current.place == HOST


def test_a_shell_that_was_joined_reports_as_usual() -> None:
    shells = Shells()
    shells.arrive(BASE, HOST, None)
    assert shells.arrive(Prompt(2, 1, 0, 5, "inside"), "c1", "c1") == Arrival(2)


def test_a_new_shell_in_the_place_of_the_workbenchs_own() -> None:
    shells = Shells()
    shells.arrive(BASE, HOST, None)
    nested = Prompt(0, 20, 7, 1, "host")
    assert not shells.reopens(nested, HOST)
    assert shells.arrive(nested, HOST, None) == Arrival(None)
    again = Prompt(0, 30, 1, 1, "host")
    assert shells.reopens(again, HOST)
    assert shells.arrive(again, HOST, None) == Arrival(None, reopened=True)
    assert shells.current.pid == 30
    assert not shells.reopens(Prompt(0, 30, 1, 2, "host"), HOST)
