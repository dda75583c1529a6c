"""Rows for new pieces: the mean of the old ones, all else as it was."""

import numpy as np
import pytest

from foundation.errors import InputError
from modeling.weights.piece_rows import PieceRows

TABLE, BIAS = "bert/embeddings/word_embeddings", "cls/predictions/output_bias"


class Source:
    path = "model.ckpt-1"

    def __init__(self, **others):
        rng = np.random.default_rng(1)
        self.arrays = {
            TABLE: rng.normal(size=(5, 3)).astype(np.float32),
            BIAS: rng.normal(size=5).astype(np.float32),
            "bert/pooler/dense/bias": np.ones(3, np.float32),
            f"{TABLE}/adam_m": np.ones((5, 3), np.float32),
            f"{TABLE}/adam_v": np.ones((5, 3), np.float32),
            **others,
        }
        self.shapes = {n: a.shape for n, a in self.arrays.items()}

    def read(self, name):
        return self.arrays[name]


def test_rows_are_means_and_the_new_logit_is_the_mean_logit():
    source = Source()
    grown = PieceRows(source, {5: (1, 2, 2), 6: (4,), 0: (3, 4)})
    assert grown.vocab_size == 7
    assert grown.num_slots == 2
    assert set(grown.shapes) == {TABLE, BIAS, "bert/pooler/dense/bias"}
    assert grown.shapes[TABLE] == (7, 3)
    assert grown.shapes[BIAS] == (7,)
    table, bias = grown.read(TABLE), grown.read(BIAS)
    assert table.dtype == bias.dtype == np.float32
    old_table, old_bias = source.arrays[TABLE], source.arrays[BIAS]
    assert (table[1:5] == old_table[1:]).all()
    assert (bias[1:5] == old_bias[1:]).all()
    np.testing.assert_allclose(table[5], old_table[[1, 2, 2]].mean(0), 1e-6)
    np.testing.assert_allclose(table[0], old_table[[3, 4]].mean(0), 1e-6)
    assert (table[6] == old_table[4]).all()
    x = np.array([0.3, -2.0, 1.0], np.float32)
    logits = table @ x + bias
    assert logits[5] == pytest.approx(logits[[1, 2, 2]].mean(), rel=1e-5)
    assert grown.read("bert/pooler/dense/bias") is source.read(
        "bert/pooler/dense/bias"
    )


def test_ids_follow_the_last_row():
    with pytest.raises(ValueError, match="do not follow 5"):
        PieceRows(Source(), {6: (1,)})


@pytest.mark.parametrize(
    ("others", "words"),
    [
        ({BIAS: np.ones(6, np.float32)}, "5 embeddings and a bias of 6"),
        (
            {"cls.predictions.decoder.weight": np.ones((5, 3), np.float32)},
            "an output layer of its own",
        ),
    ],
)
def test_what_cannot_grow_is_said(others, words):
    with pytest.raises(InputError, match=words):
        PieceRows(Source(**others), {5: (1,)})


def test_a_checkpoint_without_embeddings_is_refused():
    source = Source()
    del source.shapes[TABLE]
    with pytest.raises(InputError, match="no word embeddings"):
        PieceRows(source, {5: (1,)})
