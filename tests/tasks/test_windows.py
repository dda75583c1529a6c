import random

import numpy as np
import pytest

from foundation.errors import InputError
from tasks.labels import LabelMap
from tasks.tagging_examples import TaggedExample, feature_rows
from tasks.tagging_features import Limits, featurize
from tasks.windows import check_stride, cut_windows
from tests.tasks.fake_tokenizer import FakeTokenizer

WORD = LabelMap(("O", "B", "I"), "word")
BIOBERT = LabelMap(("[PAD]", "B", "I", "O", "X", "[CLS]", "[SEP]"), "biobert")


def _word_index(rng, count):
    index, word = [], 0
    while len(index) < count:
        index += [word] * rng.choice([1, 1, 1, 2, 3, 40])
        word += 1
    return index[:count]


def test_what_fits_is_one_window():
    (window,) = cut_windows([0, 0, 1, 2], room=4, stride=2)
    assert (window.start, window.end) == (0, 4)
    assert (window.decided_from, window.decided_to) == (0, 4)


def test_a_hand_made_case():
    windows = cut_windows(range(10), room=6, stride=3)
    assert [(w.start, w.end) for w in windows] == [(0, 6), (3, 9), (6, 10)]
    # Pieces 3, 4 and 5 are in the first two: 3 has contexts 2 and 0, 4 has 1
    # and 1, 5 has 0 and 2.
    assert [(w.decided_from, w.decided_to) for w in windows] == [
        (0, 4),
        (4, 7),
        (7, 10),
    ]


def test_random_windows_keep_their_promises():
    rng = random.Random(1)
    for _ in range(500):
        count, room = rng.randint(1, 300), rng.randint(1, 60)
        index = _word_index(rng, count)
        windows = cut_windows(index, room=room, stride=rng.randint(1, room))
        decided = [
            p for w in windows for p in range(w.decided_from, w.decided_to)
        ]
        assert decided == list(range(count))  # each piece once, in order
        for w in windows:
            assert w.start <= w.decided_from < w.decided_to <= w.end
            assert w.end - w.start <= room
            _check_borders(index, w, room)


def _check_borders(index, window, room):
    """Only a word longer than a window is cut."""
    for border in (window.start, window.end):
        if 0 < border < len(index) and index[border] == index[border - 1]:
            assert index.count(index[border]) > room


def test_each_piece_is_decided_where_its_context_is_largest():
    for stride in (1, 5, 10, 20):
        windows = cut_windows(range(200), room=20, stride=stride)
        for w in windows:
            for p in range(w.decided_from, w.decided_to):
                own = min(p - w.start, w.end - 1 - p)
                best = max(
                    min(p - v.start, v.end - 1 - p)
                    for v in windows
                    if v.start <= p < v.end
                )
                assert own == best


@pytest.mark.parametrize("label_map", [WORD, BIOBERT])
def test_an_overlapped_word_has_one_label(label_map):
    words = [("abcd" * (i % 3 + 1))[: i % 7 + 1] for i in range(400)]
    tags = [("B", "I", "O", "O")[i % 4] for i in range(400)]
    rows = featurize(
        words,
        tags,
        tokenizer=FakeTokenizer(),
        label_map=label_map,
        limits=Limits(64, doc_stride=31),
    )
    assert max(len(row.input_ids) for row in rows) <= 64
    ids = np.concatenate([row.label_ids[row.first_pieces] for row in rows])
    assert [label_map.labels[i] for i in ids] == tags
    labelled = sum((row.label_ids >= 0).sum() for row in rows)
    if label_map is WORD:
        assert labelled == 400
    example = TaggedExample(tuple(words), tuple(tags), tuple(rows))
    assert example.num_words_kept == 400
    assert len(list(feature_rows([example]))) == len(rows) > 6
    whole = featurize(
        words,
        tags,
        tokenizer=FakeTokenizer(),
        label_map=label_map,
        limits=Limits(2000),
    )[0]
    assert example.input_ids() == whole.input_ids.tolist()
    assert example.word_index() == whole.word_index.tolist()
    stitched = example.stitched([row.label_ids for row in rows])
    assert stitched.tolist() == whole.label_ids.tolist()


def test_a_word_longer_than_a_window_has_one_label():
    rows = featurize(
        ["a", "x" * 120, "b"],
        ["O", "B", "O"],
        tokenizer=FakeTokenizer(),
        label_map=WORD,
        limits=Limits(10, doc_stride=4),
    )
    ids = np.concatenate([row.label_ids[row.first_pieces] for row in rows])
    assert ids.tolist() == [0, 1, 0]
    assert sum((row.label_ids >= 0).sum() for row in rows) == 3


def test_stride_is_half_a_window_unless_given():
    assert check_stride(None, max_seq_length=128) == 63
    assert check_stride(None, max_seq_length=3) == 1
    assert check_stride(126, max_seq_length=128) == 126
    for stride in (0, 127):
        with pytest.raises(InputError, match="--doc_stride"):
            check_stride(stride, max_seq_length=128)
    with pytest.raises(ValueError, match="stride"):
        cut_windows([0], room=3, stride=4)
