from __future__ import annotations

import pytest

from grader.checks._chosen import Chosen
from grader.checks._examples import called, made, moment, seen, typed
from grader.checks._select import best, no_container
from grader.model.evidence import Evidence
from grader.model.record import Text

ASKED = Text(ko="요구", en="asked")


@pytest.mark.parametrize(
    ("evidence", "says", "line"),
    [
        (seen(), "the submission makes no container at all", None),
        (
            seen(typed(3, "x"), containers=[made("Test_Data", moment("created", 3))]),
            "You made 'Test_Data'; the lab asks for 'test-data'.",
            3,
        ),
        (seen(containers=[made("web"), made("db")]), "you made 'web', 'db'.", None),
        (seen(containers=[made("test-data-new")]), "you made 'test-data-new'.", None),
        (seen(containers=[made("test-data2")]), "You made 'test-data2'; the lab asks", None),
        (
            seen(
                typed(2, "docker run --name test-data alpine:latst"),
                calls=[called(2, "container_create", status=404, message="No such image")],
            ),
            "creating a container failed: 'No such image'.",
            2,
        ),
        (
            seen(
                typed(2, "docker run --name spy --privileged alpine"),
                containers=[made("web")],
                calls=[called(2, "container_create", status=403, message="not allowed")],
            ),
            "There is no container 'test-data'; you made 'web'.",
            None,
        ),
    ],
)
def test_a_container_that_is_not_there(evidence: Evidence, says: str, line: int | None) -> None:
    verdict = no_container(evidence, Chosen(name="test-data"), ASKED)
    assert says in verdict.reason.en
    assert (verdict.credit, verdict.line, verdict.expected) == (0, line, ASKED)


def test_nothing_to_judge_is_a_mistake_of_ours() -> None:
    with pytest.raises(ValueError, match="nothing to judge"):
        best([])
