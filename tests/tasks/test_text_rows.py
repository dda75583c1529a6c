"""Rows of texts: cut as the original, windows, options, their features."""

from __future__ import annotations

import itertools
import random

import numpy as np
import pytest

from foundation.errors import InputError
from tasks.text_examples import TextExample
from tasks.text_rows import TextLimits, features_of, rows_of

CLS, SEP = 2, 3


class Words:
    """A tokenizer of numbers: each is its own piece."""

    pad_id, unk_id, cls_id, sep_id = 0, 1, CLS, SEP

    def encode(self, text):
        return [int(word) for word in text.split() if word.isdigit()]


def text_of(ids):
    return " ".join(map(str, ids))


def make_rows(text_a, text_b=None, **limits):
    example = TextExample("0", text_a, text_b)
    return rows_of(example, tokenizer=Words(), limits=TextLimits(**limits))


def texts_of(row):
    """Returns the pieces of the two texts of a row."""
    ids, segments = row.input_ids.tolist(), row.segment_ids
    assert ids[0] == CLS
    first = [i for i, s in zip(ids[1:], segments[1:], strict=True) if s == 0]
    second = [i for i, s in zip(ids, segments, strict=True) if s == 1]
    assert first.pop() == SEP
    assert not second or second.pop() == SEP
    return first, second


def popped_one_by_one(first, second, length):
    """Cuts as run_classifier.py: a piece at a time off the longer text."""
    first, second = list(first), list(second)
    room = length - (3 if second else 2)
    while len(first) + len(second) > room:
        (first if len(first) > len(second) else second).pop()
    return first, second


def test_rows_are_cut_as_the_original_does():
    rng = random.Random(5)
    for _ in range(300):
        first = list(range(10, 10 + rng.randrange(30)))
        second = list(range(50, 50 + rng.choice([0, rng.randrange(30)])))
        length = rng.randrange(6, 40)
        rows = make_rows(
            text_of(first), text_of(second) or None, max_seq_length=length
        )
        (row,) = rows.rows
        assert len(row.input_ids) <= length
        kept = popped_one_by_one(first, second, length)
        assert texts_of(row) == kept
        assert rows.num_cut == len(first + second) - sum(map(len, kept))


@pytest.mark.parametrize("text_b", ["", "  ", None])
def test_a_blank_second_text_is_none(text_b):
    (row,) = make_rows("10 11", text_b).rows
    assert row.input_ids.tolist() == [CLS, 10, 11, SEP]
    assert row.segment_ids.tolist() == [0, 0, 0, 0]


def test_an_empty_text_is_a_row():
    (row,) = make_rows("").rows
    assert row.input_ids.tolist() == [CLS, SEP]


def test_windows_have_every_piece_in_order():
    rng = random.Random(6)
    for _ in range(300):
        first = list(range(100, 100 + rng.randrange(1, 60)))
        second = list(range(500, 500 + rng.choice([0, rng.randrange(60)])))
        length = rng.randrange(8, 30)
        stride = rng.choice([None, rng.randrange(1, 20)])
        rows = make_rows(
            text_of(first),
            text_of(second) or None,
            max_seq_length=length,
            overflow="window",
            doc_stride=stride,
        )
        windows = [texts_of(row) for row in rows.rows]
        assert all(len(row.input_ids) <= length for row in rows.rows)
        swaps = len(second) > len(first)
        long, short = (second, first) if swaps else (first, second)
        parts = [w[1] if swaps else w[0] for w in windows]
        beside = [w[0] if swaps else w[1] for w in windows]
        assert sorted({i for part in parts for i in part}) == long
        starts = [part[0] for part in parts]
        assert starts == sorted(set(starts))
        if stride:
            assert all(b - a <= stride for a, b in itertools.pairwise(starts))
        assert all(each == beside[0] for each in beside)
        assert beside[0] == short[: len(beside[0])]
        assert rows.num_cut == len(short) - len(beside[0])
        if len(short) <= (length - 3) // 2:
            assert rows.num_cut == 0


def test_a_text_that_fits_is_one_window():
    rows = make_rows("10 11 12", max_seq_length=5, overflow="window")
    assert len(rows.rows) == 1
    rows = make_rows("10 11 12 13", max_seq_length=5, overflow="window")
    assert [texts_of(row)[0] for row in rows.rows] == [
        [10, 11, 12],
        [11, 12, 13],
    ]


def test_a_text_that_is_too_long_can_be_refused():
    make_rows("10 11 12", max_seq_length=5, overflow="error")
    with pytest.raises(InputError, match="got 4 pieces, expected at most 3"):
        make_rows("10 11 12 13", max_seq_length=5, overflow="error")
    with pytest.raises(InputError, match="got 3 pieces, expected at most 2"):
        make_rows("10 11", "12", max_seq_length=5, overflow="error")


def choose(article, question, options, **limits):
    example = TextExample("0", article, question, choices=options)
    return rows_of(example, tokenizer=Words(), limits=TextLimits(**limits))


def test_each_option_goes_into_the_blank_or_behind():
    rows = choose("10 11", "20 _ 22", ("30", "31", "32", "33 34")).rows
    assert [texts_of(row) for row in rows] == [
        ([10, 11], [20, 30, 22]),
        ([10, 11], [20, 31, 22]),
        ([10, 11], [20, 32, 22]),
        ([10, 11], [20, 33, 34, 22]),
    ]
    rows = choose("10", "20 21", ("30", "31", "32", "33")).rows
    assert texts_of(rows[3]) == ([10], [20, 21, 33])


def test_the_end_of_the_question_stays_and_the_article_is_cut():
    article, question = text_of(range(10, 30)), text_of(range(40, 50))
    rows = choose(
        *(article, question, ("60", "61 62", "63", "64")),
        max_seq_length=16,
        max_qa_length=5,
    )
    assert [texts_of(row) for row in rows.rows[:2]] == [
        (list(range(10, 18)), [46, 47, 48, 49, 60]),
        (list(range(10, 18)), [47, 48, 49, 61, 62]),
    ]
    assert rows.num_cut == 12 + 7  # of article and question, second option


def test_features():
    rows = make_rows("1 4 5 6 7", max_seq_length=5, overflow="window")
    features = list(features_of(rows, np.array([3], np.int32)))
    assert len(features) == len(rows.rows) == 3
    assert [f["starts_example"].tolist() for f in features] == [[1], [0], [0]]
    for feature, row in zip(features, rows.rows, strict=True):
        assert feature["input_ids"] is row.input_ids
        assert feature["input_mask"].tolist() == [1] * len(row.input_ids)
        assert feature["label_ids"].tolist() == [3]
