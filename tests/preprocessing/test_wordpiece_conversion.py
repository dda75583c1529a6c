import pytest

from preprocessing.wordpiece import ReferenceWordPiece, TextRules
from preprocessing.wordpiece_conversion import to_wordpieces

UNCASED = TextRules(lower_case=True, strip_accents=True)
CASED = TextRules(lower_case=False, strip_accents=False)


def test_a_word_start_goes_and_a_continuation_is_marked():
    found = to_wordpieces(["▁heart", "s", "ing", "▁", "▁the"], UNCASED)
    assert found.pieces == ("heart", "##s", "##ing", "the", "s")
    assert found.num_impossible == 0
    assert found.num_added == 1  # "s", so that no word of s is unknown


def test_pieces_that_bert_cuts_through_are_left_out():
    pieces = ["▁(1", "2.", "▁p<0", "▁高血", "-", "▁,", "▁高", "压"]
    found = to_wordpieces(pieces, CASED)
    assert found.num_impossible == 4
    # Marks and ideographs are words of their own and go on with nothing.
    assert found.pieces == (",", "高", "-", "压")
    assert found.num_added == 2


def test_what_the_text_rules_change_is_left_out():
    found = to_wordpieces(["▁Heart", "É", "▁café", "x"], UNCASED)
    assert found.pieces == ("##x", "x")
    assert found.num_impossible == 2
    found = to_wordpieces(["▁Heart", "É"], CASED)
    assert found.pieces == ("Heart", "##É", "É")


def test_no_piece_comes_twice():
    found = to_wordpieces(["▁a", "a", "▁a"], CASED)
    assert found.pieces == ("a", "##a")


@pytest.mark.parametrize("word", ["abba", "baab", "b", "a"])
def test_words_of_known_characters_are_known(word):
    found = to_wordpieces(["▁ab", "a", "▁b"], CASED)
    names = ["[UNK]", *found.pieces]
    tokenizer = ReferenceWordPiece({n: i for i, n in enumerate(names)}, CASED)
    assert 0 not in tokenizer.word_ids(word)


@pytest.mark.shared
def test_of_scivocab_some_is_of_no_use(shared_dir):
    path = shared_dir / "data" / "vocab" / "scibert-scivocab-uncased"
    lines = (path / "vocab.txt").read_text(encoding="utf-8").split("\n")
    as_sentencepieces = [
        line.removeprefix("##") if line.startswith("##") else f"▁{line}"
        for line in lines
        if line.strip() and not line.startswith("[")
    ]
    found = to_wordpieces(as_sentencepieces, UNCASED)
    assert found.num_impossible == 2867
