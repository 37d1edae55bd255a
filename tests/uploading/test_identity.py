from __future__ import annotations

import unicodedata
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as some

from grader.lms import Participant
from grader.roster import SchoolRecord
from grader.uploading.identity import FIELDS, Match, key, match

NO_ROSTER: Mapping[str, SchoolRecord] = {}


def person(
    id_: str, login: str = "", email: str = "", sis_id: str = "", *, name: str = ""
) -> Participant:
    return Participant(
        id=id_, name=name, login=login or None, email=email or None, sis_id=sis_id or None
    )


def said(login: str = "", email: str = "", sis_id: str = "") -> SchoolRecord:
    return SchoolRecord(login=login, email=email, sis_id=sis_id)


def only(
    student: str,
    record: SchoolRecord | None,
    *people: Participant,
    taken: Mapping[str, str] | None = None,
) -> Match:
    records = {} if record is None else {student: record}
    (found,) = match([student], records, people, taken or {})
    return found


def account(found: Match) -> str | None:
    return found.participant.id if found.participant else None


@pytest.mark.parametrize(
    ("record", "participant", "by"),
    [
        (said(login="alice1"), person("7", login="alice1"), "login"),
        (said(email="a@x.org"), person("7", email="a@x.org"), "email"),
        (said(sis_id="2023001"), person("7", sis_id="2023001"), "sis_id"),
        # The id is named first: it changes least.
        (said("alice1", "a@x.org", "1"), person("7", "alice1", "a@x.org", "1"), "sis_id"),
        # Many have two addresses.
        (said("alice1", "a@home.org"), person("7", "alice1", "a@x.org"), "login"),
        # What the platform does not show says nothing against it.
        (said("alice1", "a@x.org", "1"), person("7", email="a@x.org"), "email"),
    ],
)
def test_what_the_roster_says_is_certain(
    record: SchoolRecord, participant: Participant, by: str
) -> None:
    found = only("alice", record, person("6", "zoe", "z@x.org", "9"), participant)
    assert (account(found), found.matched_by, found.confidence) == ("7", by, "certain")
    assert found.trouble is None


@pytest.mark.parametrize(
    ("student", "participant", "by"),
    [
        ("alice", person("7", login="alice"), "login"),
        ("a@x.org", person("7", email="a@x.org"), "email"),
        ("2023001", person("7", sis_id="2023001"), "sis_id"),
    ],
)
def test_a_name_that_is_the_login_itself_is_likely(
    student: str, participant: Participant, by: str
) -> None:
    found = only(student, None, person("6", "zoe"), participant)
    assert (account(found), found.matched_by, found.confidence) == ("7", by, "likely")


@pytest.mark.parametrize(
    ("student", "record", "participant"),
    [
        ("alice", None, person("7", "akim", "alice@x.org")),  # a part of an e-mail
        ("kim minsu", None, person("7", "mkim", name="Kim Minsu")),  # a person's name
        ("김민수", None, person("7", "mkim", name="김민수")),
        ("alcie", None, person("7", "alice")),  # a slip
        ("123", None, person("7", sis_id="0000123")),  # what a spreadsheet makes of an id
        ("ab12", None, person("7", sis_id="AB12")),
        ("alice", said(email="alice@home.org"), person("7", "x", "alice@x.org")),
    ],
)
def test_what_is_only_near_is_shown_and_never_used(
    student: str, record: SchoolRecord | None, participant: Participant
) -> None:
    found = only(student, record, person("6", "zoe", "zoe@x.org", name="Zoe"), participant)
    assert account(found) is None
    assert found.trouble is None
    assert found.near == (participant,)


def test_nobody_is_suggested_who_is_somebody_else() -> None:
    people = [person("7", "alice"), person("8", "bob")]
    found = match(["alice", "alica", "bobb"], NO_ROSTER, people, {"8": "robert"})
    assert [(account(one), one.near) for one in found] == [("7", ()), (None, ()), (None, ())]


@pytest.mark.parametrize(
    ("record", "people", "names"),
    [
        # Two participants have what the roster says.
        (said(login="a1"), [person("7", "a1"), person("8", "A1")], ["login a1", "7", "8"]),
        # Two columns name two people.
        (
            said("a1", "a@x.org"),
            [person("7", "a1"), person("8", "b", "a@x.org")],
            ["login a1 is 7", "e-mail a@x.org is 8 <a@x.org>"],
        ),
        # The roster names one, the student's name another.
        (
            said(email="a@x.org"),
            [person("7", "zoe", "a@x.org"), person("8", "alice")],
            ["e-mail a@x.org is 7 <a@x.org>", "login that is the student's name is 8 alice"],
        ),
        # The name is the login of somebody who has another id than the student.
        (said(sis_id="1"), [person("8", "alice", sis_id="2")], ["is 8", "SIS id is 1", "and 2"]),
        (said("a1", "a@x.org"), [person("8", "b1", "a@x.org")], ["login is a1", "b1"]),
        (said(email="a@x.org"), [person("8", "alice", "b@x.org")], ["a@x.org", "b@x.org"]),
        (None, [person("7", "alice"), person("8", email="alice")], ["is 7 alice", "is 8 <alice>"]),
    ],
)
def test_sources_that_disagree_name_both_and_nobody_is_taken(
    record: SchoolRecord | None, people: list[Participant], names: list[str]
) -> None:
    found = only("alice", record, *people)
    assert account(found) is None
    assert found.trouble is not None
    assert [name for name in names if name not in found.trouble.en] == []
    assert found.near == ()


