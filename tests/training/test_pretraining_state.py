"""Where a run goes on, what it refuses, and its rate over its phases."""

from __future__ import annotations

import dataclasses
import json

import pytest

from foundation.errors import InputError
from tests import lm_world
from training.pretraining_options import (
    Phase,
    PretrainingOptions,
    RateOptions,
)
from training.pretraining_state import find, fixed_options, rate_of_update
from training.resume_state import ResumeState

# Warm-up over 2 of 10 updates: the first has the rate of step 1, the decay is
# not shifted, the last has 0 (google-research/bert optimization.py).
RATES = RateOptions(learning_rate=1.0, num_warmup_steps=2)
OVER_10 = [0.5, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0.0]


@pytest.fixture(scope="module")
def options(tmp_path_factory) -> PretrainingOptions:
    """A run's as its flags say."""
    root = tmp_path_factory.mktemp("world")
    (root / "made").mkdir()
    lm_world.make_records(root / "made", "bert")
    world = lm_world.make_world(root / "w", "bert", records=root / "made")
    with pytest.raises(lm_world.StartError) as start:
        world.run()
    return start.value.options


def in_phases(
    options: PretrainingOptions, *phases: tuple[int, RateOptions | None]
) -> PretrainingOptions:
    inputs = options.phases[0].inputs
    return dataclasses.replace(
        options,
        phases=tuple(
            Phase(inputs=inputs, num_train_steps=steps, rates=rates)
            for steps, rates in phases
        ),
    )


def rates_of(
    options: PretrainingOptions, index: int, steps: range
) -> list[float]:
    rate = rate_of_update(options, index)
    return [rate(step) for step in steps]


# --- the learning rate


def test_one_phase(options):
    options = in_phases(options, (10, RATES))
    assert rates_of(options, 0, range(10)) == pytest.approx(OVER_10)


def test_a_schedule_goes_on_over_the_next_phase(options):
    options = in_phases(options, (6, RATES), (4, None))
    assert rates_of(options, 0, range(6)) == pytest.approx(OVER_10[:6])
    assert rates_of(options, 1, range(6, 10)) == pytest.approx(OVER_10[6:])


def test_a_schedule_begins_again(options):
    second = RateOptions(learning_rate=4.0, num_warmup_steps=0)
    options = in_phases(options, (10, RATES), (4, second))
    assert rates_of(options, 0, range(10)) == pytest.approx(OVER_10)
    assert rates_of(options, 1, range(10, 14)) == pytest.approx([3, 2, 1, 0])


def test_a_schedule_of_the_phases_in_the_middle(options):
    options = in_phases(options, (3, RATES), (6, RATES), (4, None), (5, RATES))
    assert rates_of(options, 1, range(3, 9)) == pytest.approx(OVER_10[:6])
    assert rates_of(options, 2, range(9, 13)) == pytest.approx(OVER_10[6:])
    assert rates_of(options, 3, range(13, 15)) == pytest.approx([0.5, 0.6])
    assert rates_of(options, 0, range(3)) == pytest.approx([0.5, 1 / 3, 0])


# --- where a run goes on


def saved(options: PretrainingOptions, **values) -> ResumeState:
    """The state in a resume.json, at step 7."""
    state = ResumeState(
        global_step=7,
        batches_seen=9,
        seed=options.seed,
        monitor={"losses": [1.0]},
        options=fixed_options(options),
        **values,
    )
    return ResumeState(**json.loads(json.dumps(dataclasses.asdict(state))))


def find_in(state, options):
    return find(state, options, seed=options.seed)


@pytest.mark.parametrize(
    ("precision", "scale"), [("float32", 1.0), ("float16", 2.0**15)]
)
def test_a_fresh_run(options, precision, scale):
    model = dataclasses.replace(options.model, precision=precision)
    options = dataclasses.replace(options, model=model)
    state = find_in(None, options)
    assert (state.global_step, state.batches_seen, state.seed) == (0, 0, 1)
    assert state.loss_scale == scale
    assert state.options["precision"] == precision


