import dataclasses

import pytest

from cli import lm_defaults, lm_schedule
from foundation.errors import InputError
from preprocessing.record_set import CountedFile, RecordSet
from tests import lm_world
from training.pretraining_options import InputOptions, RateOptions

PHASE2 = ("--phase2_input_file=b", "--phase2_num_train_steps=10")


def inputs(fv, num_records=100):
    file = CountedFile(path="a", num_records=num_records, num_bytes=1)
    return InputOptions(
        records=RecordSet(
            files=(file,), features={}, padded=True, gzip=False, manifest=None
        ),
        max_seq_length=64,
        max_predictions_per_seq=10,
        batch_size=fv.train_batch_size,
        gradient_accumulation_steps=fv.gradient_accumulation_steps,
    )


def phases(*arguments, two=False):
    """Returns the phases of a BERT that these flags give."""
    fv = lm_world.parsed(*arguments)
    lm_schedule.check(fv)
    lm_defaults.take(fv, family="bert")
    first = inputs(fv)
    second = dataclasses.replace(first, max_seq_length=128) if two else None
    return lm_schedule.read_phases(fv, first, second)


def test_steps_as_given():
    (phase,) = phases("--num_train_steps=90", "--num_warmup_steps=9")
    assert phase.num_train_steps == 90
    assert phase.rates == RateOptions(
        learning_rate=5e-5, num_warmup_steps=9, power=1.0
    )


def test_epochs_are_the_originals_int_of_records_by_batch():
    (phase,) = phases(
        "--num_train_epochs=1.7",
        "--train_batch_size=4",
        "--gradient_accumulation_steps=2",
        "--warmup_proportion=0.1",
    )
    assert phase.num_train_steps == int(100 / 8 * 1.7)
    assert phase.rates.num_warmup_steps == 2


def test_no_update_is_refused():
    with pytest.raises(InputError, match="0 updates, expected 1"):
        phases("--num_train_epochs=0.1")


def test_one_schedule_goes_on_over_both_phases():
    first, second = phases(
        "--num_train_steps=90", "--warmup_proportion=0.1", *PHASE2, two=True
    )
    assert (first.num_train_steps, second.num_train_steps) == (90, 10)
    assert first.rates.num_warmup_steps == 10  # of 100
    assert second.rates is None


def test_a_schedule_that_restarts():
    first, second = phases(
        "--num_train_steps=90",
        "--num_warmup_steps=9",
        "--start_warmup_step=3",
        "--poly_power=2",
        *PHASE2,
        "--phase2_schedule=restart",
        "--phase2_learning_rate=1e-4",
        two=True,
    )
    assert first.rates == RateOptions(
        learning_rate=5e-5, num_warmup_steps=9, power=2, start_warmup_step=3
    )
    assert second.rates == RateOptions(
        learning_rate=1e-4, num_warmup_steps=9, power=2
    )


def test_a_second_warmup():
    _, second = phases(
        "--num_train_steps=90",
        *PHASE2,
        "--phase2_schedule=restart",
        "--phase2_num_warmup_steps=4",
        two=True,
    )
    assert second.rates.num_warmup_steps == 4
    _, second = phases(
        "--num_train_steps=90",
        "--warmup_proportion=0.2",
        *PHASE2,
        "--phase2_schedule=restart",
        two=True,
    )
    assert second.rates.num_warmup_steps == 2


def test_a_warmup_that_never_ends_is_said(caplog):
    phases("--num_train_steps=90")
    assert "takes 10000 updates, the schedule has 90" in caplog.text
    caplog.clear()
    phases("--num_train_steps=90", "--num_warmup_steps=89")
    assert caplog.text == ""


@pytest.mark.parametrize(
    "given",
    [
        ("--num_train_steps=5", "--num_train_epochs=1"),
        ("--num_warmup_steps=5", "--warmup_proportion=0.1"),
        ("--phase2_max_seq_length=512",),
        ("--phase2_max_predictions_per_seq=77",),
        ("--phase2_train_batch_size=8",),
        ("--phase2_gradient_accumulation_steps=2",),
        ("--phase2_num_train_steps=8",),
        ("--phase2_schedule=restart",),
        ("--phase2_learning_rate=1e-4",),
        ("--phase2_num_warmup_steps=5",),
        ("--phase2_learning_rate=1e-4", *PHASE2),
        ("--phase2_num_warmup_steps=5", *PHASE2),
        ("--phase2_input_file=b",),
    ],
)
def test_flags_that_do_not_go_together_are_named(given):
    with pytest.raises(InputError) as caught:
        lm_schedule.check(lm_world.parsed(*given))
    for flag in given[:1] if PHASE2[0] in given else given:
        assert flag.partition("=")[0] in str(caught.value)
    assert ". Next: " in str(caught.value)


@pytest.mark.parametrize(
    "given",
    [
        ("--num_train_epochs=0",),
        (*PHASE2, "--phase2_schedule=restart", "--phase2_learning_rate=0"),
    ],
)
def test_what_trains_nothing_is_refused(given):
    with pytest.raises(InputError, match="trains nothing"):
        lm_schedule.check(lm_world.parsed(*given))


def test_flags_of_run_flags_are_no_second_phase():
    lm_schedule.check(lm_world.parsed("--phase2_schedule=continue"))


def test_the_optimizer():
    fv = lm_world.parsed("--adam_epsilon=1e-8", "--clip_norm=0")
    lm_defaults.take(fv, family="albert")
    found = lm_schedule.read_optimizer(fv)
    assert (found.kind, found.epsilon, found.clip_norm) == ("lamb", 1e-8, 0)
