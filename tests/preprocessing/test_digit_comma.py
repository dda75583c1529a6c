"""ALBERT's digit-comma rule as an expression that cuts beforehand."""

import re

import pytest

from preprocessing.digit_comma import digit_comma
from preprocessing.sentence_piece import load_sentencepiece
from tests.comma_model import comma_model


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "comma.model"
    path.write_bytes(comma_model())
    return load_sentencepiece(str(path), lower_case=True)


def test_every_piece_of_the_rule_is_forbidden(tokenizer):
    rule = digit_comma(tokenizer)
    assert rule.pieces == set(tokenizer.comma_rule)
    assert rule.not_carried == 0
    assert {tokenizer.all_pieces[i] for i in rule.pieces} >= {"▁11,"}


@pytest.mark.parametrize(
    ("word", "pieces", "is_cut"),
    [
        ("11,5", "▁11, 5", True),
        ("11,4", "▁11, 4", True),  # "▁1" "1,4" is next, but not first
        ("11,2", "▁1 1,2", False),  # here it is first
        ("11,40", "▁11, 4 0", True),
        ("11,4%", "▁1 1,4%", False),
        ("11,4/", "▁11, 4 /", True),
        ("2,4", "▁2, 4", True),
        ("11,", "▁11,", False),  # no piece spans this comma: no need
        ("11,a", "▁11, a", False),  # likewise
    ],
)
def test_commas_are_cut_where_the_model_would(tokenizer, word, pieces, is_cut):
    found = tokenizer.processor.encode(word, out_type=str)
    assert found == pieces.split()
    assert cuts(digit_comma(tokenizer).pattern, "▁" + word) == is_cut


def cuts(pattern, word):
    """Python wants alternatives of one length in a look-behind."""
    return any(
        re.search(f"(?<={number}),{after}", word)
        for one in re.split(r"\|(?=\(\?<=)", pattern)
        for before, _, after in [one.removeprefix("(?<=").partition("),")]
        for number in before.split("|")
    )


def test_a_model_without_such_pieces_needs_nothing(golden_dir):
    path = golden_dir / "tokenization" / "spm_2k.model"
    rule = digit_comma(load_sentencepiece(str(path), lower_case=True))
    assert (rule.pieces, rule.pattern, rule.not_carried) == (set(), None, 0)
