"""Rows of words and tags: what is cut, joined, left out, and how it is told."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from foundation.errors import InputError
from preprocessing.annotations.dealing import deal, patient_of
from preprocessing.annotations.document import AnnotatedDocument, Mention
from preprocessing.annotations.i2b2_lines import line_spans
from preprocessing.annotations.overlaps import (
    Policy,
    asked_mentions,
    in_one_part,
    without_overlaps,
)
from preprocessing.annotations.tagged import TypeNames, tag_document
from preprocessing.sentence_spans import sentence_spans


def document(text, *mentions, sections=()):
    made = [
        Mention(f"T{n}", kind, tuple(parts))
        for n, (kind, *parts) in enumerate(mentions)
    ]
    return AnnotatedDocument("d", text, tuple(made), sections)


def rows(found, *, split=sentence_spans, words="bert", types=None):
    account = Counter()
    tagged = tag_document(
        found,
        split=split,
        words=words,
        types=types or TypeNames(),
        account=account,
    )
    text = found.text
    lines = [
        " ".join(
            f"{text[a:b]}/{tag}" for (a, b), tag in zip(row, tags, strict=True)
        )
        for row, tags in zip(tagged.sentences, tagged.tags, strict=True)
    ]
    return lines, +account


def test_words_are_cut_at_edges():
    lines, account = rows(document("hypertension-like", ("P", (5, 12))))
    assert lines == ["hyper/O tension/B-P -/O like/O"]
    assert account["words cut at an entity's edge"] == 1


def test_words_between_blanks_as_clinicalberts_notebooks():
    found = document("on 03/01/1995, (he)", ("DATE", (3, 8)))
    lines, account = rows(found, words="space")
    assert lines == ["on/O 03/01/B-DATE /1995,/O (he)/O"]
    assert account["words cut at an entity's edge"] == 1


def test_neighbours_of_one_type_stay_two():
    lines, _ = rows(document("a b c", ("P", (0, 1)), ("P", (2, 5))))
    assert lines == ["a/B-P b/B-P c/I-P"]


def test_a_sentence_does_not_end_in_an_entity():
    text = "He took 5 mg. Then 6 mg. Fine."
    lines, account = rows(document(text, ("D", (8, 18))))
    assert len(lines) == 2
    assert lines[0].startswith("He/O took/O 5/B-D mg/I-D ./I-D Then/I-D 6/O")
    assert account["sentences joined, their end being in an entity"] == 1


def test_sections_end_sentences():
    found = document("Title of it and text", sections=((0, 11), (12, 20)))
    assert rows(found)[0] == ["Title/O of/O it/O", "and/O text/O"]


def test_lines_are_sentences_where_asked():
    lines, _ = rows(document(" a\n\nb c\n"), split=line_spans)
    assert lines == ["a/O", "b/O c/O"]


def test_white_space_at_edges_is_moved_off_and_counted():
    lines, account = rows(document("a b c", ("P", (1, 4)), ("Q", (4, 5))))
    assert lines == ["a/O b/B-P c/B-Q"]
    assert account["edges moved off white space"] == 1


def test_an_annotation_without_a_word_is_counted():
    lines, account = rows(document("a  b", ("P", (1, 3))))
    assert lines == ["a/O b/O"]
    assert account["left out: without a word"] == 1
    assert account["entities written"] == 0


def test_no_word_reads_like_the_start_of_a_document():
    lines, _ = rows(document("-DOCSTART- x"), words="space")
    assert lines == ["-/O DOCSTART-/O x/O"]


def test_names_of_types():
    types = TypeNames()
    found = document("a", ("Adverse: Reaction", (0, 1)))
    assert rows(found, types=types)[0] == ["a/B-Adverse_Reaction"]
    assert types.changed() == {"Adverse_Reaction": "Adverse: Reaction"}
    with pytest.raises(InputError, match="two types would have one tag"):
        types.name_of("Adverse Reaction")
    with pytest.raises(InputError, match="do not look like types") as error:
        types.name_of("the patient " * 9)
    assert "patient" not in str(error.value)


PARTS = document(
    "left and right arm pain",
    ("Place", (0, 4), (15, 18)),
    ("Place", (9, 18)),
    ("Sign", (9, 23)),
    ("Sign", (9, 23)),
)


@pytest.mark.parametrize(
    ("overlaps", "discontinuous", "kept", "counts"),
    [
        ("longest", "whole", [("Sign", (9, 23))], (2, 1, 0)),
        ("first", "whole", [("Place", (0, 18))], (2, 1, 0)),
        (
            "longest",
            "first",
            [("Place", (0, 4)), ("Sign", (9, 23))],
            (1, 1, 0),
        ),
        (
            "first",
            "parts",
            [("Place", (0, 4)), ("Sign", (9, 23))],
            (2, 1, 1),
        ),
    ],
)
def test_policies(overlaps, discontinuous, kept, counts):
    account = Counter()
    policy = Policy(overlaps, discontinuous)
    found = in_one_part(PARTS, policy, account=account)
    found = without_overlaps(found, policy, account=account)
    assert [(m.type, m.whole) for m in found.mentions] == kept
    assert counts == (
        account["left out: overlapping another"],
        account["left out: told twice"],
        account["entities more than annotations, each part being one"],
    )


@pytest.mark.parametrize(
    ("policy", "message"),
    [
        (Policy(discontinuous="error"), "an annotation of 2 parts"),
        (Policy(overlaps="error"), "2 annotations that overlap others"),
    ],
)
def test_policies_that_stop(policy, message):
    def apply():
        found = in_one_part(PARTS, policy, account=Counter())
        without_overlaps(found, policy, account=Counter())

    with pytest.raises(InputError, match=message):
        apply()


def test_types_that_are_not_asked_for_are_counted():
    account = Counter()
    found = asked_mentions(PARTS, Policy(types=["Sign"]), account=account)
    assert [m.type for m in found.mentions] == ["Sign", "Sign"]
    assert account["left out: of types not asked"] == 2


def test_dealing_is_a_function_of_seed_and_names():
    names = [f"p{n}" for n in range(40)]
    first = deal(names, seed=1, shares={"dev": 0.1, "test": 0.25}, rest="train")
    again = deal(
        [*reversed(names), "p3"],
        seed=1,
        shares={"dev": 0.1, "test": 0.25},
        rest="train",
    )
    assert first == again
    assert Counter(first.values()) == {"train": 26, "dev": 4, "test": 10}
    other = deal(names, seed=2, shares={"dev": 0.1}, rest="train")
    assert other != first
    one = deal(["a", "b"], seed=1, shares={"dev": 0.1}, rest="train")
    assert sorted(one.values()) == ["dev", "train"]
    with pytest.raises(InputError, match="too few patients"):
        deal(["a"], seed=1, shares={"dev": 0.1}, rest="train")


def test_patients_in_names():
    assert patient_of("110-01", None) == "110-01"
    assert patient_of("x/110-01", re.compile(r"(\d+)-\d+\Z")) == "110"
    assert patient_of("ab12", re.compile(r"[a-z]+")) == "ab"
    with pytest.raises(InputError, match="tells no patient"):
        patient_of("x", re.compile(r"\d"))
