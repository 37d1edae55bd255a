"""The one way in which these tests grade: through the front door, a few at a time, ahead of use."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from grader.course import load_lab
from grader.grading import Grading
from grader.model.result import Result
from grader.own_work import own_work

COURSE = Path(__file__).parents[2]
AT_ONCE = 3


def _grade(lab_id: str, path: Path) -> Result:
    lab = load_lab(COURSE, lab_id)
    submission, rubric = own_work(COURSE, lab, path)
    with Grading() as grading:
        return grading.grade(lab, lambda: rubric, submission)[1]


@pytest.fixture(scope="session")
def graded(request: pytest.FixtureRequest) -> Iterator[Callable[[str, Path], Result]]:
    """Grade a submission; all those that the chosen tests need begin with the first one."""
    ahead: dict[tuple[str, Path], Future[Result]] = {}
    with ThreadPoolExecutor(AT_ONCE) as pool:

        def wanted(lab_id: str, path: Path) -> Future[Result]:
            key = (lab_id, path)
            if key not in ahead:
                ahead[key] = pool.submit(_grade, lab_id, path)
            return ahead[key]

        for item in request.session.items:
            case = getattr(item, "callspec", None)
            if case is not None and {"lab", "path"} <= case.params.keys():
                wanted(case.params["lab"], case.params["path"])
        yield lambda lab_id, path: wanted(lab_id, path).result()
        pool.shutdown(cancel_futures=True)