def test_one_participant_is_not_two_students() -> None:
    records = {"alice": said(login="a1"), "bob": said(email="a@x.org"), "carol": said(login="c1")}
    people = [person("7", "a1", "a@x.org"), person("8", "c1")]
    alice, bob, carol = match(list(records), records, people, {})
    assert [account(one) for one in (alice, bob, carol)] == [None, None, "8"]
    assert alice.trouble is not None
    assert alice.trouble.en == "7 <a@x.org> would be alice (by login) and bob (by e-mail)"
    assert bob.trouble is not None
    assert bob.trouble.en == "7 <a@x.org> would be bob (by e-mail) and alice (by login)"


def test_who_is_somebody_else_by_hand_is_not_taken() -> None:
    found = only("alice", None, person("7", "alice"), taken={"7": "bob"})
    assert account(found) is None
    assert found.trouble is not None
    assert "bob (by hand)" in found.trouble.en
    assert "bob (직접 지정)" in found.trouble.ko


def test_one_participant_on_two_pages_is_one() -> None:
    assert account(only("alice", None, person("7", "alice"), person("7", "alice"))) == "7"


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("Alice", "alice"),
        ("ALICE@X.ORG", "alice@x.org"),
        ("ａｌｉｃｅ＠ｘ．ｏｒｇ", "alice@x.org"),  # full width, as East Asian keyboards type it
        ("\u3000alice\xa0", "alice"),
        ("\ufeffalice\u200b", "alice"),
        ("김민수", unicodedata.normalize("NFD", "김민수")),
        ("Zoë", unicodedata.normalize("NFD", "zoë")),
        ("kim  minsu", "kim minsu"),
    ],
)
def test_two_spellings_of_one_login_are_the_same(ours: str, theirs: str) -> None:
    record = said(login=ours)
    assert account(only("s", record, person("7", login=theirs))) == "7"
    assert account(only("s", said(login=theirs), person("7", login=ours))) == "7"


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("alice", "\u0430lice"),  # a Cyrillic letter
        ("paul", "\u0440\u0430ul"),
        ("alice", "al\u0131ce"),  # a Turkish one
        ("strasse", "straße"),
        ("file", "\ufb01le"),  # a ligature
        ("alice", "𝐚lice"),  # of mathematics
        ("alice1", "alice¹"),
        ("sam", "ſam"),
        ("alice", "al\u200bice"),
        ("AB12", "ab13"),
    ],
)
def test_what_only_looks_the_same_never_matches_nor_is_suggested(ours: str, theirs: str) -> None:
    for one, other in ((ours, theirs), (theirs, ours)):
        for record in (None, said(login=one), said(email=f"{one}@x.org")):
            found = only(one, record, person("7", other, f"{other}@x.org"))
            assert account(found) is None
            assert found.near == () or (ours.isascii() and theirs.isascii())


def test_ids_of_the_school_are_compared_as_they_are() -> None:
    assert account(only("s", said(sis_id="ab12"), person("7", sis_id="AB12"))) is None
    assert account(only("s", said(sis_id=" 0012 "), person("7", sis_id="0012"))) == "7"
    assert account(only("s", said(sis_id="12"), person("7", sis_id="0012"))) is None


def test_a_roster_that_spells_the_student_another_way_still_speaks_of_them() -> None:
    records = {"ALICE": said(login="a1")}
    (found,) = match(["alice"], records, [person("7", "a1")], {})
    assert account(found) == "7"


texts = some.text(some.sampled_from("aAａ가а ß.@1"), max_size=4)
people_ = some.lists(
    some.builds(person, some.sampled_from("123456"), texts, texts, texts, name=texts), max_size=6
)
records_ = some.dictionaries(
    some.sampled_from(["a", "b", "aa", "가", "1"]), some.builds(said, texts, texts, texts)
)


@given(records=records_, people=people_)
def test_whatever_is_said_each_is_one_and_only_for_a_reason(
    records: Mapping[str, SchoolRecord], people: list[Participant]
) -> None:
    students = sorted(records)
    found = match(students, records, people, {})
    assert [one.student for one in found] == students
    taken = [one.participant.id for one in found if one.participant]
    assert len(taken) == len(set(taken))
    for one in found:
        if one.participant is None:
            assert one.matched_by is None
            continue
        assert not one.trouble
        assert not one.near
        field = one.matched_by
        assert field is not None
        record = records[one.student]
        ours = getattr(record, field) if one.confidence == "certain" else one.student
        named = [
            other
            for other in {p.id: p for p in people}.values()
            if key(field, getattr(other, field) or "") == key(field, ours)
        ]
        assert named == [one.participant]


@given(field=some.sampled_from(FIELDS), text=some.text())
def test_a_form_is_its_own_form(field: str, text: str) -> None:
    assert field in FIELDS
    once = key(field, text)  # type: ignore[arg-type] # one of them
    assert key(field, once) == once  # type: ignore[arg-type]
