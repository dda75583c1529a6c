"""Python's and numpy's random numbers, bit for bit, inside compiled code.

Both draw from MT19937 (Matsumoto and Nishimura, 1998) and differ in how a seed
becomes a state, so the state is taken from the real generator and only the
draws are written here: those of CPython 3.2 or later (`random.Random`) and of
numpy's legacy `RandomState`.
"""

from __future__ import annotations

import random as python_random
from collections.abc import Sequence
from typing import Any

import numpy as np

from preprocessing.compiled import compiled, inlined

STATE_WORDS = 624  # n of MT19937
_MIDDLE = 397  # m of MT19937

# A generator: the state, its next words made ready all at once, and how many
# of them are used up. It is a record because compiled code passes one as a
# bare pointer; an array's reference count would go up and down, atomically,
# at every draw: 10 to 50 ns where a draw takes 1.
TWISTER = np.dtype(
    [
        ("state", np.uint32, (STATE_WORDS,)),
        ("words", np.uint32, (STATE_WORDS,)),
        ("position", np.int64),
    ]
)


def seeded_as_python(seed: int) -> np.void:
    """Returns a generator that draws what `random.Random(seed)` does.

    Returns:
      TWISTER []; the draws below change it in place.
    """
    return _fresh(python_random.Random(seed).getstate()[1][:STATE_WORDS])


def seeded_as_numpy(seed: int) -> np.void:
    """Returns a generator that draws what `np.random.RandomState(seed)` does.

    Numpy refuses seeds of more than 32 bits and negative ones, which Python
    takes: for those the state is Python's, which numpy has as well where it is
    given such a number as a list of words. (Numpy's own generator is not
    asked: importing it takes 7 MB.)

    Returns:
      TWISTER []; the draws below change it in place.
    """
    if 0 <= seed < 1 << 32:
        return _fresh(_simple_state(seed))
    return seeded_as_python(abs(seed))


def _simple_state(seed: int) -> np.ndarray:
    """Returns the state that the authors' `init_genrand` makes of a word."""
    state = [seed]
    for i in range(1, STATE_WORDS):
        last = state[-1]
        # The constant of the authors' mt19937ar.c.
        state.append((1812433253 * (last ^ last >> 30) + i) % 2**32)
    return np.array(state, np.uint32)


# What seeds of several words are mixed into (mt19937ar.c).
_FIRST_STATE = _simple_state(19650218)


@inlined
def seed_with_words(twister: Any, words: np.ndarray) -> None:
    """Makes a generator draw what `random.Random` does for a seed.

    The authors' `init_by_array`, which is how CPython seeds; here it takes
    three microseconds and makes no Python object.

    Args:
      twister: TWISTER []; whatever it was.
      words: uint32 [n <= 624]: the seed in words of 32 bits, the lowest
        first; the last is not 0.
    """
    state = twister.state
    for i in range(STATE_WORDS):
        state[i] = _FIRST_STATE[i]
    at = word = 0
    last = state[0]
    for _ in range(STATE_WORDS):
        at += 1
        mixed = (last ^ (last >> np.uint32(30))) * np.uint32(1664525)
        last = np.uint32((state[at] ^ mixed) + words[word] + word)
        at, word = _stored(state, at, last), word + 1
        if word == len(words):
            word = 0
    for _ in range(STATE_WORDS - 1):
        at += 1
        mixed = (last ^ (last >> np.uint32(30))) * np.uint32(1566083941)
        last = np.uint32((state[at] ^ mixed) - at)
        at = _stored(state, at, last)
    state[0] = np.uint32(0x80000000)
    twister.position = STATE_WORDS


@inlined
def _stored(state: Any, at: int, word: int) -> int:
    """Stores a word; returns its place, or 0, where the last one is too."""
    state[at] = word
    if at < STATE_WORDS - 1:
        return at
    state[0] = word
    return 0


def _fresh(state: Sequence[int] | np.ndarray) -> np.void:
    """Returns a generator that has not drawn yet."""
    twister = np.zeros(1, TWISTER)
    twister["state"] = np.array(state, np.uint32)
    twister["position"] = STATE_WORDS
    generator: np.void = twister[0]
    return generator


