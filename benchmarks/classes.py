"""A big class without replays: recorded evidence, multiplied into students and labs of a course.

    python -m benchmarks.classes FOLDER --students 10000 --labs 20

The folder becomes a course of its own: labs, rubrics, `roster.csv`, and a store with evidence and
results as `grade` would have left them. The same numbers give the same class.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import os
import random
import re
import shutil
import sys
import time
import zlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import count
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Connection, func, insert, select, text

from benchmarks.program import ROOT
from benchmarks.recorded import recordings
from benchmarks.templates import Template, templates
from grader.course import lab_ids, load_lab, load_rubric
from grader.store import opening
from grader.store.digests import Key, key_of
from grader.store.files import EvidenceFiles, digest_of
from grader.store.tables import Attempt, Decision, EvidenceRow, ResultRow

PACES = (0.8, 1.0, 1.3)
MISSING = 0.02
"""Part of the students of a lab who handed in nothing."""
FAMILIES = [
    "kim",
    "lee",
    "park",
    "choi",
    "jung",
    "kang",
    "cho",
    "yoon",
    "jang",
    "lim",
    "han",
    "oh",
    "seo",
    "shin",
    "kwon",
    "hwang",
]
GIVEN = [
    "minjun",
    "seoyeon",
    "doyun",
    "jiwoo",
    "hajun",
    "seohyun",
    "eunwoo",
    "haeun",
    "jihoon",
    "yuna",
    "sujin",
    "taeyang",
]
TERM = datetime(2026, 3, 2, 9, tzinfo=UTC)
CHUNK = 500


class Row(NamedTuple):
    """One student's work in one lab, as it goes into the tables."""

    student: str
    submission: str
    digest: str
    submitted: str
    recorded: str
    points: float
    max_points: float
    needs_review: bool
    content: bytes


def make(
    folder: Path,
    *,
    students: int,
    labs: int = 1,
    of: Sequence[str] = (),
    place: str | None = None,
    seed: int = 1,
) -> None:
    """Make a course with a class in a folder that is empty; its store may be elsewhere, by URL.

    Its labs are copies of those named in `of`, or of all labs of the course, in turn.
    """
    if folder.exists() and any(folder.iterdir()):
        raise SystemExit(f"{folder} is not empty: name another folder")
    names = [student(number) for number in range(students)]
    copies = _copied_labs(folder, labs, of or lab_ids(ROOT))
    roster = "".join(f"{name}\n" for name in ("student", *names))
    (folder / "roster.csv").write_text(roster, encoding="utf-8")
    for base in set(copies.values()):
        _TEMPLATES[base] = templates(recordings(base), PACES)
    evidence = EvidenceFiles(folder / "results" / "evidence")
    for number in range(256):
        (evidence.folder / f"{number:02x}").mkdir(parents=True, exist_ok=True)
    engine = opening.connect(place or str(folder / "results" / "grades.db"))
    try:
        with engine.execution_options(writes=True).begin() as connection:
            opening.wait_for_turn(connection)
            if connection.scalar(select(func.count()).select_from(Attempt)):
                raise SystemExit("the store is not empty: name another one")
            _fill(connection, evidence, folder, copies, names, seed)
    finally:
        engine.dispose()


def student(number: int) -> str:
    """Return the name of a student; all are different, and each number has its own."""
    family, rest = FAMILIES[number % len(FAMILIES)], number // len(FAMILIES)
    return f"{GIVEN[rest % len(GIVEN)]}.{family}{number:05}"


def _copied_labs(folder: Path, labs: int, bases: Sequence[str]) -> dict[str, str]:
    """Copy as many labs as wanted into the course, and return them with those they come from."""
    copies = {
        base if number < len(bases) else f"{base}-{number // len(bases) + 1}": base
        for number, base in ((n, bases[n % len(bases)]) for n in range(labs))
    }
    for name in ("rubrics", "submissions"):
        (folder / name).mkdir(parents=True)
    for copy, base in copies.items():
        without = shutil.ignore_patterns("samples", "equivalents.yaml")
        shutil.copytree(ROOT / "labs" / base, folder / "labs" / copy, ignore=without)
        rubric = (ROOT / "rubrics" / f"{base}.yaml").read_text(encoding="utf-8")
        renamed = re.sub(r"^lab:.*$", f"lab: {copy}", rubric, count=1, flags=re.MULTILINE)
        (folder / "rubrics" / f"{copy}.yaml").write_text(renamed, encoding="utf-8")
    return copies


_TEMPLATES: dict[str, list[Template]] = {}
"""Lab → its templates, the fewest points first; processes that are forked have them too."""


