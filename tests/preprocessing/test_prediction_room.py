"""Room for predictions that no row uses is cut; nothing else is."""

import numpy as np
import pytest

from preprocessing.prediction_room import without_unused_room


def _batch(used: list[int], places: int = 64) -> dict[str, np.ndarray]:
    weights = np.zeros((len(used), places), np.float32)
    for row, count in enumerate(used):
        weights[row, :count] = 1.0
    numbers = np.arange(weights.size, dtype=np.int32).reshape(weights.shape)
    return {
        "input_ids": np.ones((len(used), 100), np.int32),
        "masked_lm_positions": numbers,
        "masked_lm_ids": numbers + 1,
        "masked_lm_weights": weights,
    }


@pytest.mark.parametrize(
    ("used", "width"),
    [([[1], [3]], 16), ([[16], [2]], 16), ([[5], [17]], 32), ([[0], [0]], 16)],
)
def test_all_micro_batches_keep_what_any_uses(used, width):
    batches = [_batch(counts) for counts in used]
    cut = without_unused_room(batches)
    for before, after in zip(batches, cut, strict=True):
        assert after["masked_lm_ids"].shape == (1, width)
        assert after["input_ids"].shape == (1, 100)
        assert after["masked_lm_weights"].sum() == (
            before["masked_lm_weights"].sum()
        )
        np.testing.assert_array_equal(
            after["masked_lm_positions"],
            before["masked_lm_positions"][:, :width],
        )


def test_full_rows_stay_as_they_are():
    (batch,) = without_unused_room([_batch([64, 60])])
    assert batch["masked_lm_ids"].shape == (2, 64)
