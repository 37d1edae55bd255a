"""Who a student is on a learning platform. Pure; nothing is guessed.

A student and a participant are the same person only where something that names one person says so
in full: a login, an e-mail or an id of the school. Names of people never do. All that speaks for
somebody else as well, or against it, is told instead, for a person to decide.
"""

from __future__ import annotations

import difflib
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from grader.lms import Participant
from grader.model.record import Text
from grader.personal.derivation import folded
from grader.roster import SchoolRecord

Field = Literal["sis_id", "login", "email"]
MatchedBy = Literal["sis_id", "login", "email", "hand"]
Confidence = Literal["certain", "likely"]
"""`certain`: the roster says it of the student. `likely`: the student's name here is the login, the
e-mail or the id there."""

FIELDS: Sequence[Field] = ("sis_id", "login", "email")
"""The one that changes least first."""
WORDS: Mapping[Field, Text] = {
    "sis_id": Text(ko="학번", en="SIS id"),
    "login": Text(ko="로그인", en="login"),
    "email": Text(ko="이메일", en="e-mail"),
}

MOST_NEAR = 3
NEAR = 0.8
"""How alike two logins are that are shown to a person, by difflib's ratio."""

INVISIBLE = "\u200b\u2060\ufeff"
"""Comes along at the ends of what is copied."""


@dataclass(frozen=True, kw_only=True)
class Match:
    """Who a student is there, or why nobody can be named."""

    student: str
    participant: Participant | None = None
    matched_by: Field | None = None
    confidence: Confidence | None = None
    trouble: Text | None = None
    """What speaks for more than one, or against the one."""
    near: tuple[Participant, ...] = ()
    """Whom a person may want to look at; never used."""


@dataclass(frozen=True)
class _Source:
    """Something that says who a student is."""

    field: Field
    value: str
    confidence: Confidence
    found: tuple[Participant, ...]


Index = Mapping[tuple[Field, str], Sequence[Participant]]


def match(
    students: Iterable[str],
    records: Mapping[str, SchoolRecord],
    participants: Sequence[Participant],
    taken: Mapping[str, str],
) -> tuple[Match, ...]:
    """Return who each student is, in the students' order.

    `records` is what the school told, by student; `taken` the accounts that somebody gave to
    students by hand, account → student.
    """
    people = {one.id: one for one in participants}
    index: dict[tuple[Field, str], list[Participant]] = defaultdict(list)
    for one in people.values():
        for field in FIELDS:
            if told := key(field, getattr(one, field) or ""):
                index[field, told].append(one)
    by_name = {folded(name): record for name, record in records.items()}
    known = {student: by_name.get(folded(student), SchoolRecord()) for student in students}
    found = [_match(student, record, index) for student, record in known.items()]
    matches = list(_without_collisions(found, taken))
    free = set(people) - set(taken) - {one.participant.id for one in found if one.participant}
    left = [(one, _known_as(one)) for one in people.values() if one.id in free]
    return tuple(
        one
        if one.participant or one.trouble
        else replace(one, near=_near(one.student, known[one.student], left))
        for one in matches
    )


def key(field: Field, text: str) -> str:
    """Return the form in which two spellings of a login, an e-mail or an id are the same.

    As RFC 8265, section 3.3 compares names of users: full-width signs are plain ones, letters are
    small but for ids, and composed. Signs of another alphabet stay others, however alike they look:
    that is why this is neither NFKC nor full case folding.
    """
    wide = unicodedata.normalize("NFC", text)
    plain = "".join(_narrow(sign) for sign in wide)
    plain = plain if field == "sis_id" else plain.lower()
    plain = unicodedata.normalize("NFC", plain)
    return " ".join(plain.strip(INVISIBLE).split()).strip(INVISIBLE).strip()


def called(one: Participant) -> str:
    """Return a participant as people can find them: `117 Kim Minsu <minsu@x.org>`."""
    mail = f"<{one.email}>" if one.email else one.login or one.sis_id or ""
    return " ".join(part for part in (one.id, one.name, mail) if part)


def _narrow(sign: str) -> str:
    tag, _, points = unicodedata.decomposition(sign).partition(" ")
    return chr(int(points, 16)) if tag in {"<wide>", "<narrow>"} else sign


def _match(student: str, record: SchoolRecord, index: Index) -> Match:
    """Return whom all sources name together."""
    sources = [source for source in _sources(student, record, index) if source.found]
    if not sources:
        return Match(student=student)
    first = sources[0]
    if len({one.id for source in sources for one in source.found}) > 1:
        return Match(student=student, trouble=_several(sources))
    participant = first.found[0]
    if (against := _against(record, participant, first.confidence)) is not None:
        return Match(student=student, trouble=_contradiction(first, participant, record, against))
    return Match(
        student=student,
        participant=participant,
        matched_by=first.field,
        confidence=first.confidence,
    )


def _sources(student: str, record: SchoolRecord, index: Index) -> Iterator[_Source]:
    """Yield what says who a student is, the surest first."""
    told: tuple[tuple[Confidence, Mapping[Field, str]], ...] = (
        ("certain", {field: getattr(record, field) for field in FIELDS}),
        ("likely", dict.fromkeys(FIELDS, student)),
    )
    for confidence, values in told:
        for field, value in values.items():
            found = index.get((field, key(field, value)), ())
            yield _Source(field, value, confidence, tuple(found))


