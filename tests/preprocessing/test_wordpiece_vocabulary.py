"""Learning WordPieces: what holds for every vocabulary that comes out."""

import collections
import itertools
import random
import re

import numpy as np
import pytest

from foundation.errors import InputError
from preprocessing.alphabet import alphabet_of
from preprocessing.greedy_cuts import GreedyCuts
from preprocessing.vocabulary_layout import special_pieces, vocabulary_text
from preprocessing.word_counts import count_words
from preprocessing.wordpiece import ReferenceWordPiece, TextRules
from preprocessing.wordpiece_vocabulary import learn_pieces

UNCASED = TextRules(lower_case=True, strip_accents=True)
CASED = TextRules(lower_case=False, strip_accents=False)


def learn(text, num_pieces, *, rules=UNCASED, floor=1, min_frequency=2):
    counts = count_words([text.encode()], rules)
    alphabet = alphabet_of(counts, min_frequency=floor)
    return learn_pieces(
        counts.counts,
        alphabet,
        num_pieces=num_pieces,
        min_frequency=min_frequency,
    )


def made_up_text(seed, num_words=3000, letters="abcdefg"):
    """Words of a few parts, so that there is something to find."""
    draw = random.Random(seed)
    parts = [
        "".join(draw.choice(letters) for _ in range(draw.randint(1, 6)))
        for _ in range(60)
    ]
    words = [
        "".join(draw.choice(parts) for _ in range(draw.randint(1, 3)))
        for _ in range(num_words)
    ]
    return " ".join(words)


def reference(pieces):
    """The tokenizer's definition with these pieces, and their names."""
    names = ["[UNK]", *pieces]
    ids = {piece: i for i, piece in enumerate(names)}
    return ReferenceWordPiece(ids, UNCASED), names


@pytest.mark.parametrize("seed", range(6))
def test_the_tokenizer_cuts_training_words_as_learning_did(seed):
    learned = learn(made_up_text(seed), 150)
    tokenizer, names = reference(learned.pieces)
    seen = collections.Counter()
    cuts = dict(learned.word_cuts())
    text = made_up_text(seed)
    for word in text.split():
        cut = [names[i] for i in tokenizer.word_ids(word)]
        assert cut == cuts[word]
        seen.update(cut)
    assert dict(zip(learned.pieces, learned.counts, strict=True)) == {
        piece: seen[piece] for piece in learned.pieces
    }


@pytest.mark.parametrize("min_frequency", [1, 3, 40])
def test_longer_pieces_come_often_enough_and_are_sorted(min_frequency):
    learned = learn(made_up_text(1), 60, min_frequency=min_frequency)
    longer = [
        (count, piece)
        for piece, count in zip(learned.pieces, learned.counts, strict=True)
        if len(piece.removeprefix("##")) > 1
    ]
    assert len(learned.pieces) == len(set(learned.pieces)) == 60
    assert len(longer) > 40
    assert min(count for count, _ in longer) >= min_frequency
    assert longer == sorted(longer, key=lambda row: (-row[0], row[1]))
    assert learned.pieces[-len(longer) :] == tuple(p for _, p in longer)


def test_frequent_words_become_pieces():
    text = "patient " * 50 + "patients " * 40 + "inpatient " * 30 + "xyz "
    learned = learn(text, 2 * len("patiensxyz") + 3)
    assert {"patient", "patients"} <= set(learned.pieces)
    tokenizer, names = reference(learned.pieces)
    assert [names[i] for i in tokenizer.word_ids("xyz")] == ["x", "##y", "##z"]


def test_pieces_that_no_cut_uses_do_not_count():
    # Joining makes "ab", "abcd" and such on the way; of words that always come
    # whole, the words alone are used in the end.
    text = "abcdefgh " * 90 + "ijklmnop " * 80
    with pytest.raises(InputError, match="got 34 that come 2 times"):
        learn(text, 100)


def test_equal_content_in_another_order_gives_the_same():
    words = made_up_text(3).split()
    learned = learn(" ".join(words), 120)
    for seed in range(3):
        random.Random(seed).shuffle(words)
        other = learn(" ".join(words), 120)
        assert other.pieces == learned.pieces
        assert other.counts == learned.counts


def test_every_frequent_character_is_a_piece_twice_and_none_is_unknown():
    text = "naïve βeta-cells αβγ ½ 病 " * 5 + "ζ ζ Ω"
    counts = count_words([text.encode()], CASED)
    alphabet = alphabet_of(counts, min_frequency=5)
    assert {"ï", "β", "½", "病", "-"} <= set(alphabet.first)
    assert {"ζ", "Ω"}.isdisjoint(alphabet.first)
    assert alphabet.num_rare == 2
    # What is always a word of its own goes on with nothing.
    assert set(alphabet.first) - set(alphabet.later) == {"-", "病"}
    size = len(alphabet) + 4  # naïve, βeta, cells, αβγ
    learned = learn(text, size, rules=CASED, floor=5, min_frequency=1)
    tokenizer, names = reference(learned.pieces)
    chars = sorted(set(alphabet.later))
    for word in map("".join, itertools.permutations(chars[:6], 4)):
        assert "[UNK]" not in [names[i] for i in tokenizer.word_ids(word)]
    assert [names[i] for i in tokenizer.word_ids("ζ")] == ["[UNK]"]


