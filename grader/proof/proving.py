"""From a lab to its proof: everything is recorded, scored, and compared with what it should get."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from grader.course import load_equivalents, load_lab, load_rubric
from grader.errors import SystemFault
from grader.model.evidence import Evidence
from grader.model.lab import Lab
from grader.model.result import Result
from grader.model.submission import Submission
from grader.proof import findings, quiz
from grader.proof.cases import Case, changed, others, solution
from grader.proof.evidence import Recorder, first_done
from grader.proof.kept import Kept
from grader.proof.mutants import Mutant, mutants, solution_of
from grader.rubric import Rubric
from grader.scoring import score
from grader.totals import total

OnCase = Callable[[int, int], None]
"""Called with how many submissions are done, and how many are known by now."""

UNVEILED = datetime.max.replace(tzinfo=UTC)
"""A time at which the text of hidden criteria is shown: the teacher reads it."""

UNCAPPED = 1000.0
"""As good as no cap on bonus points."""


def prove(
    root: Path, lab_id: str, folder: Path, *, jobs: int, again: bool, on_case: OnCase
) -> findings.Proof:
    """Return the proof of a lab; its evidence is kept in a folder.

    Raises InputError for a broken lab, OutputError where evidence cannot be kept. Other faults of
    ours leave a case undecided.
    """
    began = time.monotonic()
    lab = load_lab(root, lab_id)
    rubric = load_rubric(root, lab)
    excuses = findings.Excuses(load_equivalents(root, lab).equivalents)
    solved, rest = solution(root, lab), others(root, lab)
    kept = Kept(folder, lab)
    with Recorder(lab, rubric, kept, jobs=jobs, again=again) as recorder:
        trial = Trial(lab, rubric, recorder, on_case)
        trial.run([solved.submission])
        changes = trial.mutants_of(solved)
        submissions = [changed(solved.submission, str(m), m.text) for m in changes]
        trial.run([*(case.submission for case in rest), *submissions])
    kept.forget_others([solved.submission, *(case.submission for case in rest), *submissions])
    results = [outcome for outcome in trial.outcomes.values() if isinstance(outcome, Result)]
    idle = {case.submission.digest for case in rest if case.percent == 0}
    telling = [
        outcome
        for digest, outcome in trial.outcomes.items()
        if isinstance(outcome, Result) and digest not in idle
    ]
    return findings.Proof(
        lab=lab.id,
        cases=tuple(trial.case(case) for case in (solved, *rest)),
        mutants=tuple(
            trial.mutant(mutant, submission, solved, excuses)
            for mutant, submission in zip(changes, submissions, strict=True)
        ),
        never_fail=findings.never_fail(rubric, telling) if changes else (),
        together=findings.together(rubric, results) if changes else (),
        stale=excuses.stale() if changes else (),
        recorded=recorder.recorded,
        seconds=round(time.monotonic() - began, 1),
    )


class Trial:
    """The submissions of one proof, and what became of each."""

    def __init__(self, lab: Lab, rubric: Rubric, recorder: Recorder, on_case: OnCase) -> None:
        self._lab, self._rubric, self._recorder, self._on_case = lab, rubric, recorder, on_case
        self.outcomes: dict[str, Result | SystemFault] = {}
        """Digest of a submission → its result, or why it has none."""
        self._first: Evidence | None = None
        """That of the solution, which comes first."""

    def run(self, submissions: Iterable[Submission]) -> None:
        """Record and score submissions, several at once."""
        waiting: dict[Future[Evidence], Submission] = {}
        asked = {s.digest: s for s in submissions if s.digest not in self.outcomes}
        for submission in asked.values():
            waiting[self._recorder.begin(submission)] = submission
        total = len(self.outcomes) + len(waiting)
        while waiting:
            for future in first_done(set(waiting)):
                self._settle(waiting.pop(future), future)
                self._on_case(len(self.outcomes), total)

    def _settle(self, submission: Submission, future: Future[Evidence]) -> None:
        """Score what was recorded; what needs review is to be recorded again another time."""
        try:
            evidence = future.result()
        except SystemFault as fault:
            self.outcomes[submission.digest] = fault
            return
        self._first = self._first or evidence
        result = score(self._rubric, self._lab, evidence, now=UNVEILED)
        self.outcomes[submission.digest] = result
        if result.needs_review:
            self._recorder.forget(submission)

    def mutants_of(self, solved: Case) -> list[Mutant]:
        """Return the mutants of a solution that earns everything; of another one, none."""
        result = self.outcomes[solved.submission.digest]
        if not isinstance(result, Result) or result.points < result.max_points:
            return []
        evidence = self._first
        assert evidence is not None  # noqa: S101 — there is a result of it
        if self._lab.kind == "quiz":
            return quiz.mutants(self._lab, evidence)
        images = self._lab.images
        return mutants(solution_of(solved.submission.text, evidence, images))

    def case(self, case: Case) -> findings.CaseFinding:
        """Return what became of the solution or a sample."""
        outcome = self.outcomes[case.submission.digest]
        if isinstance(outcome, SystemFault) or outcome.needs_review:
            return findings.CaseFinding(
                name=case.name, expected=case.percent, got=None, problem=_doubt(outcome)
            )
        got = round(100 * outcome.points / outcome.max_points, 2)
        expected = max(case.percent, got) if case.at_least else case.percent
        found = findings.CaseFinding(name=case.name, expected=expected, got=got)
        short = () if found.kept else findings.fell_short(outcome)
        return found.model_copy(update={"short": short})

    def mutant(
        self, mutant: Mutant, submission: Submission, solved: Case, excuses: findings.Excuses
    ) -> findings.MutantFinding:
        """Return what became of a mutant."""
        outcome = self.outcomes[submission.digest]
        fate: findings.Fate
        nearest: tuple[str, ...] = ()
        points = None
        if isinstance(outcome, SystemFault) or outcome.needs_review:
            fate, reason = excuses.fate(mutant, "undecided")[0], _doubt(outcome)
        else:
            points = outcome.points
            fell = self._sum(outcome) < self._sum(self._whole(solved))
            fate, reason = excuses.fate(mutant, "killed" if fell else "survived")
        if fate == "survived":
            nearest = findings.nearest(self._rubric, mutant, self._whole(solved))
        return findings.MutantFinding(
            change=mutant.change,
            line=mutant.line,
            before=mutant.before,
            after=mutant.after,
            nth=mutant.nth,
            shown=str(mutant),
            fate=fate,
            points=points,
            nearest=nearest,
            reason=reason,
        )

    def _whole(self, solved: Case) -> Result:
        whole = self.outcomes[solved.submission.digest]
        assert isinstance(whole, Result)  # noqa: S101 — else there are no mutants
        return whole

    def _sum(self, result: Result) -> Decimal:
        """Return what was earned before the cap: points over it would hide what is lost."""
        return total(result.criteria, result.groups, UNCAPPED)[0]


def _doubt(outcome: Result | SystemFault) -> str:
    if isinstance(outcome, SystemFault):
        return " ".join(str(outcome).split())
    open_ = [f"{c.id}: {c.reason.en}" for c in outcome.criteria if c.outcome == "error"]
    return "; ".join(open_ or [note.en for note in outcome.notes])
