"""The bootstrap against slow code, against theory, against a textbook."""

from __future__ import annotations

import math
import random
import tracemalloc

import numpy as np
import pytest

from evaluation import bootstrap, unit_counts
from evaluation.entities import score_entities
from evaluation.unit_counts import Classes
from evaluation.unit_sums import MEAN, UnitSums
from foundation.errors import InputError

# Efron and Tibshirani 1993, table 3.1: 15 law schools. Table 6.1 has the
# standard error of the correlation by 3,200 resamples, 0.132, and the text
# the correlation, 0.776.
LSAT = [576, 635, 558, 578, 666, 580, 555, 661, 651, 605, 653, 575, 545]
LSAT += [572, 594]
GPA = [3.39, 3.30, 2.81, 3.03, 3.44, 3.07, 3.00, 3.43, 3.36, 3.13, 3.12]
GPA += [2.74, 2.76, 2.88, 2.96]


def of_right(right):
    """Returns the accuracy of rows that are right (1) or wrong (0)."""
    values = np.asarray(right, np.float64)
    return UnitSums(
        "accuracy", "row", MEAN, np.stack([values, np.ones_like(values)], 1)
    )


def tagged(*, seed, number=40):
    """Returns the gold and two systems' tags of sentences."""
    rng = random.Random(seed)
    gold = [
        [rng.choice(["B-x", "I-x", "B-y", "O", "O", "O"]) for _ in range(8)]
        for _ in range(number)
    ]
    systems = [
        [
            [tag if rng.random() < share else "O" for tag in tags]
            for tags in gold
        ]
        for share in (0.8, 0.7)
    ]
    return gold, systems


def test_the_law_schools_of_the_textbook():
    units = unit_counts.count_numbers(LSAT, GPA, metric="pearson")
    found = bootstrap.interval([units], resamples=20_000)
    assert found.score == pytest.approx(0.776, abs=5e-4)
    assert found.standard_error == pytest.approx(0.132, abs=0.004)
    # The tail of low correlations is the long one.
    assert found.score - found.low > 1.5 * (found.high - found.score)
    assert 0.93 < found.high < 0.99


def test_sums_of_draws_are_scores_of_drawn_sentences():
    """The same draws, sentence by sentence, through the slow scorer."""
    gold, systems = tagged(seed=1, number=12)
    units = [
        unit_counts.count_tags(gold, tags, metric="entity_f1")
        for tags in systems
    ]
    drawn = bootstrap._resampled(units, resamples=60, seed=4)
    counts = np.concatenate([u.counts for u in units], axis=1)
    table, times = bootstrap._grouped(counts)
    (weights,) = bootstrap._weights(times, resamples=60, seed=4)
    kinds = [
        next(i for i, row in enumerate(counts) if (row == kind).all())
        for kind in table
    ]
    for weight, scores in zip(weights, drawn, strict=True):
        chosen = np.repeat(kinds, weight.astype(int))
        assert len(chosen) == len(gold)
        for tags, score in zip(systems, scores, strict=True):
            slow = score_entities(
                [gold[i] for i in chosen], [tags[i] for i in chosen]
            )
            assert score == pytest.approx(slow.micro.f1, abs=1e-12)


def test_drawing_kinds_is_drawing_sentences():
    """Grouped draws have the distribution of plain ones."""
    gold, (tags, _) = tagged(seed=2, number=200)
    units = unit_counts.count_tags(gold, tags, metric="entity_f1")
    fast = np.sort(bootstrap._resampled([units], resamples=4000, seed=1)[:, 0])
    rng = np.random.default_rng(9)
    places = rng.integers(0, 200, [4000, 200])
    sums = units.counts[places].sum(axis=1)
    slow = np.sort(2 * sums[:, 0] / (sums[:, 1] + sums[:, 2]))
    # Kolmogorov and Smirnov's distance; 0.0433 is exceeded once in 1,000.
    shares = np.searchsorted(slow, fast, side="right") / len(slow)
    distance = np.abs(shares - np.arange(1, 4001) / 4000).max()
    assert distance < 0.0433


def test_the_interval_of_a_difference_is_mcnemars():
    """Of accuracies the variance is known: what only one of them has right."""
    rng = np.random.default_rng(3)
    a = rng.random(1000) < 0.8
    b = np.where(rng.random(1000) < 0.9, a, ~a)
    only_a, only_b = (a & ~b).sum(), (b & ~a).sum()
    difference = (only_a - only_b) / 1000
    variance = ((only_a + only_b) / 1000 - difference**2) / 1000
    found = bootstrap.paired([of_right(a)], [of_right(b)])
    assert found.difference == pytest.approx(difference, abs=1e-12)
    half = 1.96 * math.sqrt(variance)
    assert found.low == pytest.approx(difference - half, abs=0.05 * half)
    assert found.high == pytest.approx(difference + half, abs=0.05 * half)


def test_95_per_cent_of_intervals_hold_the_truth():
    """200 test sets of a world in which the true difference is known."""
    rng = np.random.default_rng(5)
    held = 0
    for number in range(200):
        a, b = rng.random(400) < 0.75, rng.random(400) < 0.70
        found = bootstrap.paired(
            [of_right(a)], [of_right(b)], resamples=1000, seed=number
        )
        held += found.low <= 0.05 <= found.high
    # Binomial, 200 of 0.95: outside once in 300.
    assert 0.90 <= held / 200 <= 0.99


