"""Which words get a piece: frequent and cut small, or a person's own."""

import pytest

from foundation.errors import InputError
from preprocessing.new_words import frequent_words, read_list, rules_of
from preprocessing.tokenization import WordPieceTokenizer
from preprocessing.word_counts import count_words
from preprocessing.wordpiece import TextRules

UNCASED = TextRules(lower_case=True, strip_accents=True)
PIECES = [
    *("[PAD]", "[UNK]", "[CLS]", "[SEP]", "the", "un", "##do", "##able"),
    *("a", "b", "##a", "##b", "1", "##1", "##2"),
]


def tokenizer(pieces=PIECES):
    return WordPieceTokenizer(pieces, rules=UNCASED, vocab_sha256="")


def test_the_best_save_most_pieces_and_ties_go_by_letters():
    counts = {
        "the": 99,  # one piece
        "undoable": 5,  # saves 10
        "undo": 10,  # saves 10
        "baba": 3,  # saves 9
        "abab": 3,  # saves 9
        "ab": 2,  # too rare
        "1121": 50,  # digits alone
        "xyz": 80,  # unknown
    }
    found = frequent_words(counts, tokenizer(), min_frequency=3, min_pieces=2)
    assert [new.word for new in found] == ["undo", "undoable", "abab", "baba"]
    assert [new.num_saved for new in found] == [10, 10, 9, 9]
    assert tokenizer().pieces(found[0].old_ids) == ["un", "##do"]
    small = frequent_words(counts, tokenizer(), min_frequency=3, min_pieces=3)
    assert [new.word for new in small] == ["undoable", "abab", "baba"]


@pytest.mark.parametrize("family", ["bert", "albert"])
def test_words_are_those_that_the_tokenizer_finds(
    family, tokenizers, fixtures_dir
):
    pieces = tokenizers[family]
    text = (fixtures_dir / "sample_corpus" / "abstracts.txt").read_bytes()
    counts = count_words([text], rules_of(pieces)).counts
    found = frequent_words(counts, pieces, min_frequency=5, min_pieces=3)
    assert len(found) > 50
    for new in found:
        assert counts[new.word] == new.frequency >= 5
        assert pieces.encode_word(new.word) == list(new.old_ids)
        assert len(new.old_ids) >= 3
        assert len(new.word) > 1
        assert not new.word.isdigit()


def test_a_list_is_cleaned_as_text_is(tmp_path):
    path = tmp_path / "words.txt"
    path.write_text("Undo\n\n the \nundo\r\nXyz\n", encoding="utf-8")
    listed = read_list(str(path), tokenizer(), {"undo": 7})
    assert [(w.word, w.frequency, w.line) for w in listed.words] == [
        ("undo", 7, 1),
        ("xyz", 0, 5),
    ]
    assert listed.words[1].old_ids == (1,)
    counts = (listed.num_repeated, listed.num_whole, listed.num_unknown)
    assert counts == (1, 1, 1)


@pytest.mark.parametrize(
    ("family", "line"),
    [
        ("bert", "COX-2"),
        ("bert", "two words"),
        ("albert", "!"),
        ("bert", "x" * 201),
    ],
)
def test_what_is_not_one_word_is_refused_by_its_line(
    family, line, tokenizers, tmp_path
):
    path = tmp_path / "words.txt"
    path.write_text(f"nitroglycerin\n{line}\n", encoding="utf-8")
    with pytest.raises(InputError, match="1, on the lines 2") as caught:
        read_list(str(path), tokenizers[family], {})
    assert caught.value.line == 2
    assert line not in str(caught.value)
