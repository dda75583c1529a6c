"""Tables of instances for tests of record files."""

from types import SimpleNamespace

import numpy as np


def table_of(features, dtype=np.uint16):
    """Returns instances without padding from padded features of records."""
    lengths = features["input_mask"].sum(1)
    counts = features["masked_lm_weights"].astype(int).sum(1)
    second = features["segment_ids"].sum(1)
    boundary = features.get("token_boundary")
    return SimpleNamespace(
        input_ids=unpadded(features["input_ids"], lengths).astype(dtype),
        starts=np.cumsum([0, *lengths]),
        segment_b=(lengths - second).astype(np.int32),
        masked_lm_positions=unpadded(
            features["masked_lm_positions"], counts
        ).astype(np.uint16),
        masked_lm_ids=unpadded(features["masked_lm_ids"], counts).astype(dtype),
        masked_starts=np.cumsum([0, *counts]),
        next_sentence_labels=features["next_sentence_labels"][:, 0].astype(
            np.uint8
        ),
        token_boundary=None
        if boundary is None
        else unpadded(boundary, lengths).astype(np.uint8),
    )


def unpadded(rows, lengths):
    return rows[np.arange(rows.shape[1]) < lengths[:, None]]


def random_features(num_rows=20, *, seq=16, preds=4, vocab=30000, seed=1):
    """Returns padded features of records that nobody made from text."""
    random = np.random.default_rng(seed)
    lengths = random.integers(1, seq + 1, num_rows)
    counts = np.minimum(random.integers(0, preds + 1, num_rows), lengths)
    second = random.integers(0, lengths + 1)
    columns, predictions = np.arange(seq), np.arange(preds)
    mask = columns < lengths[:, None]
    weights = predictions < counts[:, None]
    # As many ids of one byte as of two, three and four.
    ids = np.minimum(2 ** random.uniform(0, 28, (num_rows, seq)), vocab - 1)
    labels = np.minimum(
        2 ** random.uniform(0, 28, (num_rows, preds)), vocab - 1
    )
    return {
        "input_ids": ids.astype(np.int64) * mask,
        "input_mask": mask.astype(np.int64),
        "segment_ids": (mask & (columns >= second[:, None])).astype(np.int64),
        "masked_lm_ids": labels.astype(np.int64) * weights,
        "masked_lm_positions": random.integers(0, seq, (num_rows, preds))
        * weights,
        "masked_lm_weights": weights.astype(np.float32),
        "next_sentence_labels": random.integers(0, 2, (num_rows, 1)),
        "token_boundary": random.integers(0, 2, (num_rows, seq)) * mask,
    }