@inlined
def random(twister: Any) -> float:
    """Draws a number in [0, 1): `Random.random`, `RandomState.random_sample`.

    Args:
      twister: TWISTER [].
    """
    high = np.int64(_next_word(twister)) >> 5
    low = np.int64(_next_word(twister)) >> 6
    # 27 and 26 bits make 53, as many as a float64 has.
    return (high * 67108864.0 + low) * (1.0 / 9007199254740992.0)


@inlined
def randbelow(twister: Any, limit: int) -> Any:
    """Draws a number in [0, limit), as Python's `randrange(limit)`.

    Args:
      twister: TWISTER [].
      limit: 1 to 2**32 - 1.
    """
    shift = _shift_for(limit)
    drawn = np.int64(_next_word(twister)) >> shift
    while drawn >= limit:
        drawn = np.int64(_next_word(twister)) >> shift
    return drawn


@inlined
def randint(twister: Any, low: int, high: int) -> Any:
    """Draws a number in [low, high], as Python's `randint`."""
    return low + randbelow(twister, high - low + 1)


@compiled
def shuffle(twister: Any, values: np.ndarray) -> None:
    """Shuffles in place, as Python's `shuffle` does a list.

    For each last place still open, from the end, Python draws a place up to
    it, again and again until one is not beyond it. A branch on that would be
    guessed wrong every third time, at more than the cost of everything else.
    Here a place too high exchanges nothing and leaves the place open.

    Args:
      twister: TWISTER [].
      values: any dtype [n]; n < 2**32.
    """
    last: Any = len(values) - 1
    shift = _shift_for(last + 1)
    while last > 0:
        if (last + 1) >> (31 - shift) == 0:  # one bit less will do
            shift += 1
        drawn = np.int64(_next_word(twister)) >> shift
        accepted = drawn <= last
        place = drawn if accepted else last
        value = values[last]
        values[last] = values[place]
        values[place] = value
        last -= np.int64(accepted)


@inlined
def _shift_for(limit: int) -> int:
    """Returns by how much a word is shifted to have as many bits as `limit`.

    As many as `limit` itself, not the largest number drawn: CPython's rule.
    """
    shift = 32
    while limit:
        limit >>= 1
        shift -= 1
    return shift


@inlined
def _next_word(twister: Any) -> Any:
    position = twister.position
    if position == STATE_WORDS:
        _advance(twister)
        _make_words(twister)
        position = np.int64(0)
    twister.position = position + 1
    return twister.words[position]


@inlined
def _advance(twister: Any) -> None:
    """Replaces the state by the one after it."""
    state = twister.state
    # Two loops, so that neither asks where it is: both become vector code.
    for i in range(STATE_WORDS - _MIDDLE):
        state[i] = state[i + _MIDDLE] ^ _mixed(state[i], state[i + 1])
    for i in range(STATE_WORDS - _MIDDLE, STATE_WORDS - 1):
        state[i] = state[i + _MIDDLE - STATE_WORDS] ^ _mixed(
            state[i], state[i + 1]
        )
    last = STATE_WORDS - 1
    state[last] = state[_MIDDLE - 1] ^ _mixed(state[last], state[0])


@inlined
def _mixed(high: Any, low: Any) -> Any:
    word = (high & np.uint32(0x80000000)) | (low & np.uint32(0x7FFFFFFF))
    odd = word & np.uint32(1)
    return (word >> np.uint32(1)) ^ (odd * np.uint32(0x9908B0DF))


@inlined
def _make_words(twister: Any) -> None:
    """Tempers the whole state into `words`."""
    state, words = twister.state, twister.words
    for i in range(STATE_WORDS):
        word = state[i]
        word ^= word >> np.uint32(11)
        word ^= (word << np.uint32(7)) & np.uint32(0x9D2C5680)
        word ^= (word << np.uint32(15)) & np.uint32(0xEFC60000)
        word ^= word >> np.uint32(18)
        words[i] = word