def _fill(
    connection: Connection,
    evidence: EvidenceFiles,
    folder: Path,
    copies: dict[str, str],
    names: list[str],
    seed: int,
) -> None:
    ids = count(1)
    with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("fork")) as pool:
        for week, (lab, base) in enumerate(copies.items()):
            loaded = load_lab(folder, lab)
            key = key_of(loaded, load_rubric(folder, loaded))
            pieces = [
                pool.submit(_chunk, evidence, lab, base, week, names[at : at + CHUNK], seed)
                for at in range(0, len(names), CHUNK)
            ]
            for piece in pieces:
                _insert(connection, lab, key, piece.result(), ids)
    if connection.dialect.name == "postgresql":  # its own counters have not seen these ids
        for table in (Attempt, EvidenceRow, ResultRow):
            name = table.__tablename__
            connection.execute(
                text(f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), {next(ids)})")
            )


def _chunk(
    evidence: EvidenceFiles, lab: str, base: str, week: int, names: list[str], seed: int
) -> list[Row]:
    """Write the evidence of some students, and return their rows."""
    return [
        _row(evidence, lab, base, week, name, chance)
        for name in names
        for chance in (random.Random(f"{seed} {lab} {name}"),)  # noqa: S311 - nothing secret
        if chance.random() >= MISSING
    ]


def _row(
    evidence: EvidenceFiles, lab: str, base: str, week: int, name: str, chance: random.Random
) -> Row:
    chosen = _TEMPLATES[base]
    # Who is good at one lab is good at others: the name decides, and luck does.
    ability = random.Random(name).betavariate(2.5, 1.5)  # noqa: S311 - nothing secret
    place = min(max(ability + chance.gauss(0, 0.15), 0), 0.999)
    template = chosen[int(place * len(chosen))]
    submitted = TERM + timedelta(weeks=week, seconds=chance.randrange(6 * 24 * 3600))
    recorded = (submitted + timedelta(seconds=chance.randrange(30, 3600))).isoformat()
    ending = "yaml" if base.startswith("quiz") else "sh"
    submission = hashlib.sha256(f"{lab} {name}".encode()).hexdigest()
    values = {
        "lab": lab.encode(),
        "student": name.encode(),
        "submission": f"submissions/{name}/{lab}.{ending}".encode(),
        "digest": f"sha256:{submission}".encode(),
        "recorded": recorded.encode(),
        "submitted": f"{submitted:%Y-%m-%dT%H:%M:%SZ}".encode(),
    } | {hole: f"{chance.getrandbits(48):012x}".encode() for hole in template.ids}
    content = template.evidence.filled(values)
    digest = digest_of(content)
    # Compressed as the program does it, but without waiting for the disk.
    evidence.path(digest).write_bytes(gzip.compress(content, compresslevel=6, mtime=0))
    return Row(
        name,
        f"sha256:{submission}",
        digest,
        submitted.isoformat(),
        recorded,
        template.points,
        template.max_points,
        template.needs_review,
        zlib.compress(template.scored.filled(values), 6),
    )


def _insert(
    connection: Connection, lab: str, key: Key, rows: list[Row], ids: Iterator[int]
) -> None:
    """Put rows into the empty tables; attempt, evidence and result of a row have the same id."""
    numbered = [(next(ids), row) for row in rows]
    change = hashlib.sha256(lab.encode()).hexdigest()[:8]
    same = {"lab": lab, "number": 1}
    tables: tuple[tuple[type, list[dict[str, object]]], ...] = (
        (
            Attempt,
            [
                {"id": n, "student": row.student, "submission": row.submission, **same}
                for n, row in numbered
            ],
        ),
        (
            EvidenceRow,
            [
                {
                    "id": n,
                    "attempt_id": n,
                    "digest": row.digest,
                    "submitted_at": row.submitted,
                    "recorded_at": row.recorded,
                }
                for n, row in numbered
            ],
        ),
        (
            ResultRow,
            [
                {
                    "id": n,
                    "evidence_id": n,
                    **key._asdict(),
                    "points": row.points,
                    "max_points": row.max_points,
                    "needs_review": row.needs_review,
                    "content": row.content,
                }
                for n, row in numbered
            ],
        ),
        (
            Decision,
            [
                {
                    "lab": lab,
                    "student": row.student,
                    "result_id": n,
                    "open": False,
                    "who": "teacher",
                    "at": row.recorded,
                    "why": "graded",
                    "change": change,
                }
                for n, row in numbered
            ],
        ),
    )
    for table, values in tables:
        connection.execute(insert(table), values)


def main() -> None:
    """Make the class that the command line asks for, and say how long it took."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.classes", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--students", type=int, default=1000)
    parser.add_argument("--labs", type=int, default=1)
    parser.add_argument("--of", action="append", default=[], metavar="LAB", help="copy only these")
    parser.add_argument("--store", help="URL of PostgreSQL (default: a file in the folder)")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    began = time.perf_counter()
    make(
        asked.folder,
        students=asked.students,
        labs=asked.labs,
        of=asked.of,
        place=asked.store,
        seed=asked.seed,
    )
    took = time.perf_counter() - began
    print(f"{asked.students} students x {asked.labs} labs in {took:.1f} s", file=sys.stderr)


if __name__ == "__main__":
    main()
