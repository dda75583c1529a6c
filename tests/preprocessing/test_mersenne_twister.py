import random

import numba
import numpy as np
import pytest

from preprocessing import mersenne_twister
from preprocessing.mersenne_twister import (
    STATE_WORDS,
    randbelow,
    randint,
    seeded_as_numpy,
    seeded_as_python,
    shuffle,
)

SEEDS = [0, 12345, 2**32 + 5, 2**64 - 1, -3]
MOST_SHUFFLED = 2000
LIMITS = [1, 2, 3, 4, 5, 7, 8, 9, 100, 127, 128, 129, 30522, 2**16, 2**31]
LIMITS += [2**31 + 1, 2**32 - 1]


@pytest.fixture(params=SEEDS)
def both(request):
    """Ours and Python's, with one seed."""
    return seeded_as_python(request.param), random.Random(request.param)


@numba.njit
def many_random(twister, values):
    for i in range(len(values)):
        values[i] = mersenne_twister.random(twister)


@numba.njit
def many_below(twister, limits, values):
    for i in range(len(values)):
        values[i] = randbelow(twister, limits[i])


def drawn(twister, count):
    values = np.empty(count)
    many_random(twister, values)
    return values.tolist()


def test_facts_of_the_specification():
    assert drawn(seeded_as_python(12345), 3) == [
        0.41661987254534116,
        0.010169169457068361,
        0.8252065092537432,
    ]
    twister = seeded_as_python(12345)
    digits = [randint(twister, 0, 9) for _ in range(8)]
    assert digits == [6, 0, 4, 5, 3, 4, 9, 6]
    letters = np.frombuffer(bytearray(b"abcdef"), np.uint8)
    shuffle(seeded_as_python(12345), letters)
    assert letters.tobytes() == b"febcad"


def test_random_numbers(both):
    twister, python = both
    count = 3 * STATE_WORDS + 1  # over the ends of the state, and in between
    assert drawn(twister, count) == [python.random() for _ in range(count)]


def test_integers(both):
    twister, python = both
    limits = np.array([*LIMITS, *range(1, 700)] * 3, np.int64)
    values = np.empty_like(limits)
    many_below(twister, limits, values)
    assert values.tolist() == [python.randrange(n) for n in limits.tolist()]
    pairs = [(low, low + span) for low in (-5, 0, 2) for span in range(20)]
    ours = [randint(twister, low, high) for low, high in pairs]
    assert ours == [python.randint(low, high) for low, high in pairs]


def test_shuffles_of_every_size(both):
    twister, python = both
    for size in range(MOST_SHUFFLED + 1):
        array, values = np.arange(size, dtype=np.int32), list(range(size))
        shuffle(twister, array)
        python.shuffle(values)
        assert array.tolist() == values
    assert mersenne_twister.random(twister) == python.random()


@pytest.mark.parametrize("seed", [0, 1, 12345, 2**32 - 1])
def test_numpys_generator(seed):
    expected = np.random.RandomState(seed)
    count = 3 * STATE_WORDS + 1
    twister = seeded_as_numpy(seed)
    assert drawn(twister, count) == expected.random_sample(count).tolist()


def test_seeds_that_numpy_refuses():
    expected = np.random.RandomState([5, 1]).random_sample(4).tolist()
    assert drawn(seeded_as_numpy(2**32 + 5), 4) == expected
    assert drawn(seeded_as_numpy(-(2**32) - 5), 4) == expected
    expected = np.random.RandomState([5]).random_sample(4).tolist()
    assert drawn(seeded_as_numpy(-5), 4) == expected


@numba.njit
def reseed(twister, words):
    mersenne_twister.seed_with_words(twister, words)


@pytest.mark.parametrize("count", [1, 2, 6, 623, 624])
def test_seeds_in_words(count):
    words = np.arange(2**31, 2**31 + count).astype(np.uint32)
    words[0] = 2**32 - 1
    twister = seeded_as_python(5)
    drawn(twister, 7)  # a generator that has been in use
    reseed(twister, words)
    seed = sum(int(word) << 32 * i for i, word in enumerate(words))
    python = random.Random(seed)
    expected = [python.random() for _ in range(STATE_WORDS + 1)]
    assert drawn(twister, STATE_WORDS + 1) == expected
