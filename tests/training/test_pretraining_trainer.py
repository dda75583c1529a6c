"""Updates that overflow are skipped; those that no smaller scale mends end it.

On a tiny model, without records or a folder: those are in
tests/test_pretraining_divergence.py.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np
import pytest
import tensorflow as tf

from modeling.pretraining import PretrainingModel
from tests.tiny_configs import tiny_bert
from training.diverged import Diverged
from training.loop import Stopped
from training.optimizers import Optimizer, OptimizerOptions
from training.pretraining_step import PretrainingStep, StepOptions
from training.pretraining_trainer import PretrainingTrainer, TrainerOptions
from training.replicas import Replicas
from training.resume_state import ResumeState
from training.schedules import WarmupPolynomialDecay
from training.step_values import StepInputs, StepResult

ROWS, LENGTH, PREDICTIONS = 4, 12, 3
RATES = WarmupPolynomialDecay(1e-3, 100, num_warmup_steps=10)
TABLE = "bert/embeddings/word_embeddings"
TOO_LARGE = 2.0**30  # of a loss scale: float16 ends at 65,504


class Run:
    """A tiny model and its trainer, from a state on.

    Attributes:
      tries: (inputs, result, weights and slots after it) of each update.
      logged: (step, values), as the trainer has them logged.
      asked: whether a signal came.
      before: what `values` returned before the run.
    """

    def __init__(
        self, precision: str, *, log_every: int = 1, **state: float
    ) -> None:
        self.tries: list[tuple[StepInputs, StepResult, dict]] = []
        self.logged: list[tuple[int, dict[str, float]]] = []
        self.asked = False
        self.before: dict[str, np.ndarray] = {}
        self.model = PretrainingModel(
            tiny_bert(num_hidden_layers=1),
            gelu_form="tanh",
            with_sentence=True,
            dtype=precision,
        )
        self.optimizer = Optimizer(self.model.trainable, OptimizerOptions())
        scales = precision == "float16"
        replicas = Replicas()
        self._step = PretrainingStep(
            self.model,
            self.optimizer,
            replicas,
            options=StepOptions(scales_loss=scales),
        )
        self.trainer = PretrainingTrainer(
            self._try,
            _batches(),
            replicas,
            options=_options(log_every, scales_loss=scales),
            state=ResumeState(**state),
            log=lambda step, values: self.logged.append((step, dict(values))),
            asked_to_stop=lambda: self.asked,
        )

    def _try(self, batches, seeds, inputs: StepInputs) -> StepResult:
        result = self._step(batches, seeds, inputs)
        self.tries.append((inputs, result, self.values()))
        return result

    def train(self, num_steps: int) -> None:
        """Applies updates, as Orbit has them applied."""
        self.trainer.train(tf.constant(num_steps))

    def values(self) -> dict[str, np.ndarray]:
        """Returns weights and slots."""
        named = {**self.model.variables, **self.optimizer.slots}
        return {name: v.numpy() for name, v in named.items()}

    def spoil(self) -> None:
        """Makes every loss from here on one that is not finite."""
        table = self.model.variables[TABLE]
        table.assign(tf.fill(table.shape, np.nan))


def _options(log_every: int, *, scales_loss: bool) -> TrainerOptions:
    return TrainerOptions(
        seed=1,
        micro_batches=1,
        records_per_update=ROWS,
        log_every=log_every,
        scales_loss=scales_loss,
        sentence_task="next_sentence",
        static_shapes=True,
        look_every=1,
        rate_of_update=RATES.rate_of_update,
    )


def _batches() -> Iterator[dict[str, np.ndarray]]:
    """Yields random pieces in rows of full length, numbered from 0."""
    random = np.random.default_rng(1)
    shape, masks = (ROWS, LENGTH), (ROWS, PREDICTIONS)
    for first in itertools.count(step=ROWS):
        yield {
            "input_ids": random.integers(5, 50, shape, np.int32),
            "input_mask": np.ones(shape, np.int32),
            "segment_ids": np.zeros(shape, np.int32),
            "masked_lm_positions": random.integers(1, LENGTH, masks, np.int32),
            "masked_lm_ids": random.integers(5, 50, masks, np.int32),
            "masked_lm_weights": np.ones(masks, np.float32),
            "next_sentence_labels": random.integers(0, 2, (ROWS, 1), np.int32),
            "records": np.arange(first, first + ROWS),
        }


def assert_equal(first: dict[str, np.ndarray], second: dict) -> None:
    assert first.keys() == second.keys()
    for name, value in first.items():
        np.testing.assert_array_equal(value, second[name], err_msg=name)


@pytest.fixture(scope="module")
def overflowed() -> Run:
    """One update, of a run of 5 batches and 3 updates before."""
    run = Run("float16", global_step=3, batches_seen=5, loss_scale=TOO_LARGE)
    run.before = run.values()
    run.train(1)
    return run


def test_an_overflow_changes_nothing_but_the_scale(overflowed):
    before = overflowed.before
    *skipped, last = overflowed.tries
    assert 3 < len(skipped) < 30  # most of 2^30 has to go
    for _, result, values in skipped:
        assert not float(result.applied)
        assert_equal(before, values)
    assert float(last[1].applied)
    assert (last[2][TABLE] != before[TABLE]).any()
    # The schedule waits: all tries had the rate of the 4th update.
    for number, (inputs, _, _) in enumerate(overflowed.tries):
        assert float(inputs.learning_rate) == pytest.approx(RATES(4), rel=1e-6)
        assert float(inputs.loss_scale) == TOO_LARGE / 2**number


def test_overflows_are_counted(overflowed):
    skipped = len(overflowed.tries) - 1
    trainer = overflowed.trainer
    assert int(trainer.global_step) == 4
    assert trainer.batches_seen == 5 + skipped + 1
    assert trainer.loss_scale == TOO_LARGE / 2**skipped
    assert trainer.good_steps == 1
    ((step, values),) = overflowed.logged
    assert step == 4
    assert values["skipped_steps"] == 2 + skipped
    assert values["loss_scale"] == trainer.loss_scale


def test_the_scale_grows_after_a_thousand_good_updates():
    run = Run("float16", loss_scale=2.0**7, good_steps=998)
    run.train(3)
    scales = [float(inputs.loss_scale) for inputs, _, _ in run.tries]
    assert scales == [2.0**7, 2.0**7, 2.0**8]
    assert run.trainer.good_steps == 1


def test_no_scale_mends_a_broken_model():
    run = Run("float16", loss_scale=2.0**10)
    run.train(1)
    run.spoil()
    before = run.values()
    with pytest.raises(Diverged):
        run.train(1)
    assert_equal(before, run.values())
    assert int(run.trainer.global_step) == 1
    assert 10 < len(run.tries) < 40


def test_float32_stops_at_the_first_loss_that_is_not_finite():
    run = Run("float32", global_step=2, batches_seen=2)
    run.train(2)
    run.spoil()
    before = run.values()
    with pytest.raises(Diverged) as error:
        run.train(5)
    assert len(run.tries) == 3
    assert_equal(before, run.values())
    facts = error.value.facts
    assert facts.step == 4
    assert facts.records == [8, 9, 10, 11]  # of the third batch
    assert type(facts.records) is list  # JSON knows no other
    assert np.isnan(facts.values["loss"])
    assert "not finite" in facts.rule
    # The weights before the update are the ones that gave this loss.
    assert facts.last_good_step == 2
    assert [step for step, _ in run.logged] == [3, 4]


def test_log_lines_are_means_over_the_updates_since_the_last():
    run = Run("float32", log_every=3)
    run.train(6)
    assert [step for step, _ in run.logged] == [3, 6]
    for (_, values), tries in zip(
        run.logged, (run.tries[:3], run.tries[3:]), strict=True
    ):
        results = [result for _, result, _ in tries]
        masked = np.mean([float(r.masked_lm_loss) for r in results])
        sentence = np.mean([float(r.sentence_loss) for r in results])
        assert values["masked_lm_loss"] == pytest.approx(masked)
        assert values["next_sentence_loss"] == pytest.approx(sentence)
        assert values["loss"] == pytest.approx(masked + sentence, abs=1e-6)
        assert values["learning_rate"] == pytest.approx(
            float(tries[-1][0].learning_rate)
        )


def test_a_signal_stops_after_the_update_that_heard_of_it():
    run = Run("float32")
    run.train(2)
    run.asked = True
    with pytest.raises(Stopped):
        run.train(5)
    assert int(run.trainer.global_step) == run.trainer.batches_seen == 3
    assert [step for step, _ in run.logged] == [1, 2, 3]