def test_the_same_options_go_on(options):
    options = in_phases(options, (6, RATES), (4, None))
    state = saved(options, phase=1, phase_start_batch=6, loss_scale=8.0)
    assert find_in(state, options) == state


def test_weights_of_another_program_go_on(options):
    """Without resume.json nothing is known that could differ."""
    state = find_in(ResumeState(global_step=7, batches_seen=7), options)
    assert (state.global_step, state.batches_seen, state.seed) == (7, 7, 1)
    assert state.options == fixed_options(options)


def changed(options: PretrainingOptions, name: str) -> PretrainingOptions:
    """Returns options that differ in what resume.json calls so."""
    (phase,) = options.phases
    model, config = options.model, options.model.config
    of_inputs = {
        "train_batch_size": {"batch_size": 4},
        "gradient_accumulation_steps": {"gradient_accumulation_steps": 2},
        "max_seq_length": {"max_seq_length": 32},
        "max_predictions_per_seq": {"max_predictions_per_seq": 5},
        "shuffle": {"shuffle": False},
    }
    if name in of_inputs:
        inputs = dataclasses.replace(phase.inputs, **of_inputs[name])
        phase = dataclasses.replace(phase, inputs=inputs)
        return dataclasses.replace(options, phases=(phase,))
    if name == "rates":
        return in_phases(options, (phase.num_train_steps, RATES))
    if name == "hidden_dropout":
        config = dataclasses.replace(config, hidden_dropout_prob=0.3)
    if name == "attention_dropout":
        config = dataclasses.replace(config, attention_probs_dropout_prob=0.3)
    precision = "bfloat16" if name == "precision" else model.precision
    model = dataclasses.replace(model, config=config, precision=precision)
    whole = {
        "seed": {"seed": 2},
        "objective": {"objective": "masked_lm"},
        "optimizer": {
            "optimizer": dataclasses.replace(options.optimizer, kind="lamb")
        },
        "vocabulary": {
            "input_options": {**options.input_options, "vocabulary": "0"}
        },
    }
    return dataclasses.replace(options, model=model, **whole.get(name, {}))


OF_A_PHASE = (
    *("train_batch_size", "gradient_accumulation_steps", "max_seq_length"),
    *("max_predictions_per_seq", "shuffle", "rates"),
)
OF_THE_RUN = (
    *("seed", "objective", "precision", "optimizer", "vocabulary"),
    *("hidden_dropout", "attention_dropout"),
)


@pytest.mark.parametrize("name", [*OF_A_PHASE, *OF_THE_RUN])
def test_a_changed_option_is_refused_with_both_values(options, name):
    other = changed(options, name)
    with pytest.raises(InputError, match=f"{name} differs") as error:
        find_in(saved(options), other)
    assert error.value.got == fixed_options(other)[name]
    assert error.value.expected == fixed_options(options)[name]
    assert options.output_dir in str(error.value)


@pytest.mark.parametrize("name", OF_A_PHASE)
def test_a_new_phase_may_change_what_is_a_phases(options, name):
    other = dataclasses.replace(changed(options, name), new_phase=True)
    state = find_in(saved(options), other)
    # The order of its records begins now, the loss may be another.
    assert (state.global_step, state.phase_start_batch) == (7, 9)
    assert state.monitor == {}
    assert state.options == fixed_options(other)
    # The same command again is in this phase already.
    later = dataclasses.replace(state, global_step=8, batches_seen=10)
    assert find_in(later, other) == later


@pytest.mark.parametrize("name", OF_THE_RUN)
def test_a_new_phase_may_not_change_the_run(options, name):
    other = dataclasses.replace(changed(options, name), new_phase=True)
    with pytest.raises(InputError, match=f"{name} differs"):
        find_in(saved(options), other)
