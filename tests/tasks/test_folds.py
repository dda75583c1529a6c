import random

import pytest

from foundation.errors import InputError
from tasks.folds import check_cross_val_sz, cut_folds, leaks
from tasks.readers import TaggedSentence


def sentences(number, name="s"):
    return [
        TaggedSentence((f"{name}{i}",), ("O",), line=2 * i + 1)
        for i in range(number)
    ]


def names(part):
    return " ".join(sentence.words[0] for sentence in part)


# What clinicalBERT's own functions gave for ten sentences and two of test,
# cut in 4 (train, dev, test of each fold).
RECORDED = [
    ("s5 s6 s9 s4 s0 s1", "t0 t1", "s7 s3 s2 s8"),
    ("s0 s1 t0 t1", "s7 s3 s2 s8", "s5 s6 s9 s4"),
    ("s7 s3 s2 s8 t0 t1", "s5 s6 s9 s4", "s0 s1"),
    ("s7 s3 s2 s8 s5 s6 s9 s4", "s0 s1", "t0 t1"),
]


def test_folds_are_the_original_s():
    folds = cut_folds(sentences(10), sentences(2, "t"), 4)
    assert [fold.number for fold in folds] == [0, 1, 2, 3]
    assert [
        (names(fold.train), names(fold.dev), names(fold.test)) for fold in folds
    ] == RECORDED


def shuffled_by_hand(number):
    """Fisher and Yates, from the bits of the generator seeded with 42."""
    generator = random.Random(42)
    order = list(range(number))
    for i in range(number - 1, 0, -1):
        j = number
        while j > i:  # a draw of as many bits as i + 1 has; too high: again
            j = generator.getrandbits((i + 1).bit_length())
        order[i], order[j] = order[j], order[i]
    return order


def test_the_shuffle_is_that_of_random_seed_42():
    pool = sentences(37)
    folds = cut_folds(pool, sentences(3, "t"), 5)
    cut = [s for fold in folds[:-1] for s in fold.test]
    assert cut == [pool[i] for i in shuffled_by_hand(37)]
    random.seed(42)
    random.shuffle(pool)
    assert cut == pool


def test_the_shared_generator_is_left_alone():
    random.seed(7)
    expected = random.random()
    random.seed(7)
    cut_folds(sentences(20), sentences(2, "t"), 5)
    assert random.random() == expected


@pytest.mark.parametrize("folds", [3, 4, 10])
@pytest.mark.parametrize("number", [9, 10, 63, 64, 100])
def test_every_sentence_is_in_one_part_of_each_fold(folds, number):
    pool, test = sentences(number), sentences(5, "t")
    cut = cut_folds(pool, test, folds)
    assert len(cut) == folds
    for fold in cut:
        parts = [fold.train, fold.dev, fold.test]
        assert all(parts)
        together = [s for part in parts for s in part]
        assert len(together) == number + 5
        assert set(together) == {*pool, *test}
        assert not set(fold.train) & {*fold.dev, *fold.test}
        assert leaks(fold) == []
    # Each sentence is tested once, and is dev once.
    for parts in ([f.test for f in cut], [f.dev for f in cut]):
        assert sorted(s.words[0] for part in parts for s in part) == sorted(
            s.words[0] for s in [*pool, *test]
        )


def test_only_the_last_fold_tests_on_the_official_test_data():
    test = sentences(4, "t")
    folds = cut_folds(sentences(30), test, 10)
    assert folds[-1].test == tuple(test)
    assert folds[0].dev == tuple(test)
    for fold in folds[1:-1]:
        assert set(test) <= set(fold.train)


@pytest.mark.parametrize("number", [10, 37, 64])
def test_chunks_are_even_where_the_original_had_too_few(number):
    # Chunks of ceil(n / 9) are fewer than 9: it stopped with an IndexError.
    size = -(-number // 9)
    assert -(-number // size) < 9
    folds = cut_folds(sentences(number), sentences(2, "t"), 10)
    lengths = [len(fold.test) for fold in folds[:-1]]
    assert sum(lengths) == number
    assert max(lengths) - min(lengths) == 1


def test_chunks_are_the_original_s_elsewhere():
    folds = cut_folds(sentences(60), sentences(2, "t"), 10)
    assert [len(fold.test) for fold in folds] == [7] * 8 + [4] + [2]


@pytest.mark.parametrize("folds", [-1, 0, 1, 2])
def test_fewer_than_three_folds_are_refused(folds):
    with pytest.raises(InputError, match="nothing to train on"):
        cut_folds(sentences(9), sentences(2, "t"), folds)
    with pytest.raises(InputError, match=f"got {folds}, expected at least 3"):
        check_cross_val_sz(folds)


def test_too_few_sentences_are_refused():
    with pytest.raises(InputError) as caught:
        cut_folds(sentences(8), sentences(2, "t"), 10)
    assert "got 8 of train and dev, 2 of test" in str(caught.value)
    assert "at least 9" in str(caught.value)
    with pytest.raises(InputError, match="0 of test"):
        cut_folds(sentences(9), [], 10)
    assert len(cut_folds(sentences(9), sentences(1, "t"), 10)) == 10


def test_words_that_are_there_twice_are_said():
    pool = [*sentences(9), *sentences(9)]
    (first, *others) = cut_folds(pool, sentences(1, "t"), 4)
    text = " ".join(leaks(first))
    words = {sentence.words for sentence in first.train}
    shared = sum(sentence.words in words for sentence in first.test)
    assert shared > 0
    assert f"{shared} of 6 fold 0 test sentences" in text
    assert "fold 0 dev" not in text  # the official test data, all its own
    assert all(leaks(fold) for fold in others[:-1])
