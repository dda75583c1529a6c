"""Every record once an epoch, in an order that needs no replay."""

from __future__ import annotations

import numpy as np
import pytest

from preprocessing.pipeline import BatchPlan, batches_by_tokens, padded_length


def _lengths(count: int, seed: int = 0) -> np.ndarray:
    random = np.random.default_rng(seed)
    return np.minimum(random.lognormal(3.2, 0.6, count), 128).astype(np.int32)


def _epoch(plan: BatchPlan, epoch: int) -> list[list[int]]:
    """Returns the batches that end in an epoch."""
    return [
        plan.indices(i).tolist()
        for i in range(
            plan.batches_before(epoch), plan.batches_before(epoch + 1)
        )
    ]


def _flat(batches):
    return [record for batch in batches for record in batch]


def _padding(lengths, batches) -> float:
    """Returns the share of a padded epoch that is padding."""
    padded = sum(lengths[b].max() * len(b) for b in batches)
    return 1 - lengths[_flat(batches)].sum() / padded


@pytest.mark.parametrize("grouped", [True, False])
@pytest.mark.parametrize("count", [*range(1, 34), 1200])
def test_every_record_once_an_epoch(count, grouped):
    plan = BatchPlan(
        _lengths(count), batch_size=8, seed=3, group_by_length=grouped
    )
    epochs = 8  # after 8 epochs the batches of 8 come out even
    batches = [b for epoch in range(epochs) for b in _epoch(plan, epoch)]
    assert {len(batch) for batch in batches} == {8}
    assert len(batches) == int(count / 8 * epochs)
    times = np.bincount(_flat(batches), minlength=count)
    assert times.tolist() == [epochs] * count
    for epoch in range(1, epochs):
        # So far every record came up once an epoch, but for the few that
        # wait for the next batch.
        seen = _flat(b for e in range(epoch) for b in _epoch(plan, e))
        times = np.bincount(seen, minlength=count)
        assert times.max() <= epoch
        assert epoch * count - times.sum() < 8


@pytest.mark.parametrize("grouped", [True, False])
def test_a_batch_is_a_function_of_seed_and_index(grouped):
    def plan():
        return BatchPlan(
            _lengths(100), batch_size=8, seed=5, group_by_length=grouped
        )

    in_order = plan()
    expected = {i: in_order.indices(i).tolist() for i in range(60)}
    jumping = plan()
    for index in np.random.default_rng(1).permutation(60).tolist():
        assert jumping.indices(index).tolist() == expected[index]
        assert plan().indices(index).tolist() == expected[index]


@pytest.mark.parametrize("grouped", [True, False])
def test_epochs_and_seeds_differ(grouped):
    lengths = _lengths(200)
    orders = {
        tuple(
            _flat(
                _epoch(
                    BatchPlan(
                        lengths,
                        batch_size=8,
                        seed=seed,
                        group_by_length=grouped,
                    ),
                    epoch,
                )
            )
        )
        for seed in range(4)
        for epoch in range(4)
    }
    assert len(orders) == 16


def test_batches_themselves_differ_between_epochs():
    # Grouping must not tie the same records together for ever.
    plan = BatchPlan(_lengths(1200), batch_size=8, seed=0)
    first = {tuple(sorted(b)) for b in _epoch(plan, 0)}
    second = {tuple(sorted(b)) for b in _epoch(plan, 1)}
    assert len(first & second) < 0.1 * len(first)


def test_the_order_is_known():
    # Pinned: a change of it would change what a resumed run trains on.
    plan = BatchPlan(np.arange(1, 11), batch_size=3, seed=7)
    assert _epoch(plan, 0) == [[0, 1, 2], [6, 7, 8], [3, 4, 5]]


def test_grouping_saves_padding():
    lengths = _lengths(1200)
    plans = {
        grouped: BatchPlan(
            lengths, batch_size=32, seed=0, group_by_length=grouped
        )
        for grouped in (True, False)
    }
    grouped, plain = (_epoch(plans[g], 0) for g in (True, False))
    assert _padding(lengths, plain) > 0.4
    assert _padding(lengths, grouped) < 0.07


def test_lengths_are_no_longer_in_order_after_grouping():
    # Sorted batches would make an epoch a curriculum.
    lengths = _lengths(1200)
    plan = BatchPlan(lengths, batch_size=8, seed=0)
    longest = [lengths[b].max() for b in _epoch(plan, 0)]
    steps = np.arange(len(longest))
    assert abs(np.corrcoef(steps, longest)[0, 1]) < 0.25


@pytest.mark.parametrize(("count", "size"), [(0, 8), (5, 0)])
def test_nothing_to_batch_is_an_error(count, size):
    with pytest.raises(ValueError, match="at least 1"):
        BatchPlan(np.ones(count, np.int32), batch_size=size, seed=0)


@pytest.mark.parametrize(
    ("longest", "maximum", "expected"),
    [
        (1, 128, 4),
        (8, 128, 8),
        (9, 128, 12),
        (127, 128, 128),
        (128, 128, 128),
        (97, 100, 100),
        (5, 6, 6),
    ],
)
def test_padded_length(longest, maximum, expected):
    assert padded_length(longest, maximum=maximum) == expected


@pytest.mark.parametrize("count", [0, *range(1, 34), 1200])
@pytest.mark.parametrize("tokens", [1, 100, 4096])
def test_prediction_batches_hold_every_row_once(count, tokens):
    lengths = _lengths(count)
    batches = batches_by_tokens(lengths, tokens)
    assert sorted(_flat(batches)) == list(range(count))
    for batch in batches:
        width = padded_length(int(lengths[batch].max()), maximum=1 << 30)
        assert len(batch) == 1 or len(batch) * width <= tokens
    widest = [int(lengths[batch].max()) for batch in batches]
    assert widest == sorted(widest, reverse=True)