def test_p_is_uniform_where_there_is_no_difference():
    rng = np.random.default_rng(6)
    p_values = []
    for number in range(200):
        right = [rng.random(500) < 0.7 for _ in range(2)]
        units = [of_right(side) for side in right]
        found = bootstrap.paired(
            units[:1], units[1:], resamples=500, seed=number
        )
        p_values.append(found.p_value)
    shares = np.arange(1, 201) / 200
    distance = np.abs(np.sort(p_values) - shares).max()
    assert distance < 0.14  # Kolmogorov and Smirnov's, 1 in 1,000
    assert np.mean(np.array(p_values) < 0.05) < 0.11


def test_a_clear_difference_is_called_one():
    rng = np.random.default_rng(7)
    a, b = rng.random(1000) < 0.9, rng.random(1000) < 0.6
    found = bootstrap.paired([of_right(a)], [of_right(b)])
    assert found.is_a_difference
    assert found.p_value == pytest.approx(1 / 10_001)
    assert 0.2 < found.low < found.difference < found.high < 0.4


def test_the_other_way_round_all_signs_change():
    gold, systems = tagged(seed=3)
    a, b = (
        [unit_counts.count_tags(gold, tags, metric="entity_f1")]
        for tags in systems
    )
    one = bootstrap.paired(a, b, resamples=2000)
    other = bootstrap.paired(b, a, resamples=2000)
    assert other.difference == -one.difference
    assert (other.low, other.high) == pytest.approx((-one.high, -one.low))
    assert other.p_value == one.p_value
    assert (other.a, other.b) == (one.b, one.a)


def test_the_same_seed_draws_the_same():
    gold, (tags, _) = tagged(seed=4)
    units = [unit_counts.count_tags(gold, tags, metric="entity_f1")]
    first = bootstrap.interval(units, resamples=500, seed=1)
    assert first == bootstrap.interval(units, resamples=500, seed=1)
    assert first != bootstrap.interval(units, resamples=500, seed=2)


def test_a_system_is_not_better_than_itself():
    gold, (tags, _) = tagged(seed=5)
    units = [unit_counts.count_tags(gold, tags, metric="strict_f1")]
    found = bootstrap.paired(units, units, resamples=1000)
    assert (found.low, found.difference, found.high) == (0, 0, 0)
    assert found.p_value == 1
    assert not found.is_a_difference


def test_several_runs_count_by_their_mean():
    rng = np.random.default_rng(8)
    runs = [of_right(rng.random(300) < 0.7 + 0.05 * i) for i in range(4)]
    found = bootstrap.paired(runs[:3], runs[3:], resamples=1000)
    mean = sum(run.score() for run in runs[:3]) / 3
    assert found.a.score == pytest.approx(mean)
    assert found.difference == pytest.approx(mean - runs[3].score())
    # A mean of three has less spread than each of them.
    alone = bootstrap.interval(runs[:1], resamples=1000).standard_error
    assert found.a.standard_error < 0.8 * alone


@pytest.mark.parametrize("number", [1, 2])
def test_tiny_test_sets_are_no_error(number):
    tags = [["B"]] * number
    none = [["O"]] * number
    a, b = (
        [unit_counts.count_tags(tags, each, metric="entity_f1")]
        for each in (tags, none)
    )
    found = bootstrap.paired(a, b, resamples=100)
    assert (found.a.score, found.b.score) == (1.0, 0.0)
    assert (found.low, found.high) == (1.0, 1.0)


def test_without_entities_there_is_no_difference():
    units = [
        unit_counts.count_tags([["O"]] * 5, [["O"]] * 5, metric="entity_f1")
    ]
    found = bootstrap.paired(units, units, resamples=100)
    assert (found.a.score, found.p_value) == (0.0, 1.0)


def test_memory_does_not_grow_with_the_number_of_resamples():
    rng = np.random.default_rng(9)
    gold = rng.normal(size=5000)  # every unit is a kind of its own
    units = [
        unit_counts.count_numbers(
            gold, gold + rng.normal(size=5000), metric="pearson"
        )
    ]
    peaks = []
    for resamples in (600, 1200):
        tracemalloc.start()
        bootstrap.interval(units, resamples=resamples)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.1 * peaks[0]
    assert peaks[1] < 32 << 20


def test_runs_of_other_test_sets_are_refused():
    one = unit_counts.count_tags(
        [["B"], ["O"]], [["B"], ["O"]], metric="entity_f1"
    )
    other = {
        "number of units": unit_counts.count_tags(
            [["B"]], [["B"]], metric="entity_f1"
        ),
        "score": unit_counts.count_tags(
            [["B"], ["O"]], [["B"], ["O"]], metric="strict_f1"
        ),
        "not scored on the same gold labels: got other counts in 2 of 2": (
            unit_counts.count_tags(
                [["O"], ["B"]], [["B"], ["O"]], metric="entity_f1"
            )
        ),
    }
    for message, units in other.items():
        with pytest.raises(InputError, match=message):
            bootstrap.paired([one], [units])
    with pytest.raises(InputError, match="nothing to resample"):
        bootstrap.paired([one], [])


def test_types_that_one_system_made_up_are_no_other_gold():
    gold = [["B-x", "O"], ["O", "B-x"]]
    a, b = (
        unit_counts.count_tags(gold, found, metric="entity_macro_f1")
        for found in (gold, [["B-y", "O"], ["O", "B-x"]])
    )
    found = bootstrap.paired([a], [b], resamples=100)
    assert found.difference == pytest.approx(1 - 2 / 3 / 2)


def test_the_order_of_classes_is_of_no_account():
    a = unit_counts.count_classes(
        "aabb", "abab", metric="micro_f1", classes=Classes("ab", "b")
    )
    b = unit_counts.count_classes(
        "aabb", "abbb", metric="micro_f1", classes=Classes("ba", "b")
    )
    found = bootstrap.paired([a], [b], resamples=100)
    assert found.difference == pytest.approx(0.5 - 0.8)