def _against(
    record: SchoolRecord, participant: Participant, confidence: Confidence
) -> Field | None:
    """Return in which field the roster and the platform say different things of one person.

    Where the roster named the person by an id or a login, another e-mail is none: many have two.
    """
    for field in FIELDS:
        if field == "email" and confidence == "certain":
            continue
        ours, theirs = key(field, getattr(record, field)), key(field, _value(participant, field))
        if ours and theirs and ours != theirs:
            return field
    return None


def _value(participant: Participant, field: Field) -> str:
    value: str | None = getattr(participant, field)
    return value or ""


def _several(sources: Sequence[_Source]) -> Text:
    seen: dict[str, tuple[_Source, Participant]] = {}
    for source in sources:
        for one in source.found:
            seen.setdefault(one.id, (source, one))
    ko = "; ".join(f"{_source(source).ko} → {called(one)}" for source, one in seen.values())
    en = "; ".join(f"{_source(source).en} is {called(one)}" for source, one in seen.values())
    return Text(ko=f"여러 수강생에 해당: {ko}", en=f"more than one participant: {en}")


def _source(source: _Source) -> Text:
    """Say what names somebody."""
    word = WORDS[source.field]
    if source.confidence == "likely":
        return Text(ko=f"이름과 같은 {word.ko}", en=f"the {word.en} that is the student's name")
    return Text(ko=f"{word.ko} {source.value}", en=f"{word.en} {source.value}")


def _contradiction(
    source: _Source, participant: Participant, record: SchoolRecord, field: Field
) -> Text:
    ours, theirs = getattr(record, field), _value(participant, field)
    word, by, who = WORDS[field], _source(source), called(participant)
    return Text(
        ko=f"{by.ko} → {who}, 그러나 {word.ko}: 명단 {ours}, 플랫폼 {theirs}",
        en=f"{by.en} is {who}, but the {word.en} is {ours} in the roster and {theirs} there",
    )


def _without_collisions(matches: Sequence[Match], taken: Mapping[str, str]) -> Iterator[Match]:
    """Yield the matches; where a participant would be two students, neither of them is."""
    claims: dict[str, list[Match]] = defaultdict(list)
    for one in matches:
        if one.participant is not None:
            claims[one.participant.id].append(one)
    for one in matches:
        if one.participant is None:
            yield one
            continue
        others = [_claim(other) for other in claims[one.participant.id] if other is not one]
        if hand := taken.get(one.participant.id):
            others.append(Text(ko=f"{hand} (직접 지정)", en=f"{hand} (by hand)"))
        if others:
            yield Match(student=one.student, trouble=_shared(one.participant, one, others))
        else:
            yield one


def _claim(one: Match) -> Text:
    """Say which student a participant would be, and by what."""
    by = WORDS[one.matched_by or "login"]
    return Text(ko=f"{one.student} ({by.ko})", en=f"{one.student} (by {by.en})")


def _shared(participant: Participant, one: Match, others: Sequence[Text]) -> Text:
    this, who = _claim(one), called(participant)
    return Text(
        ko=f"{who}: {', '.join(claim.ko for claim in (this, *others))} 모두에 해당",
        en=f"{who} would be {' and '.join(claim.en for claim in (this, *others))}",
    )


def _near(
    student: str, record: SchoolRecord, free: Sequence[tuple[Participant, Collection[str]]]
) -> tuple[Participant, ...]:
    """Return who is worth a look, the nearest first: by parts of e-mails, names, and slips."""
    texts = (student, record.login, record.sis_id, record.email, _local(record.email))
    best: dict[str, float] = {}
    for ours in {_rough(text) for text in texts if text}:
        matcher = difflib.SequenceMatcher(b=ours, autojunk=False)
        for one, known_as in free:
            alike = max(_alike(theirs, ours, matcher) for theirs in known_as)
            best[one.id] = max(alike, best.get(one.id, 0.0))
    near = [one for one, _ in free if best[one.id] >= NEAR]
    return tuple(sorted(near, key=lambda one: (-best[one.id], one.id))[:MOST_NEAR])


def _known_as(one: Participant) -> Collection[str]:
    texts = (one.id, one.login, one.sis_id, one.name, one.email, _local(one.email or ""))
    return {_rough(text) for text in texts if text}


def _rough(text: str) -> str:
    """Return a text without what people leave out: zeros before numbers, capitals, blanks, dots."""
    plain = key("login", text).replace(" ", "").replace(".", "")
    return plain.lstrip("0") or plain


def _local(email: str) -> str:
    return email.partition("@")[0]


def _alike(theirs: str, ours: str, matcher: difflib.SequenceMatcher[str]) -> float:
    """Return how alike two texts are; those with signs of other alphabets only if they are equal.

    Letters of other alphabets that look the same must not be shown as a slip of the pen.
    """
    if theirs == ours:
        return 1.0
    if not (theirs.isascii() and ours.isascii()):
        return 0.0
    matcher.set_seq1(theirs)
    if matcher.real_quick_ratio() < NEAR or matcher.quick_ratio() < NEAR:
        return 0.0
    return matcher.ratio()
