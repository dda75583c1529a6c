"""A checkpoint of V pieces in a model with more: entity markers of ALBERT."""

from __future__ import annotations

import numpy as np
import pytest

from foundation.errors import InputError
from inference.model import TaskModel
from modeling.encoder import build_encoder
from modeling.weights import tf1
from tests.tiny_configs import tiny_albert, tiny_bert
from tests.training.tiny_task import TinyTask
from training.finetuning import FineTuning
from training.initial_weights import load_pretrained
from training.options import (
    BatchOptions,
    FineTuningOptions,
    ModelOptions,
    OptimizerOptions,
    SavingOptions,
    ScheduleOptions,
)

NAME = "bert/embeddings/word_embeddings"
ROWS = 4


@pytest.fixture(params=[tiny_bert, tiny_albert])
def make_config(request):
    return request.param


@pytest.fixture
def pretrained(tmp_path, make_config):
    prefix = str(tmp_path / "model.ckpt-9")
    encoder = build_encoder(make_config(), gelu_form="erf", seed=77)
    tf1.write_bundle(prefix, encoder.named)
    return prefix


def tuning(folder, config, init, *, epochs=1.0):
    return FineTuning(
        TinyTask(),
        FineTuningOptions(
            output_dir=str(folder),
            model=ModelOptions(
                config=config,
                gelu_form="erf",
                init_checkpoint=init,
                appended_rows=ROWS,
            ),
            batches=BatchOptions(train_batch_size=4, max_seq_length=12),
            schedule=ScheduleOptions(
                learning_rate=0.0, num_train_epochs=epochs
            ),
            saving=SavingOptions(log_every_steps=1),
            optimizer=OptimizerOptions(),
            seed=1,
        ),
    )


def start_table(config, init, *, seed=1, appended=ROWS):
    model = TaskModel(config, TinyTask(), gelu_form="erf", seed=seed)
    load_pretrained(init, model, appended_rows=appended)
    return model.variables[NAME].numpy()


def test_old_rows_are_equal_and_new_ones_come_from_the_seed(
    make_config, pretrained
):
    old = tf1.Tf1Bundle(pretrained).read(NAME)
    config = make_config(vocab_size=len(old) + ROWS)
    table = start_table(config, pretrained)
    np.testing.assert_array_equal(table[:-ROWS], old)
    np.testing.assert_array_equal(start_table(config, pretrained), table)
    other = start_table(config, pretrained, seed=2)
    np.testing.assert_array_equal(other[:-ROWS], old)
    new = table[-ROWS:]
    assert np.ptp(new, axis=1).min() > 0
    assert np.abs(new).max() < 3 * config.initializer_range
    assert not np.array_equal(new, other[-ROWS:])


def test_a_table_of_another_length_is_refused(make_config, pretrained):
    size = len(tf1.Tf1Bundle(pretrained).read(NAME))
    for more, appended in ((ROWS, 0), (ROWS + 1, ROWS), (-1, ROWS)):
        config = make_config(vocab_size=size + more)
        with pytest.raises(InputError, match="word_embeddings differs"):
            start_table(config, pretrained, appended=appended)


@pytest.mark.parametrize("make_config", [tiny_albert], indirect=True)
def test_resumed_predicted_with_and_started_from(
    tmp_path, make_config, pretrained
):
    size = len(tf1.Tf1Bundle(pretrained).read(NAME))
    config = make_config(vocab_size=size + ROWS)
    table = start_table(config, pretrained)
    # At a rate of 0 the weights stay what they start as.
    for epochs, steps in ((1.0, 4), (2.0, 8)):
        run = tuning(tmp_path / "a", config, pretrained, epochs=epochs)
        run.train(run.task.read("train"), None)
        assert run.step == steps
        written = tf1.Tf1Bundle(f"{tmp_path}/a/model.ckpt-{steps}")
        np.testing.assert_array_equal(written.read(NAME), table)
    alone = tuning(tmp_path / "none", config, f"{tmp_path}/a")
    assert alone.load_best() == 8
    np.testing.assert_array_equal(alone.model.variables[NAME].numpy(), table)
    following = start_table(config, f"{tmp_path}/a", seed=3)
    np.testing.assert_array_equal(following, table)
