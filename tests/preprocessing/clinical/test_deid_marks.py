"""De-identification marks: kept, named, or given surrogates."""

import datetime
import re

import pytest

from preprocessing.clinical import deid_marks

NOTE = (
    "Seen by Dr. [**Last Name\n(STitle) 18**] on [**2151-10-20**], again by "
    "Dr. [**Last Name (STitle) 18**] on [**2151-10-24**] at [**Hospital1 9**]; "
    "born [**2082-3-1**]. Call [**Telephone/Fax (1) 22**]. [** open"
)


def surrogate(text, key="1"):
    return deid_marks.replace(text, "surrogate", key=key)


def test_keep_changes_nothing():
    assert deid_marks.replace(NOTE, "keep", key="1") == NOTE


def test_placeholders_say_the_kind():
    assert deid_marks.replace(NOTE, "placeholder", key="1") == (
        "Seen by Dr. [NAME] on [DATE], again by Dr. [NAME] on [DATE] at "
        "[HOSPITAL]; born [DATE]. Call [PHONE]. [** open"
    )


def test_the_same_mark_has_the_same_surrogate_in_a_note():
    found = re.findall(r"Dr\. (\w+)", surrogate(NOTE))
    assert len(found) == 2
    assert found[0] == found[1]
    assert surrogate(NOTE) == surrogate(NOTE)
    assert len({surrogate(NOTE, str(key)) for key in range(20)}) == 20


def test_dates_move_together_into_years_that_were():
    for key in range(50):
        dates = [
            datetime.date(*map(int, groups))
            for groups in re.findall(
                r"(\d{4})-(\d+)-(\d+)", surrogate(NOTE, str(key))
            )
        ]
        assert 2001 <= dates[0].year <= 2014
        assert dates[1] - dates[0] == datetime.timedelta(days=4)
        assert dates[0] - dates[2] == datetime.date(
            2151, 10, 20
        ) - datetime.date(2082, 3, 1)


@pytest.mark.parametrize(
    ("mark", "form"),
    [
        ("Month (only) 5", "[A-Z][a-z]+"),
        ("Month/Day (2) 5", r"(0\d|1[0-2])/[012]\d"),
        ("Day Month 5", r"(0\d|1[0-2])/[012]\d"),
        ("Month/Day/Year 5", r"\d\d/\d\d/20[01]\d"),
        ("Month/Year 5", r"\d\d/20[01]\d"),
        ("Year (2 digits) 5", r"[01]\d"),
        ("Date range (1) 5", "[A-Z][a-z]+day"),
        ("Holiday 5", "[A-Z][a-z]+day"),
    ],
)
def test_dates_that_name_their_parts(mark, form):
    for key in range(20):
        assert re.fullmatch(form, surrogate(f"[**{mark}**]", str(key)))


@pytest.mark.parametrize(
    ("mark", "kind"),
    [
        ("2151-10-20", "DATE"),
        ("10-20", "DATE"),
        ("3-/2151", "DATE"),
        ("2151", "DATE"),
        ("March 3", "DATE"),
        ("Month (only) ", "DATE"),
        ("Known lastname 12", "NAME"),
        ("First Name8 (NamePattern2) ", "FIRST_NAME"),
        ("Name (NI) 12", "NAME"),
        ("Age over 90 ", "AGE"),
        ("Hospital Ward Name 12", "HOSPITAL"),
        ("Location (un) 12", "PLACE"),
        ("Clip Number (Radiology) 12", "NUMBER"),
        ("12", "OTHER"),
        ("9999-99-99", "DATE"),
        ("13-45", "DATE"),
    ],
)
def test_kinds_and_that_each_has_a_surrogate(mark, kind):
    assert deid_marks.kind_of(mark) == kind
    found = surrogate(f"[**{mark}**]")
    assert found
    assert "[**" not in found
