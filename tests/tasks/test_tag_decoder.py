"""Scores to raw and repaired tags, against all label sequences one by one."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from tasks.decoding import Transitions
from tasks.labels import LabelMap
from tasks.tag_decoder import (
    CRF_END,
    CRF_START,
    CRF_TRANSITIONS,
    crf_of,
    decode_tags,
)

TYPED = LabelMap(("O", "B-X", "I-X", "B-Y", "I-Y"), "word")
UNTYPED = LabelMap(("O", "B", "I"), "word")
BIOBERT = LabelMap(("[PAD]", "B", "I", "O", "X", "[CLS]", "[SEP]"), "biobert")


def is_iob2(tags):
    """Whether each I follows a B or I of its own type."""
    return all(
        tag[0] != "I" or (before[0] in "BI" and before[1:] == tag[1:])
        for before, tag in itertools.pairwise(["O", *tags])
    )


def random_logits(rng, labels, *, longest=6):
    lengths = [0, *rng.integers(1, longest, 30)]
    return [
        rng.normal(0, 3, (n, len(labels))).astype(np.float32) for n in lengths
    ]


def softmax(scores):
    shares = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return shares / shares.sum(axis=-1, keepdims=True)


def by_brute_force(scores, labels, *, crf=None):
    """Returns the total and the labels of every sequence, best first."""
    n, size = scores.shape
    totals = []
    for ids in itertools.product(range(size), repeat=n):
        total = sum(float(scores[t, i]) for t, i in enumerate(ids))
        if crf is not None and n:
            total += crf.start[ids[0]] + crf.end[ids[-1]]
            total += sum(crf.between[a, b] for a, b in itertools.pairwise(ids))
        totals.append((total, [labels.labels[i] for i in ids]))
    return sorted(totals, key=lambda pair: -pair[0])


@pytest.fixture(params=[TYPED, UNTYPED], ids=["typed", "untyped"])
def label_map(request):
    return request.param


def random_crf(rng, size):
    return Transitions(
        start=rng.normal(0, 2, size),
        between=rng.normal(0, 2, (size, size)),
        end=rng.normal(0, 2, size),
    )


def test_softmax_raw_and_repaired(label_map):
    rng = np.random.default_rng(1)
    logits = random_logits(rng, label_map.labels)
    decoded = decode_tags(logits, label_map, num_words=[len(x) for x in logits])
    num_repaired = 0
    for scores, found in zip(logits, decoded, strict=True):
        ids = scores.argmax(axis=-1)
        assert found.raw == [label_map.labels[i] for i in ids]
        log_probabilities = np.log(softmax(scores.astype(np.float64)))
        best = next(
            tags
            for _, tags in by_brute_force(log_probabilities, label_map)
            if is_iob2(tags)
        )
        assert found.tags == best
        if is_iob2(found.raw):
            assert found.tags == found.raw
        else:
            num_repaired += 1
        # Of what is written, not of what was first.
        written = [label_map.id_of(tag) for tag in found.tags]
        expected = softmax(scores)[np.arange(len(written)), written]
        assert found.probabilities == pytest.approx(expected.tolist())
    assert num_repaired > 5


def test_crf_raw_and_repaired(label_map):
    """The best sequences, and the share of all that has each tag."""
    rng = np.random.default_rng(2)
    size = len(label_map)
    crf = random_crf(rng, size)
    logits = random_logits(rng, label_map.labels, longest=5)
    decoded = decode_tags(
        logits, label_map, num_words=[len(x) for x in logits], crf=crf
    )
    num_repaired = 0
    for scores, found in zip(logits, decoded, strict=True):
        every = by_brute_force(scores, label_map, crf=crf)
        assert found.raw == every[0][1]
        assert found.tags == next(t for _, t in every if is_iob2(t))
        num_repaired += found.tags != found.raw
        weights = softmax(np.array([total for total, _ in every]))
        for word, tag in enumerate(found.tags):
            share = sum(
                weight
                for weight, (_, tags) in zip(weights, every, strict=True)
                if tags[word] == tag
            )
            assert found.probabilities[word] == pytest.approx(share, rel=1e-6)
    assert num_repaired > 5


@pytest.mark.parametrize("with_crf", [False, True])
def test_without_repair_the_raw_tags_are_written(label_map, with_crf):
    rng = np.random.default_rng(3)
    crf = random_crf(rng, len(label_map)) if with_crf else None
    logits = random_logits(rng, label_map.labels)
    for found in decode_tags(
        logits,
        label_map,
        num_words=[len(x) for x in logits],
        crf=crf,
        repair=False,
    ):
        assert found.tags == found.raw


def test_a_crf_of_zeros_changes_nothing(label_map):
    logits = random_logits(np.random.default_rng(4), label_map.labels)
    size = len(label_map)
    zeros = {
        CRF_TRANSITIONS: np.zeros((size, size), np.float32),
        CRF_START: np.zeros(size, np.float32),
        CRF_END: np.zeros(size, np.float32),
        "output_bias": np.zeros(size, np.float32),
    }
    num_words = [len(x) for x in logits]
    plain = decode_tags(logits, label_map, num_words=num_words)
    same = decode_tags(
        logits, label_map, num_words=num_words, crf=crf_of(zeros)
    )
    assert crf_of({"output_bias": zeros["output_bias"]}) is None
    for a, b in zip(plain, same, strict=True):
        assert (a.raw, a.tags) == (b.raw, b.tags)
        assert a.probabilities == pytest.approx(b.probabilities, abs=1e-5)


@pytest.mark.parametrize("with_crf", [False, True])
def test_words_that_were_cut_off_are_outside(label_map, with_crf):
    rng = np.random.default_rng(5)
    crf = random_crf(rng, len(label_map)) if with_crf else None
    logits = [rng.normal(size=(n, len(label_map))) for n in (3, 0)]
    three, none = decode_tags(
        [x.astype(np.float32) for x in logits],
        label_map,
        num_words=[5, 2],
        crf=crf,
    )
    assert three.tags[3:] == three.raw[3:] == none.tags == ["O", "O"]
    assert three.probabilities[3:] == none.probabilities == [0.0, 0.0]
    assert len(three.probabilities) == 5


def test_classes_that_no_word_has():
    """Raw, they are read as O; repaired, the best of a word's own classes."""
    logits = np.zeros((3, 7), np.float32)
    logits[0, 4] = logits[1, 0] = logits[2, 5] = 9.0  # X, [PAD], [CLS]
    logits[:, 1] = 5.0
    for repair, expected in ((False, ["O", "O", "O"]), (True, ["B", "B", "B"])):
        (found,) = decode_tags([logits], BIOBERT, num_words=[3], repair=repair)
        assert found.raw == ["O", "O", "O"]
        assert found.tags == expected


def test_no_sentences():
    assert decode_tags([], TYPED, num_words=[]) == []