def test_accents_stripped_late_can_leave_punctuation_inside_no_word():
    # U+037E decomposes to a semicolon: after NFD it still splits off.
    counts = count_words(["a\u037eb a\u037eb".encode()], UNCASED)
    assert counts.counts == {"a": 2, ";": 2, "b": 2}
    assert alphabet_of(counts, min_frequency=1).later == ("a", "b")


def test_words_with_rare_characters_are_not_learned_from():
    text = "heart " * 9 + "heartβ " * 4
    learned = learn(text, 2 * len("heart") + 1, floor=5)
    assert [word for word, _ in learned.word_cuts()] == ["heart"]


def test_too_many_pieces_are_refused_and_what_is_said_helps():
    text = made_up_text(5, num_words=300)
    with pytest.raises(InputError, match="does not hold so many") as caught:
        learn(text, 5000)
    possible = int(re.search(r"got (\d+) that come", str(caught.value))[1])
    # What goes on the way depends on the size: some below is sure to do.
    learned = learn(text, int(possible * 0.9))
    assert len(learned.pieces) == int(possible * 0.9)


def test_too_few_pieces_for_the_characters_are_refused():
    with pytest.raises(InputError, match="make --vocab_size larger by 4"):
        learn("abc abc", 2)
    learned = learn("abc abc", 6, min_frequency=9)
    assert learned.pieces == ("a", "b", "c", "##a", "##b", "##c")


def test_a_frequency_of_zero_is_refused():
    with pytest.raises(InputError, match="at least once"):
        learn("abc abc", 6, min_frequency=0)


def recount(words, names):
    """Pairs by a plain count over longest-match cuts."""
    tokenizer, order = reference(names)
    pairs = collections.Counter()
    for word, count in words.items():
        cut = [order[i] for i in tokenizer.word_ids(word)]
        for pair in itertools.pairwise(cut):
            pairs[pair] += count
    return pairs


def test_pair_counts_stay_right_while_pieces_come_and_go():
    draw = random.Random(8)
    words = collections.Counter(made_up_text(8, 800, "abcd").split())
    singles = [prefix + char for prefix in ("", "##") for char in "abcd"]
    texts = sorted(
        {w[i:j] for w in words for i in range(4) for j in range(i + 2, i + 5)}
    )
    candidates = [p + t for t in texts for p in ("", "##") if len(t) > 1]
    names = singles + candidates
    cuts = GreedyCuts(words)
    for num_longer in (0, 5, 60, 20, 0, 200):
        chosen = set(draw.sample(candidates, num_longer)) | set(singles)
        first, later = {}, {}
        for i, name in enumerate(names):
            if name in chosen:
                table = later if name.startswith("##") else first
                table[name.removeprefix("##").encode()] = i
        cuts.recut(first, later)
        found = list(cuts.frequent_pairs(1))
        assert [row[0] for row in found] == sorted(
            (row[0] for row in found), reverse=True
        )
        assert {(names[a], names[b]): n for n, a, b in found} == recount(
            words, sorted(chosen)
        )


def test_many_pairs_make_the_table_grow():
    # 330 characters make more neighbours than the table has rows at first.
    letters = [chr(code) for code in range(0x4E00, 0x4E00 + 330)]
    words = {a + b: 1 for a in letters for b in letters}
    cuts = GreedyCuts(words)
    first = {char.encode(): i for i, char in enumerate(letters)}
    later = {char.encode(): 330 + i for i, char in enumerate(letters)}
    cuts.recut(first, later)
    pairs = list(cuts.frequent_pairs(1))
    assert len(pairs) == 330 * 330
    assert {count for count, _, _ in pairs} == {1}
    np.testing.assert_array_equal(cuts.piece_counts(660), np.full(660, 330))


@pytest.mark.parametrize(
    ("layout", "num_unused", "name"),
    [
        ("cased", 101, "bert-base-cased"),
        ("uncased", 994, "bert-base-uncased"),
        ("scivocab", 100, "scibert-scivocab-uncased"),
    ],
)
@pytest.mark.shared
def test_special_pieces_stand_where_published_vocabularies_have_them(
    shared_dir, layout, num_unused, name
):
    path = shared_dir / "data" / "vocab" / name / "vocab.txt"
    published = path.read_text(encoding="utf-8").split("\n")
    special = special_pieces(layout, num_unused)
    assert published[: len(special)] == special
    assert not published[len(special)].startswith("[unused")


@pytest.mark.parametrize(
    ("layout", "unknown_id"), [("cased", 100), ("uncased", 100)]
)
def test_ids_that_programs_have_written_into_them(layout, unknown_id):
    for num_unused in (None, 99, 120):
        special = special_pieces(layout, num_unused)
        assert special[0] == "[PAD]"
        assert special[unknown_id : unknown_id + 4] == [
            "[UNK]",
            "[CLS]",
            "[SEP]",
            "[MASK]",
        ]
    assert special_pieces("scivocab").index("[UNK]") == 101
    assert special_pieces("cased", 0)[:2] == ["[PAD]", "[UNK]"]
    with pytest.raises(InputError, match="layout of the vocabulary"):
        special_pieces("french")


def test_lines_that_would_not_be_read_back_are_a_defect():
    assert vocabulary_text(["[PAD]", "a"]) == "[PAD]\na\n"
    for pieces in (["a", "a"], ["a b"], [""], ["\u2028"]):
        with pytest.raises(ValueError, match="pieces hold"):
            vocabulary_text(pieces)
